#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: FIX Trading Community, "FIX TagValue Encoding": BeginString, BodyLength and MsgType first, CheckSum last.
namespace ghostport {
namespace {

constexpr std::uint8_t kSoh = 1;
constexpr std::size_t kMostBegin = 16;
constexpr std::size_t kMostDigits = 9;
constexpr std::size_t kTrailer = 7;  // 10=ddd<SOH>

bool is_digit(std::uint8_t byte) noexcept { return byte >= '0' && byte <= '9'; }

bool begins(Bytes bytes, std::string_view text) noexcept {
  const std::size_t size = std::min(bytes.size(), text.size());
  return std::equal(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), bytes.begin(),
                    [](char letter, std::uint8_t byte) { return static_cast<std::uint8_t>(letter) == byte; });
}

/// 10= and the sum of all bytes before it, modulo 256, in three digits.
bool trailer_holds(Bytes message, Bytes trailer) noexcept {
  if (!begins(trailer, "10=")) return false;
  if (trailer.size() < kTrailer) return true;
  const Bytes digits = trailer.subspan(3, 3);
  if (!std::ranges::all_of(digits, is_digit) || trailer[6] != kSoh) return false;
  const unsigned said = (digits[0] - '0') * 100U + (digits[1] - '0') * 10U + (digits[2] - '0');
  return said == std::accumulate(message.begin(), message.end(), 0U) % 256;
}

/// Private forms of the encoding (compressed bodies, short BeginStrings) carry a BodyLength but no CheckSum.
CheckResult check_fix(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  const auto soh = std::find(bytes.begin(), bytes.end(), kSoh);
  const auto begin = static_cast<std::size_t>(soh - bytes.begin());
  if (begin > kMostBegin) return CheckResult::no();
  const bool standard = bytes.size() > 5 && begins(bytes, "8=FIX") && (bytes[5] == '.' || bytes[5] == 'T');
  std::size_t at = begin + 3;  // behind SOH and 9=
  std::size_t length = 0;
  const std::size_t digits = at;
  while (at < bytes.size() && is_digit(bytes[at]) && at - digits < kMostDigits)
    length = length * 10 + (bytes[at++] - '0');
  if (at >= bytes.size()) return wait_or_no(payload);
  if (at == digits || bytes[at] != kSoh) return CheckResult::no();
  const std::size_t body = at + 1;
  if (length < 5 || length > 1'000'000) return CheckResult::no();
  if (bytes.size() < body + length + (standard ? 3 : 0)) {
    return payload.complete && standard ? CheckResult::yes(body + 3) : wait_or_no(payload);
  }
  const Bytes rest = bytes.subspan(body + length);
  const bool holds = standard ? trailer_holds(bytes.first(body + length), rest) : begins(rest, "8=");
  if (standard && rest.size() < kTrailer && holds) return wait_or_no(payload);
  return holds ? CheckResult::yes(body + (standard ? kTrailer : 3)) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> fix_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"fix", check_fix, "a FIX message whose body length and checksum hold"},
  };
  return kChecks;
}

}  // namespace ghostport
