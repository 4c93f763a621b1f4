#include "signatures/prefix.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

namespace ghostport {
namespace {

/// Offsets at which a part of an expression may begin or end: a bit each, the last one for all past what is looked at.
using Offsets = std::uint32_t;
constexpr Offsets kBeyond = Offsets{1} << Prefix::kBytes;

class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_(text) {
    if (text_.starts_with("(?i)")) {
      any_case_ = true;
      prefix_.exact = false;
      at_ = 4;
    }
    sure_ = peek() == '^';
    ++at_;
  }

  Prefix read() noexcept {
    const Offsets ends = sequence(1);  // a second alternative at the top would not be anchored
    if (!sure_ || at_ != text_.size() || (ends & 1U) != 0) {
      for (ByteSet& bytes : prefix_.bytes) bytes.set();
      prefix_.exact = false;
      return prefix_;
    }
    for (auto end = static_cast<std::size_t>(std::countr_zero(ends)); end < Prefix::kBytes; ++end)
      prefix_.bytes[end].set();
    prefix_.exact = prefix_.exact && std::has_single_bit(ends) && !passed_end_;
    return prefix_;
  }

 private:
  struct Repeat {
    unsigned least = 1;
    unsigned most = 1;
  };
  static constexpr unsigned kForEver = 0xFFFFFFFF;
  // What is nested deeper, or repeats so much within itself that it is read more often, nobody wrote for a purpose.
  static constexpr unsigned kMostDepth = 64;
  static constexpr unsigned kMostParts = 100'000;

  [[nodiscard]] bool ended() const noexcept { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const noexcept { return ended() ? '\0' : text_[at_]; }
  char next() noexcept { return ended() ? '\0' : text_[at_++]; }

  Offsets alternatives(Offsets start) noexcept {
    Offsets ends = sequence(start);
    while (peek() == '|') {
      ++at_;
      ends |= sequence(start);
      prefix_.exact = false;
    }
    return ends;
  }

  Offsets sequence(Offsets start) noexcept {
    while (sure_ && !ended() && peek() != '|' && peek() != ')') start = part(start);
    return start;
  }

  Offsets part(Offsets start) noexcept {
    if (++parts_ > kMostParts) {
      sure_ = false;
      return start;
    }
    if (peek() == '(') return group(start);
    ByteSet bytes;
    if (!item(bytes)) {
      prefix_.exact = false;  // it has no width, and says something that is not looked at
      (void)repeat();
      return start;
    }
    const Repeat times = repeat();
    Offsets ends = times.least == 0 ? start : 0;
    for (unsigned time = 1; time <= times.most; ++time) {
      start = behind(start, bytes);
      if (time >= times.least) ends |= start;
      if ((start & ~kBeyond) != 0) continue;
      ends |= kBeyond;
      passed_end_ = passed_end_ || time < times.least;
      break;
    }
    return ends;
  }

  /// Its text is read once for each time that it may stand there.
  Offsets group(Offsets start) noexcept {
    if (depth_ == kMostDepth) {
      sure_ = false;
      return start;
    }
    ++depth_;
    const Offsets ends = repeated_group(start);
    --depth_;
    return ends;
  }

  Offsets repeated_group(Offsets start) noexcept {
    ++at_;
    const bool outer_case = any_case_;
    if (next() != '?') sure_ = false;  // anything but a group that is not captured
    if (peek() == 'i') {
      ++at_;
      any_case_ = true;
      prefix_.exact = false;
    }
    if (next() != ':') sure_ = false;
    const std::size_t inside = at_;
    Offsets now = alternatives(start);
    const bool inner_case = std::exchange(any_case_, outer_case);
    if (next() != ')') sure_ = false;
    const Repeat times = repeat();
    const std::size_t outside = at_;
    if (times.most == 0) return start;
    Offsets ends = (times.least == 0 ? start : 0) | (times.least <= 1 ? now : 0);
    for (unsigned time = 2; sure_ && time <= times.most; ++time) {
      at_ = inside;
      any_case_ = inner_case;
      const Offsets before = now;
      now = alternatives(now);
      any_case_ = outer_case;
      if (time >= times.least) ends |= now;
      if (now == kBeyond || now == before) {  // no further time changes anything
        ends |= now;
        passed_end_ = passed_end_ || time < times.least;
        break;
      }
    }
    at_ = outside;
    return ends;
  }

  /// One of these bytes at each of the offsets; the offsets behind it.
  Offsets behind(Offsets start, const ByteSet& bytes) noexcept {
    for (Offsets rest = start & ~kBeyond; rest != 0; rest &= rest - 1)
      prefix_.bytes[static_cast<std::size_t>(std::countr_zero(rest))] |= bytes;
    passed_end_ = passed_end_ || (start & kBeyond) != 0;
    return (start & ~kBeyond) << 1U | (start & kBeyond);
  }

  Repeat repeat() noexcept {
    Repeat times;
    switch (peek()) {
      case '?': times = {0, 1}; break;
      case '*': times = {0, kForEver}; break;
      case '+': times = {1, kForEver}; break;
      case '{':
        if (!begins_count()) return times;
        times = counted();
        break;
      default: return times;
    }
    ++at_;
    if (peek() == '?') ++at_;  // not greedy
    if (times.least != times.most) prefix_.exact = false;
    return times;
  }

  /// Else a brace is a letter.
  [[nodiscard]] bool begins_count() const noexcept {
    const std::string_view behind = text_.substr(at_ + 1, 1);
    return !behind.empty() && behind[0] >= '0' && behind[0] <= '9';
  }

  /// From "{" to "}", which it does not pass.
  Repeat counted() noexcept {
    ++at_;
    Repeat times;
    times.least = times.most = number();
    if (peek() == ',') {
      ++at_;
      times.most = peek() == '}' ? kForEver : number();
    }
    if (peek() != '}' || times.least > times.most) sure_ = false;
    return times;
  }

  unsigned number() noexcept {
    unsigned value = 0;
    if (peek() < '0' || peek() > '9') sure_ = false;
    while (peek() >= '0' && peek() <= '9') value = std::min(value * 10 + static_cast<unsigned>(next() - '0'), 100'000U);
    return value;
  }

  /// A single byte's set; false: of no width.
  bool item(ByteSet& bytes) noexcept {
    switch (const char letter = next(); letter) {
      case '[': bytes = set_of_class(); break;
      case '.': bytes.set(); break;
      case '^':
      case '$': return false;
      case '\\':
        if (std::string_view("zZbBA").find(peek()) != std::string_view::npos) {
          ++at_;
          return false;
        }
        bytes = escaped_set();
        break;
      case '*':
      case '+':
      case '?': sure_ = false; break;
      case '{':
        --at_;
        sure_ = sure_ && !begins_count();
        ++at_;
        [[fallthrough]];
      default: bytes.set(static_cast<std::uint8_t>(letter));
    }
    if (any_case_) fold(bytes);
    return true;
  }

  /// Behind a backslash: one byte, or one of the classes that are not worth a list of their own.
  ByteSet escaped_set() noexcept {
    ByteSet bytes;
    const char letter = next();
    switch (letter) {
      case 'x': bytes.set(hexadecimal()); break;
      case 'r': bytes.set('\r'); break;
      case 'n': bytes.set('\n'); break;
      case 't': bytes.set('\t'); break;
      case 'f': bytes.set('\f'); break;
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 's':
      case 'S':
        bytes.set();
        prefix_.exact = false;
        break;
      default:
        bytes.set(static_cast<std::uint8_t>(letter));
        if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9'))
          sure_ = false;
    }
    return bytes;
  }

  std::uint8_t hexadecimal() noexcept {
    unsigned value = 0;
    for (int i = 0; i < 2; ++i) {
      const char digit = next();
      value <<= 4;
      if (digit >= '0' && digit <= '9') {
        value |= static_cast<unsigned>(digit - '0');
      } else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f') {
        value |= static_cast<unsigned>((digit | 0x20) - 'a' + 10);
      } else {
        sure_ = false;
      }
    }
    return static_cast<std::uint8_t>(value);
  }

  ByteSet set_of_class() noexcept {
    ByteSet bytes;
    const bool inverted = peek() == '^';
    if (inverted) ++at_;
    for (bool first = true; sure_ && (first || peek() != ']'); first = false) {
      if (ended() || text_.substr(at_, 2) == "[:") sure_ = false;
      const ByteSet low = member();
      if (peek() != '-' || text_.substr(at_ + 1, 1) == "]") {
        bytes |= low;
        continue;
      }
      ++at_;
      const ByteSet high = member();
      if (low.count() != 1 || high.count() != 1) {
        sure_ = false;
        break;
      }
      const std::size_t last = only(high);
      for (std::size_t byte = only(low); byte <= last; ++byte) bytes.set(byte);
    }
    ++at_;
    return inverted ? ~bytes : bytes;
  }

  ByteSet member() noexcept {
    const char letter = next();
    if (letter == '\\' && std::string_view("dDwWsS").find(peek()) != std::string_view::npos) sure_ = false;
    if (letter == '\\') return escaped_set();
    return ByteSet().set(static_cast<std::uint8_t>(letter));
  }

  static std::size_t only(const ByteSet& bytes) noexcept { return bytes._Find_first(); }

  static void fold(ByteSet& bytes) noexcept {
    for (std::size_t letter = 'a'; letter <= 'z'; ++letter) {
      const bool either = bytes.test(letter) || bytes.test(letter - 0x20);
      bytes.set(letter, either);
      bytes.set(letter - 0x20, either);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
  unsigned parts_ = 0;
  bool any_case_ = false;
  bool sure_ = true;
  bool passed_end_ = false;  // something must stand past what is looked at
  Prefix prefix_{{}, true};
};

}  // namespace

Prefix prefix_of(std::string_view expression) noexcept { return Reader(expression).read(); }

}  // namespace ghostport
