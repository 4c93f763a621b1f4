#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: Cisco's NetFlow export datagram formats (versions 5 and 7), RFC 3954 (9), RFC 7011 (IPFIX), "sFlow Version
// 5" (sflow.org, 2004) section 5.
namespace ghostport {
namespace {

/// Versions 5 and 7: a header of 24 bytes and so many records. A flow ends no earlier than it began.
CheckResult check_netflow5(const Payload& payload, Side) noexcept {
  constexpr std::size_t kHeader = 24;
  constexpr std::uint32_t kMostRecords = 30;
  constexpr std::uint32_t kNanoseconds = 1'000'000'000;
  constexpr std::uint32_t kLongest = 1U << 31;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return CheckResult::no();
  const std::uint32_t version = big16(bytes, 0);
  const std::uint32_t count = big16(bytes, 2);
  const std::size_t record = version == 5 ? 48 : 52;
  if ((version != 5 && version != 7) || count < 1 || count > kMostRecords) return CheckResult::no();
  if (bytes.size() != kHeader + count * record || big32(bytes, 12) >= kNanoseconds) return CheckResult::no();
  if (version == 7 && big32(bytes, 20) != 0) return CheckResult::no();
  for (std::size_t at = kHeader; at < bytes.size(); at += record) {
    if (big32(bytes, at + 28) - big32(bytes, at + 24) >= kLongest) return CheckResult::no();
    if (version == 5 && bytes[at + 36] != 0) return CheckResult::no();
  }
  return CheckResult::yes(4 + count);
}

/// What the sets of an export packet prove.
struct Sets {
  bool hold = false;
  bool templates = false;  ///< at least one set describes records, and does so to its end
  std::size_t count = 0;
};

/// Template records: an identifier from 256 on and so many fields of 4 bytes, 8 for those of an enterprise.
bool templates_hold(Cursor& cursor, std::size_t end, bool ipfix) noexcept {
  bool any = false;
  while (cursor.position() + 4 <= end) {
    const std::uint32_t id = cursor.big16();
    const std::uint32_t fields = cursor.big16();
    if (id == 0 && any) break;  // padding
    if (id < 256 || (fields == 0 && !ipfix)) return false;
    for (std::uint32_t i = 0; i < fields && !cursor.ended(); ++i) {
      const std::uint32_t type = cursor.big16();
      cursor.skip(ipfix && (type & 0x8000) != 0 ? 6 : 2);
    }
    if (cursor.ended() || cursor.position() > end) return false;
    any = true;
  }
  return any;
}

/// The sets that fill `bytes` from the cursor on. Identifiers below `first_free` are reserved but for the three named.
Sets read_sets(Cursor cursor, Bytes bytes, std::uint32_t templates, std::uint32_t options, bool ipfix) noexcept {
  constexpr std::uint32_t kFirstData = 256;
  Sets sets;
  while (cursor.left() > 0) {
    const std::size_t start = cursor.position();
    const std::uint32_t id = cursor.big16();
    const std::size_t length = cursor.big16();
    if (cursor.ended() || length < 4 || length > bytes.size() - start) return {};
    if (id != templates && id != options && id < kFirstData) return {};
    if (id == templates) {
      Cursor inside(bytes.first(start + length), start + 4);
      if (!templates_hold(inside, start + length, ipfix)) return {};
      sets.templates = true;
    }
    sets.templates = sets.templates || id == options;
    ++sets.count;
    cursor = Cursor(bytes, start + length);
  }
  sets.hold = sets.count > 0;
  return sets;
}

CheckResult check_netflow9(const Payload& payload, Side) noexcept {
  constexpr std::size_t kHeader = 20;
  const auto read = [](Bytes bytes) noexcept {
    if (bytes.size() < kHeader + 4 || big16(bytes, 0) != 9) return Sets();
    const std::size_t count = big16(bytes, 2);  // of records, each of at least one byte
    if (count == 0 || count > bytes.size() - kHeader) return Sets();
    return read_sets(Cursor(bytes, kHeader), bytes, 0, 1, false);
  };
  const Bytes newest = payload.bytes;
  const Sets sets = read(newest);
  if (!sets.hold) return CheckResult::no();
  if (sets.templates) return CheckResult::yes(2 + 4 * sets.count);
  // Data alone: lengths that add up, and another packet of this source (RFC 3954 section 5.1).
  for (const Bytes datagram : payload.datagrams) {
    if (datagram.data() == newest.data() || !read(datagram).hold) continue;
    if (big32(datagram, 16) == big32(newest, 16) && big32(newest, 12) - big32(datagram, 12) < 0x10000)
      return CheckResult::yes(8 + 2 * sets.count);
  }
  return wait_or_no(payload);
}

/// One message: all of a datagram, or the first of a stream, which must begin with templates.
CheckResult check_ipfix_message(const Payload& payload, bool stream) noexcept {
  constexpr std::size_t kHeader = 16;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader + 4) return stream ? wait_or_no(payload) : CheckResult::no();
  const std::size_t length = big16(bytes, 2);
  if (big16(bytes, 0) != 10 || length < kHeader + 4) return CheckResult::no();
  const std::uint32_t first = big16(bytes, kHeader);
  if (stream && first != 2 && first != 3) return CheckResult::no();
  if (!stream && length != bytes.size()) return CheckResult::no();
  if (length > bytes.size()) return wait_or_no(payload);
  const Sets sets = read_sets(Cursor(bytes.first(length), kHeader), bytes.first(length), 2, 3, true);
  return sets.hold ? CheckResult::yes(4 + 2 * sets.count) : CheckResult::no();
}

CheckResult check_ipfix(const Payload& payload, Side) noexcept { return check_ipfix_message(payload, false); }
CheckResult check_ipfix_stream(const Payload& payload, Side) noexcept { return check_ipfix_message(payload, true); }

/// Header, then so many samples, each of whole words.
CheckResult check_sflow(const Payload& payload, Side) noexcept {
  constexpr std::uint32_t kIp4 = 1;
  constexpr std::uint32_t kIp6 = 2;
  const Bytes bytes = payload.bytes;
  Cursor cursor(bytes);
  const std::uint32_t version = cursor.big32();
  const std::uint32_t family = cursor.big32();
  if (version != 5 || (family != kIp4 && family != kIp6)) return CheckResult::no();
  cursor.skip((family == kIp4 ? 4 : 16) + 12);  // agent, sub-agent, sequence, uptime
  const std::uint32_t samples = cursor.big32();
  if (cursor.ended() || samples > bytes.size() / 8) return CheckResult::no();
  for (std::uint32_t i = 0; i < samples; ++i) {
    cursor.skip(4);  // format
    const std::size_t length = cursor.big32();
    if (length % 4 != 0) return CheckResult::no();
    cursor.skip(length);
  }
  return !cursor.ended() && cursor.left() == 0 ? CheckResult::yes(12 + 4 * std::size_t{samples}) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> netflow_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"ipfix", check_ipfix, "an IPFIX message whose length and sets fill the datagram"},
      NamedCheck{"ipfix-stream", check_ipfix_stream, "a first IPFIX message over TCP that begins with templates"},
      NamedCheck{"netflow5", check_netflow5, "a NetFlow packet of version 5 or 7 whose records fill it"},
      NamedCheck{"netflow9", check_netflow9, "a NetFlow 9 packet with templates, or two of a source, whose sets fit"},
      NamedCheck{"sflow", check_sflow, "an sFlow 5 datagram whose samples fill it"},
  };
  return kChecks;
}

}  // namespace ghostport
