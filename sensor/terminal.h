// What a person sees: sizes of the terminal, text that cannot harm it, and numbers with thousands apart.
// Called by the commands and their tables, on the main thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "registry/address.h"

namespace ghostport {

/// Of the terminal behind a file descriptor; zero where there is none or it does not say.
struct Screen {
  std::size_t columns = 0;
  std::size_t lines = 0;
  bool terminal = false;
  bool colours = false;  ///< a terminal, and NO_COLOR is not set
};
[[nodiscard]] Screen screen_of(int file_descriptor);

/// Text for a terminal: control characters as \xHH, bytes that are not UTF-8 as U+FFFD.
[[nodiscard]] std::string for_terminal(std::string_view text);
/// Characters of UTF-8 text.
[[nodiscard]] std::size_t width_of(std::string_view text);
/// At most `columns` characters, the last three being dots where something was cut.
[[nodiscard]] std::string cut_to(std::string_view text, std::size_t columns);

/// "10.0.0.9:3238", "[2001:db8::9]:3238"
[[nodiscard]] std::string with_port(const Address& address, std::uint16_t port);
/// "1,234,567"
[[nodiscard]] std::string with_commas(std::uint64_t number);
/// "85 MiB", rounded up
[[nodiscard]] std::string mebibytes(std::uint64_t bytes);
/// "1 flow", "1,234 flows"
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view word);

}  // namespace ghostport
