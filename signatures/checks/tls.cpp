#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"
#include "signatures/checks/tls_records.h"

namespace ghostport {
namespace {

constexpr std::size_t kLeastSealed = 16;  // a tag or an explicit nonce and a tag: RFC 5246 section 6.2.3
constexpr std::uint8_t kClientHello = 1;
constexpr std::uint8_t kServerHello = 2;
constexpr std::size_t kLeastHello = 2 + 32 + 1;  // version, random, length of the session id
constexpr std::size_t kMostHello = 3 * 0x10000;  // cipher suites and extensions at their longest, and the rest

/// RFC 5246 section 7.4.1.2 and RFC 8446 section 4.1.2, up to the length of the cipher suites.
bool client_hello_holds(TlsHandshakeReader& reader, std::size_t length) noexcept {
  reader.skip(32);
  const std::size_t session = reader.number(1);
  if (!reader.good()) return true;
  if (session > 32) return false;
  reader.skip(session);
  const std::size_t suites = reader.number(2);
  if (!reader.good()) return true;
  return suites >= 2 && suites % 2 == 0 && 2 + 32 + 1 + session + 2 + suites + 2 <= length;
}

/// RFC 5246 section 7.4.1.3 and RFC 8446 section 4.1.3, up to the length of the extensions.
bool server_hello_holds(TlsHandshakeReader& reader, std::size_t length) noexcept {
  reader.skip(32);
  const std::size_t session = reader.number(1);
  if (!reader.good()) return true;
  const std::size_t fixed = 2 + 32 + 1 + session + 3;
  if (session > 32 || fixed > length) return false;
  reader.skip(session + 2);
  const std::uint32_t compression = reader.number(1);
  if (!reader.good()) return true;
  if (compression > 1) return false;
  if (fixed == length) return true;
  const std::size_t extensions = reader.number(2);
  return !reader.good() || fixed + 2 + extensions == length;
}

/// RFC 5246 appendix E.2: a hello in SSL 2.0's form that offers SSL 3.0 or later.
CheckResult check_version2_hello(const Payload& payload) noexcept {
  constexpr std::size_t kFixed = 11;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kFixed) return wait_or_no(payload);
  const std::size_t length = big16(bytes, 0) & 0x7FFF;
  const std::size_t suites = big16(bytes, 5);
  const std::size_t session = big16(bytes, 7);
  const std::size_t challenge = big16(bytes, 9);
  if (bytes[2] != kClientHello || !is_tls_version(bytes[3], bytes[4])) return CheckResult::no();
  if (suites == 0 || suites % 3 != 0) return CheckResult::no();
  if (session != 0 && session != 16 && session != 32) return CheckResult::no();
  if (challenge < 16 || challenge > 32) return CheckResult::no();
  return kFixed - 2 + suites + session + challenge == length ? CheckResult::yes(kFixed) : CheckResult::no();
}

CheckResult check_tls_record(const Payload& payload, Side side) noexcept {
  if (side == Side::client && !payload.bytes.empty() && (payload.bytes[0] & 0x80) != 0) {
    return check_version2_hello(payload);
  }
  TlsHandshakeReader reader(payload.bytes);
  const std::uint32_t type = reader.number(1);
  const std::size_t length = reader.number(3);
  const std::uint32_t version = reader.number(2);
  const bool opened = reader.good();  // type, length and version have been read
  if (opened) {
    if (type != (side == Side::client ? kClientHello : kServerHello)) return CheckResult::no();
    if (length < kLeastHello || length > kMostHello || !is_tls_version(version >> 8, version & 0xFF))
      return CheckResult::no();
    const bool holds = side == Side::client ? client_hello_holds(reader, length) : server_hello_holds(reader, length);
    if (!holds) return CheckResult::no();
  }
  if (reader.wrong()) return CheckResult::no();
  if (reader.good()) return CheckResult::yes(reader.position());
  if (!payload.complete) return CheckResult::more();
  return opened ? CheckResult::yes(reader.position()) : CheckResult::no();
}

/// RFC 5246 section 6.2.1 and RFC 8446 section 5.1: what the fragment of a record may look like, sealed or not.
bool record_holds(std::uint8_t type, std::size_t length, Bytes fragment) noexcept {
  switch (type) {
    case kTlsChangeCipher: return length == 1 ? fragment.empty() || fragment[0] == 1 : length >= kLeastSealed;
    case kTlsAlert:
      return length == 2 ? fragment.empty() || fragment[0] == 1 || fragment[0] == 2 : length >= kLeastSealed;
    case kTlsHandshake: return length >= 4;
    default: return length >= kLeastSealed;
  }
}

struct RecordWalk {
  bool wrong = false;
  bool whole = false;        // the bytes end with a record's last byte
  unsigned headers = 0;      // one after the other, each where the length of the one before says
  std::size_t position = 0;  // behind the last header
};

/// Records of one version from the first byte on, sealed ones too.
RecordWalk walk_records(Bytes bytes) noexcept {
  RecordWalk walk;
  std::size_t at = 0;
  while (!walk.wrong && bytes.size() - at >= kTlsRecordHeader) {
    const std::uint8_t type = bytes[at];
    const std::size_t length = big16(bytes, at + 3);
    const std::size_t here = std::min(bytes.size() - at - kTlsRecordHeader, length);
    const bool version = at == 0 ? is_tls_version(bytes[1], bytes[2]) : big16(bytes, at + 1) == big16(bytes, 1);
    walk.wrong = type < kTlsChangeCipher || type > kTlsData || !version || length > kTlsMostSealed ||
                 !record_holds(type, length, bytes.subspan(at + kTlsRecordHeader, here));
    if (walk.wrong) break;
    ++walk.headers;
    walk.position = at + kTlsRecordHeader;
    walk.whole = here == length;
    if (!walk.whole) return walk;
    at = walk.position + length;
  }
  walk.whole = walk.whole && at == bytes.size();
  return walk;
}

/// A stream joined midway, at the start of a record. Two headers in their places are 46 bits. One alone must fill the
/// whole stream, to be known at its end.
CheckResult check_tls_records(const Payload& payload, Side) noexcept {
  const RecordWalk walk = walk_records(payload.bytes);
  if (walk.wrong) return CheckResult::no();
  if (walk.headers >= 2) return CheckResult::yes(kTlsRecordHeader * walk.headers);
  if (!payload.complete) return CheckResult::more();
  return walk.whole ? CheckResult::yes(kTlsRecordHeader) : CheckResult::no();
}

/// The first record to its end, for where the other side says as much.
CheckResult check_tls_first_record(const Payload& payload, Side) noexcept {
  const RecordWalk walk = walk_records(payload.bytes);
  if (walk.wrong) return CheckResult::no();
  return walk.headers >= 2 || walk.whole ? CheckResult::yes(kTlsRecordHeader) : wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> tls_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"tls-first-record", check_tls_first_record, "a TLS record that ends where its length says"},
      NamedCheck{"tls-record", check_tls_record, "TLS records down to the fields of a ClientHello or ServerHello"},
      NamedCheck{"tls-records", check_tls_records, "TLS records that follow each other, or one that fills the stream"},
  };
  return kChecks;
}

}  // namespace ghostport
