#include <array>

#include "signatures/checks/ber.h"
#include "signatures/checks/families.h"

// Sources: RFC 1157 section 4 (version 1), RFC 1901 and RFC 3416 section 3 (2c), RFC 3412 section 6 (3).
namespace ghostport {
namespace {

constexpr std::uint8_t kFirstPdu = 0xA0;
constexpr std::uint8_t kTrapOfVersion1 = 0xA4;
constexpr std::uint8_t kGetBulk = 0xA5;
constexpr std::uint8_t kReport = 0xA8;
constexpr std::uint8_t kIpAddress = 0x40;
constexpr std::uint8_t kTimeTicks = 0x43;
constexpr std::int64_t kMostError = 18;           // inconsistentName, RFC 3416
constexpr std::int64_t kMostSecurityModel = 255;  // more than the assigned ones
constexpr std::size_t kLeastMessageSize = 484;    // RFC 3412

/// Variable bindings to the end: each a name and one value.
bool bindings_hold(const BerElement& list) noexcept {
  BerReader reader(list);
  while (!reader.at_end()) {
    const BerElement binding = reader.next(ber::kSequence);
    if (!reader.good()) return false;
    BerReader inside(binding);
    (void)inside.next(ber::kObjectIdentifier);
    (void)inside.next();
    if (!inside.at_end()) return false;
  }
  return true;
}

bool trap_holds(BerReader& pdu) noexcept {
  (void)pdu.next(ber::kObjectIdentifier);
  const BerElement address = pdu.next(kIpAddress);
  const std::int64_t generic = pdu.integer();
  (void)pdu.integer();
  (void)pdu.integer(kTimeTicks);
  const BerElement bindings = pdu.next(ber::kSequence);
  return pdu.at_end() && address.length == 4 && generic >= 0 && generic <= 6 && bindings_hold(bindings);
}

bool pdu_holds(const BerElement& element, std::int64_t version) noexcept {
  if (element.tag < kFirstPdu || element.tag > kReport) return false;
  if (version == 0 && element.tag > kTrapOfVersion1) return false;
  if (version != 0 && element.tag == kTrapOfVersion1) return false;
  BerReader pdu(element);
  if (element.tag == kTrapOfVersion1) return trap_holds(pdu);
  (void)pdu.integer();
  const std::int64_t status = pdu.integer();  // or the number of non-repeaters
  const std::int64_t index = pdu.integer();   // or the most repetitions
  const BerElement bindings = pdu.next(ber::kSequence);
  if (!pdu.at_end() || index < 0 || status < 0) return false;
  if (element.tag != kGetBulk && status > kMostError) return false;
  return bindings_hold(bindings);
}

bool version3_holds(BerReader& message) noexcept {
  const BerElement header = message.next(ber::kSequence);
  (void)message.next(ber::kOctetString);
  const BerElement data = message.next();
  if (!message.at_end()) return false;

  BerReader fields(header);
  (void)fields.integer();
  const std::int64_t size = fields.integer();
  const BerElement flags = fields.next(ber::kOctetString);
  const std::int64_t model = fields.integer();
  if (!fields.at_end() || flags.length != 1 || model < 1 || model > kMostSecurityModel) return false;
  if (size < static_cast<std::int64_t>(kLeastMessageSize) || (flags.content[0] & 0xF8) != 0) return false;
  const bool encrypted = (flags.content[0] & 2) != 0;
  if (data.tag == ber::kOctetString) return encrypted;
  if (data.tag != ber::kSequence || encrypted) return false;
  BerReader scoped(data);
  (void)scoped.next(ber::kOctetString);
  (void)scoped.next(ber::kOctetString);
  const BerElement pdu = scoped.next();
  return scoped.at_end() && pdu_holds(pdu, 3);
}

CheckResult check_snmp(const Payload& payload, Side) noexcept {
  BerReader datagram(payload.bytes);
  const BerElement outer = datagram.next(ber::kSequence);
  if (!datagram.at_end()) return CheckResult::no();
  BerReader message(outer);
  const std::int64_t version = message.integer();
  if (!message.good()) return CheckResult::no();
  if (version == 3) return version3_holds(message) ? CheckResult::yes(payload.bytes.size()) : CheckResult::no();
  if (version != 0 && version != 1) return CheckResult::no();
  const BerElement community = message.next(ber::kOctetString);
  const BerElement pdu = message.next();
  if (!message.at_end() || !pdu_holds(pdu, version)) return CheckResult::no();
  return CheckResult::yes(payload.bytes.size() - community.length);
}

}  // namespace

std::span<const NamedCheck> snmp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"snmp", check_snmp, "an SNMP message of version 1, 2c or 3, down to its variable bindings"},
  };
  return kChecks;
}

}  // namespace ghostport
