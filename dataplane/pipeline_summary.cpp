#include "dataplane/pipeline_summary.h"

#include <algorithm>

#include "dataplane/worker.h"

namespace ghostport {

void PipelineSummary::add(const FlowTracker& worker) {
  PipelineSummary one;
  one.total = worker.counters();
  one.worker_packets.push_back(worker.received());
  const Detector& from = worker.detector();
  one.detector = from.counters();
  one.scans = from.scans();
  one.live_flows = worker.live_flows();
  one.last_packet = worker.last_packet();
  one.facts_lost = worker.facts().lost();
  one.inspections_full = from.inspections_exhausted();
  one.heads_full = from.heads_exhausted();
  one.sums_full = worker.facts().sums_full();
  one.memory_displaced = from.memory_displaced();
  one.not_followed = from.followers_exhausted() + from.pinholes_displaced();
  *this += one;
}

void PipelineSummary::add(const Adjudicator& judge) {
  adjudicator = judge.counters();
  context = judge.context_counters();
}

PipelineSummary& PipelineSummary::operator+=(const PipelineSummary& more) {
  total += more.total;
  worker_packets.insert(worker_packets.end(), more.worker_packets.begin(), more.worker_packets.end());
  detector += more.detector;
  scans += more.scans;
  live_flows += more.live_flows;
  last_packet = std::max(last_packet, more.last_packet);
  facts_lost += more.facts_lost;
  inspections_full += more.inspections_full;
  heads_full += more.heads_full;
  sums_full += more.sums_full;
  memory_displaced += more.memory_displaced;
  not_followed += more.not_followed;
  return *this;
}

}  // namespace ghostport
