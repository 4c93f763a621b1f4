#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

namespace ghostport {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kLeastMessage = kHeaderBytes + 5;  // the root's name, type and class
constexpr std::size_t kLeastRecord = 11;                 // the root's name, type, class, TTL, no data

enum Opcode : unsigned { kQuery = 0, kNotify = 4, kUpdate = 5 };

enum class Step : std::uint8_t { wrong, ended, done };

/// A message of `size` bytes of which the first `bytes.size()` are at hand.
struct Message {
  Bytes bytes;
  std::size_t size;
  std::size_t position = kHeaderBytes;
  std::size_t pointer_steps = 0;  // labels and pointers still followed: keeps the whole walk linear

  /// Are the next `count` bytes part of the message, and at hand?
  [[nodiscard]] Step has(std::size_t at, std::size_t count) const noexcept {
    if (count > size || at > size - count) return Step::wrong;
    return at + count <= bytes.size() ? Step::done : Step::ended;
  }
};

/// RFC 1035 sections 2.3.4 and 4.1.4: labels of at most 63 bytes, names of at most 255, pointers to what came before.
Step skip_name(Message& message) noexcept {
  std::size_t at = message.position;
  std::size_t start = at;
  std::size_t end = 0;  // where the name ends in place, once known
  std::size_t length = 0;
  for (;;) {
    if (const Step step = message.has(at, 1); step != Step::done) return step;
    const unsigned label = message.bytes[at];
    if (label == 0) {
      message.position = end != 0 ? end : at + 1;
      return Step::done;
    }
    if (label >= 0xC0) {
      if (const Step step = message.has(at, 2); step != Step::done) return step;
      const std::size_t target = big16(message.bytes, at) & 0x3FFF;
      if (target < kHeaderBytes || target >= start) return Step::wrong;
      if (end == 0) end = at + 2;
      start = at = target;
    } else {
      length += label + 1;
      if (label > 63 || length > 254) return Step::wrong;
      at += label + 1;
    }
    if (end != 0) {
      if (message.pointer_steps == 0) {
        message.position = end;
        return Step::done;
      }
      --message.pointer_steps;
    }
  }
}

/// IANA's DNS parameters: assigned types, and those for private use.
bool is_type(std::uint32_t type) noexcept {
  return (type >= 1 && type <= 128) || (type >= 249 && type <= 264) || type == 32768 || type == 32769 ||
         (type >= 65280 && type <= 65534);
}

/// IN, CH, HS, NONE, ANY. The top bit is set by multicast DNS alone (RFC 6762 sections 5.4 and 10.2).
bool is_class(std::uint32_t number) noexcept {
  return number == 1 || number == 3 || number == 4 || number == 254 || number == 255;
}

/// NetBIOS names are 32 letters A-P (RFC 1001 section 14.1), asked for with types 32 and 33 in the same header.
bool is_netbios_name(const Message& message, std::size_t name, std::uint32_t type) noexcept {
  if ((type != 32 && type != 33) || message.bytes[name] != 32) return false;
  const Bytes label = message.bytes.subspan(name + 1, 32);
  return std::all_of(label.begin(), label.end(), [](std::uint8_t letter) { return letter >= 'A' && letter <= 'P'; });
}

Step skip_question(Message& message) noexcept {
  const std::size_t name = message.position;
  if (const Step step = skip_name(message); step != Step::done) return step;
  const std::size_t at = message.position;
  if (const Step step = message.has(at, 4); step != Step::done) return step;
  const std::uint32_t type = big16(message.bytes, at);
  if (!is_type(type) || !is_class(big16(message.bytes, at + 2))) return Step::wrong;
  if (is_netbios_name(message, name, type)) return Step::wrong;
  message.position = at + 4;
  return Step::done;
}

Step skip_record(Message& message) noexcept {
  const std::size_t name = message.position;
  if (const Step step = skip_name(message); step != Step::done) return step;
  const std::size_t at = message.position;
  if (const Step step = message.has(at, 10); step != Step::done) return step;
  const std::uint32_t type = big16(message.bytes, at);
  const std::uint32_t number = big16(message.bytes, at + 2);
  const std::uint32_t length = big16(message.bytes, at + 8);
  if (!is_type(type)) return Step::wrong;
  if (type == 41) {  // EDNS: the class is a size, the name is the root (RFC 6891 section 6.1.2)
    if (message.bytes[name] != 0) return Step::wrong;
  } else if (!is_class(number)) {
    return Step::wrong;
  }
  // A and AAAA; no data at all in the prerequisites of an update (RFC 2136 section 2.4).
  if (number == 1 && length != 0 && ((type == 1 && length != 4) || (type == 28 && length != 16))) return Step::wrong;
  message.position = at + 10;
  if (const Step step = message.has(message.position, length); step != Step::done) return step;
  message.position += length;
  return Step::done;
}

struct Header {
  std::uint32_t questions = 0;
  std::uint32_t records = 0;
};

/// RFC 1035 section 4.1.1 with the bits of RFC 4035 section 3. One question at most (RFC 9619).
bool read_header(const Message& message, Side side, bool stream, Header& header) noexcept {
  const Bytes bytes = message.bytes;
  const unsigned opcode = bytes[2] >> 3 & 0x0F;
  if ((bytes[2] >> 7 == 1) != (side == Side::server)) return false;
  if (opcode != kQuery && opcode != kNotify && opcode != kUpdate) return false;
  if ((bytes[3] & 0x40) != 0) return false;

  header.questions = big16(bytes, 4);
  const std::uint32_t answers = big16(bytes, 6);
  header.records = answers + big16(bytes, 8) + big16(bytes, 10);
  if (side == Side::client) {
    if ((bytes[3] & 0x8F) != 0 || header.questions != 1) return false;
    if (opcode == kQuery && (answers != 0 || header.records > 5)) return false;
  } else {
    if ((bytes[3] & 0x0F) > 10 || header.questions > 1) return false;
    // Only the later messages of a zone transfer come without the question (RFC 5936 section 2.2.1).
    if (header.questions == 0 && (!stream || answers == 0)) return false;
  }
  return kHeaderBytes + header.questions * (kLeastMessage - kHeaderBytes) + header.records * kLeastRecord <=
         message.size;
}

/// `ended` with a position behind the header: everything at hand holds, at least one whole entry of it.
Step walk(Message& message, Side side, bool stream) noexcept {
  if (const Step step = message.has(0, kHeaderBytes); step != Step::done) return step;
  Header header;
  if (!read_header(message, side, stream, header)) return Step::wrong;
  message.pointer_steps = message.bytes.size();
  for (std::uint32_t i = 0; i < header.questions + header.records; ++i) {
    const std::size_t before = message.position;
    const Step step = i < header.questions ? skip_question(message) : skip_record(message);
    if (step != Step::done) {
      message.position = before;
      return step;
    }
  }
  return message.position == message.size ? Step::done : Step::wrong;
}

CheckResult check_dns_message(const Payload& payload, Side side) noexcept {
  Message message{payload.bytes, payload.bytes.size()};
  return walk(message, side, false) == Step::done ? CheckResult::yes(message.position) : CheckResult::no();
}

CheckResult check_dns_stream(const Payload& payload, Side side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 2) return wait_or_no(payload);
  const std::size_t size = big16(bytes, 0);
  if (size < kLeastMessage) return CheckResult::no();
  Message message{bytes.subspan(2, std::min(size, bytes.size() - 2)), size};
  switch (walk(message, side, true)) {
    case Step::wrong: return CheckResult::no();
    case Step::done: return CheckResult::yes(2 + message.position);
    case Step::ended: break;
  }
  // A long answer need not arrive whole: the question, or a first record, has been verified.
  if (message.position > kHeaderBytes) return CheckResult::yes(2 + message.position);
  return wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> dns_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"dns", check_dns_message,
                 "a DNS message over UDP: header, counts, names and records to the last byte"},
      NamedCheck{"dns-stream", check_dns_stream, "a DNS message behind its length over TCP"},
  };
  return kChecks;
}

}  // namespace ghostport
