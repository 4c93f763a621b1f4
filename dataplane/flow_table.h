// Five-tuple to flow: open addressing over a fixed number of flows, so that memory is bounded and no packet ever waits
// for a rehash. One per worker.
#pragma once

#include <cstdint>

#include "detection/flow.h"
#include "detection/reserved_array.h"

namespace ghostport {

class FlowTable {
 public:
  /// `limit`: most live flows. Throws std::bad_alloc.
  FlowTable(std::uint32_t limit, std::uint64_t seed);

  [[nodiscard]] std::uint32_t hash(const FiveTuple& key) const noexcept {
    const auto hash = static_cast<std::uint32_t>(hash_of(key, seed_) >> 32U);
    return hash != 0 ? hash : 1;  // 0 marks an empty slot
  }
  void prefetch_slot(std::uint32_t hash) const noexcept { __builtin_prefetch(&slots_[hash & mask_]); }
  /// The flow that probably belongs to the hash, so that its line is there when find compares.
  void prefetch_flow(std::uint32_t hash) const noexcept {
    const Slot& slot = slots_[hash & mask_];
    if (slot.hash == hash) __builtin_prefetch(&flows_[slot.index]);
  }

  /// Index of the live flow, or kNoIndex.
  [[nodiscard]] std::uint32_t find(const FiveTuple& key, std::uint32_t hash) const noexcept {
    for (std::uint32_t at = hash & mask_; slots_[at].hash != 0; at = (at + 1) & mask_) {
      if (slots_[at].hash == hash && flows_[slots_[at].index].key == key) return slots_[at].index;
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
  struct Slot {
    std::uint32_t hash;
    std::uint32_t index;
  };
  ReservedArray<Flow> flows_;
  ReservedArray<Slot> slots_;
  std::uint32_t limit_;
  std::uint32_t mask_ = 0;
  std::uint64_t seed_;
  std::uint32_t used_ = 0;
  std::uint32_t free_ = kNoIndex;  // linked through timer_next
  std::uint32_t live_ = 0;
  std::uint32_t hand_ = 0;
};

}  // namespace ghostport
