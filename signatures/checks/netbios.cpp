#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: RFC 1001 section 14.1 (encoded names); RFC 1002 sections 4.3 (session packets) and 4.4 (datagrams).
namespace ghostport {
namespace {

constexpr std::size_t kSessionHeader = 4;
constexpr std::size_t kMostNames = 512;

/// A label of 32 letters A to P, then the labels of a scope, then zero.
Step skip_name(Cursor& cursor) noexcept {
  const std::uint32_t first = cursor.u8();
  if (!cursor.ended() && first != 32) return Step::wrong;
  const Bytes name = cursor.take(32);
  const bool encoded = std::all_of(name.begin(), name.end(), [](std::uint8_t c) { return c >= 'A' && c <= 'P'; });
  if (!encoded) return Step::wrong;
  for (std::size_t length = 34; !cursor.ended() && length < 256;) {
    const std::uint32_t label = cursor.u8();
    if (label > 63) return Step::wrong;
    if (label == 0) return cursor.ended() ? Step::ended : Step::done;
    cursor.skip(label);
    length += label + 1;
  }
  return cursor.ended() ? Step::ended : Step::wrong;
}

/// What follows the packet that ends at `end`: SMB has a name of its own. `alone` is the answer while nothing follows.
CheckResult judge_session(const Payload& payload, std::size_t end, CheckResult alone) noexcept {
  if (payload.bytes.size() < end + kSessionHeader + 4) return alone;
  Cursor cursor(payload.bytes, end);
  const std::uint32_t type = cursor.u8();
  cursor.skip(3);
  const std::uint32_t protocol = cursor.big32();
  const bool smb = protocol >> 24 >= 0xFC && (protocol & 0xFFFFFF) == 0x534D42;
  return type == 0 && !smb ? CheckResult::yes(end) : CheckResult::no();
}

CheckResult check_session_request(const Payload& payload) noexcept {
  const Bytes bytes = payload.bytes;
  const std::size_t length = big24(bytes, 1);
  if (length > kMostNames) return CheckResult::no();
  const std::size_t end = kSessionHeader + length;
  Cursor cursor(bytes.first(std::min(bytes.size(), end)), kSessionHeader);
  for (int i = 0; i < 2; ++i) {
    const Step step = skip_name(cursor);
    if (step == Step::wrong) return CheckResult::no();
    if (step == Step::ended) return bytes.size() < end ? wait_or_no(payload) : CheckResult::no();
  }
  if (cursor.position() != end) return CheckResult::no();
  return judge_session(payload, end, CheckResult::yes(end));
}

/// Positive, negative with its reason, or retarget with an address.
CheckResult check_session_response(const Payload& payload) noexcept {
  const Bytes bytes = payload.bytes;
  const std::size_t length = big24(bytes, 1);
  switch (bytes[0]) {
    case 0x82:
      if (length != 0) return CheckResult::no();
      return judge_session(payload, kSessionHeader,
                           payload.complete ? CheckResult::yes(kSessionHeader) : CheckResult::more());
    case 0x83: {
      if (length != 1) return CheckResult::no();
      if (bytes.size() < kSessionHeader + 1) return wait_or_no(payload);
      const unsigned reason = bytes[kSessionHeader];
      const bool known = (reason >= 0x80 && reason <= 0x83) || reason == 0x8F;
      return known && bytes.size() == kSessionHeader + 1 ? CheckResult::yes(kSessionHeader + 1) : CheckResult::no();
    }
    case 0x84:
      if (length != 6 || bytes.size() > kSessionHeader + 6) return CheckResult::no();
      return bytes.size() == kSessionHeader + 6 ? CheckResult::yes(kSessionHeader) : wait_or_no(payload);
    default: return CheckResult::no();
  }
}

CheckResult check_netbios_session(const Payload& payload, Side side) noexcept {
  if (payload.bytes.size() < kSessionHeader) return wait_or_no(payload);
  return side == Side::client ? check_session_request(payload) : check_session_response(payload);
}

/// SMB's transaction in the data of a datagram: what a mailslot carries ([MS-MAIL] section 2.2.1).
bool is_mailslot(Bytes data) noexcept { return data.size() > 32 && big32(data, 0) == 0xFF534D42 && data[4] == 0x25; }

/// Data for one, for a group or for all; or the queries to a distribution server.
CheckResult check_datagram(const Payload& payload, bool mailslot) noexcept {
  constexpr std::size_t kHeader = 14;
  Cursor cursor(payload.bytes);
  const std::uint32_t type = cursor.u8();
  const std::uint32_t flags = cursor.u8();
  cursor.skip(8);  // identifier, address, port
  if (cursor.ended() || type < 0x10 || type > 0x16 || type == 0x13 || (flags & 0xF0) != 0) return CheckResult::no();
  if (type >= 0x14) {
    if (mailslot || skip_name(cursor) != Step::done || cursor.left() != 0) return CheckResult::no();
    return CheckResult::yes(payload.bytes.size() - 8);
  }
  const std::size_t length = cursor.big16();
  const std::size_t offset = cursor.big16();
  if (cursor.ended() || length != payload.bytes.size() - kHeader) return CheckResult::no();
  const Step source = skip_name(cursor);
  const Step destination = skip_name(cursor);
  if (source != Step::done || destination != Step::done) return CheckResult::no();
  if (offset != 0 && (flags & 0x02) != 0) return CheckResult::no();  // the first fragment stands at the front
  if (is_mailslot(payload.bytes.subspan(cursor.position())) != mailslot) return CheckResult::no();
  return CheckResult::yes(cursor.position() - 8);
}

CheckResult check_netbios_datagram(const Payload& payload, Side) noexcept { return check_datagram(payload, false); }
CheckResult check_smb_mailslot(const Payload& payload, Side) noexcept { return check_datagram(payload, true); }

}  // namespace

std::span<const NamedCheck> netbios_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"netbios-dgm", check_netbios_datagram, "a NetBIOS datagram: length and encoded names, no SMB in it"},
      NamedCheck{"netbios-ssn", check_netbios_session,
                 "a NetBIOS session's request with its names, or the answer, without SMB behind it"},
      NamedCheck{"smb-mailslot", check_smb_mailslot, "a NetBIOS datagram that carries a transaction of SMB"},
  };
  return kChecks;
}

}  // namespace ghostport
