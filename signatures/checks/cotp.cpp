#include <algorithm>
#include <array>

#include "signatures/checks/ber.h"
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

/// What only MMS has behind its PDU's tag: ROSE, which uses the same tags, has an operation's number there.
void read_mms_pdu(BerReader& reader, std::size_t end) noexcept {
  constexpr std::uint8_t kRequest = 0xA0;
  constexpr std::uint8_t kResponse = 0xA1;
  constexpr std::uint8_t kUnconfirmed = 0xA3;  // report, status, event
  const BerElement pdu = reader.next(end);
  reader.require(pdu.end == end);
  reader.enter(pdu);
  if (pdu.tag == kUnconfirmed) {
    const std::uint8_t service = reader.peek();
    return reader.require(service >= 0xA0 && service <= 0xA2);
  }
  reader.require(pdu.tag == kRequest || pdu.tag == kResponse);
  reader.integer(ber::kInteger, end);
  const std::uint8_t service = reader.peek();  // some of their tags have more than one byte
  reader.require(service >= 0x80 && service <= 0xBF);
}

/// Session GIVE TOKENS and DATA TRANSFER, presentation user data, one MMS PDU; each length to the end of the packet.
bool is_mms_data(const Tpkt& packet) noexcept {
  constexpr std::size_t kSession = 4;
  constexpr std::uint8_t kUserData = 0x61;
  constexpr std::uint8_t kSingleType = 0xA0;
  const std::size_t end = packet.data.size();
  if (!packet.whole || !packet.last || end < kSession || big32(packet.data, 0) != 0x01000100) return false;
  BerReader reader(packet.data, kSession);
  reader.enter(reader.expect_last(kUserData, end));
  reader.enter(reader.expect_last(ber::kSequence, end));
  reader.require(reader.expect(ber::kInteger, end).size() == 1);  // the presentation context
  reader.enter(reader.expect_last(kSingleType, end));
  read_mms_pdu(reader, end);
  return reader.good();
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
