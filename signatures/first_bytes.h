// Which bytes a match of an expression can begin with, so that only databases that may match are asked.
// Called while a set is made; pure.
#pragma once

#include <bitset>
#include <string_view>

namespace ghostport {

using ByteSet = std::bitset<256>;

/// Of an anchored expression in Hyperscan's syntax. Never too few: where it is not sure, all.
[[nodiscard]] ByteSet first_bytes(std::string_view expression) noexcept;

}  // namespace ghostport
