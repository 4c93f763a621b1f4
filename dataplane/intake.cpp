#include "dataplane/intake.h"

#include <algorithm>

namespace ghostport {

DefragmenterLimits Intake::limits_within(const Rules& rules) noexcept {
  constexpr std::size_t kLeast = std::size_t{256} << 10U;  // a few of the longest datagrams
  DefragmenterLimits limits;
  limits.datagrams = static_cast<std::uint32_t>(rules.within(limits.datagrams));
  limits.bytes = std::max(kLeast, rules.within(limits.bytes));
  limits.ready_bytes = std::max(kLeast, rules.within(limits.ready_bytes));
  return limits;
}

std::size_t Intake::reassemble(const Packet& fragment, Packet (&whole)[kMostWhole]) noexcept {
  // What waits here is a fragment again: of the packet inside a tunnel, or behind a second fragment header.
  constexpr std::size_t kMostWaiting = 8;
  Packet waiting[kMostWaiting];
  waiting[0] = fragment;
  std::size_t count = 0;
  std::size_t taken = 0;
  for (std::size_t waits = 1; taken < waits; ++taken) {
    Packet ready[Defragmenter::kMostReady];
    const Packet& one = waiting[taken];
    const std::size_t completed = defragmenter_.add(one, one.transport_offset, one.wire_end, ready, counters_);
    for (std::size_t i = 0; i < completed; ++i) {
      switch (resume_network(ready[i], counters_)) {
        case Reach::nothing: break;
        case Reach::network:
          if (count < kMostWhole) {
            whole[count++] = ready[i];
          } else {
            counters_.add(Counter::fragments_beyond_limits);
          }
          break;
        case Reach::fragment:
          if (waits < kMostWaiting) {
            waiting[waits++] = ready[i];
          } else {
            counters_.add(Counter::fragments_beyond_limits);
          }
          break;
      }
    }
  }
  return count;
}

}  // namespace ghostport
