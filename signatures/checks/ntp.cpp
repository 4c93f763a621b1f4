#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: RFC 5905 section 7.3 and RFC 7822 (time), RFC 1305 (version 3), RFC 1059 (1), RFC 9327 (control messages);
// mode 7, which no RFC describes, after the documentation of ntpdc in ntp.org's distribution.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 48;
constexpr std::uint32_t kMostStratum = 16;
constexpr std::uint32_t kMostDelay = 0x00100000;       // 16 s in NTP's short format
constexpr std::uint32_t kMostDispersion = 0x04000000;  // 1,024 s: it grows while a server has lost its sources
constexpr std::uint32_t kHandled = 16;                 // seconds between the arrival of a request and its answer
constexpr std::uint32_t kInterval = 1 << 18;           // seconds: three days, more than the longest poll interval

enum Mode : unsigned { kClient = 3, kServer = 4, kBroadcast = 5, kControl = 6, kPrivate = 7 };

bool is_version(unsigned first) noexcept { return (first >> 3 & 7) >= 1 && (first >> 3 & 7) <= 4; }

/// Log2 of seconds: -6 to 17, and 32 of clients that say nothing.
bool is_poll(std::uint32_t poll) noexcept { return poll <= 17 || poll >= 0xFA || poll == 32; }
/// Log2 of seconds: below one second. Clients that say nothing send 0 or 32.
bool is_precision(std::uint32_t precision) noexcept { return precision >= 0xE0 || precision == 0 || precision == 32; }

bool is_within(std::uint32_t a, std::uint32_t b, std::uint32_t most) noexcept { return a - b <= most || b - a <= most; }

/// Extension fields of at least 16 bytes, then perhaps a key identifier with or without its digest.
bool rest_holds(Bytes bytes) noexcept {
  std::size_t at = kHeader;
  for (;;) {
    const std::size_t left = bytes.size() - at;
    if (left == 0 || left == 4 || left == 12 || left == 20 || left == 24) return true;
    if (left < 16 || left % 4 != 0) return false;
    const std::size_t length = big16(bytes, at + 2);
    if (length < 16 || length % 4 != 0 || length > left) return false;
    at += length;
  }
}

CheckResult check_ntp_time(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return CheckResult::no();
  const unsigned mode = bytes[0] & 7;
  if (!is_version(bytes[0]) || mode == 0 || mode > kBroadcast || bytes[1] > kMostStratum) return CheckResult::no();
  if (!is_poll(bytes[2]) || !is_precision(bytes[3])) return CheckResult::no();
  if (big32(bytes, 4) > kMostDelay || big32(bytes, 8) > kMostDispersion) return CheckResult::no();
  // Timestamps: reference, origin, receive, transmit. What is not known is zero, down to its fraction.
  const auto known = [bytes](std::size_t at) { return !is_zero(bytes.subspan(at, 8)); };
  const std::uint32_t receive = big32(bytes, 32);
  const std::uint32_t transmit = big32(bytes, 40);
  if (known(32) && !is_within(receive, transmit, mode == kServer ? kHandled : kInterval)) return CheckResult::no();
  // Broadcasts know of no request; what clients and peers have received came within the last poll intervals.
  if (mode == kBroadcast && (known(24) || known(32))) return CheckResult::no();
  if (mode < kServer && known(24) && !is_within(big32(bytes, 24), transmit, kInterval)) return CheckResult::no();
  if (!rest_holds(bytes)) return CheckResult::no();
  return CheckResult::yes(4 + 4 + 8);
}

/// RFC 9327 section 2: requests carry no status and no offset; the data of answers are pairs of numbers, or text.
/// RFC 9327 section 2 wants zero; ntpq says that it has no clock.
bool is_leap_of_control(std::uint32_t first) noexcept { return first >> 6 == 0 || first >> 6 == 3; }

CheckResult check_ntp_control(const Payload& payload, Side) noexcept {
  constexpr std::uint32_t kMostData = 480;
  const Bytes bytes = payload.bytes;
  Cursor cursor(bytes);
  const std::uint32_t first = cursor.u8();
  const std::uint32_t kind = cursor.u8();
  cursor.skip(2);  // sequence
  const std::uint32_t status = cursor.big16();
  const std::uint32_t association = cursor.big16();
  const std::uint32_t offset = cursor.big16();
  const std::uint32_t count = cursor.big16();
  if (cursor.ended() || (first & 7) != kControl || !is_leap_of_control(first) || !is_version(first))
    return CheckResult::no();
  const std::uint32_t operation = kind & 0x1F;
  if (operation < 1 || (operation > 12 && operation != 31) || count > kMostData) return CheckResult::no();
  // Data are filled to four bytes, and sometimes to eight, before a key identifier and digest.
  const std::size_t left = cursor.left();
  const std::size_t behind = left < count ? left + 1 : left - count;
  if (behind > left || (behind > 7 && behind != 20 && behind != 24 && behind > 31)) return CheckResult::no();
  const Bytes data = cursor.take(count);
  if ((kind & 0x80) == 0) {
    if ((kind & 0x60) != 0 || status != 0 || offset != 0 || !is_text(data)) return CheckResult::no();
    return CheckResult::yes(8 + count);
  }
  if (offset > 0x4000) return CheckResult::no();
  if ((kind & 0x40) != 0) {  // an error, told by the status word alone
    return count == 0 && (status & 0xFF) == 0 && (status >> 8) <= 7 && offset == 0 ? CheckResult::yes(8)
                                                                                   : CheckResult::no();
  }
  if (operation == 1 && association == 0) {
    return count % 4 == 0 && count != 0 && offset % 4 == 0 && behind == 0 ? CheckResult::yes(6) : CheckResult::no();
  }
  const auto is_line = [](std::uint8_t byte) {
    return (byte >= 0x20 && byte < 0x7F) || byte == '\r' || byte == '\n' || byte == '\t';
  };
  if (count < 12 || !std::all_of(data.begin(), data.end(), is_line)) return CheckResult::no();
  return CheckResult::yes(6);
}

/// ntpdc's requests and answers: items of one size that fill the packet.
CheckResult check_ntp_private(const Payload& payload, Side) noexcept {
  constexpr std::uint32_t kMostCode = 45;
  const Bytes bytes = payload.bytes;
  Cursor cursor(bytes);
  const std::uint32_t first = cursor.u8();
  const std::uint32_t sequence = cursor.u8();
  const std::uint32_t implementation = cursor.u8();
  const std::uint32_t code = cursor.u8();
  const std::uint32_t items = cursor.big16();
  const std::uint32_t size = cursor.big16();
  if (cursor.ended() || (first & 7) != kPrivate || !is_version(first)) return CheckResult::no();
  if (implementation != 0 && implementation != 2 && implementation != 3) return CheckResult::no();
  if (code > kMostCode || size > 0xFFF) return CheckResult::no();
  const std::size_t data = std::size_t{items & 0xFFF} * size;
  const Bytes rest = bytes.subspan(cursor.position());
  if ((first & 0x80) != 0) {
    if (data > 500 || data != rest.size()) return CheckResult::no();
    if (items >> 12 > 7 || (data != 0 && items >> 12 != 0)) return CheckResult::no();
    if (data == 0 && ((items & 0xFFF) != 0 || size != 0)) return CheckResult::no();
    return CheckResult::yes(6);
  }
  // A request: no more than one packet, no error, and nothing behind its items unless it is authenticated.
  if ((first & 0x40) != 0 || (sequence & 0x7F) != 0 || (items >> 12) != 0 || data > rest.size())
    return CheckResult::no();
  if ((sequence & 0x80) == 0 && !is_zero(rest.subspan(data))) return CheckResult::no();
  if ((sequence & 0x80) != 0 && (data == 0 || rest.size() < 20)) return CheckResult::no();
  return CheckResult::yes(6);
}

}  // namespace

std::span<const NamedCheck> ntp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"ntp-control", check_ntp_control, "an NTP control message (mode 6) whose count fits"},
      NamedCheck{"ntp-private", check_ntp_private, "a message of ntpdc (mode 7) whose items fill it"},
      NamedCheck{"ntp-time", check_ntp_time, "an NTP time message: plausible fields, timestamps and extensions"},
  };
  return kChecks;
}

}  // namespace ghostport
