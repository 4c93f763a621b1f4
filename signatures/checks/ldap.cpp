#include <algorithm>
#include <array>

#include "signatures/checks/ber.h"
#include "signatures/checks/families.h"

// Sources: RFC 4511 sections 4.1.1 and 4.2 to 4.13 (messages), RFC 4513 section 5.2.1 and RFC 4422 section 3.7
// (security layer), RFC 4121 section 4.2.6.2 (wrap token), [MS-ADTS] sections 5.1.1.1.3 (Sicily) and 6.3.3 (LDAP over
// UDP), [MS-NLMP] section 2.2.2.9 (signature).
namespace ghostport {
namespace {

constexpr std::size_t kMostMessage = 1 << 28;

enum Operation : std::uint8_t {
  kUnbind = 0x42,
  kDelete = 0x4A,
  kAbandon = 0x50,
  kBind = 0x60,
  kBindResponse = 0x61,
  kSearch = 0x63,
  kEntry = 0x64,
  kDone = 0x65,
  kModify = 0x66,
  kModifyResponse = 0x67,
  kAdd = 0x68,
  kAddResponse = 0x69,
  kDeleteResponse = 0x6B,
  kRename = 0x6C,
  kRenameResponse = 0x6D,
  kCompare = 0x6E,
  kCompareResponse = 0x6F,
  kReference = 0x73,
  kExtended = 0x77,
  kExtendedResponse = 0x78,
  kIntermediate = 0x79,
};
constexpr std::uint8_t kControls = 0xA0;

bool is_oid(Bytes text) noexcept {
  return std::all_of(text.begin(), text.end(), [](std::uint8_t c) { return (c >= '0' && c <= '9') || c == '.'; });
}

/// Simple, SASL, or one of the three steps of Sicily.
void read_bind(BerReader& reader, std::size_t end) noexcept {
  const std::int64_t version = reader.natural(ber::kInteger, end);
  reader.require(version >= 1 && version <= 3);
  reader.expect(ber::kOctetString, end);
  const BerElement credentials = reader.next(end);
  reader.require(credentials.tag == 0x80 || credentials.tag == 0xA3 ||
                 (credentials.tag >= 0x89 && credentials.tag <= 0x8B));
  reader.require(credentials.end == end);
}

void read_search(BerReader& reader, std::size_t end) noexcept {
  reader.expect(ber::kOctetString, end);
  reader.require(reader.natural(ber::kEnumerated, end) <= 3);
  reader.require(reader.natural(ber::kEnumerated, end) <= 3);
  reader.natural(ber::kInteger, end);
  reader.natural(ber::kInteger, end);
  reader.require(reader.expect(ber::kBoolean, end).size() == 1);
  const BerElement filter = reader.next(end);
  reader.require((filter.tag >= 0xA0 && filter.tag <= 0xA9) || filter.tag == 0x87);
}

/// LDAPResult, section 4.1.9. The codes end at 118, but private ones exist.
void read_result(BerReader& reader, std::size_t end) noexcept {
  reader.require(reader.natural(ber::kEnumerated, end) <= 0x7FFF);
  reader.expect(ber::kOctetString, end);
  // Sicily's challenge stands in the place of the name, without a text behind it in some servers.
  if (reader.good() && reader.position() != end) reader.expect(ber::kOctetString, end);
}

void read_rename(BerReader& reader, std::size_t end) noexcept {
  reader.expect(ber::kOctetString, end);
  reader.expect(ber::kOctetString, end);
  reader.require(reader.expect(ber::kBoolean, end).size() == 1);
}

void read_name_and_list(BerReader& reader, std::size_t end) noexcept {
  reader.expect(ber::kOctetString, end);
  reader.expect_last(ber::kSequence, end);
}

void read_extended(BerReader& reader, std::size_t end) noexcept {
  const BerElement name = reader.expect(0x80, end);
  reader.require(name.size() >= 3 && is_oid(reader.content(name)));
}

void read_intermediate(BerReader& reader, std::size_t end) noexcept {
  const BerElement first = reader.next(end);
  reader.require(first.tag == 0x80 || first.tag == 0x81);
}

void read_fields(BerReader& reader, const BerElement& operation) noexcept {
  const std::size_t end = operation.end;
  switch (operation.tag) {
    case kUnbind: return reader.require(operation.size() == 0);
    case kDelete: return reader.require(operation.size() >= 3 && is_text(reader.content(operation)));
    case kAbandon: return reader.require(reader.integer(operation) >= 0);
    case kBind: return read_bind(reader, end);
    case kSearch: return read_search(reader, end);
    case kEntry:
    case kModify:
    case kAdd:
    case kCompare: return read_name_and_list(reader, end);
    case kRename: return read_rename(reader, end);
    case kReference: reader.expect(ber::kOctetString, end); return;
    case kExtended: return read_extended(reader, end);
    case kIntermediate: return read_intermediate(reader, end);
    default: return read_result(reader, end);
  }
}

bool is_said_by(std::uint8_t operation, Side side) noexcept {
  switch (operation) {
    case kUnbind:
    case kDelete:
    case kAbandon:
    case kBind:
    case kSearch:
    case kModify:
    case kAdd:
    case kRename:
    case kCompare:
    case kExtended: return side == Side::client;
    case kBindResponse:
    case kEntry:
    case kDone:
    case kModifyResponse:
    case kAddResponse:
    case kDeleteResponse:
    case kRenameResponse:
    case kCompareResponse:
    case kReference:
    case kExtendedResponse:
    case kIntermediate: return side == Side::server;
    default: return false;
  }
}

/// One LDAPMessage that ends at or before `bound`: the reader then stands behind it.
void read_message(BerReader& reader, Side side, std::size_t bound) noexcept {
  const BerElement message = reader.expect(ber::kSequence, bound);
  reader.enter(message);
  reader.natural(ber::kInteger, message.end);
  const BerElement operation = reader.next(message.end);
  reader.require(is_said_by(operation.tag, side));
  reader.enter(operation);
  read_fields(reader, operation);
  if (!reader.good()) return;
  reader.leave(operation);
  // Controls may follow; where they have not yet arrived, enough is known.
  const Bytes controls = reader.content({0, operation.end, message.end});
  reader.require(controls.empty() || controls[0] == kControls);
  reader.leave(message);
}

CheckResult check_ldap(const Payload& payload, Side side) noexcept {
  BerReader reader(payload.bytes);
  read_message(reader, side, kMostMessage);
  return result_of(reader, payload, reader.proven());
}

/// One or more messages that fill a datagram.
CheckResult check_ldap_datagram(const Payload& payload, Side side) noexcept {
  const std::size_t size = payload.bytes.size();
  BerReader reader(payload.bytes);
  do read_message(reader, side, size);
  while (reader.good() && reader.position() < size);
  return reader.good() ? CheckResult::yes(reader.proven()) : CheckResult::no();
}

/// A message behind SASL's length of four bytes that is signed but not sealed: with GSS-API's wrap token, or with the
/// signature of NTLM.
CheckResult check_ldap_signed(const Payload& payload, Side side) noexcept {
  constexpr std::size_t kLength = 4;
  constexpr std::size_t kToken = 16;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kLength + kToken) return wait_or_no(payload);
  std::size_t end = kLength + std::size_t{big32(bytes, 0)};
  std::size_t at = kLength + kToken;
  if (bytes[4] == 0x05) {
    const std::size_t extra = big16(bytes, 8);
    const std::size_t rotated = big16(bytes, 10);
    if (extra > 64 || (rotated != 0 && rotated != extra) || end < at + extra) return CheckResult::no();
    if (rotated == 0) end -= extra;  // the checksum stands behind the message
    at += rotated;
  }
  if (end > kMostMessage || end <= at) return CheckResult::no();
  BerReader reader(bytes, at);
  read_message(reader, side, end);
  reader.require(reader.position() == end);
  return result_of(reader, payload, kLength + 4 + reader.proven());
}

}  // namespace

std::span<const NamedCheck> ldap_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"ldap", check_ldap, "an LDAP message over TCP: lengths, identifier and the operation's first fields"},
      NamedCheck{"ldap-datagram", check_ldap_datagram, "LDAP messages that fill a datagram"},
      NamedCheck{"ldap-signed", check_ldap_signed, "an LDAP message behind SASL's length, signed and readable"},
  };
  return kChecks;
}

}  // namespace ghostport
