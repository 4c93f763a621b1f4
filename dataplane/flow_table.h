// Five-tuple to flow: open addressing over a fixed number of flows, so that memory is bounded and no packet ever waits
// for a rehash. 127 bytes a flow: 120 of its own, and 7 of the slots, of which there are seven for four flows.
// One per worker.
#pragma once

#include <cstdint>

#include "detection/flow.h"
#include "detection/reserved_array.h"

namespace ghostport {

class FlowTable {
 public:
  /// `limit`: most live flows, 2^27 at most. Throws std::bad_alloc.
  FlowTable(std::uint32_t limit, std::uint64_t seed);

  [[nodiscard]] std::uint32_t hash(const FiveTuple& key) const noexcept {
    return static_cast<std::uint32_t>(hash_of(key, seed_) >> 32U);
  }
  void prefetch_slot(std::uint32_t hash) const noexcept { __builtin_prefetch(&slots_[home(hash)]); }
  /// The flow that probably belongs to the hash, so that its lines are there when find compares.
  void prefetch_flow(std::uint32_t hash) const noexcept {
    const std::uint32_t slot = slots_[home(hash)];
    if (slot == 0 || !may_be(slot, hash)) return;
    prefetch(index_of(slot));
  }
  void prefetch(std::uint32_t index) const noexcept {
    __builtin_prefetch(&flows_[index]);
    __builtin_prefetch(&flows_[index].packets);
  }

  /// Index of the live flow, or kNoIndex.
  [[nodiscard]] std::uint32_t find(const FiveTuple& key, std::uint32_t hash) const noexcept {
    for (std::uint32_t at = home(hash); slots_[at] != 0; at = behind(at)) {
      const std::uint32_t slot = slots_[at];
      if (may_be(slot, hash) && flows_[index_of(slot)].key == key) return index_of(slot);
    }
    return kNoIndex;
  }
  /// A fresh flow with this key; kNoIndex where the table is full.
  [[nodiscard]] std::uint32_t insert(const FiveTuple& key, std::uint32_t hash) noexcept;
  void erase(std::uint32_t index) noexcept;
  /// The flow to end when the table is full: in turn, the oldest slots first.
  [[nodiscard]] std::uint32_t victim() noexcept;

  [[nodiscard]] Flow& operator[](std::uint32_t index) noexcept { return flows_[index]; }
  /// Flows ever used: indices below it may be live.
  [[nodiscard]] std::uint32_t high_water() const noexcept { return used_; }
  [[nodiscard]] std::uint32_t live() const noexcept { return live_; }

 private:
  // A slot is 0 where it is empty, else, from its high bits down: index and 1; how far it stands behind the home of its
  // hash, or kFar; and as many of the hash's low bits as there is room for.
  static constexpr std::uint32_t kFar = 15;
  static constexpr unsigned kFarBits = 4;

  /// By the hash's high bits.
  [[nodiscard]] std::uint32_t home(std::uint32_t hash) const noexcept {
    return static_cast<std::uint32_t>(std::uint64_t{hash} * slot_count_ >> 32U);
  }
  [[nodiscard]] std::uint32_t behind(std::uint32_t at) const noexcept { return at + 1 != slot_count_ ? at + 1 : 0; }
  [[nodiscard]] std::uint32_t distance(std::uint32_t from, std::uint32_t to) const noexcept {
    return to >= from ? to - from : to + slot_count_ - from;
  }
  [[nodiscard]] bool may_be(std::uint32_t slot, std::uint32_t hash) const noexcept {
    return ((slot ^ hash) & tag_mask_) == 0;
  }
  [[nodiscard]] std::uint32_t index_of(std::uint32_t slot) const noexcept { return (slot >> index_shift_) - 1; }
  [[nodiscard]] std::uint32_t make_slot(std::uint32_t index, std::uint32_t hash, std::uint32_t far) const noexcept;
  [[nodiscard]] std::uint32_t distance_from_home(std::uint32_t at) const noexcept;

  std::uint32_t limit_;
  std::uint32_t slot_count_;
  unsigned index_shift_;
  std::uint32_t tag_mask_;
  ReservedArray<Flow> flows_;
  ReservedArray<std::uint32_t> slots_;
  std::uint64_t seed_;
  std::uint32_t used_ = 0;
  std::uint32_t free_ = kNoIndex;  // linked through timer_next
  std::uint32_t live_ = 0;
  std::uint32_t hand_ = 0;
};

}  // namespace ghostport
