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

std::span<Packet> Intake::reassemble(const Packet& fragment) noexcept {
  std::size_t count = 0;
  std::size_t taken = 0;
  std::size_t waits = 0;
  for (const Packet* one = &fragment;; one = &waiting_[taken++]) {
    const std::size_t completed = defragmenter_.add(*one, one->transport_offset, one->wire_end, ready_, counters_);
    for (std::size_t i = 0; i < completed; ++i) {
      switch (resume_network(ready_[i], counters_)) {
        case Reach::nothing: break;
        case Reach::network:
          if (count < kMostWhole) {
            whole_[count++] = ready_[i];
          } else {
            counters_.add(Counter::fragments_beyond_limits);
          }
          break;
        case Reach::fragment:
          if (waits < kMostWaiting) {
            waiting_[waits++] = ready_[i];
          } else {
            counters_.add(Counter::fragments_beyond_limits);
          }
          break;
      }
    }
    if (taken == waits) return {whole_, count};
  }
}

}  // namespace ghostport
