// The sum of the Internet checksum (RFC 1071), in memory order: sums of pieces at even offsets add up.
#pragma once

#include <cstdint>
#include <cstring>

namespace ghostport {

[[nodiscard]] inline std::uint64_t internet_sum(const std::uint8_t* data, std::size_t size) noexcept {
  std::uint64_t sum = 0;
  std::size_t i = 0;
  for (; i + 32 <= size; i += 32) {  // four sums at once, each in its own register
    std::uint64_t words[4];
    std::memcpy(words, data + i, sizeof words);
    for (const std::uint64_t word : words) sum += (word & 0xFFFFFFFFU) + (word >> 32U);
  }
  for (; i + 4 <= size; i += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, data + i, 4);
    sum += word;
  }
  if (i < size) {
    std::uint32_t word = 0;
    std::memcpy(&word, data + i, size - i);
    sum += word;
  }
  return sum;
}

/// 0xFFFF where the summed bytes hold their own right checksum.
[[nodiscard]] inline std::uint16_t folded(std::uint64_t sum) noexcept {
  while ((sum >> 16U) != 0) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace ghostport
