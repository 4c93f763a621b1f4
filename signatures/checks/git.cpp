#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: Git's documentation, gitprotocol-common (pkt-line), gitprotocol-pack and gitprotocol-v2.
namespace ghostport {
namespace {

constexpr std::size_t kPrefix = 4;
constexpr std::size_t kMostLine = 65520;
constexpr std::size_t kNoLine = ~std::size_t{0};

int digit_of(std::uint8_t letter) noexcept {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  return letter >= 'A' && letter <= 'F' ? letter - 'A' + 10 : -1;
}

/// The length in front of a packet line; 0 to 2 are marks without a line.
std::size_t length_at(Bytes bytes, std::size_t at) noexcept {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kPrefix; ++i) {
    const int digit = digit_of(bytes[at + i]);
    if (digit < 0) return kNoLine;
    length = length * 16 + static_cast<std::size_t>(digit);
  }
  return length == 3 || length > kMostLine ? kNoLine : length;
}

/// A first line that has arrived whole, and what follows it is a length again. Sets the line's length.
CheckState read_line(const Payload& payload, std::size_t& length) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kPrefix) return wait_or_no(payload).state;
  length = length_at(bytes, 0);
  if (length == kNoLine || length <= kPrefix) return CheckState::no;
  if (bytes.size() < length) return wait_or_no(payload).state;
  if (bytes.size() >= length + kPrefix && length_at(bytes, length) == kNoLine) return CheckState::no;
  return CheckState::yes;
}

/// The expression has seen the line's first words.
CheckResult check_line(const Payload& payload, Side) noexcept {
  constexpr std::size_t kWords = 8;
  std::size_t length = 0;
  const CheckState state = read_line(payload, length);
  return state == CheckState::yes ? CheckResult::yes(kPrefix + kWords) : CheckResult{state, 0};
}

/// git-proto-request: the command and a path, a zero, then parameters that end in zeros.
CheckResult check_request(const Payload& payload, Side) noexcept {
  constexpr std::size_t kCommand = 16;
  std::size_t length = 0;
  const CheckState state = read_line(payload, length);
  if (state != CheckState::yes) return {state, 0};
  const Bytes bytes = payload.bytes.subspan(kPrefix, length - kPrefix);
  const auto nul = std::find(bytes.begin(), bytes.end(), std::uint8_t{0});
  const auto command = static_cast<std::size_t>(nul - bytes.begin());
  if (!is_text(bytes.first(command))) return CheckResult::no();
  return nul == bytes.end() || bytes.back() == 0 ? CheckResult::yes(kPrefix + kCommand) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> git_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"git-line", check_line, "a packet line of Git's length, followed by another one or by nothing"},
      NamedCheck{"git-request", check_request, "Git's request: a command with a path, and parameters, in one line"},
  };
  return kChecks;
}

}  // namespace ghostport
