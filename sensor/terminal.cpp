#include "sensor/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "detection/json_line.h"

namespace ghostport {

Screen screen_of(int file_descriptor) {
  Screen screen;
  screen.terminal = isatty(file_descriptor) == 1;
  if (!screen.terminal) return screen;
  const char* const no_color = std::getenv("NO_COLOR");
  screen.colours = no_color == nullptr || *no_color == '\0';
  winsize size{};
  if (ioctl(file_descriptor, TIOCGWINSZ, &size) == 0) {
    screen.columns = size.ws_col;
    screen.lines = size.ws_row;
  }
  return screen;
}

std::string for_terminal(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0) {
      result += "\xef\xbf\xbd";
    } else if (is_control(character)) {
      const auto last = static_cast<std::uint8_t>(character.back());
      result += "\\x";
      result += kDigits[last >> 4U];
      result += kDigits[last & 0xFU];
    } else {
      result += character;
    }
    text.remove_prefix(character.size());
  }
  return result;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<std::uint8_t>(byte) & 0xC0U) != 0x80; }));
}

std::string cut_to(std::string_view text, std::size_t columns) {
  if (width_of(text) <= columns) return std::string(text);
  std::size_t end = 0;
  for (std::size_t width = 0; width + 3 < columns; ++width) {
    do {
      ++end;
    } while (end < text.size() && (static_cast<std::uint8_t>(text[end]) & 0xC0U) == 0x80);
  }
  return std::string(text.substr(0, end)) + std::string(std::min<std::size_t>(columns, 3), '.');
}

std::string with_port(const Address& address, std::uint16_t port) {
  const std::string text = address.family == 6 ? '[' + address.text() + ']' : address.text();
  return text + ':' + std::to_string(port);
}

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, ",");
  return digits;
}

std::string mebibytes(std::uint64_t bytes) { return with_commas((bytes + (1U << 20U) - 1) >> 20U) + " MiB"; }

std::string counted(std::uint64_t number, std::string_view word) {
  return with_commas(number) + ' ' + std::string(word) + (number == 1 ? "" : "s");
}

}  // namespace ghostport
