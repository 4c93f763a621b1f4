// What the adjudicator says: one finding, ready for any output. Plain data; handed to a FindingSink by
// whoever runs the adjudicator.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "detection/fact.h"
#include "detection/judge.h"

namespace ghostport {

/// A place that was knocked on.
struct ProbeTarget {
  std::uint64_t first_number = 0;
  Address address;
  std::uint16_t port = 0;
  Transport transport = Transport::tcp;
};

/// What a `probe` finding sums.
struct ProbeSum {
  static constexpr std::size_t kMostTargets = 10;
  std::uint64_t flows = 0;
  std::uint64_t hosts = 0;  ///< distinct
  std::uint64_t ports = 0;
  bool at_least = false;       ///< the bound of what is told apart was hit
  std::uint64_t answers[3]{};  ///< by Answer
  std::vector<ProbeTarget> first_targets;
  std::int64_t first = 0;  ///< true times of the first and last knock
  std::int64_t last = 0;
  std::uint64_t sources = 1;  ///< more than one: the rest of a minute with too many sources
};

struct Finding {
  FlowDetail detail;
  Judgement judgement;
  const Rules* rules = nullptr;  ///< by which it was judged; valid while the sink is called
  std::vector<ServiceId> asked;  ///< of a sum; for one flow detail.asked counts
  std::uint64_t count = 0;       ///< listener sums: flows that this finding stands for; 0 for a single flow
  std::optional<ProbeSum> probe;
};

/// Where findings and flow records go. Called in the one order, from one thread.
class FindingSink {
 public:
  virtual ~FindingSink() = default;
  virtual void finding(const Finding& finding) = 0;
  virtual void flow(const FlowDetail& detail) = 0;
  /// A reload: from now on these are the newest rules.
  virtual void adopt(const std::shared_ptr<const Rules>&) {}
};

}  // namespace ghostport
