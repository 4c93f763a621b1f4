#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: RFC 1035 section 4, RFC 1996, RFC 2136 (DNS); RFC 6762 (multicast DNS); RFC 4795 (LLMNR).
namespace ghostport {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kLeastMessage = kHeaderBytes + 5;  // the root's name, type and class
constexpr std::size_t kLeastRecord = 11;                 // the root's name, type, class, TTL, no data

enum Type : std::uint32_t { kAddress = 1, kAuthority = 6, kPointer = 12, kAddress6 = 28, kService = 33, kAny = 255 };
enum Opcode : unsigned { kQuery = 0, kInverseQuery = 1, kNotify = 4, kUpdate = 5 };

/// Three protocols share the form of a message.
enum class Kind : std::uint8_t { dns, mdns, llmnr };

/// A message of `size` bytes of which the first `bytes.size()` are at hand.
struct Message {
  Bytes bytes;
  std::size_t size;
  std::size_t position = kHeaderBytes;
  std::size_t pointer_steps = 0;  // labels and pointers still followed: keeps the whole walk linear
  std::size_t last_label = 0;     // of the name read last: where its last label stands, and
  std::size_t labels = 0;         // how many it has
  bool may_be_multicast = false;  // the header is one of multicast DNS
  bool multicast = false;         // and so is what it says: a name below .local, or the bit above the class

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
  message.labels = 0;
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
      message.last_label = at;
      ++message.labels;
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

/// Is the last label of the name read last this one, in lower case?
bool ends_in(const Message& message, std::string_view wanted) noexcept {
  if (message.labels == 0 || message.bytes[message.last_label] != wanted.size()) return false;
  const Bytes label = message.bytes.subspan(message.last_label + 1);
  return label.size() >= wanted.size() && std::equal(wanted.begin(), wanted.end(), label.begin(),
                                                     [](char a, std::uint8_t b) { return a == (b | 0x20); });
}

/// RFC 6762 sections 3 and 4: names below .local; and the reverse names of addresses, asked for without an identifier.
bool is_of_multicast(const Message& message, std::uint32_t type) noexcept {
  return ends_in(message, "local") || (type == kPointer && ends_in(message, "arpa"));
}

/// A question for the name of a private or link-local address (RFC 1918, RFC 3927, RFC 4291), which no server of the
/// Internet is asked for. A dot stands for the length of a label.
bool asks_for_private_address(const Message& message, std::size_t end) noexcept {
  static constexpr std::string_view kSuffixes[] = {".10.in-addr.arpa", ".168.192.in-addr.arpa", ".254.169.in-addr.arpa",
                                                   ".8.e.f.ip6.arpa"};
  const Bytes name = message.bytes.subspan(kHeaderBytes, end - 1 - kHeaderBytes);
  const auto same = [](char a, std::uint8_t b) { return a == '.' ? b < 0x20 : a == (b | 0x20); };
  return std::any_of(std::begin(kSuffixes), std::end(kSuffixes), [&](std::string_view suffix) {
    return name.size() > suffix.size() &&
           std::equal(suffix.begin(), suffix.end(), name.last(suffix.size()).begin(), same);
  });
}

/// IN, CH, HS, NONE, ANY. The top bit is set by multicast DNS alone (RFC 6762 sections 5.4 and 10.2).
bool is_class(Message& message, std::uint32_t number) noexcept {
  if ((number & 0x8000) != 0) {
    if (!message.may_be_multicast) return false;
    message.multicast = true;
    number &= 0x7FFF;
  }
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
  if (message.may_be_multicast && is_of_multicast(message, type)) message.multicast = true;
  if (!is_type(type) || !is_class(message, big16(message.bytes, at + 2))) return Step::wrong;
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
  if (message.may_be_multicast && is_of_multicast(message, type)) message.multicast = true;
  if (!is_type(type)) return Step::wrong;
  if (type == 41) {  // EDNS: the class is a size, the name is the root (RFC 6891 section 6.1.2)
    if (message.bytes[name] != 0) return Step::wrong;
  } else if (!is_class(message, number)) {
    return Step::wrong;
  }
  // A and AAAA; no data at all in the prerequisites of an update (RFC 2136 section 2.4).
  if ((number & 0x7FFF) == 1 && length != 0 && ((type == 1 && length != 4) || (type == 28 && length != 16)))
    return Step::wrong;
  message.position = at + 10;
  if (const Step step = message.has(message.position, length); step != Step::done) return step;
  message.position += length;
  return Step::done;
}

struct Header {
  bool response = false;
  std::uint32_t flags = 0;
  std::uint32_t questions = 0;
  std::uint32_t answers = 0;
  std::uint32_t records = 0;
};

Header read_header(Bytes bytes) noexcept {
  Header header;
  header.response = bytes[2] >> 7 == 1;
  header.flags = big16(bytes, 2);
  header.questions = big16(bytes, 4);
  header.answers = big16(bytes, 6);
  header.records = header.answers + big16(bytes, 8) + big16(bytes, 10);
  return header;
}

/// RFC 6762 section 18: no identifier, and no flag but that of an authority in answers and that of a cut message.
bool may_be_multicast(Bytes bytes, const Header& header) noexcept {
  return big16(bytes, 0) == 0 && (header.flags & 0xFDFF) == (header.response ? 0x8400 : 0);
}

/// RFC 1035 section 4.1.1 with the bits of RFC 4035 section 3. One question at most (RFC 9619).
bool header_holds(Bytes bytes, const Header& header, bool stream) noexcept {
  const unsigned opcode = bytes[2] >> 3 & 0x0F;
  if (opcode != kQuery && opcode != kInverseQuery && opcode != kNotify && opcode != kUpdate) return false;
  if ((bytes[3] & 0x40) != 0) return false;
  // RFC 1035 section 6.4: an inverse query asks by an answer; RFC 3425 took it away, scanners still send it.
  if (opcode == kInverseQuery) {
    return !header.response && (bytes[3] & 0x8F) == 0 && header.questions == 0 && header.records == 1 &&
           header.answers == 1;
  }
  if (!header.response) {
    if ((bytes[3] & 0x8F) != 0 || header.questions != 1) return false;
    return opcode != kQuery || (header.answers == 0 && header.records <= 5);
  }
  if ((bytes[3] & 0x0F) > 10 || header.questions > 1) return false;
  // Only the later messages of a zone transfer come without the question (RFC 5936 section 2.2.1).
  return header.questions == 1 || (stream && header.answers != 0);
}

/// RFC 4795 section 2.1.1: no flag of DNS, and nothing but a question in a query; in a response the answers, or the
/// authority for there being none (section 2.5).
bool may_be_llmnr(const Header& header) noexcept {
  if (header.questions != 1) return false;
  return header.response ? header.flags == 0x8000 && (header.answers != 0 || header.records == 1)
                         : header.flags == 0 && header.records == 0;
}
/// Names of one label, and those of private addresses. Resolvers ask the root for names of one label too, without these
/// flags only for other types or with EDNS.
bool asks_llmnr(const Message& message) noexcept {
  const std::size_t end = message.position - 4;
  const std::uint32_t type = big16(message.bytes, end);
  if (message.labels != 1) return type == kPointer && asks_for_private_address(message, end);
  if (ends_in(message, "local")) return false;
  return type == kAddress || type == kPointer || type == kAddress6 || type == kService || type == kAny;
}

/// `ended` with a position behind the header: everything at hand holds, at least one whole entry of it.
Step walk(Message& message, bool stream, Kind wanted) noexcept {
  if (const Step step = message.has(0, kHeaderBytes); step != Step::done) return step;
  const Header header = read_header(message.bytes);
  message.may_be_multicast = !stream && may_be_multicast(message.bytes, header);
  if (wanted == Kind::mdns ? !message.may_be_multicast : !header_holds(message.bytes, header, stream))
    return Step::wrong;
  if (wanted == Kind::llmnr && !may_be_llmnr(header)) return Step::wrong;
  const std::size_t least =
      kHeaderBytes + header.questions * (kLeastMessage - kHeaderBytes) + header.records * kLeastRecord;
  if (least == kHeaderBytes || least > message.size) return Step::wrong;

  message.pointer_steps = message.bytes.size();
  for (std::uint32_t i = 0; i < header.questions + header.records; ++i) {
    const std::size_t before = message.position;
    const Step step = i < header.questions ? skip_question(message) : skip_record(message);
    if (step != Step::done) {
      message.position = before;
      return step;
    }
    const bool first_of_llmnr = i == 0 && may_be_llmnr(header) && asks_llmnr(message);
    if (i == 0 && wanted != Kind::mdns && first_of_llmnr != (wanted == Kind::llmnr)) return Step::wrong;
  }
  if (message.multicast != (wanted == Kind::mdns)) return Step::wrong;
  return message.position == message.size ? Step::done : Step::wrong;
}

CheckResult check_datagram(const Payload& payload, Kind wanted) noexcept {
  Message message{payload.bytes, payload.bytes.size()};
  return walk(message, false, wanted) == Step::done ? CheckResult::yes(message.position) : CheckResult::no();
}

/// Either side may say either: where a capture begins between a question and its answer, the answer comes first.
CheckResult check_dns_message(const Payload& payload, Side) noexcept { return check_datagram(payload, Kind::dns); }
CheckResult check_mdns(const Payload& payload, Side) noexcept { return check_datagram(payload, Kind::mdns); }
CheckResult check_llmnr(const Payload& payload, Side) noexcept { return check_datagram(payload, Kind::llmnr); }

CheckResult check_stream(const Payload& payload, Side side, Kind wanted) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 2) return wait_or_no(payload);
  const std::size_t size = big16(bytes, 0);
  if (size < kLeastMessage) return CheckResult::no();
  if (bytes.size() > 4 && (bytes[4] >> 7 == 1) != (side == Side::server)) return CheckResult::no();
  Message message{bytes.subspan(2, std::min(size, bytes.size() - 2)), size};
  switch (walk(message, true, wanted)) {
    case Step::wrong: return CheckResult::no();
    case Step::done: return CheckResult::yes(2 + message.position);
    case Step::ended: break;
  }
  // A long answer need not arrive whole: the question, or a first record, has been verified.
  if (message.position > kHeaderBytes) return CheckResult::yes(2 + message.position);
  return wait_or_no(payload);
}

CheckResult check_dns_stream(const Payload& payload, Side side) noexcept {
  return check_stream(payload, side, Kind::dns);
}
CheckResult check_llmnr_stream(const Payload& payload, Side side) noexcept {
  return check_stream(payload, side, Kind::llmnr);
}

}  // namespace

std::span<const NamedCheck> dns_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"dns", check_dns_message,
                 "a DNS message over UDP: header, counts, names and records to the last byte"},
      NamedCheck{"dns-stream", check_dns_stream, "a DNS message behind its length over TCP"},
      NamedCheck{"llmnr", check_llmnr, "a message of LLMNR's flags about a name of one label"},
      NamedCheck{"llmnr-stream", check_llmnr_stream, "a message of LLMNR behind its length over TCP"},
      NamedCheck{"mdns", check_mdns,
                 "a message of multicast DNS: no identifier, and names below .local or its class bit"},
  };
  return kChecks;
}

}  // namespace ghostport
