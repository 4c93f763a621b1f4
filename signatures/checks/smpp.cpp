#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: Short Message Peer to Peer Protocol Specification v5.0, sections 3.2 and 4.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 16;
constexpr std::size_t kMostLength = 1 << 17;
constexpr std::uint32_t kResponse = 0x80000000;
constexpr std::uint32_t kMostStatus = 0x4FF;  // with what vendors may define

enum Command : std::uint32_t {
  kBindReceiver = 1,
  kBindTransmitter = 2,
  kUnbind = 6,
  kBindTransceiver = 9,
  kEnquireLink = 0x15,
};

bool is_bind(std::uint32_t command) noexcept {
  return command == kBindReceiver || command == kBindTransmitter || command == kBindTransceiver;
}

/// A request that the side may send; clients are the external entities.
bool is_request_of(std::uint32_t command, Side side) noexcept {
  switch (command) {
    case kUnbind:
    case kEnquireLink:
    case 0x103: return true;                  // data_sm
    case 5:                                   // deliver_sm
    case 0x0B:                                // outbind
    case 0x102: return side == Side::server;  // alert_notification
    case 3:                                   // query_sm
    case 4:                                   // submit_sm
    case 7:                                   // replace_sm
    case 8:                                   // cancel_sm
    case 0x21:                                // submit_multi
    case 0x111:                               // broadcast_sm
      return side == Side::client;
    default: return is_bind(command) && side == Side::client;
  }
}

/// A text closed by a zero within `most` bytes.
bool skip_text(Cursor& cursor, std::size_t most) noexcept {
  for (std::size_t i = 0; i < most; ++i) {
    const std::uint32_t byte = cursor.u8();
    if (byte == 0) return true;
    if (byte < 0x20 || byte == 0x7F) return false;
  }
  return false;
}

/// System, password, kind of system; interface version, two numbers; addresses. They fill the message.
bool bind_holds(Bytes body) noexcept {
  Cursor cursor(body);
  if (!skip_text(cursor, 16) || !skip_text(cursor, 9) || !skip_text(cursor, 13)) return false;
  const std::uint32_t version = cursor.u8();
  const std::uint32_t number_type = cursor.u8();
  cursor.skip(1);
  if (!skip_text(cursor, 41) || cursor.ended()) return false;
  return (version <= 0x34 || version == 0x50) && number_type <= 6 && cursor.left() == 0;
}

CheckResult check_smpp(const Payload& payload, Side side) noexcept {
  Cursor cursor(payload.bytes);
  const std::size_t length = cursor.big32();
  const std::uint32_t command = cursor.big32();
  const std::uint32_t status = cursor.big32();
  const std::uint32_t sequence = cursor.big32();
  if (cursor.ended()) return wait_or_no(payload);
  if (length < kHeader || length > kMostLength || sequence >= kResponse) return CheckResult::no();
  if ((command & kResponse) != 0) {
    const bool is_nack = command == kResponse;
    if (!is_nack && !is_request_of(command & ~kResponse, other(side))) return CheckResult::no();
    return status <= kMostStatus && (!is_nack || length == kHeader) ? CheckResult::yes(11) : CheckResult::no();
  }
  if (!is_request_of(command, side) || status != 0) return CheckResult::no();
  if (command == kUnbind || command == kEnquireLink)
    return length == kHeader ? CheckResult::yes(12) : CheckResult::no();
  if (!is_bind(command)) return length > kHeader ? CheckResult::yes(11) : CheckResult::no();
  const Bytes body = cursor.take(length - kHeader);
  if (cursor.ended()) return wait_or_no(payload);
  return bind_holds(body) ? CheckResult::yes(kHeader) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> smpp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"smpp", check_smpp, "an SMPP header of a command that the side may send, with a bind's fields"},
  };
  return kChecks;
}

}  // namespace ghostport
