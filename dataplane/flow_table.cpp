#include "dataplane/flow_table.h"

#include <bit>

namespace ghostport {

FlowTable::FlowTable(std::uint32_t limit, std::uint64_t seed) : flows_(limit), limit_(limit), seed_(seed) {
  const std::uint32_t slots = std::bit_ceil(limit * 2U);
  slots_ = ReservedArray<Slot>(slots);
  mask_ = slots - 1;
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
  std::uint32_t at = hash & mask_;
  while (slots_[at].hash != 0) at = (at + 1) & mask_;
  slots_[at] = {hash, index};
  Flow& flow = flows_[index];
  flow.key = key;
  flow.hash = hash;
  flow.timer_previous = flow.timer_next = kNoIndex;
  flow.inspection = kNoIndex;
  ++live_;
  return index;
}

void FlowTable::erase(std::uint32_t index) noexcept {
  std::uint32_t at = flows_[index].hash & mask_;
  while (slots_[at].hash == 0 || slots_[at].index != index) at = (at + 1) & mask_;
  // Later entries of the run move back, so that no marker of the dead is needed.
  for (std::uint32_t next = (at + 1) & mask_; slots_[next].hash != 0; next = (next + 1) & mask_) {
    const std::uint32_t home = slots_[next].hash & mask_;
    if (((next - home) & mask_) >= ((next - at) & mask_)) {
      slots_[at] = slots_[next];
      at = next;
    }
  }
  slots_[at] = {0, 0};
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
