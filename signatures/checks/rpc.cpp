#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: RFC 5531 sections 8.2 (authentication), 9 (messages) and 11 (record marking); RFC 7530 and RFC 1813 (NFS is
// program 100003).
namespace ghostport {
namespace {

constexpr std::size_t kMark = 4;
constexpr std::size_t kMostRecord = 1 << 26;
constexpr std::uint32_t kNfs = 100003;
constexpr std::uint32_t kMostAuth = 400;  // RFC 5531 section 8.2

/// Flavour and length of a credential or verifier, and what lies in it. Flavours: none, system, short, DES, RSA, GSS,
/// TLS.
Step skip_auth(Cursor& cursor) noexcept {
  const std::uint32_t flavour = cursor.big32();
  const std::uint32_t length = cursor.big32();
  if (cursor.ended()) return Step::ended;
  if (flavour > 7 || flavour == 4 || length > kMostAuth || (flavour == 0 && length != 0)) return Step::wrong;
  const Bytes body = cursor.take((length + 3) & ~3U);
  if (cursor.ended()) return Step::ended;
  if (flavour != 1) return Step::done;
  // Stamp, machine, user, group, at most 16 groups.
  Cursor system(body.first(length));
  system.skip(4);
  const std::uint32_t name = system.big32();
  if (system.ended() || name > 255) return Step::wrong;
  system.skip(((name + 3) & ~3U) + 8);
  const std::uint32_t groups = system.big32();
  if (system.ended() || groups > 16 || system.left() != 4 * std::size_t{groups}) return Step::wrong;
  return Step::done;
}

Step read_call(Cursor& cursor, bool nfs) noexcept {
  cursor.skip(4);  // transaction
  const std::uint32_t type = cursor.big32();
  const std::uint32_t version = cursor.big32();
  const std::uint32_t program = cursor.big32();
  const std::uint32_t program_version = cursor.big32();
  const std::uint32_t procedure = cursor.big32();
  if (cursor.ended()) return Step::ended;
  if (type != 0 || version != 2 || (program == kNfs) != nfs || program == 0) return Step::wrong;
  if (nfs && (program_version < 2 || program_version > 4)) return Step::wrong;
  if (procedure > 0xFFFF) return Step::wrong;
  if (const Step step = skip_auth(cursor); step != Step::done) return step;
  return skip_auth(cursor);
}

/// Accepted with a verifier and a state, or denied for a version or an authentication.
Step read_reply(Cursor& cursor) noexcept {
  cursor.skip(4);
  const std::uint32_t type = cursor.big32();
  const std::uint32_t denied = cursor.big32();
  if (cursor.ended()) return Step::ended;
  if (type != 1 || denied > 1) return Step::wrong;
  if (denied == 1) {
    const std::uint32_t reason = cursor.big32();
    const std::uint32_t detail = cursor.big32();  // the lowest version, or why the authentication failed
    if (cursor.ended()) return Step::ended;
    return reason == 0 ? (detail <= 2 ? Step::done : Step::wrong)
                       : (reason == 1 && detail <= 14 ? Step::done : Step::wrong);
  }
  if (const Step step = skip_auth(cursor); step != Step::done) return step;
  const std::uint32_t state = cursor.big32();
  if (cursor.ended()) return Step::ended;
  return state <= 5 ? Step::done : Step::wrong;
}

/// XDR is a multiple of four bytes long.
CheckResult judge_datagram(const Cursor& cursor, Step step, const Payload& payload) noexcept {
  if (step != Step::done || payload.bytes.size() % 4 != 0) return CheckResult::no();
  return CheckResult::yes(cursor.position() - 4);
}

/// The mark of a record of which the first `bytes` are at hand; 0: none.
std::size_t record_length(Bytes bytes) noexcept {
  const std::uint32_t mark = big32(bytes, 0);
  const std::size_t length = mark & 0x7FFFFFFF;
  const bool last = (mark & 0x80000000) != 0;
  return length > kMostRecord || (last && length % 4 != 0) ? 0 : length;
}

/// What a message says that ends, with its record, at or before the next record.
CheckResult judge_record(const Cursor& cursor, Step step, std::size_t length, const Payload& payload) noexcept {
  if (step == Step::ended && payload.bytes.size() < kMark + length) return wait_or_no(payload);
  if (step != Step::done || cursor.position() > kMark + length) return CheckResult::no();
  return CheckResult::yes(cursor.position() - 4);
}

CheckResult check_call(const Payload& payload, bool nfs) noexcept {
  if (!payload.datagrams.empty()) {
    Cursor cursor(payload.bytes);
    const Step step = read_call(cursor, nfs);
    return judge_datagram(cursor, step, payload);
  }
  if (payload.bytes.size() < kMark) return wait_or_no(payload);
  const std::size_t length = record_length(payload.bytes);
  if (length == 0) return CheckResult::no();
  Cursor cursor(payload.bytes.first(std::min(payload.bytes.size(), kMark + length)), kMark);
  const Step step = read_call(cursor, nfs);
  return judge_record(cursor, step, length, payload);
}

CheckResult check_rpc_call(const Payload& payload, Side) noexcept { return check_call(payload, false); }
CheckResult check_nfs_call(const Payload& payload, Side) noexcept { return check_call(payload, true); }

CheckResult check_reply_record(const Payload& payload) noexcept {
  if (payload.bytes.size() < kMark) return wait_or_no(payload);
  const std::size_t length = record_length(payload.bytes);
  if (length == 0) return CheckResult::no();
  Cursor cursor(payload.bytes.first(std::min(payload.bytes.size(), kMark + length)), kMark);
  const Step step = read_reply(cursor);
  return judge_record(cursor, step, length, payload);
}

CheckResult check_reply_datagram(const Payload& payload) noexcept {
  Cursor cursor(payload.bytes);
  const Step step = read_reply(cursor);
  return judge_datagram(cursor, step, payload);
}

CheckResult check_rpc_reply(const Payload& payload, Side) noexcept {
  return payload.datagrams.empty() ? check_reply_record(payload) : check_reply_datagram(payload);
}

/// How many replies the side has given, two of which are enough.
unsigned count_replies(const Payload& payload) noexcept {
  if (payload.datagrams.empty()) {
    const std::size_t second = kMark + record_length(payload.bytes);
    if (second >= payload.bytes.size()) return 1;
    const Payload rest{payload.bytes.subspan(second), {}, payload.complete};
    return check_reply_record(rest).state == CheckState::yes ? 2 : 1;
  }
  unsigned count = 0;
  for (const Bytes datagram : payload.datagrams) {
    const Payload one{datagram, payload.datagrams, payload.complete};
    if (check_reply_datagram(one).state == CheckState::yes) ++count;
  }
  return count;
}

/// A reply does not say to which program. The first one to a call that was seen decides; so whoever sees a second one,
/// or the end, has not seen the call and may say no more than RPC.
CheckResult check_rpc_reply_alone(const Payload& payload, Side side) noexcept {
  const CheckResult result = check_rpc_reply(payload, side);
  if (result.state != CheckState::yes || payload.complete) return result;
  return count_replies(payload) >= 2 ? result : CheckResult::more();
}

}  // namespace

std::span<const NamedCheck> rpc_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"nfs-call", check_nfs_call, "an ONC RPC call to NFS with its credential and verifier"},
      NamedCheck{"rpc-call", check_rpc_call, "an ONC RPC call to another program, with credential and verifier"},
      NamedCheck{"rpc-reply", check_rpc_reply, "an ONC RPC reply, accepted or denied"},
      NamedCheck{"rpc-reply-alone", check_rpc_reply_alone, "two ONC RPC replies, or one when no call will be seen"},
  };
  return kChecks;
}

}  // namespace ghostport
