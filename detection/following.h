// What a worker keeps of flows that speak for others: signalling that is read to its end, and the connections that it
// announced between the same two hosts. Bounded, never allocates after construction; owned by one worker's detector.
#pragma once

#include <bitset>
#include <cstdint>

#include "detection/flow.h"
#include "detection/reserved_array.h"
#include "detection/signalling/signalling.h"
#include "detection/stream_window.h"

namespace ghostport {

/// One signalling flow.
struct Follower {
  SignallingReader reader;
  std::uint32_t next[2]{};  ///< TCP: sequence number of the window's start, by direction
  std::uint32_t next_free = kNoIndex;
  StreamWindow window[2];  ///< by direction
};

class FollowerPool {
 public:
  static constexpr std::uint32_t kMost = 4096;

  explicit FollowerPool(std::size_t count) : storage_(count) {}

  /// Fresh but for its reader; kNoIndex where all are taken.
  [[nodiscard]] std::uint32_t take() noexcept {
    std::uint32_t index = free_;
    if (index != kNoIndex) {
      free_ = storage_[index].next_free;
    } else if (used_ < storage_.size()) {
      index = used_++;
    } else {
      ++exhausted_;
      return kNoIndex;
    }
    ++live_;
    for (StreamWindow& window : storage_[index].window) window.clear();
    return index;
  }
  void give_back(std::uint32_t index) noexcept {
    --live_;
    storage_[index].next_free = free_;
    free_ = index;
  }
  [[nodiscard]] Follower& operator[](std::uint32_t index) noexcept { return storage_[index]; }
  [[nodiscard]] std::uint32_t live() const noexcept { return live_; }
  [[nodiscard]] std::uint64_t exhausted() const noexcept { return exhausted_; }

 private:
  ReservedArray<Follower> storage_;
  std::uint32_t live_ = 0;
  std::uint32_t used_ = 0;
  std::uint32_t free_ = kNoIndex;
  std::uint64_t exhausted_ = 0;
};

/// TCP connections that signalling announced between two hosts: (address pair, port), each for a while.
class Pinholes {
 public:
  static constexpr std::int64_t kLife = 8 * 3600 * std::int64_t{1'000'000'000};

  Pinholes() : entries_(kSets * kWays) {}

  /// `key`: any flow between the two hosts.
  void open(const FiveTuple& key, std::uint16_t port, std::int64_t now) noexcept {
    Entry* place = set_of(key, port);
    for (Entry* one = place; one != set_of(key, port) + kWays; ++one) {
      if (one->same(key, port, epoch_)) {
        place = one;
        break;
      }
      if (rank(*one) < rank(*place)) place = one;
    }
    if (place->epoch == epoch_ && !place->same(key, port, epoch_) && now <= place->until) ++displaced_;
    *place = {{key.address[0], key.address[1]}, now + kLife, epoch_, port, key.family};
    any_ = true;
    ports_.set(port);
  }
  [[nodiscard]] bool holds(const FiveTuple& key, std::int64_t now) const noexcept {
    return key.transport == Transport::tcp && (holds(key, key.port[0], now) || holds(key, key.port[1], now));
  }
  /// Is there one with such a port, between whatever hosts?
  [[nodiscard]] bool has_port(std::uint16_t one, std::uint16_t other) const noexcept {
    return ports_.test(one) || ports_.test(other);
  }
  [[nodiscard]] bool any() const noexcept { return any_; }
  /// A new capture begins.
  void forget_all() noexcept {
    ++epoch_;
    any_ = false;
    ports_.reset();
  }
  /// Those that made room before their time was over.
  [[nodiscard]] std::uint64_t displaced() const noexcept { return displaced_; }

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kSets = 512;

  struct Entry {
    std::array<std::uint8_t, 16> address[2]{};
    std::int64_t until = 0;
    std::uint32_t epoch = 0;
    std::uint16_t port = 0;
    std::uint8_t family = 4;
    [[nodiscard]] bool same(const FiveTuple& key, std::uint16_t wanted, std::uint32_t now) const noexcept {
      return epoch == now && port == wanted && family == key.family && address[0] == key.address[0] &&
             address[1] == key.address[1];
    }
  };

  [[nodiscard]] static std::size_t place_of(const FiveTuple& key, std::uint16_t port) noexcept {
    return (mix(pair_hash(key), port) & (kSets - 1)) * kWays;
  }
  [[nodiscard]] Entry* set_of(const FiveTuple& key, std::uint16_t port) noexcept {
    return &entries_[place_of(key, port)];
  }
  [[nodiscard]] bool holds(const FiveTuple& key, std::uint16_t port, std::int64_t now) const noexcept {
    if (!ports_.test(port)) return false;
    const Entry* set = &entries_[place_of(key, port)];
    for (std::size_t i = 0; i < kWays; ++i) {
      if (set[i].same(key, port, epoch_)) return now <= set[i].until && now >= set[i].until - kLife;
    }
    return false;
  }
  [[nodiscard]] std::int64_t rank(const Entry& entry) const noexcept { return entry.epoch == epoch_ ? entry.until : 0; }

  ReservedArray<Entry> entries_;
  std::uint32_t epoch_ = 1;
  bool any_ = false;
  std::bitset<65536> ports_;  // that any of them has or had
  std::uint64_t displaced_ = 0;
};

}  // namespace ghostport
