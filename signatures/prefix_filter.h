// Which signatures the first bytes of a payload fit: sixteen loads from a table instead of an expression each.
// Made with a set of signatures; read by every worker's scanner.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "signatures/payload.h"
#include "signatures/prefix.h"

namespace ghostport {

using SignatureIndex = std::uint16_t;

class PrefixFilter {
 public:
  /// `least`: bytes of its shortest match. In the order of indices.
  void add(SignatureIndex index, const Prefix& prefix, std::uint16_t least);

  /// Calls take(index, exact) for each signature that the bytes fit, in the order of indices. `exact`: they match it.
  template <class Take>
  void candidates(Bytes bytes, Take&& take) const noexcept {
    for (const Block& block : blocks_) {
      Mask fit = block.by_length[std::min(bytes.size(), kLengths - 1)];
      const std::size_t places = std::min(bytes.size(), Prefix::kBytes);
      for (std::size_t place = 0; place < places; ++place) fit &= block.rows[place][bytes[place]];
      for (std::size_t word = 0; word < Mask::kWords; ++word) {
        for (std::uint64_t rest = fit.words[word]; rest != 0; rest &= rest - 1) {
          const auto bit = word * 64 + static_cast<std::size_t>(std::countr_zero(rest));
          take(block.indices[bit], (block.exact.words[word] >> (bit % 64) & 1U) != 0);
        }
      }
    }
  }

 private:
  /// A bit for each signature of a block.
  struct alignas(32) Mask {
    static constexpr std::size_t kWords = 4;
    std::array<std::uint64_t, kWords> words{};

    void set(std::size_t bit) noexcept { words[bit / 64] |= std::uint64_t{1} << (bit % 64); }
    Mask& operator&=(const Mask& other) noexcept {
      for (std::size_t i = 0; i < kWords; ++i) words[i] &= other.words[i];
      return *this;
    }
  };
  static constexpr std::size_t kLengths = 257;  // the last one: that many bytes, or more
  struct Block {
    std::array<std::array<Mask, 256>, Prefix::kBytes> rows{};  // by place and byte
    std::array<Mask, kLengths> by_length{};
    Mask exact;
    std::array<SignatureIndex, Mask::kWords * 64> indices{};
    std::size_t count = 0;
  };

  std::vector<Block> blocks_;
};

}  // namespace ghostport
