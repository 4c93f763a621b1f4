// Which signatures the first bytes of a payload fit: a few loads from a table instead of an expression each, and the
// bytes behind those of the table one by one for the few that are left. Made with a set of signatures; read by every
// worker's scanner.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "signatures/payload.h"
#include "signatures/prefix.h"

namespace ghostport {

using SignatureIndex = std::uint16_t;

class PrefixFilter {
 public:
  /// One way in which a signature's match may begin.
  struct Way {
    SignatureIndex index = 0;
    Prefix prefix;
  };

  void add(std::vector<Way> ways);
  /// It is found no more.
  void leave_out(SignatureIndex index);

  /// The tables as they lie in memory, for load() of the same build.
  [[nodiscard]] std::string serialized() const;
  /// False: it is none.
  [[nodiscard]] bool load(std::string_view tables);

  /// Calls take(index, exact) for each way that the bytes fit, in no order that means anything. `exact`: they match the
  /// signature's expression.
  template <class Take>
  void candidates(Bytes bytes, Take&& take) const noexcept {
    if (bytes.empty()) return;
    const std::size_t places = std::min(bytes.size(), kPlaces);
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (!first_[i].test(bytes[0])) continue;
      const Block& block = blocks_[i];
      Mask fit = block.by_length[length_class(bytes.size())];
      std::size_t place = 0;
      for (const std::size_t stop : {std::size_t{2}, std::size_t{4}, kPlaces}) {
        for (const std::size_t end = std::min(stop, places); place < end; ++place) {
          fit &= block.high[place][bytes[place] >> 4U];
          fit &= block.low[place][bytes[place] & 0x0FU];
        }
        if (!fit.any()) break;
      }
      for (std::size_t word = 0; word < Mask::kWords; ++word) {
        for (std::uint64_t rest = fit.words[word]; rest != 0; rest &= rest - 1) {
          const Entry& entry = block.entries[word * 64 + static_cast<std::size_t>(std::countr_zero(rest))];
          if (fits(entry, bytes)) take(entry.index, entry.exact != 0);
        }
      }
    }
  }

 private:
  static constexpr std::size_t kPlaces = 8;  // that the table knows

  /// A bit for each way of a block.
  struct alignas(32) Mask {
    static constexpr std::size_t kWords = 4;
    std::array<std::uint64_t, kWords> words{};

    void set(std::size_t bit) noexcept { words[bit / 64] |= std::uint64_t{1} << (bit % 64); }
    void clear(std::size_t bit) noexcept { words[bit / 64] &= ~(std::uint64_t{1} << (bit % 64)); }
    [[nodiscard]] bool any() const noexcept { return (words[0] | words[1] | words[2] | words[3]) != 0; }
    Mask& operator&=(const Mask& other) noexcept {
      for (std::size_t i = 0; i < kWords; ++i) words[i] &= other.words[i];
      return *this;
    }
  };
  /// A byte that the table does not know, or not exactly.
  struct Test {
    std::uint32_t place;
    std::uint32_t set;  ///< of sets_
  };
  struct Entry {
    SignatureIndex index = 0;
    std::uint8_t exact = 0;  ///< whatever fits is a match
    std::uint8_t least = 0;  ///< bytes of its shortest match
    // One test that rules out most, without a look at the others.
    std::uint8_t place = 0;
    std::uint8_t low = 0;
    std::uint8_t high = 0xFF;
    std::uint8_t tests = 0;
    std::uint32_t first = 0;  ///< of tests_
  };
  struct Block {
    static constexpr std::size_t kMost = Mask::kWords * 64;
    static constexpr std::size_t kLengths = 9;
    // By place and half of a byte: together they let through a little more than what fits.
    std::array<std::array<Mask, 16>, kPlaces> high{};
    std::array<std::array<Mask, 16>, kPlaces> low{};
    std::array<Mask, kLengths> by_length{};  // by length_class: of the ways that some payload of that class may fit
    std::array<Entry, kMost> entries{};
  };
  class Writer;

  [[nodiscard]] static std::size_t length_class(std::size_t length) noexcept {
    return std::min<std::size_t>(std::bit_width(length), Block::kLengths - 1);
  }
  [[nodiscard]] bool fits(const Entry& entry, Bytes bytes) const noexcept {
    if (bytes.size() < entry.least || bytes[entry.place] < entry.low || bytes[entry.place] > entry.high) return false;
    for (std::uint32_t i = entry.first; i < entry.first + entry.tests; ++i) {
      if (!sets_[tests_[i].set].test(bytes[tests_[i].place])) return false;
    }
    return true;
  }

  std::vector<Block> blocks_;
  std::vector<ByteSet> first_;  // by block: what some way of it begins with
  std::vector<Test> tests_;
  std::vector<ByteSet> sets_;
};

}  // namespace ghostport
