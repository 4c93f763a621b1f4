#include "dataplane/flow_table.h"

#include <algorithm>
#include <bit>

namespace ghostport {

FlowTable::FlowTable(std::uint32_t limit, std::uint64_t seed)
    : limit_(limit),
      slot_count_(limit / 4 * 7 + limit % 4 * 2 + 1),  // one stays empty
      index_shift_(32U - static_cast<unsigned>(std::bit_width(limit))),
      tag_mask_((1U << (index_shift_ - kFarBits)) - 1),
      flows_(limit),
      slots_(slot_count_),
      seed_(seed) {}

/// `far`: behind its home.
std::uint32_t FlowTable::make_slot(std::uint32_t index, std::uint32_t hash, std::uint32_t far) const noexcept {
  return (index + 1) << index_shift_ | std::min(far, kFar) << (index_shift_ - kFarBits) | (hash & tag_mask_);
}

/// Of what is in the slot.
std::uint32_t FlowTable::distance_from_home(std::uint32_t at) const noexcept {
  const std::uint32_t slot = slots_[at];
  const std::uint32_t far = slot >> (index_shift_ - kFarBits) & kFar;
  return far != kFar ? far : distance(home(hash(flows_[index_of(slot)].key)), at);
}

std::uint32_t FlowTable::insert(const FiveTuple& key, std::uint32_t hash) noexcept {
  std::uint32_t index = free_;
  if (index != kNoIndex) {
    free_ = flows_[index].timer_next;
  } else if (used_ < limit_) {
    index = used_++;
  } else {
    return kNoIndex;
  }
  std::uint32_t at = home(hash);
  std::uint32_t far = 0;
  for (; slots_[at] != 0; at = behind(at)) ++far;
  slots_[at] = make_slot(index, hash, far);
  Flow& flow = flows_[index];
  flow.key = key;
  flow.timer_previous = flow.timer_next = kNoIndex;
  flow.inspection = kNoIndex;
  ++live_;
  return index;
}

void FlowTable::erase(std::uint32_t index) noexcept {
  std::uint32_t at = home(hash(flows_[index].key));
  while (index_of(slots_[at]) != index) at = behind(at);
  // Later entries of the run move back, so that no marker of the dead is needed.
  for (std::uint32_t next = behind(at); slots_[next] != 0; next = behind(next)) {
    const std::uint32_t far = distance_from_home(next);
    const std::uint32_t step = distance(at, next);
    if (far < step) continue;
    slots_[at] = make_slot(index_of(slots_[next]), slots_[next], far - step);
    at = next;
  }
  slots_[at] = 0;
  flows_[index].bits.live = false;
  flows_[index].timer_next = free_;
  free_ = index;
  if (--live_ == 0) {  // an empty table begins anew, so that a run does not depend on what came before it
    used_ = 0;
    free_ = kNoIndex;
    hand_ = 0;
  }
}

std::uint32_t FlowTable::victim() noexcept {
  for (;;) {
    const std::uint32_t index = hand_;
    hand_ = hand_ + 1 < limit_ ? hand_ + 1 : 0;
    if (flows_[index].bits.live) return index;
  }
}

}  // namespace ghostport
