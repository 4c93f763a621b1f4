// Blocks of 2 KiB for the bytes of unfinished datagrams, with a bit for each unit of 8 bytes: what is there, and since
// when. A fixed number of them. One per defragmenter.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "detection/flow.h"
#include "detection/reserved_array.h"

namespace ghostport {

/// One bit for each unit of a block.
class UnitBits {
 public:
  static constexpr std::uint32_t kUnits = 256;

  [[nodiscard]] bool at(std::uint32_t unit) const noexcept { return (words_[unit / 64] >> (unit % 64) & 1U) != 0; }
  void set(std::uint32_t unit) noexcept { words_[unit / 64] |= bit(unit); }
  void clear(std::uint32_t unit) noexcept { words_[unit / 64] &= ~bit(unit); }
  void clear() noexcept { words_ = {}; }
  /// [from, to)
  void set(std::uint32_t from, std::uint32_t to) noexcept {
    for (std::uint32_t word = from / 64; word * 64 < to; ++word) words_[word] |= mask(word, from, to);
  }
  [[nodiscard]] bool any(std::uint32_t from, std::uint32_t to) const noexcept {
    for (std::uint32_t word = from / 64; word * 64 < to; ++word) {
      if ((words_[word] & mask(word, from, to)) != 0) return true;
    }
    return false;
  }
  /// The first unit at or after `from` whose bit is `value`; kUnits where there is none.
  [[nodiscard]] std::uint32_t first(bool value, std::uint32_t from) const noexcept {
    for (std::uint32_t word = from / 64; word < kWords; ++word) {
      const std::uint64_t found = (value ? words_[word] : ~words_[word]) & mask(word, from, kUnits);
      if (found != 0) return word * 64 + static_cast<std::uint32_t>(__builtin_ctzll(found));
    }
    return kUnits;
  }

 private:
  static constexpr std::uint32_t kWords = kUnits / 64;
  static std::uint64_t bit(std::uint32_t unit) noexcept { return std::uint64_t{1} << (unit % 64); }
  static std::uint64_t mask(std::uint32_t word, std::uint32_t from, std::uint32_t to) noexcept {
    std::uint64_t bits = ~std::uint64_t{0};
    if (from > word * 64) bits <<= from - word * 64;
    if (to < word * 64 + 64) bits &= (std::uint64_t{1} << (to - word * 64)) - 1;
    return bits;
  }
  std::array<std::uint64_t, kWords> words_{};
};

struct FragmentBlock {
  static constexpr std::uint32_t kUnit = 8;
  static constexpr std::uint32_t kBytes = UnitBits::kUnits * kUnit;

  std::uint8_t bytes[kBytes];
  UnitBits known;     ///< whole units that some fragment held
  UnitBits seen;      ///< ... of this generation
  UnitBits again;     ///< ... of this generation, with the bytes that an earlier one had there
  UnitBits starts;    ///< a fragment of this generation begins there
  UnitBits cut;       ///< the capture lacks bytes of it; the unit's last byte tells how many it has
  std::uint32_t sum;  ///< folded internet_sum of all bytes, where sum_valid
  bool sum_valid;
};

class FragmentStore {
 public:
  /// Throws std::bad_alloc.
  explicit FragmentStore(std::size_t bytes) : blocks_(bytes / sizeof(FragmentBlock)) {}

  /// A block without any bit set; kNoIndex where none is left.
  [[nodiscard]] std::uint32_t take() noexcept {
    std::uint32_t index = free_;
    if (index != kNoIndex) {
      std::memcpy(&free_, blocks_[index].bytes, sizeof free_);
    } else if (touched_ < blocks_.size()) {
      index = touched_++;
    } else {
      return kNoIndex;
    }
    ++used_;
    FragmentBlock& block = blocks_[index];
    for (UnitBits* bits : {&block.known, &block.seen, &block.again, &block.starts, &block.cut}) bits->clear();
    block.sum_valid = false;
    return index;
  }
  void give_back(std::uint32_t index) noexcept {
    std::memcpy(blocks_[index].bytes, &free_, sizeof free_);
    free_ = index;
    --used_;
  }

  [[nodiscard]] FragmentBlock& operator[](std::uint32_t index) noexcept { return blocks_[index]; }
  [[nodiscard]] std::size_t left() const noexcept { return blocks_.size() - used_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return used_ * sizeof(FragmentBlock); }

 private:
  ReservedArray<FragmentBlock> blocks_;
  std::uint32_t touched_ = 0;
  std::uint32_t free_ = kNoIndex;  // linked through the first bytes of a free block
  std::size_t used_ = 0;
};

}  // namespace ghostport
