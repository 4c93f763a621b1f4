// One JSON object on one line, written field by field into a fixed buffer: no allocation, no locale, no exception.
// Called by the writers of records, where the adjudicator runs; the UTF-8 helpers serve every output.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "registry/address.h"

namespace ghostport {

/// Writes what it is told in the order of the calls, with commas and without blanks. Text is made valid UTF-8 with
/// control characters escaped. Never writes past its end: what does not fit is lost and `overflowed` says so.
class JsonLine {
 public:
  void clear() noexcept;
  void open(char bracket) noexcept;   ///< '{' or '[', as a value or as an item of a list
  void close(char bracket) noexcept;  ///< '}' or ']'
  /// Inlined, so that a name that is a constant is copied in one or two moves.
  [[gnu::always_inline]] void key(std::string_view name) noexcept {
    if (name.size() + kFrame > buffer_.size() - length_) {
      overflowed_ = true;
      return;
    }
    char* at = begin_value();
    *at++ = '"';
    std::memcpy(at, name.data(), name.size());
    at += name.size();
    *at++ = '"';
    *at++ = ':';
    end_value(at, false);
  }

  /// As the value of the last key, or as an item of a list. Text that would fill more than `most` bytes is cut and ends
  /// in "...".
  void text(std::string_view value, std::size_t most) noexcept;
  /// Of text that would fill more than `most` bytes the end is kept, behind "...": for paths.
  void end_of_text(std::string_view value, std::size_t most) noexcept;
  void number(std::uint64_t value) noexcept;
  /// Dotted quad, or RFC 5952 text.
  void address(const Address& value) noexcept;
  void boolean(bool value) noexcept;
  void null() noexcept;
  /// "YYYY-MM-DDTHH:MM:SS.ffffff+0000" from nanoseconds since 1970-01-01 UTC.
  void time(std::int64_t nanoseconds) noexcept;
  void hex(const std::uint8_t* bytes, std::size_t length) noexcept;
  /// Printable ASCII as it is, CR, LF and TAB escaped, every other byte a dot.
  void printable(const std::uint8_t* bytes, std::size_t length) noexcept;

  [[nodiscard]] std::string_view view() const noexcept { return {buffer_.data(), length_}; }
  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }

 private:
  static constexpr std::size_t kFrame = 4;  ///< comma, quotes and colon

  void put(std::string_view raw) noexcept;
  void separate() noexcept;
  /// Behind the comma that the next value needs, for which there must be room.
  char* begin_value() noexcept {
    char* const at = buffer_.data() + length_;
    *at = ',';
    return at + (comma_ ? 1 : 0);
  }
  /// What stands before `end` is written; `comma`: what comes next is another item.
  void end_value(const char* end, bool comma) noexcept {
    length_ = static_cast<std::size_t>(end - buffer_.data());
    comma_ = comma;
  }

  std::array<char, 8192> buffer_{};
  std::size_t length_ = 0;
  bool comma_ = false;  ///< before the next value: it is not the first of its brackets, nor that of a key
  bool overflowed_ = false;
  std::int64_t day_ = std::numeric_limits<std::int64_t>::min();  ///< since 1970-01-01, of the date in `date_`
  std::array<char, 33> date_{'"', 'Y', 'Y', 'Y', 'Y', '-', 'M', 'M', '-', 'D', 'D', 'T', 'h', 'h', ':', 'm', 'm',
                             ':', 's', 's', '.', 'f', 'f', 'f', 'f', 'f', 'f', '+', '0', '0', '0', '0', '"'};
};

/// Length of the UTF-8 character (RFC 3629) that `text` begins with; 0 where it begins with none.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;
/// C0, DEL, or C1 as UTF-8: one character that no terminal may be sent.
[[nodiscard]] bool is_control(std::string_view character) noexcept;

}  // namespace ghostport
