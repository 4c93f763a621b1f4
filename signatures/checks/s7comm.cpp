#include <array>

#include "signatures/checks/families.h"
#include "signatures/checks/tpkt.h"

// No public specification. S7comm: the protocol's description in "S7 Communication" by T. Wiens and in the Snap7
// project's documentation ("Siemens communications overview"). S7commPlus: "Rogue7" (E. Biham et al., Black Hat 2019).
// Transport: RFC 1006 and ISO 8073 class 0.
namespace ghostport {
namespace {

constexpr std::size_t kTransport = 7;   // TPKT and data TPDU
constexpr std::size_t kPlusHeader = 4;  // protocol, version, length; repeated with length 0 behind the last fragment

/// Remote operation type, reserved zeros, reference, lengths of parameters and data that end where the packet ends.
CheckResult check_pdu(const Payload& payload, const Tpkt& packet) noexcept {
  const Bytes bytes = packet.data;
  if (bytes.size() < 10) return packet.whole ? CheckResult::no() : wait_or_no(payload);
  const unsigned type = bytes[1];
  if ((type < 1 || type > 3) && type != 7) return CheckResult::no();
  if (big16(bytes, 2) != 0) return CheckResult::no();
  const std::size_t header = type == 2 || type == 3 ? 12 : 10;
  const std::size_t size = header + big16(bytes, 6) + big16(bytes, 8);
  const std::size_t room = packet.size - kTransport;
  if (packet.last ? size != room : size < room) return CheckResult::no();
  return CheckResult::yes(kTransport + 10);
}

CheckResult check_plus_pdu(const Payload& payload, const Tpkt& packet) noexcept {
  const Bytes bytes = packet.data;
  if (bytes.size() < kPlusHeader) return packet.whole ? CheckResult::no() : wait_or_no(payload);
  if ((bytes[1] < 1 || bytes[1] > 3) && bytes[1] != 0xFE && bytes[1] != 0xFF) return CheckResult::no();
  const std::size_t size = kPlusHeader + big16(bytes, 2);
  const std::size_t room = packet.size - kTransport;
  const bool trailed = size + kPlusHeader == room;
  if (size != room && !trailed && (packet.last || size < room)) return CheckResult::no();
  return CheckResult::yes(kTransport + (size == room || trailed ? 4 : 2));
}

CheckResult check_s7comm(const Payload& payload, Side) noexcept {
  const TransportOpening opening = read_transport(payload.bytes);
  if (opening.state == CheckState::no) return CheckResult::no();
  if (opening.state == CheckState::more || opening.first_data.data.empty()) return wait_or_no(payload);
  switch (opening.first_data.data[0]) {
    case 0x32: return check_pdu(payload, opening.first_data);
    case 0x72: return check_plus_pdu(payload, opening.first_data);
    default: return CheckResult::no();
  }
}

}  // namespace

std::span<const NamedCheck> s7comm_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"s7comm", check_s7comm, "S7comm or S7commPlus behind TPKT and COTP, with lengths that fit"},
  };
  return kChecks;
}

}  // namespace ghostport
