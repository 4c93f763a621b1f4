// What a pipeline counted, of one worker or of all. Filled between two batches on the thread that counts; a plain value
// afterwards, from which summary, status and metrics are made.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/counters.h"
#include "detection/adjudicator.h"
#include "detection/detector.h"

namespace ghostport {

class FlowTracker;

struct PipelineSummary {
  Counters total;
  std::vector<std::uint64_t> worker_packets;  ///< by worker
  DetectorCounters detector;
  AdjudicatorCounters adjudicator;
  std::uint64_t scans = 0;
  std::uint64_t live_flows = 0;
  std::int64_t last_packet = 0;  ///< stamp of the newest packet that came to a worker
  std::uint64_t facts_lost = 0;  ///< live: the adjudicator was too slow
  /// Limits that were hit: with one of these above 0 the number of workers may matter.
  std::uint64_t inspections_full = 0;
  std::uint64_t heads_full = 0;
  std::uint64_t sums_full = 0;
  std::uint64_t memory_displaced = 0;
  std::uint64_t not_followed = 0;  ///< signalling flows, and connections that signalling announced
  ContextCounters context;

  /// One worker's part.
  void add(const FlowTracker& worker);
  void add(const Adjudicator& judge);
  /// Another worker's.
  PipelineSummary& operator+=(const PipelineSummary& more);
};

}  // namespace ghostport
