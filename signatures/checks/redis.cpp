#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: Redis' documentation, "Redis serialization protocol specification" (RESP2 and RESP3).
namespace ghostport {
namespace {

constexpr std::size_t kMostLine = 1024;
constexpr std::uint64_t kMostBulk = 512ULL << 20;
constexpr std::uint64_t kMostElements = 1U << 20;
constexpr std::size_t kEnough = 6;

/// Reads values one behind the other: aggregates are headers with more values behind them.
class Reader {
 public:
  explicit Reader(Bytes bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  [[nodiscard]] bool at_end() const noexcept { return at_ >= bytes_.size(); }
  [[nodiscard]] std::uint8_t next() const noexcept { return bytes_[at_]; }
  /// The number of the line last read, and whether it was null (-1).
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  /// A line of a type byte and at least one decimal digit.
  Step count() noexcept {
    std::size_t at = at_ + 1;
    const bool negative = at < bytes_.size() && bytes_[at] == '-';
    if (negative) ++at;
    const std::size_t first = at;
    number_ = 0;
    while (at < bytes_.size() && bytes_[at] >= '0' && bytes_[at] <= '9') {
      if (at - first > 18) return Step::wrong;
      number_ = number_ * 10 + (bytes_[at++] - '0');
    }
    null_ = negative;
    if (at >= bytes_.size()) return Step::ended;
    if (at == first) return Step::wrong;
    return line_end(at);
  }

  /// A line of a type byte and free text.
  Step text() noexcept {
    std::size_t at = at_ + 1;
    while (at < bytes_.size() && bytes_[at] != '\r') {
      if (at - at_ > kMostLine || bytes_[at] < 0x20) return Step::wrong;
      ++at;
    }
    return at >= bytes_.size() ? Step::ended : line_end(at);
  }

  /// A length, that many bytes, an end of line.
  Step bulk() noexcept {
    const std::size_t before = at_;
    if (const Step step = count(); step != Step::done) return step;
    if (null_) return number_ == 1 ? Step::done : Step::wrong;
    if (number_ > kMostBulk) return Step::wrong;
    Step step = Step::ended;
    if (number_ <= bytes_.size() - at_) step = line_end(at_ + static_cast<std::size_t>(number_));
    if (step != Step::done) at_ = before;
    return step;
  }

  [[nodiscard]] bool null() const noexcept { return null_; }

 private:
  Step line_end(std::size_t at) noexcept {
    if (at >= bytes_.size()) return Step::ended;
    if (bytes_[at] != '\r') return Step::wrong;
    if (at + 1 >= bytes_.size()) return Step::ended;
    if (bytes_[at + 1] != '\n') return Step::wrong;
    at_ = at + 2;
    return Step::done;
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  std::uint64_t number_ = 0;
  bool null_ = false;
};

bool is_command_name(Bytes name) noexcept {
  const auto is_letter = [](std::uint8_t byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           byte == '.' || byte == '_' || byte == '-';
  };
  return !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), is_letter);
}

/// A command is an array of bulk strings, of which the first is its name.
CheckResult check_redis_command(const Payload& payload, Side) noexcept {
  Reader reader(payload.bytes);
  if (reader.at_end()) return wait_or_no(payload);
  if (reader.next() != '*') return CheckResult::no();
  Step step = reader.count();
  const std::uint64_t elements = reader.number();
  if (step == Step::done) {
    if (reader.null() || elements == 0 || elements > kMostElements) return CheckResult::no();
    if (reader.at_end()) return wait_or_no(payload);
    step = reader.next() == '$' ? reader.bulk() : Step::wrong;
  }
  if (step != Step::done) return step == Step::wrong ? CheckResult::no() : wait_or_no(payload);
  const auto size = static_cast<std::size_t>(reader.number());
  if (reader.null() || !is_command_name(payload.bytes.subspan(reader.position() - 2 - size, size))) {
    return CheckResult::no();
  }
  if (elements > 1) {
    if (reader.at_end()) return wait_or_no(payload);
    if (reader.next() != '$') return CheckResult::no();
  }
  return CheckResult::yes(reader.position());
}

/// One value's first line, or the whole of a bulk string. What it proves: not a text, any protocol may write one.
Step read_value(Reader& reader, std::size_t& proven) noexcept {
  const std::size_t before = reader.position();
  const std::uint8_t type = reader.next();
  switch (type) {
    case '$':
    case '=':
    case '!': {
      const Step step = reader.bulk();
      if (step == Step::done) proven += reader.null() ? 5 : kEnough;
      return step;
    }
    case '*':
    case '~':
    case '>':
    case '%':
    case '|': {
      const Step step = reader.count();
      if (step == Step::done && reader.number() > kMostElements) return Step::wrong;
      if (step == Step::done) proven += 3;
      return step;
    }
    case ':':
    case '(': {
      const Step step = reader.count();
      if (step == Step::done) proven += 3;
      return step;
    }
    case '_':
    case '#': {
      const Step step = reader.text();
      const std::size_t size = type == '_' ? 3 : 4;
      if (step == Step::done && reader.position() - before != size) return Step::wrong;
      if (step == Step::done) proven += 3;
      return step;
    }
    case '+':
    case '-':
    case ',': return reader.text();
    default: return Step::wrong;
  }
}

CheckResult check_redis_reply(const Payload& payload, Side) noexcept {
  Reader reader(payload.bytes);
  std::size_t proven = 0;
  while (!reader.at_end()) {
    const Step step = read_value(reader, proven);
    if (step == Step::wrong) return CheckResult::no();
    if (step == Step::ended) break;
  }
  return proven >= kEnough ? CheckResult::yes(proven) : wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> redis_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"redis-command", check_redis_command, "a command of Redis as an array of bulk strings"},
      NamedCheck{"redis-reply", check_redis_reply, "typed replies of Redis whose lengths fit, texts not counted"},
  };
  return kChecks;
}

}  // namespace ghostport
