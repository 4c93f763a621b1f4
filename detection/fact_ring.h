// A single-producer, single-consumer ring of 64-byte cells between one worker and the adjudicator. The producer either
// waits for room (replay: nothing is lost) or counts the loss (live).
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>

#include "detection/fact.h"

namespace ghostport {

/// What an idle adjudicator sleeps on: every worker rings it after it has published.
class Bell {
 public:
  void ring() noexcept {
    count_.fetch_add(1, std::memory_order_release);
    count_.notify_all();
  }
  [[nodiscard]] std::uint32_t now() const noexcept { return count_.load(std::memory_order_acquire); }
  /// Returns once the bell has rung since `seen` was read.
  void wait(std::uint32_t seen) const noexcept { count_.wait(seen, std::memory_order_acquire); }

 private:
  std::atomic<std::uint32_t> count_{0};
};

class FactRing {
 public:
  /// `cells` is rounded up to a power of two that holds at least one largest fact.
  explicit FactRing(std::uint32_t cells) {
    std::uint32_t size = 8;
    while (size < cells || size < 1U + kMostDetailCells) size *= 2;
    mask_ = size - 1;
    cells_ = std::make_unique<Fact[]>(size);
  }

  /// Producer. All cells of the fact or none: false where there is no room now.
  bool try_push(const Fact& fact, const void* detail) noexcept {
    const std::uint32_t head = head_.load(std::memory_order_relaxed);
    const std::uint32_t used = head - tail_.load(std::memory_order_acquire);
    const std::uint32_t wanted = 1U + fact.detail_cells;
    if (mask_ + 1 - used < wanted) return false;
    cells_[head & mask_] = fact;
    for (std::uint32_t i = 1; i < wanted; ++i) {
      std::memcpy(static_cast<void*>(&cells_[(head + i) & mask_]),
                  static_cast<const char*>(detail) + (i - 1) * sizeof(Fact), sizeof(Fact));
    }
    head_.store(head + wanted, std::memory_order_release);
    return true;
  }
  /// Producer. More than three quarters are taken.
  [[nodiscard]] bool is_crowded() const noexcept {
    return head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_acquire) > mask_ / 4 * 3;
  }
  /// Producer. Sleeps until the consumer has taken something.
  void wait_for_room() noexcept {
    const std::uint32_t seen = tail_.load(std::memory_order_acquire);
    if (head_.load(std::memory_order_relaxed) - seen == 0) return;
    tail_.wait(seen, std::memory_order_acquire);
  }

  /// Consumer. Calls take(fact, pointer to detail cells) for each fact that is there; both stay until it returns.
  template <class Take>
  bool drain(Take&& take) {
    std::uint32_t tail = tail_.load(std::memory_order_relaxed);
    const std::uint32_t head = head_.load(std::memory_order_acquire);
    if (tail == head) return false;
    Fact whole[kMostDetailCells];
    while (tail != head) {
      const Fact& fact = cells_[tail & mask_];
      const std::uint32_t at = (tail + 1) & mask_;
      const Fact* detail = &cells_[at];
      if (at + fact.detail_cells > mask_ + 1) {  // round the end of the storage
        for (std::uint32_t i = 0; i < fact.detail_cells; ++i) whole[i] = cells_[(at + i) & mask_];
        detail = whole;
      }
      tail += 1U + fact.detail_cells;
      take(fact, static_cast<const void*>(detail));
    }
    tail_.store(tail, std::memory_order_release);
    tail_.notify_one();
    return true;
  }

 private:
  alignas(64) std::atomic<std::uint32_t> head_{0};
  alignas(64) std::atomic<std::uint32_t> tail_{0};
  alignas(64) std::unique_ptr<Fact[]> cells_;
  std::uint32_t mask_ = 0;
};

}  // namespace ghostport
