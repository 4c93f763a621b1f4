#include "detection/json_line.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>

namespace ghostport {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::string_view kCut = "...";
constexpr std::size_t kLongestEscape = 6;

/// How one character of text is written.
struct Escaped {
  std::array<char, kLongestEscape> own{};
  std::string_view written;  ///< into `own`, the source or a constant
  std::size_t read = 0;      ///< bytes of the source
};

void escape_next(std::string_view value, Escaped& result) noexcept {
  result.read = std::max<std::size_t>(utf8_length(value), 1);
  const std::string_view character = value.substr(0, result.read);
  if (utf8_length(value) == 0) {
    result.written = kReplacement;
    return;
  }
  const auto last = static_cast<std::uint8_t>(character.back());
  if (character == "\"" || character == "\\") {
    result.own = {'\\', character[0]};
    result.written = {result.own.data(), 2};
  } else if (character == "\n" || character == "\r" || character == "\t") {
    result.own = {'\\', character == "\n" ? 'n' : character == "\r" ? 'r' : 't'};
    result.written = {result.own.data(), 2};
  } else if (is_control(character)) {
    result.own = {'\\', 'u', '0', '0', kDigits[last >> 4U], kDigits[last & 0xFU]};
    result.written = {result.own.data(), kLongestEscape};
  } else {
    result.written = character;
  }
}

/// What is written as it is. Bytes from 0x80 on are looked at.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x7F; ++byte) plain[byte] = byte != '"' && byte != '\\';
  return plain;
}();

/// How many bytes at the beginning are written as they are: almost always all.
std::size_t plain_length(std::string_view value) noexcept {
  std::size_t length = 0;
  while (length < value.size() && kPlain[static_cast<std::uint8_t>(value[length])]) ++length;
  return length;
}

std::size_t escaped_size(std::string_view value) noexcept {
  std::size_t size = 0;
  for (Escaped one; !value.empty(); value.remove_prefix(one.read)) {
    one.read = plain_length(value);
    size += one.read;
    if (one.read != 0) continue;
    escape_next(value, one);
    size += one.written.size();
  }
  return size;
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const std::uint32_t lead = byte(0);
  if (text.empty()) return 0;
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  std::uint32_t point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
    point = point << 6U | (byte(i) & 0x3FU);
  }
  const bool too_long = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return too_long || surrogate || point > 0x10FFFF ? 0 : length;
}

bool is_control(std::string_view character) noexcept {
  const auto byte = [character](std::size_t i) { return static_cast<std::uint8_t>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  return character.size() == 2 && byte(0) == 0xC2 && byte(1) < 0xA0;
}

void JsonLine::clear() noexcept {
  length_ = 0;
  comma_ = false;
  overflowed_ = false;
}

void JsonLine::put(std::string_view raw) noexcept {
  if (raw.size() > buffer_.size() - length_) {
    overflowed_ = true;
    return;
  }
  std::memcpy(buffer_.data() + length_, raw.data(), raw.size());
  length_ += raw.size();
}

/// A comma, unless this is the first of its brackets or the value of a key.
void JsonLine::separate() noexcept {
  if (comma_) put(",");
  comma_ = true;
}

void JsonLine::open(char bracket) noexcept {
  separate();
  put({&bracket, 1});
  comma_ = false;
}

void JsonLine::close(char bracket) noexcept {
  put({&bracket, 1});
  comma_ = true;
}

void JsonLine::text(std::string_view value, std::size_t most) noexcept {
  if (value.size() <= most && value.size() + kFrame <= buffer_.size() - length_) {
    char* at = begin_value();
    *at++ = '"';
    if (plain_length(value) == value.size()) {
      at = std::copy(value.begin(), value.end(), at);  // not memcpy: a value of no bytes may lie nowhere
      *at++ = '"';
      return end_value(at, true);
    }
  }
  separate();
  put("\"");
  const bool fits = value.size() * kLongestEscape <= most || escaped_size(value) <= most;
  std::size_t left = fits ? buffer_.size() : most - std::min(most, kCut.size());
  for (Escaped one; !value.empty(); value.remove_prefix(one.read)) {
    one.read = std::min(plain_length(value), left);
    if (one.read != 0) {
      one.written = value.substr(0, one.read);
    } else {
      escape_next(value, one);
    }
    if (one.written.size() > left) break;
    left -= one.written.size();
    put(one.written);
  }
  if (!fits) put(kCut);
  put("\"");
}

void JsonLine::end_of_text(std::string_view value, std::size_t most) noexcept {
  std::string_view kept = value;
  std::size_t size = escaped_size(value);
  if (size <= most) return text(value, most);
  for (Escaped one; size + kCut.size() > most && !kept.empty(); kept.remove_prefix(one.read)) {
    escape_next(kept, one);
    size -= one.written.size();
  }
  separate();
  put("\"");
  put(kCut);
  for (Escaped one; !kept.empty(); kept.remove_prefix(one.read)) {
    escape_next(kept, one);
    put(one.written);
  }
  put("\"");
}

void JsonLine::number(std::uint64_t value) noexcept {
  constexpr std::size_t kDigitsAtMost = 20;
  if (kDigitsAtMost + kFrame > buffer_.size() - length_) {
    overflowed_ = true;
    return;
  }
  char* const at = begin_value();
  end_value(std::to_chars(at, at + kDigitsAtMost, value).ptr, true);
}

void JsonLine::address(const Address& value) noexcept {
  if (kLongestAddress + kFrame > buffer_.size() - length_) {
    overflowed_ = true;
    return;
  }
  char* at = begin_value();
  *at++ = '"';
  at = value.write(at);
  *at++ = '"';
  end_value(at, true);
}

void JsonLine::boolean(bool value) noexcept {
  separate();
  put(value ? "true" : "false");
}

void JsonLine::null() noexcept {
  separate();
  put("null");
}

void JsonLine::time(std::int64_t nanoseconds) noexcept {
  const std::chrono::sys_time<std::chrono::nanoseconds> at{std::chrono::nanoseconds(nanoseconds)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const auto microseconds = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::microseconds>(at - day).count());
  const auto digits = [](char* place, std::size_t count, std::uint64_t value) {
    for (; count > 0; value /= 10) place[--count] = static_cast<char>('0' + value % 10);
  };
  if (const std::int64_t number = day.time_since_epoch().count(); number != day_) {
    const std::chrono::year_month_day date(day);
    digits(&date_[1], 4, static_cast<std::uint64_t>(static_cast<int>(date.year())));
    digits(&date_[6], 2, static_cast<unsigned>(date.month()));
    digits(&date_[9], 2, static_cast<unsigned>(date.day()));
    day_ = number;
  }
  separate();
  char* const here = buffer_.data() + length_;
  put({date_.data(), date_.size()});
  if (overflowed_) return;
  const auto seconds = static_cast<std::uint32_t>(microseconds / 1'000'000);
  digits(here + 12, 2, seconds / 3600);
  digits(here + 15, 2, seconds / 60 % 60);
  digits(here + 18, 2, seconds % 60);
  digits(here + 21, 6, static_cast<std::uint32_t>(microseconds % 1'000'000));
}

void JsonLine::hex(const std::uint8_t* bytes, std::size_t length) noexcept {
  separate();
  put("\"");
  for (std::size_t i = 0; i < length; ++i) {
    const std::array<char, 2> digits{kDigits[bytes[i] >> 4U], kDigits[bytes[i] & 0xFU]};
    put({digits.data(), digits.size()});
  }
  put("\"");
}

void JsonLine::printable(const std::uint8_t* bytes, std::size_t length) noexcept {
  separate();
  put("\"");
  Escaped one;
  for (std::size_t i = 0; i < length; ++i) {
    const auto letter = static_cast<char>(bytes[i]);
    const bool shown = (bytes[i] >= 0x20 && bytes[i] < 0x7F) || letter == '\r' || letter == '\n' || letter == '\t';
    escape_next(shown ? std::string_view(&letter, 1) : std::string_view("."), one);
    put(one.written);
  }
  put("\"");
}

}  // namespace ghostport
