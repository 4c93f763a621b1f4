#include "signatures/prefix.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

namespace ghostport {
namespace {

constexpr unsigned kForEver = std::numeric_limits<unsigned>::max();

// What is longer (Hyperscan refuses it), nested deeper, or takes more steps to read, nobody wrote for a purpose.
constexpr std::size_t kMostText = 16'384;
constexpr unsigned kMostDepth = 64;
constexpr unsigned kMostSteps = 100'000;
constexpr unsigned kMostDivisions = 1'000;
constexpr unsigned kMostLengths = 4;  // a way for each length of a part that may be so much longer or shorter

enum class Kind : std::uint8_t { byte, nothing, sequence, alternatives };

/// An expression as a tree.
struct Node {
  Kind kind = Kind::byte;
  bool exact = true;   ///< nothing but `bytes` fits, and nothing else is asked
  unsigned least = 1;  ///< times that it stands there
  unsigned most = 1;
  ByteSet bytes;            ///< of one byte
  std::vector<Node> parts;  ///< of a sequence, or alternatives
};

class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_(text) {
    if (text_.starts_with("(?i)")) {
      any_case_ = true;
      at_ = 4;
    }
    sure_ = peek() == '^' && text_.size() <= kMostText;
    ++at_;
  }

  /// None where it is not sure.
  std::optional<Node> read() {
    Node root = sequence();
    if (!sure_ || at_ != text_.size()) return std::nullopt;  // a second alternative at the top would not be anchored
    return root;
  }

 private:
  struct Repeat {
    unsigned least = 1;
    unsigned most = 1;
  };

  [[nodiscard]] bool ended() const noexcept { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const noexcept { return ended() ? '\0' : text_[at_]; }
  char next() noexcept { return ended() ? '\0' : text_[at_++]; }

  Node alternatives() {
    Node node;
    node.kind = Kind::alternatives;
    node.parts.push_back(sequence());
    while (peek() == '|') {
      ++at_;
      node.parts.push_back(sequence());
    }
    if (node.parts.size() == 1) return Node(std::move(node.parts.front()));
    return node;
  }

  Node sequence() {
    Node node;
    node.kind = Kind::sequence;
    while (sure_ && !ended() && peek() != '|' && peek() != ')') {
      node.parts.push_back(peek() == '(' ? group() : item());
      const Repeat times = repeat();
      node.parts.back().least = times.least;
      node.parts.back().most = times.most;
    }
    return node;
  }

  Node group() {
    if (depth_ == kMostDepth) {
      sure_ = false;
      return {};
    }
    ++depth_;
    ++at_;
    const bool outer_case = any_case_;
    if (next() != '?') sure_ = false;  // anything but a group that is not captured
    if (peek() == 'i') {
      ++at_;
      any_case_ = true;
    }
    if (next() != ':') sure_ = false;
    Node inside = alternatives();
    any_case_ = outer_case;
    if (next() != ')') sure_ = false;
    --depth_;
    return inside;
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

  /// A single byte's set, or something of no width.
  Node item() {
    Node node;
    ByteSet& bytes = node.bytes;
    switch (const char letter = next(); letter) {
      case '[': bytes = set_of_class(node.exact); break;
      case '.': bytes.set(); break;
      case '^':
      case '$': return of_no_width();
      case '\\':
        if (std::string_view("zZbBA").find(peek()) != std::string_view::npos) {
          ++at_;
          return of_no_width();
        }
        bytes = escaped_set(node.exact);
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
    return node;
  }

  static Node of_no_width() {
    Node node;
    node.kind = Kind::nothing;
    node.exact = false;
    return node;
  }

  /// Behind a backslash: one byte, or one of the classes that are not worth a list of their own.
  ByteSet escaped_set(bool& exact) noexcept {
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
        exact = false;
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

  ByteSet set_of_class(bool& exact) noexcept {
    ByteSet bytes;
    const bool inverted = peek() == '^';
    if (inverted) ++at_;
    for (bool first = true; sure_ && (first || peek() != ']'); first = false) {
      if (ended() || text_.substr(at_, 2) == "[:") sure_ = false;
      const ByteSet low = member(exact);
      if (peek() != '-' || text_.substr(at_ + 1, 1) == "]") {
        bytes |= low;
        continue;
      }
      ++at_;
      const ByteSet high = member(exact);
      if (low.count() != 1 || high.count() != 1) {
        sure_ = false;
        break;
      }
      const std::size_t last = only(high);
      for (std::size_t byte = only(low); byte <= last; ++byte) bytes.set(byte);
    }
    ++at_;
    if (!inverted) return bytes;
    if (any_case_) exact = false;  // what is left out is left out in either case
    return ~bytes;
  }

  ByteSet member(bool& exact) noexcept {
    const char letter = next();
    if (letter == '\\' && std::string_view("dDwWsS").find(peek()) != std::string_view::npos) sure_ = false;
    if (letter == '\\') return escaped_set(exact);
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
  bool any_case_ = false;
  bool sure_ = true;
};

/// A node of the tree and how often it stands there.
struct Part {
  const Node* node;
  unsigned least;
  unsigned most;
};
using Way = std::vector<Part>;

/// None where it has several.
std::optional<std::size_t> width_of(const Node& node) {
  if (node.kind == Kind::byte) return 1;
  std::optional<std::size_t> width;
  if (node.kind != Kind::alternatives) width = 0;
  for (const Node& part : node.parts) {
    const std::optional<std::size_t> one = width_of(part);
    if (!one) return std::nullopt;
    if (node.kind == Kind::alternatives) {
      if (width && *width != *one) return std::nullopt;
      width = one;
    } else if (part.least != part.most) {
      return std::nullopt;
    } else {
      *width = std::min(*width + *one * part.least, Prefix::kBytes);
    }
  }
  return width;
}

/// The way with `parts` in the place of the one at `place`.
Way replaced(const Way& way, std::size_t place, std::initializer_list<Part> parts) {
  const auto at = way.begin() + static_cast<std::ptrdiff_t>(place);
  Way result(way.begin(), at);
  result.insert(result.end(), parts);
  result.insert(result.end(), at + 1, way.end());
  return result;
}

/// The ways that say the same together, divided at the first part that can be; none where there is no such part, or
/// what stands before it has not one width.
std::vector<Way> divided(const Way& way) {
  std::vector<Way> ways;
  std::size_t width = 0;
  for (std::size_t i = 0; i < way.size() && width < Prefix::kBytes; ++i) {
    const auto [node, least, most] = way[i];
    if (least == 1 && most == 1 && node->kind == Kind::alternatives) {
      for (const Node& one : node->parts) ways.push_back(replaced(way, i, {{&one, 1, 1}}));
      return ways;
    }
    if (least == 1 && most == 1 && node->kind == Kind::sequence) {
      Way& inlined = ways.emplace_back(way.begin(), way.begin() + static_cast<std::ptrdiff_t>(i));
      for (const Node& one : node->parts) inlined.push_back({&one, one.least, one.most});
      inlined.insert(inlined.end(), way.begin() + static_cast<std::ptrdiff_t>(i) + 1, way.end());
      return ways;
    }
    if (least == 0 && most >= kMostLengths) return {replaced(way, i, {}), replaced(way, i, {{node, 1, most}})};
    if (least != most) {
      if (most - least >= kMostLengths) return {};
      for (unsigned times = least; times <= most; ++times) {
        ways.push_back(times == 0 ? replaced(way, i, {}) : replaced(way, i, {{node, times, times}}));
      }
      return ways;
    }
    if (least > 1 && (node->kind == Kind::alternatives || node->kind == Kind::sequence))
      return {replaced(way, i, {{node, 1, 1}, {node, least - 1, least - 1}})};
    const std::optional<std::size_t> one = width_of(*node);
    if (!one) return {};
    width += *one * std::min<std::size_t>(least, Prefix::kBytes);
  }
  return {};
}

/// Those first that were divided least: each alternative near the root has its own before those within it. What would
/// be more than `most` is taken together, as one way that fits more.
std::vector<Way> ways_of(const Node& root, std::size_t most) {
  std::deque<Way> open{{{&root, 1, 1}}};
  std::vector<Way> ways;
  for (unsigned divisions = 0; !open.empty(); ++divisions) {
    std::vector<Way> more = divisions < kMostDivisions ? divided(open.front()) : std::vector<Way>();
    if (more.empty() || ways.size() + open.size() - 1 + more.size() > most) {
      ways.push_back(std::move(open.front()));
    } else {
      open.insert(open.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    open.pop_front();
  }
  return ways;
}

/// Goes along a way and notes what may stand at each place.
class Walk {
 public:
  /// `steps`: those left, for all ways of an expression. None where they are not enough.
  explicit Walk(unsigned& steps) : steps_(steps) {}

  std::optional<Prefix> along(const Way& way) {
    Offsets ends;
    ends.set(0);
    for (const Part& part : way) {
      if (is_beyond(ends)) {
        exact_ = false;
        break;
      }
      ends = times(*part.node, part.least, part.most, ends);
    }
    if (steps_ == 0) return std::nullopt;
    Prefix prefix;
    prefix.least = ends._Find_first();
    std::size_t size = prefix.least;  // a match may end there
    while (size != 0 && bytes_[size - 1].all()) --size;
    prefix.bytes.assign(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(size));
    prefix.exact = exact_ && ends.count() == 1;
    return prefix;
  }

 private:
  /// Places at which a part may begin or end; the last one stands for all past what is looked at.
  using Offsets = std::bitset<Prefix::kBytes + 1>;

  Offsets times(const Node& node, unsigned least, unsigned most, Offsets start) {
    exact_ = exact_ && node.exact && least == most;
    if (most - least >= kMostLengths) open_behind(start);
    Offsets ends = least == 0 ? start : Offsets();
    for (unsigned time = 1; time <= most && start.any() && steps_ != 0; ++time) {
      const Offsets before = std::exchange(start, once(node, start));
      if (time < least && (start == before || is_beyond(start))) {  // no further time changes anything
        exact_ = false;
        time = least;
      }
      if (time < least) continue;
      start &= ~ends;  // what ended there before has had its further times
      ends |= start;
    }
    return ends;
  }

  Offsets once(const Node& node, Offsets start) {
    if (steps_ != 0) --steps_;
    Offsets ends;
    switch (node.kind) {
      case Kind::nothing: return start;
      case Kind::byte: return behind(start, node.bytes);
      case Kind::sequence:
        for (const Node& part : node.parts) start = times(part, part.least, part.most, start);
        return start;
      case Kind::alternatives:
        for (const Node& one : node.parts) ends |= once(one, start);
        exact_ = false;
        return ends;
    }
    return ends;
  }

  /// One of these bytes at each of the offsets; the offsets behind it.
  Offsets behind(const Offsets& start, const ByteSet& bytes) {
    const bool beyond = start.test(Prefix::kBytes);
    exact_ = exact_ && !beyond;
    const Offsets open = start & ~full_;
    for (std::size_t at = open._Find_first(); at < Prefix::kBytes; at = open._Find_next(at)) {
      bytes_[at] |= bytes;
      full_[at] = bytes_[at].all();
    }
    Offsets ends = start << 1U;
    if (beyond) ends.set(Prefix::kBytes);
    return ends;
  }

  /// What stands behind a part of any length may stand anywhere: not worth a look far off.
  void open_behind(const Offsets& start) {
    constexpr std::size_t kNear = 32;
    for (std::size_t at = std::max(kNear, start._Find_first()); at < Prefix::kBytes; ++at) {
      bytes_[at].set();
      full_[at] = true;
    }
  }

  static bool is_beyond(const Offsets& offsets) { return offsets._Find_first() == Prefix::kBytes; }

  unsigned& steps_;
  Offsets full_;  // where anything fits by now
  std::vector<ByteSet> bytes_ = std::vector<ByteSet>(Prefix::kBytes);
  bool exact_ = true;
};

}  // namespace

Prefix::Fit Prefix::fit(Bytes payload) const noexcept {
  for (std::size_t place = 0; place < std::min(bytes.size(), payload.size()); ++place) {
    if (!bytes[place].test(payload[place])) return Fit::never;
  }
  return payload.size() < least ? Fit::later : Fit::now;
}

std::vector<Prefix> prefixes_of(std::string_view expression, std::size_t most) {
  const std::optional<Node> root = Reader(expression).read();
  if (!root) return {Prefix()};
  std::vector<Prefix> prefixes;
  unsigned steps = kMostSteps;
  for (const Way& way : ways_of(*root, most)) {
    auto prefix = Walk(steps).along(way);
    if (!prefix) return {Prefix()};
    prefixes.push_back(*std::move(prefix));
  }
  return prefixes;
}

}  // namespace ghostport
