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
constexpr std::int64_t kLeastMessageSize = 484;   // RFC 3412
constexpr std::int64_t kMostGenericTrap = 6;      // enterpriseSpecific, RFC 1157
constexpr std::uint8_t kEncrypted = 2;            // of msgFlags

/// Variable bindings that end at `bound`: each a name and one value.
void read_bindings(BerReader& reader, std::size_t bound) noexcept {
  const BerElement list = reader.expect_last(ber::kSequence, bound);
  reader.enter(list);
  while (reader.good() && reader.position() != list.end) {
    const BerElement binding = reader.expect(ber::kSequence, list.end);
    reader.enter(binding);
    reader.expect(ber::kObjectIdentifier, binding.end);
    reader.require(reader.next(binding.end).end == binding.end);
  }
}

void read_trap(BerReader& reader, std::size_t end) noexcept {
  reader.expect(ber::kObjectIdentifier, end);
  reader.require(reader.expect(kIpAddress, end).size() == 4);
  reader.require(reader.natural(ber::kInteger, end) <= kMostGenericTrap);
  reader.integer(ber::kInteger, end);
  reader.integer(kTimeTicks, end);
  read_bindings(reader, end);
}

/// A PDU that ends at `bound`.
void read_pdu(BerReader& reader, std::int64_t version, std::size_t bound) noexcept {
  const BerElement pdu = reader.next(bound);
  reader.require(pdu.end == bound && pdu.tag >= kFirstPdu && pdu.tag <= kReport);
  reader.require(version == 0 ? pdu.tag <= kTrapOfVersion1 : pdu.tag != kTrapOfVersion1);
  reader.enter(pdu);
  if (pdu.tag == kTrapOfVersion1) return read_trap(reader, pdu.end);
  reader.integer(ber::kInteger, pdu.end);
  const std::int64_t status = reader.natural(ber::kInteger, pdu.end);  // or the number of non-repeaters
  reader.require(pdu.tag == kGetBulk || status <= kMostError);
  reader.natural(ber::kInteger, pdu.end);  // the index of the error, or the most repetitions
  read_bindings(reader, pdu.end);
}

void read_version3(BerReader& reader, std::size_t bound) noexcept {
  const BerElement header = reader.expect(ber::kSequence, bound);
  reader.enter(header);
  reader.integer(ber::kInteger, header.end);
  reader.require(reader.natural(ber::kInteger, header.end) >= kLeastMessageSize);
  const BerElement flags = reader.expect(ber::kOctetString, header.end);
  const std::int64_t model = reader.integer(ber::kInteger, header.end);
  reader.require(flags.size() == 1 && model >= 1 && model <= kMostSecurityModel && reader.position() == header.end);
  reader.expect(ber::kOctetString, bound);
  if (!reader.good()) return;

  const std::uint8_t flag_bits = reader.content(flags)[0];
  reader.require((flag_bits & 0xF8) == 0);
  if ((flag_bits & kEncrypted) != 0) {
    reader.expect_last(ber::kOctetString, bound);
    return;
  }
  reader.enter(reader.expect_last(ber::kSequence, bound));
  reader.expect(ber::kOctetString, bound);
  reader.expect(ber::kOctetString, bound);
  read_pdu(reader, 3, bound);
}

CheckResult check_snmp(const Payload& payload, Side) noexcept {
  const std::size_t end = payload.bytes.size();
  BerReader reader(payload.bytes);
  reader.enter(reader.expect_last(ber::kSequence, end));
  const std::int64_t version = reader.natural(ber::kInteger, end);
  std::size_t community = 0;
  if (version == 3) {
    read_version3(reader, end);
  } else {
    reader.require(version <= 1);
    community = reader.expect(ber::kOctetString, end).size();
    read_pdu(reader, version, end);
  }
  return reader.good() ? CheckResult::yes(end - community) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> snmp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"snmp", check_snmp, "an SNMP message of version 1, 2c or 3, down to its variable bindings"},
  };
  return kChecks;
}

}  // namespace ghostport
