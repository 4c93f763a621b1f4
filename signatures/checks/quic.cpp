#include <algorithm>
#include <array>
#include <optional>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: RFC 8999 (invariants), RFC 9000 sections 14.1, 15, 16, 17.2, RFC 9369 (version 2), RFC 9287 (the fixed bit),
// the drafts of quic-transport from 17 on; for Google's and Facebook's versions the IANA registry of QUIC versions and
// the QUIC wiki's list, for Q043 to Q046 "QUIC Wire Layout Specification".
namespace ghostport {
namespace {

constexpr std::uint32_t kVersion1 = 1;
constexpr std::uint32_t kVersion2 = 0x6B3343CF;
constexpr std::uint32_t kVersion2Draft = 0x709A50C4;
constexpr std::uint32_t kGoogle = 0x51303030;     // "Q000", two decimal digits from there
constexpr std::uint32_t kGoogleTls = 0x54303030;  // "T000"
constexpr std::size_t kLeastInitial = 1200;       // RFC 9000 section 14.1
constexpr std::size_t kMostConnectionId = 20;     // RFC 9000 section 17.2
constexpr std::size_t kLeastSealed = 20;          // RFC 9001 section 5.4.2: what the header's protection samples
constexpr std::size_t kProven = 6;                // first byte, version, and how long the identifiers are
constexpr std::size_t kRetryTag = 16;             // RFC 9000 section 17.2.5

enum class Form : std::uint8_t { unknown, bytes, nibbles, google_short };
enum class Type : std::uint8_t { initial, zero_rtt, handshake, retry };

std::optional<unsigned> decimals(std::uint32_t version, std::uint32_t base) noexcept {
  const std::uint32_t tens = (version >> 8 & 0xFF) - '0';
  const std::uint32_t ones = (version & 0xFF) - '0';
  if ((version & 0xFFFF0000) != (base & 0xFFFF0000) || tens > 9 || ones > 9) return std::nullopt;
  return tens * 10 + ones;
}

/// RFC 9000 section 15: versions that only ask for Version Negotiation.
bool is_reserved(std::uint32_t version) noexcept { return (version & 0x0F0F0F0F) == 0x0A0A0A0A; }

/// How a version spells the lengths of its connection identifiers.
Form form_of(std::uint32_t version) noexcept {
  if (version == kVersion1 || version == kVersion2 || version == kVersion2Draft || is_reserved(version))
    return Form::bytes;
  if (version >= 0xFF000011 && version <= 0xFF000022) return version < 0xFF000016 ? Form::nibbles : Form::bytes;
  if ((version & 0xFFFFFFE0) == 0xFACEB000) return Form::bytes;
  if (const auto number = decimals(version, kGoogle)) {
    if (*number >= 47 && *number <= 50) return Form::bytes;
    return *number >= 44 && *number <= 46 ? Form::google_short : Form::unknown;
  }
  if (const auto number = decimals(version, kGoogleTls))
    return *number >= 48 && *number <= 51 ? Form::bytes : Form::unknown;
  return Form::unknown;
}

/// Any version that a server may offer, those of Google's older public header among them.
bool is_version(std::uint32_t version) noexcept {
  const auto google = decimals(version, kGoogle);
  return form_of(version) != Form::unknown || (google && *google >= 24 && *google <= 43);
}

Type type_of(unsigned first, std::uint32_t version) noexcept {
  const unsigned bits = first >> 4 & 3;
  // RFC 9369 section 3.2 turns the types by one.
  return static_cast<Type>(version == kVersion2 || version == kVersion2Draft ? (bits + 3) & 3 : bits);
}

/// RFC 9000 section 16.
std::uint64_t variable(Cursor& cursor) noexcept {
  std::uint64_t value = cursor.u8();
  const unsigned more = (1U << (value >> 6)) - 1;
  value &= 0x3F;
  for (unsigned i = 0; i < more; ++i) value = value << 8 | cursor.u8();
  return value;
}

bool skip_connection_ids(Cursor& cursor, Form form) noexcept {
  if (form == Form::bytes) {
    for (int i = 0; i < 2; ++i) {
      const std::size_t length = cursor.u8();
      if (length > kMostConnectionId) return false;
      cursor.skip(length);
    }
    return !cursor.ended();
  }
  const unsigned both = cursor.u8();
  for (const unsigned nibble : {both >> 4, both & 0x0F}) cursor.skip(nibble == 0 ? 0 : nibble + 3);
  return !cursor.ended();
}

/// What may stand behind a packet in its datagram (RFC 9000 section 12.2): another one, or padding.
bool rest_holds(Bytes bytes, std::size_t at, std::uint32_t version) noexcept {
  if (at == bytes.size() || (bytes[at] & 0x80) == 0) return true;
  return bytes.size() - at > 6 && big32(bytes, at + 1) == version;
}

/// Version Negotiation: at least one version that is known.
CheckResult check_negotiation(Bytes bytes, Form form) noexcept {
  Cursor cursor(bytes, 5);
  if (!skip_connection_ids(cursor, form) || cursor.left() == 0 || cursor.left() % 4 != 0) return CheckResult::no();
  bool known = false;
  while (cursor.left() > 0) {
    const std::uint32_t version = cursor.big32();
    if (version == 0) return CheckResult::no();
    known = known || (is_version(version) && !is_reserved(version));
  }
  return known ? CheckResult::yes(kProven) : CheckResult::no();
}

/// Google's Q044 to Q046: one identifier of eight bytes, that of the receiver or the sender, and a packet number.
CheckResult check_google_short(Bytes bytes, Side side) noexcept {
  if (bytes.size() < 5 + 1 + 8 + 4 + 12 || (bytes[0] & 0x40) == 0) return CheckResult::no();
  if (side == Side::client && bytes.size() < kLeastInitial) return CheckResult::no();
  return bytes[5] == (side == Side::client ? 0x50 : 0x05) ? CheckResult::yes(kProven) : CheckResult::no();
}

CheckResult check_quic_long(const Payload& payload, Side side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 7 || (bytes[0] & 0x80) == 0) return CheckResult::no();
  const std::uint32_t version = big32(bytes, 1);
  if (version == 0) {
    if (side == Side::client) return CheckResult::no();
    const CheckResult result = check_negotiation(bytes, Form::bytes);
    return result.state == CheckState::yes ? result : check_negotiation(bytes, Form::nibbles);
  }
  const Form form = form_of(version);
  if (form == Form::unknown) return CheckResult::no();
  if (form == Form::google_short) return check_google_short(bytes, side);

  // A server knows already whether its client lets it grease the fixed bit; a client's first packets must have it.
  if (side == Side::client && (bytes[0] & 0x40) == 0) return CheckResult::no();
  Cursor cursor(bytes, 5);
  if (!skip_connection_ids(cursor, form)) return CheckResult::no();
  const Type type = type_of(bytes[0], version);
  if (is_reserved(version) && (side == Side::server || type != Type::initial)) return CheckResult::no();
  if (type == Type::retry) {
    return side == Side::server && cursor.left() > kRetryTag ? CheckResult::yes(kProven) : CheckResult::no();
  }
  if (type == Type::initial) {
    if (side == Side::client && bytes.size() < kLeastInitial) return CheckResult::no();
    const std::uint64_t token = variable(cursor);
    if (token > cursor.left()) return CheckResult::no();
    cursor.skip(static_cast<std::size_t>(token));
  }
  const std::uint64_t length = variable(cursor);
  if (cursor.ended() || length < kLeastSealed || length > cursor.left()) return CheckResult::no();
  if (!rest_holds(bytes, cursor.position() + static_cast<std::size_t>(length), version)) return CheckResult::no();
  return CheckResult::yes(kProven);
}

}  // namespace

std::span<const NamedCheck> quic_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"quic-long", check_quic_long,
                 "a QUIC long header: known version, identifiers, token, length; or Version Negotiation"},
  };
  return kChecks;
}

}  // namespace ghostport
