#include <algorithm>
#include <array>
#include <optional>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"
#include "signatures/checks/tpkt.h"

// Sources: RFC 1006 section 6, ISO 8073 (X.224) section 13; X.225 section 8 (session), X.226 (presentation), X.227
// (ACSE); ISO 9506-2 (MMS): object identifiers {iso standard 9506 part(2) ...} and clause 7 (PDUs).
namespace ghostport {
namespace {

constexpr std::uint8_t kSessionConnect = 0x0D;
constexpr std::uint8_t kSessionAccept = 0x0E;
constexpr std::size_t kLeastConnection = 5;  // both references and the class; behind length and type

bool is_session_opening(Bytes data) noexcept {
  return !data.empty() && (data[0] == kSessionConnect || data[0] == kSessionAccept);
}

/// MMS as the abstract syntax or the application context of an association.
bool names_mms(Bytes data) noexcept {
  constexpr std::array<std::uint8_t, 6> kMms{0x06, 0x05, 0x28, 0xCA, 0x22, 0x02};
  return std::search(data.begin(), data.end(), kMms.begin(), kMms.end()) != data.end();
}

/// Parameters of a connection TPDU that fill its header; none of them is RDP's, which begin with `Cookie` or 01.
bool parameters_hold(Bytes parameters) noexcept {
  Cursor cursor(parameters);
  while (cursor.left() > 0) {
    const std::uint32_t code = cursor.u8();
    if (!((code >= 0xC0 && code <= 0xC7) || code == 0xF0 || (code >= 0x85 && code <= 0x8B))) return false;
    cursor.skip(cursor.u8());
    if (cursor.ended()) return false;
  }
  return true;
}

bool connection_holds(const Tpkt& packet, Side side) noexcept {
  const Bytes header = packet.header;
  if (packet.type != (side == Side::client ? Tpkt::kConnect : Tpkt::kConfirm)) return false;
  if (header.size() < kLeastConnection || !packet.data.empty() || header[4] >> 4 > 4) return false;
  if (side == Side::client && big16(header, 0) != 0) return false;
  return parameters_hold(header.subspan(kLeastConnection));
}

/// Another service's: S7comm, MMS (if `whole` or not yet to be told), T.125 of RDP and T.120.
bool belongs_elsewhere(Bytes data) noexcept {
  if (data[0] == 0x32 || data[0] == 0x72 || data[0] == 0x7F) return true;
  return is_session_opening(data) && names_mms(data);
}

/// A connection request or confirm, once it is known that no other service's data follow.
CheckResult check_cotp(const Payload& payload, Side side) noexcept {
  const TransportOpening opening = read_transport(payload.bytes);
  if (opening.state == CheckState::no) return CheckResult::no();
  if (opening.connection.state != CheckState::yes) return wait_or_no(payload);
  if (!connection_holds(opening.connection, side)) return CheckResult::no();
  const CheckResult holds = CheckResult::yes(opening.connection.size - 4);
  const bool parameters = opening.connection.header.size() > kLeastConnection;
  if (opening.state == CheckState::more || opening.first_data.data.empty()) {
    // Without parameters it may be an old RDP as well.
    return payload.complete && parameters ? holds : wait_or_no(payload);
  }
  if (belongs_elsewhere(opening.first_data.data)) return CheckResult::no();
  if (is_session_opening(opening.first_data.data) && !opening.first_data.whole && !payload.complete) {
    return CheckResult::more();
  }
  return holds;
}

/// Length of a BER element behind its tag; nothing where it is indefinite, too long or not there.
std::optional<std::size_t> read_length(Cursor& cursor) noexcept {
  const std::uint32_t first = cursor.u8();
  if (first < 0x80) return first;
  if (first == 0x81) return cursor.u8();
  if (first == 0x82) return cursor.big16();
  return std::nullopt;
}

/// Enters an element that reaches to the end of the message.
bool enter(Cursor& cursor, std::uint32_t tag, std::size_t end) noexcept {
  if (cursor.u8() != tag) return false;
  const std::optional<std::size_t> length = read_length(cursor);
  return length && !cursor.ended() && cursor.position() + *length == end;
}

/// What only MMS has behind its PDU's tag: ROSE, which uses the same tags, has an operation's number there.
bool mms_pdu_follows(Cursor& cursor, std::size_t end) noexcept {
  const std::uint32_t pdu = cursor.u8();
  const std::optional<std::size_t> length = read_length(cursor);
  if (!length || cursor.ended() || cursor.position() + *length != end) return false;
  if (pdu == 0xA3) {  // unconfirmed: report, status, event
    const std::uint32_t service = cursor.u8();
    return !cursor.ended() && service >= 0xA0 && service <= 0xA2;
  }
  if (pdu != 0xA0 && pdu != 0xA1) return false;  // confirmed request and response
  if (cursor.u8() != 0x02) return false;
  const std::uint32_t size = cursor.u8();
  if (size < 1 || size > 5) return false;
  cursor.skip(size);
  const std::uint32_t service = cursor.u8();
  return !cursor.ended() && service >= 0x80 && service <= 0xBF;
}

/// Session GIVE TOKENS and DATA TRANSFER, presentation user data, one MMS PDU; each length to the end of the packet.
bool is_mms_data(const Tpkt& packet) noexcept {
  Cursor cursor(packet.data);
  if (!packet.whole || !packet.last || cursor.big32() != 0x01000100) return false;
  const std::size_t end = packet.data.size();
  if (!enter(cursor, 0x61, end) || !enter(cursor, 0x30, end)) return false;
  if (cursor.big16() != 0x0201) return false;  // the presentation context
  cursor.skip(1);
  return enter(cursor, 0xA0, end) && mms_pdu_follows(cursor, end);
}

CheckResult check_mms(const Payload& payload, Side) noexcept {
  const TransportOpening opening = read_transport(payload.bytes);
  if (opening.state == CheckState::no) return CheckResult::no();
  const Tpkt& packet = opening.first_data;
  if (opening.state == CheckState::more || packet.data.empty()) return wait_or_no(payload);
  if (is_session_opening(packet.data)) {
    if (names_mms(packet.data)) return CheckResult::yes(7 + 1 + 6);
    return packet.whole ? CheckResult::no() : wait_or_no(payload);
  }
  if (packet.data[0] != 0x01) return CheckResult::no();
  if (!packet.whole) return wait_or_no(payload);
  return is_mms_data(packet) ? CheckResult::yes(7 + 4 + 10) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> cotp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"cotp", check_cotp, "a COTP connection request or confirm that no known service follows"},
      NamedCheck{"mms", check_mms, "an association that names MMS, or an MMS PDU in session and presentation"},
  };
  return kChecks;
}

}  // namespace ghostport
