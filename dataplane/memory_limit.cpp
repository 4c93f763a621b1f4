#include "dataplane/memory_limit.h"

#include <algorithm>
#include <memory>

#include "dataplane/worker.h"

namespace ghostport {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;
constexpr std::uint64_t kProgram = 44 * kMebibyte;       // code, libraries, signatures, records on their way
constexpr std::uint64_t kOfWorker = 5 * kMebibyte;       // scratch, and the ring to the judgement
constexpr std::uint64_t kOfJudgement = 448 * kMebibyte;  // of an adjudicator all of whose bounds are reached
constexpr std::uint32_t kFewestFlows = 1024;

/// What a worker may keep by these rules, as its tables say themselves.
std::uint64_t of_worker(const Rules& rules) {
  FactRing ring(1);
  Bell bell;
  const std::size_t before = reserved_bytes();
  const FlowTracker tracker(std::make_shared<Rules>(rules), ring, bell, WhenFull::drop);
  return reserved_bytes() - before + FactWriter::most_bytes(rules.within(FactWriter::kMostSums)) + kOfWorker;
}

std::uint64_t of_all(const Rules& rules, unsigned workers) {
  return kProgram + reserved_bytes() + workers * of_worker(rules) + rules.within(kOfJudgement);
}

std::string mebibytes(std::uint64_t bytes) { return std::to_string((bytes + kMebibyte - 1) / kMebibyte) + " MiB"; }

}  // namespace

Result<std::string> limit_memory(Rules& rules, std::uint64_t memory, unsigned workers) {
  const std::uint32_t most_flows = rules.flow_limit;
  std::uint64_t needed = of_all(rules, workers);
  if (needed <= memory) return std::string();
  const auto fits = [&](std::uint32_t share) {
    rules.memory_share = share;
    const auto flows = static_cast<std::uint32_t>(std::uint64_t{most_flows} * share / Rules::kWholeShare);
    rules.flow_limit = std::max(std::min(kFewestFlows, most_flows), flows);
    needed = of_all(rules, workers);
    return needed <= memory;
  };
  // Some tables come in powers of two, so that a share's memory is not quite in proportion: it is looked for.
  std::uint32_t share = 0;
  for (std::uint32_t step = Rules::kWholeShare / 2; step != 0; step /= 2) {
    if (fits(share + step)) share += step;
  }
  if (share == 0) {
    (void)fits(1);
    return Problem{"", 0, 0,
                   "limits.memory: " + mebibytes(memory) + " are too little for " + std::to_string(workers) +
                       (workers == 1 ? " worker" : " workers") + ", expected " + mebibytes(needed) + " or more"};
  }
  (void)fits(share);
  return "limits.memory: " + mebibytes(memory) + " have room for " + std::to_string(rules.flow_limit) +
         " flows a worker, of the " + std::to_string(most_flows) +
         " of limits.flows; everything else is bounded in proportion";
}

}  // namespace ghostport
