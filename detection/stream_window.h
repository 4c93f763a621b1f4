// A window over a byte stream that moves on as its bytes are used: orders what comes out of order, never allocates.
// Owned by a follower, on the flow's worker.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "signatures/payload.h"

namespace ghostport {

class StreamWindow {
 public:
  static constexpr std::uint32_t kBytes = 8192;  ///< a message of signalling longer than that is not read whole

  /// The stream begins anew, at the next byte that is added at 0.
  void clear() noexcept {
    std::fill(std::begin(held_), std::end(held_), 0);
    ready_ = 0;
  }

  /// Bytes at a distance from the window's start; negative: their first ones have been used. What came first stays.
  /// False, and nothing changed, where they end beyond the window.
  [[nodiscard]] bool add(std::int64_t at, Bytes bytes) noexcept {
    if (at + static_cast<std::int64_t>(bytes.size()) > kBytes) return false;
    if (at < 0) {
      bytes = bytes.subspan(std::min(bytes.size(), static_cast<std::size_t>(-at)));
      at = 0;
    }
    const auto first = static_cast<std::uint32_t>(at);
    for (std::uint32_t i = 0; i < bytes.size(); ++i) {
      if (holds(first + i)) continue;
      bytes_[first + i] = bytes[i];
      held_[(first + i) / 64] |= std::uint64_t{1} << ((first + i) % 64);
    }
    while (ready_ < kBytes && holds(ready_)) ++ready_;
    return true;
  }

  /// The bytes at the start without a hole.
  [[nodiscard]] Bytes ready() const noexcept { return {bytes_, ready_}; }
  [[nodiscard]] bool full() const noexcept { return ready_ == kBytes; }

  /// The first `count` ready bytes have been used: the window moves on.
  void use(std::uint32_t count) noexcept {
    std::memmove(bytes_, bytes_ + count, kBytes - count);
    const std::uint32_t words = count / 64;
    const std::uint32_t bits = count % 64;
    for (std::uint32_t i = 0; i < kWords; ++i) {
      const std::uint64_t low = i + words < kWords ? held_[i + words] : 0;
      const std::uint64_t high = i + words + 1 < kWords ? held_[i + words + 1] : 0;
      held_[i] = bits == 0 ? low : low >> bits | high << (64 - bits);
    }
    ready_ -= count;
  }

 private:
  static constexpr std::uint32_t kWords = kBytes / 64;

  [[nodiscard]] bool holds(std::uint32_t at) const noexcept { return (held_[at / 64] >> (at % 64) & 1U) != 0; }

  std::uint64_t held_[kWords]{};
  std::uint32_t ready_ = 0;
  std::uint8_t bytes_[kBytes]{};
};

}  // namespace ghostport
