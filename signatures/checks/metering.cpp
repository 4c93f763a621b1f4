#include <algorithm>
#include <array>

#include "signatures/checks/ber.h"
#include "signatures/checks/families.h"

// Sources: IEC 62056-47 (wrapper for TCP and UDP), IEC 62056-46 (HDLC frame format type 3), DLMS UA "Green Book"
// excerpt (APDU tags); ANSI C12.22-2012 / IEEE 1703 / RFC 6142 (ACSE around EPSEM).
namespace ghostport {
namespace {

/// IEC 13239's frame check sequence, sent low byte first.
bool is_frame_check(Bytes bytes) noexcept {
  std::uint32_t sum = 0xFFFF;
  for (const std::uint8_t byte : bytes) {
    sum ^= byte;
    for (unsigned bit = 0; bit < 8; ++bit) sum = (sum & 1) != 0 ? sum >> 1 ^ 0x8408 : sum >> 1;
  }
  return sum == 0xF0B8;  // over the sequence itself too
}

/// A flag, a length of 11 bits, addresses and data, the check sequence, a flag.
CheckResult check_dlms_hdlc(const Payload& payload, Side) noexcept {
  constexpr std::size_t kLeast = 7;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 3) return wait_or_no(payload);
  const std::size_t length = big16(bytes, 1) & 0x07FF;
  if (bytes[0] != 0x7E || bytes[1] >> 4 != 0xA || length < kLeast) return CheckResult::no();
  if (bytes.size() < length + 2) return wait_or_no(payload);
  if (bytes[length + 1] != 0x7E || !is_frame_check(bytes.subspan(1, length))) return CheckResult::no();
  return CheckResult::yes(6);
}

/// One element that ends where the APDU ends.
bool is_element(Bytes apdu, std::size_t length) noexcept {
  BerReader reader(apdu);
  return reader.next(length).end == length && reader.good();
}

/// What may stand in front of an APDU: who may send it, and what its second byte can be.
bool is_apdu(Bytes apdu, std::size_t length, Side side, std::size_t& proven) noexcept {
  const std::uint32_t tag = apdu[0];
  const bool client = side == Side::client;
  switch (tag) {
    case 0x60:
    case 0x62:  // association, release
    case 0x61:
    case 0x63: proven = 3; return client == (tag == 0x60 || tag == 0x62) && is_element(apdu, length);
    case 0xC0:
    case 0xC1:
    case 0xC3:  // get, set, action: which kind of it, the number of the call
      proven = 2;
      return client && length >= 3 && apdu[1] >= 1 && apdu[1] <= 6;
    case 0xC4:
    case 0xC5:
    case 0xC7: proven = 2; return !client && length >= 3 && apdu[1] >= 1 && apdu[1] <= 6;
    case 0xC8:
    case 0xC9:
    case 0xCB:
    case 0xD0:
    case 0xD1:
    case 0xD3:  // the same, ciphered
      proven = 3;
      return client && is_element(apdu, length);
    case 0xCC:
    case 0xCD:
    case 0xCF:
    case 0xD4:
    case 0xD5:
    case 0xD7: proven = 3; return !client && is_element(apdu, length);
    case 0xD8:  // exception: state and service error
      proven = 3;
      return !client && (length == 3 || length == 7) && (apdu[1] == 1 || apdu[1] == 2) && apdu[2] >= 1 && apdu[2] <= 6;
    case 0x0F:  // data notification; no priority of its own
      proven = 1;
      return length > 6 && apdu[1] <= 0xF0;
    case 0xDB:  // general ciphering under global keys: the system title of eight bytes
      proven = 2;
      return length > 10 && (apdu[1] == 8 || apdu[1] == 0);
    default: return false;
  }
}

/// Version 1, two ports of which those of clients and servers are small, a length, an APDU.
CheckResult check_dlms_wrapper(const Payload& payload, Side side) noexcept {
  constexpr std::size_t kHeader = 8;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader + 3) return wait_or_no(payload);
  const std::size_t length = big16(bytes, 6);
  const std::uint32_t from = big16(bytes, 2);
  const std::uint32_t to = big16(bytes, 4);
  if (big16(bytes, 0) != 1 || length < 3 || from == 0 || to == 0 || std::min(from, to) > 0xFF) return CheckResult::no();
  if (bytes.size() < kHeader + length) return payload.datagrams.empty() ? wait_or_no(payload) : CheckResult::no();
  // A wrapper more may stand behind the first.
  const Bytes behind = bytes.subspan(kHeader + length);
  if (!behind.empty() && (behind[0] != 0 || (behind.size() > 1 && behind[1] != 1))) return CheckResult::no();
  std::size_t proven = 0;
  if (!is_apdu(bytes.subspan(kHeader), length, side, proven)) return CheckResult::no();
  return CheckResult::yes(5 + proven);
}

/// Tags of the fields before the user information, which is the last.
bool is_c1222_field(std::uint32_t tag) noexcept {
  switch (tag) {
    case 0xA1:
    case 0xA2:
    case 0xA4:
    case 0xA6:
    case 0xA7:
    case 0xA8:
    case 0x8B:
    case 0xAC: return true;
    default: return false;
  }
}

/// Titles are identifiers, absolute or relative to the meters' root; numbers of invocations are integers.
void read_c1222_field(BerReader& reader, const BerElement& field) noexcept {
  const bool title = field.tag == 0xA2 || field.tag == 0xA6;
  const bool number = field.tag == 0xA4 || field.tag == 0xA8;
  reader.require(is_c1222_field(field.tag));
  if (title || number) {
    reader.enter(field);
    const BerElement inner = reader.next(field.end);
    reader.require(inner.end == field.end);
    reader.require(title ? inner.tag == 0x80 || inner.tag == ber::kObjectIdentifier : inner.tag == ber::kInteger);
  }
  reader.leave(field);
}

/// An association message: fields in rising order whose lengths fit, in the last an external value around EPSEM.
CheckResult check_c1222(const Payload& payload, Side) noexcept {
  constexpr std::size_t kMostMessage = 0x10000;
  constexpr std::uint8_t kAssociation = 0x60;
  constexpr std::uint8_t kMechanism = 0x8B;  // stands between AA and AC
  constexpr std::uint8_t kUser = 0xBE;
  constexpr std::uint8_t kExternal = 0x28;
  BerReader reader(payload.bytes);
  const BerElement message = reader.expect(kAssociation, kMostMessage);
  reader.enter(message);
  unsigned last = 0;
  BerElement field = reader.next(message.end);
  reader.require(field.tag != kUser);
  while (reader.good() && field.tag != kUser) {
    const unsigned order = field.tag == kMechanism ? 0xAB : field.tag;
    reader.require(order > last);
    read_c1222_field(reader, field);
    last = order;
    field = reader.next(message.end);
  }
  reader.require(field.end == message.end);
  reader.enter(field);
  reader.expect_last(kExternal, message.end);
  return result_of(reader, payload, reader.proven());
}

}  // namespace

std::span<const NamedCheck> metering_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"ansi-c1222", check_c1222, "fields of ANSI C12.22's association message and its user information"},
      NamedCheck{"dlms-hdlc", check_dlms_hdlc, "a frame of type 3 whose length and check sequence hold"},
      NamedCheck{"dlms-wrapper", check_dlms_wrapper, "the DLMS/COSEM wrapper: version, length, and a known APDU"},
  };
  return kChecks;
}

}  // namespace ghostport
