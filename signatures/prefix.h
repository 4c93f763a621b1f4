// What the first bytes of an expression's match can be, so that Hyperscan is asked of those signatures alone that fit
// what was said. Called while a set is made; pure.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "signatures/payload.h"

namespace ghostport {

using ByteSet = std::bitset<256>;

/// One way in which a match may begin.
struct Prefix {
  static constexpr std::size_t kBytes = 127;  ///< places that are looked at
  std::vector<ByteSet> bytes;                 ///< by place, never too few; behind them anything
  std::size_t least = 0;                      ///< bytes of its shortest match, at most kBytes
  /// There is nothing more to it: whatever fits, and is as long as its shortest match, is one.
  bool exact = false;

  enum class Fit : std::uint8_t {
    never,  ///< whatever follows
    later,  ///< it is too short
    now,
  };
  [[nodiscard]] Fit fit(Bytes payload) const noexcept;
};

/// Of an anchored expression in Hyperscan's syntax, in which a dot is any byte: each match begins in one of these ways.
/// Alternatives have a way of their own as long as there are no more than `most`; a single one that anything fits where
/// it is not sure.
[[nodiscard]] std::vector<Prefix> prefixes_of(std::string_view expression, std::size_t most = 64);

}  // namespace ghostport
