// Numbers out of payload bytes, for the structural checks.
// The caller has made sure that the bytes are there.
#pragma once

#include <cstddef>
#include <cstdint>

#include "signatures/payload.h"

namespace ghostport {

[[nodiscard]] inline std::uint32_t big16(Bytes bytes, std::size_t at) noexcept {
  return static_cast<std::uint32_t>(bytes[at] << 8 | bytes[at + 1]);
}
[[nodiscard]] inline std::uint32_t big32(Bytes bytes, std::size_t at) noexcept {
  return big16(bytes, at) << 16 | big16(bytes, at + 2);
}
[[nodiscard]] inline std::uint32_t little16(Bytes bytes, std::size_t at) noexcept {
  return static_cast<std::uint32_t>(bytes[at] | bytes[at + 1] << 8);
}
[[nodiscard]] inline std::uint32_t little24(Bytes bytes, std::size_t at) noexcept {
  return little16(bytes, at) | static_cast<std::uint32_t>(bytes[at + 2]) << 16;
}
[[nodiscard]] inline std::uint32_t little32(Bytes bytes, std::size_t at) noexcept {
  return little16(bytes, at) | little16(bytes, at + 2) << 16;
}

}  // namespace ghostport
