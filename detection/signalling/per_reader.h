// Reads ASN.1 in the aligned packed encoding (ITU-T X.691), as H.225.0 and H.245 use it, from front to back.
// Plain values on the worker's thread; never reads past the end.
#pragma once

#include <cstdint>

#include "signatures/payload.h"

namespace ghostport {

/// What is not there, or is not understood, reads as zero and sets `failed`, which stays: ask once, at the end.
class PerReader {
 public:
  explicit PerReader(Bytes bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  void fail() noexcept { failed_ = true; }

  /// Up to 32 bits.
  std::uint32_t bits(unsigned count) noexcept {
    if (failed_ || count > bytes_.size() * 8 - at_) {
      failed_ = true;
      return 0;
    }
    std::uint32_t value = 0;
    for (; count != 0; --count, ++at_) value = value << 1U | (bytes_[at_ / 8] >> (7 - at_ % 8) & 1U);
    return value;
  }
  bool bit() noexcept { return bits(1) != 0; }
  void align() noexcept { at_ = (at_ + 7) / 8 * 8; }
  /// A number of a range of 256 or of up to 65,536: whole bytes.
  std::uint32_t aligned(unsigned count_of_bytes) noexcept {
    align();
    return bits(8 * count_of_bytes);
  }
  /// A number of a larger range: how many bytes it takes in two bits, then those.
  std::uint32_t sized() noexcept {
    const unsigned count = bits(2) + 1;
    return aligned(count);
  }
  Bytes octets(std::size_t count) noexcept {
    align();
    if (failed_ || count > bytes_.size() - at_ / 8) {
      failed_ = true;
      return {};
    }
    const Bytes taken = bytes_.subspan(at_ / 8, count);
    at_ += count * 8;
    return taken;
  }
  /// A length determinant (clause 11.9); in fragments: not understood.
  std::size_t length() noexcept {
    const std::uint32_t first = aligned(1);
    if (first < 0x80) return first;
    if (first >= 0xC0) fail();
    return (first & 0x3FU) << 8U | bits(8);
  }
  /// An open type, or an octet string without bounds.
  Bytes open() noexcept { return octets(length()); }

  /// A choice with `bits` bits for its root; an alternative of an extension is `kExtended` and its number, its value an
  /// open type.
  static constexpr std::uint32_t kExtended = 1000;
  std::uint32_t choice(unsigned count_of_bits) noexcept {
    return bit() ? kExtended + small_number() : bits(count_of_bits);
  }
  /// The additions of an extended sequence: each, as an open type, to take(index, bytes).
  template <class Take>
  void additions(Take&& take) noexcept {
    constexpr std::uint32_t kMost = 64;
    const std::uint32_t count = small_number() + 1;
    if (count > kMost) fail();
    std::uint64_t present = 0;
    for (std::uint32_t i = 0; i < count && !failed_; ++i) present |= std::uint64_t{bit()} << i;
    for (std::uint32_t i = 0; i < count && !failed_; ++i) {
      if ((present >> i & 1U) == 0) continue;
      const Bytes field = open();
      if (!failed_) take(i, field);
    }
  }
  void skip_additions(bool extended) noexcept {
    if (extended) additions([](std::uint32_t, Bytes) {});
  }

 private:
  /// A normally small number (clause 11.6); a large one is not understood.
  std::uint32_t small_number() noexcept {
    if (bit()) fail();
    return bits(6);
  }

  Bytes bytes_;
  std::size_t at_ = 0;  // in bits
  bool failed_ = false;
};

}  // namespace ghostport
