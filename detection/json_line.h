// One JSON object on one line, written field by field into a fixed buffer: no allocation, no locale, no exception.
// Called by the writers of records, on the adjudicator's thread; the UTF-8 helpers serve every output.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ghostport {

/// Writes what it is told in the order of the calls, with commas and without blanks. Text is made valid UTF-8 with
/// control characters escaped. Never writes past its end: what does not fit is lost and `overflowed` says so.
class JsonLine {
 public:
  void clear() noexcept;
  void open(char bracket) noexcept;   ///< '{' or '[', as a value or as an item of a list
  void close(char bracket) noexcept;  ///< '}' or ']'
  void key(std::string_view name) noexcept;

  /// As the value of the last key, or as an item of a list. Text that would fill more than `most` bytes is cut and ends
  /// in
  /// "...".
  void text(std::string_view value, std::size_t most) noexcept;
  /// Of text that would fill more than `most` bytes the end is kept, behind "...": for paths.
  void end_of_text(std::string_view value, std::size_t most) noexcept;
  void number(std::uint64_t value) noexcept;
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
  void put(std::string_view raw) noexcept;
  void separate() noexcept;

  std::array<char, 8192> buffer_{};
  std::size_t length_ = 0;
  bool overflowed_ = false;
};

/// Length of the UTF-8 character (RFC 3629) that `text` begins with; 0 where it begins with none.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;
/// C0, DEL, or C1 as UTF-8: one character that no terminal may be sent.
[[nodiscard]] bool is_control(std::string_view character) noexcept;

}  // namespace ghostport
