// What was said about tuples whose flows have ended, for 24 hours of packet time, so that a flow which merely slept is
// not reported again, nor its sides mistaken. Bounded, set-associative; one per worker.
#pragma once

#include <bit>
#include <cstdint>

#include "detection/flow.h"
#include "detection/reserved_array.h"
#include "detection/rules.h"

namespace ghostport {

class VerdictMemory {
 public:
  struct Entry {
    FiveTuple key;
    std::int64_t stamp = 0;       ///< end of the tuple's last flow
    std::uint32_t epoch = 0;      ///< file in which it was seen; 0: empty
    std::uint16_t datagrams = 0;  ///< one-way datagrams so far
    Outcome outcome = Outcome::none;
    ServiceId service = ServiceId::none;
    ServiceId inner = ServiceId::none;
    bool roles_known = false;  ///< UDP: both ends spoke
    bool originator = false;   ///< and which one was the client, as in Flow
    bool blocked = false;      ///< inline
  };

  /// `sets`: of eight entries each, rounded down to a power of two.
  explicit VerdictMemory(std::size_t sets = kSets)
      : entries_(std::bit_floor(sets) * kWays), mask_(std::bit_floor(sets) - 1) {}

  static constexpr std::size_t kSets = 32'768;

  [[nodiscard]] const Entry* find(const FiveTuple& key, std::int64_t now) const noexcept {
    if (empty_) return nullptr;
    const Entry* set = &entries_[set_of(key)];
    for (std::size_t i = 0; i < kWays; ++i) {
      if (set[i].epoch == epoch_ && now - set[i].stamp <= kVerdictMemory && set[i].key == key) return &set[i];
    }
    return nullptr;
  }

  /// What says less than is known already only makes that younger.
  void remember(const FiveTuple& key, std::int64_t now, Outcome outcome, ServiceId service, ServiceId inner,
                std::uint32_t datagrams) noexcept {
    empty_ = false;
    Entry* set = &entries_[set_of(key)];
    Entry* place = set;
    for (std::size_t i = 0; i < kWays; ++i) {
      if (set[i].epoch == epoch_ && set[i].key == key) {
        place = &set[i];
        break;
      }
      if (age_rank(set[i], now) < age_rank(*place, now)) place = &set[i];
    }
    if (place->epoch == epoch_ && !(place->key == key) && now - place->stamp <= kVerdictMemory) ++displaced_;
    const auto bounded = static_cast<std::uint16_t>(datagrams > 0xFFFF ? 0xFFFF : datagrams);
    const bool known = place->epoch == epoch_ && now - place->stamp <= kVerdictMemory && place->key == key;
    if (known && place->outcome > outcome) {
      place->stamp = now;
      return;
    }
    if (known && place->service == service && inner == ServiceId::none) inner = place->inner;
    const bool roles_known = known && place->roles_known;
    const bool originator = place->originator;
    *place = {key, now, epoch_, bounded, outcome, service, inner, roles_known, originator, false};
  }

  /// Who was the client, of a tuple that has been remembered.
  void remember_roles(const FiveTuple& key, bool originator) noexcept {
    if (Entry* const entry = remembered(key)) {
      entry->roles_known = true;
      entry->originator = originator;
    }
  }
  /// Inline: that its packets did not go on.
  void remember_blocked(const FiveTuple& key) noexcept {
    if (Entry* const entry = remembered(key)) entry->blocked = true;
  }

  /// A new file begins: nothing of the last one counts.
  void forget_all() noexcept {
    ++epoch_;
    empty_ = true;
  }
  /// Entries that made room before their day was over: a limit was hit.
  [[nodiscard]] std::uint64_t displaced() const noexcept { return displaced_; }

 private:
  static constexpr std::size_t kWays = 8;

  [[nodiscard]] Entry* remembered(const FiveTuple& key) noexcept {
    Entry* set = &entries_[set_of(key)];
    for (std::size_t i = 0; i < kWays; ++i) {
      if (set[i].epoch == epoch_ && set[i].key == key) return &set[i];
    }
    return nullptr;
  }

  [[nodiscard]] std::size_t set_of(const FiveTuple& key) const noexcept { return (hash_of(key, 0) & mask_) * kWays; }
  // Empty and expired entries first, then the oldest.
  [[nodiscard]] std::int64_t age_rank(const Entry& entry, std::int64_t now) const noexcept {
    return entry.epoch != epoch_ || now - entry.stamp > kVerdictMemory ? -kEndOfMemory : entry.stamp;
  }
  static constexpr std::int64_t kEndOfMemory = std::int64_t{1} << 62;

  ReservedArray<Entry> entries_;
  std::size_t mask_;
  std::uint32_t epoch_ = 1;
  bool empty_ = true;
  std::uint64_t displaced_ = 0;
};

}  // namespace ghostport
