// The sum of the Internet checksum (RFC 1071), in memory order: sums of pieces at even offsets add up.
#pragma once

#include <cstdint>
#include <cstring>

namespace ghostport {

[[nodiscard]] inline std::uint64_t internet_sum(const std::uint8_t* data, std::size_t size) noexcept {
  std::uint64_t sum = 0;
  std::size_t i = 0;
  using Words = std::uint64_t __attribute__((vector_size(32)));
  Words sums{};
  if (size >= sizeof sums) {
    for (; i + sizeof sums <= size; i += sizeof sums) {
      Words words;
      std::memcpy(&words, data + i, sizeof words);
      sums += (words & 0xFFFFFFFFU) + (words >> 32U);
    }
    for (unsigned lane = 0; lane < 4; ++lane) sum += sums[lane];
  }
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, data + i, 8);
    sum += (word & 0xFFFFFFFFU) + (word >> 32U);
  }
  if ((size & 4U) != 0) {
    std::uint32_t word = 0;
    std::memcpy(&word, data + i, 4);
    sum += word;
    i += 4;
  }
  if ((size & 2U) != 0) {
    std::uint16_t word = 0;
    std::memcpy(&word, data + i, 2);
    sum += word;
    i += 2;
  }
  return (size & 1U) != 0 ? sum + data[i] : sum;  // as if a 0 followed; x86 is little-endian
}

/// 0xFFFF where the summed bytes hold their own right checksum.
[[nodiscard]] inline std::uint16_t folded(std::uint64_t sum) noexcept {
  while ((sum >> 16U) != 0) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace ghostport
