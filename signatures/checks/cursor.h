// Reads a payload from front to back without reading past its end, for the structural checks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "signatures/checks/bytes.h"

namespace ghostport {

/// What is not there reads as zero and sets `ended`, which stays: ask once, after the last field.
class Cursor {
 public:
  explicit Cursor(Bytes bytes, std::size_t at = 0) noexcept : bytes_(bytes), at_(at) {}

  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  [[nodiscard]] std::size_t left() const noexcept { return at_ < bytes_.size() ? bytes_.size() - at_ : 0; }
  [[nodiscard]] bool has(std::size_t count) const noexcept { return !ended_ && count <= left(); }

  std::uint32_t u8() noexcept { return has_next(1) ? bytes_[step(1)] : 0; }
  std::uint32_t big16() noexcept { return has_next(2) ? ghostport::big16(bytes_, step(2)) : 0; }
  std::uint32_t big24() noexcept { return has_next(3) ? ghostport::big24(bytes_, step(3)) : 0; }
  std::uint32_t big32() noexcept { return has_next(4) ? ghostport::big32(bytes_, step(4)) : 0; }
  std::uint32_t little16() noexcept { return has_next(2) ? ghostport::little16(bytes_, step(2)) : 0; }
  std::uint32_t little24() noexcept { return has_next(3) ? ghostport::little24(bytes_, step(3)) : 0; }
  std::uint32_t little32() noexcept { return has_next(4) ? ghostport::little32(bytes_, step(4)) : 0; }
  std::uint64_t big64() noexcept {
    const std::uint64_t high = big32();
    return high << 32 | big32();
  }
  /// The next `count` bytes; empty and `ended` where not all of them are there.
  Bytes take(std::size_t count) noexcept { return has_next(count) ? bytes_.subspan(step(count), count) : Bytes(); }
  void skip(std::size_t count) noexcept { (void)take(count); }

 private:
  bool has_next(std::size_t count) noexcept {
    if (!has(count)) ended_ = true;
    return !ended_;
  }
  std::size_t step(std::size_t count) noexcept {
    const std::size_t at = at_;
    at_ += count;
    return at;
  }

  Bytes bytes_;
  std::size_t at_;
  bool ended_ = false;
};

}  // namespace ghostport
