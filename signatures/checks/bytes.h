// Numbers and kinds of payload bytes, for the structural checks.
// The caller has made sure that the bytes are there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "signatures/check.h"

namespace ghostport {

[[nodiscard]] inline std::uint32_t big16(Bytes bytes, std::size_t at) noexcept {
  return static_cast<std::uint32_t>(bytes[at] << 8 | bytes[at + 1]);
}
[[nodiscard]] inline std::uint32_t big24(Bytes bytes, std::size_t at) noexcept {
  return big16(bytes, at) << 8 | bytes[at + 2];
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

[[nodiscard]] inline bool is_zero(Bytes bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}
/// No control characters; bytes above 7F may be UTF-8.
[[nodiscard]] inline bool is_text(Bytes bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte >= 0x20 && byte != 0x7F; });
}

/// Does all of `text` stand at the beginning?
[[nodiscard]] inline bool begins_with(Bytes bytes, std::string_view text) noexcept {
  return bytes.size() >= text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin(),
                    [](char letter, std::uint8_t byte) { return static_cast<std::uint8_t>(letter) == byte; });
}

/// How reading a part of a message went: it is wrong, more of it must arrive, or it holds.
enum class Step : std::uint8_t { wrong, ended, done };

/// What a check says that has run out of bytes before it could tell.
[[nodiscard]] inline CheckResult wait_or_no(const Payload& payload) noexcept {
  return payload.complete ? CheckResult::no() : CheckResult::more();
}

}  // namespace ghostport
