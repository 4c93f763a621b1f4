#include "signatures/first_bytes.h"

#include <cstdint>

namespace ghostport {
namespace {

/// What a part of an expression can begin with; `empty`: it may match nothing, so that the next part counts too.
struct Begin {
  ByteSet bytes;
  bool empty = false;
};

class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_(text) {
    if (text_.starts_with("(?i)")) {
      any_case_ = true;
      at_ = 4;
    }
    if (peek() == '^') ++at_;
  }

  ByteSet read() noexcept {
    const Begin begin = alternatives();
    return sure_ && at_ == text_.size() && !begin.empty ? begin.bytes : ByteSet().set();
  }

 private:
  [[nodiscard]] bool ended() const noexcept { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const noexcept { return ended() ? '\0' : text_[at_]; }
  char next() noexcept { return ended() ? '\0' : text_[at_++]; }

  Begin alternatives() noexcept {
    Begin all = sequence();
    while (peek() == '|') {
      ++at_;
      const Begin one = sequence();
      all.bytes |= one.bytes;
      all.empty = all.empty || one.empty;
    }
    return all;
  }

  Begin sequence() noexcept {
    Begin whole;
    whole.empty = true;
    while (sure_ && !ended() && peek() != '|' && peek() != ')') {
      Begin part = item();
      if (quantifier_takes_none()) part.empty = true;
      whole.bytes |= part.bytes;
      whole.empty = part.empty;
      if (!whole.empty) break;
    }
    skip_sequence();
    return whole;
  }

  /// To the end of the running sequence: what stands there no match begins with.
  void skip_sequence() noexcept {
    for (unsigned depth = 0; !ended(); ++at_) {
      const char letter = peek();
      if (depth == 0 && (letter == '|' || letter == ')')) return;
      if (letter == '\\') {
        ++at_;
      } else if (letter == '[') {
        skip_class();
      } else if (letter == '(') {
        ++depth;
      } else if (letter == ')') {
        --depth;
      }
    }
  }

  /// From its opening bracket to its closing one, which as the first member of a class is a letter.
  void skip_class() noexcept {
    ++at_;
    if (peek() == '^') ++at_;
    for (bool first = true; !ended() && (first || peek() != ']'); first = false) at_ += peek() == '\\' ? 2U : 1U;
  }

  /// Behind an item: may it be left out?
  bool quantifier_takes_none() noexcept {
    bool none = false;
    switch (peek()) {
      case '?':
      case '*': none = true; [[fallthrough]];
      case '+': ++at_; break;
      case '{':
        none = text_.substr(at_, 2) == "{0" && (text_.substr(at_ + 2, 1) == "," || text_.substr(at_ + 2, 1) == "}");
        while (!ended() && next() != '}') {
        }
        break;
      default: return false;
    }
    if (peek() == '?') ++at_;  // not greedy
    return none;
  }

  Begin item() noexcept {
    Begin one;
    switch (const char letter = next(); letter) {
      case '(':
        if (peek() == '?') {
          ++at_;
          if (next() != ':') sure_ = false;  // anything but a group that is not captured
        }
        one = alternatives();
        if (next() != ')') sure_ = false;
        break;
      case '[': one.bytes = set_of_class(); break;
      case '.': one.bytes.set(); break;
      case '^':
      case '$': one.empty = true; break;
      case '\\': one = escape(); break;
      default: one.bytes.set(static_cast<std::uint8_t>(letter));
    }
    if (any_case_) fold(one.bytes);
    return one;
  }

  Begin escape() noexcept {
    Begin one;
    const char letter = peek();
    if (letter == 'z' || letter == 'b' || letter == 'B' || letter == 'A') {
      ++at_;
      one.empty = true;
    } else {
      one.bytes = escaped_set();
    }
    return one;
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
      default:
        if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9')) {
          bytes.set();
        } else {
          bytes.set(static_cast<std::uint8_t>(letter));
        }
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
      for (std::size_t byte = only(low); byte <= only(high); ++byte) bytes.set(byte);
    }
    ++at_;
    return inverted ? ~bytes : bytes;
  }

  ByteSet member() noexcept {
    const char letter = next();
    if (letter == '\\') return escaped_set();
    return ByteSet().set(static_cast<std::uint8_t>(letter));
  }

  static std::size_t only(const ByteSet& bytes) noexcept {
    std::size_t byte = 0;
    while (byte < 255 && !bytes.test(byte)) ++byte;
    return byte;
  }

  static void fold(ByteSet& bytes) noexcept {
    for (std::size_t letter = 'a'; letter <= 'z'; ++letter) {
      const bool either = bytes.test(letter) || bytes.test(letter - 0x20);
      bytes.set(letter, either);
      bytes.set(letter - 0x20, either);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool any_case_ = false;
  bool sure_ = true;
};

}  // namespace

ByteSet first_bytes(std::string_view expression) noexcept { return Reader(expression).read(); }

}  // namespace ghostport
