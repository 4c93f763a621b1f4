// What the first bytes of an expression's match can be, so that Hyperscan is asked of those signatures alone that fit
// what was said. Called while a set is made; pure.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <string_view>

namespace ghostport {

using ByteSet = std::bitset<256>;

struct Prefix {
  static constexpr std::size_t kBytes = 16;
  std::array<ByteSet, kBytes> bytes;  ///< by place, never too few; all where no match need reach, or it is not sure
  /// There is nothing more to it: whatever fits, and is as long as its shortest match, is one.
  bool exact = false;
};

/// Of an anchored expression in Hyperscan's syntax, in which a dot is any byte.
[[nodiscard]] Prefix prefix_of(std::string_view expression) noexcept;

}  // namespace ghostport
