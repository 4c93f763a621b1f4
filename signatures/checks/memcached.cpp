#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: memcached's protocol.txt (text protocol, UDP frame header); its wiki, "BinaryProtocolRevamped".
namespace ghostport {
namespace {

constexpr std::size_t kMostKey = 250;
constexpr std::size_t kMostLine = 512;
constexpr std::uint32_t kMostBody = 1U << 30;

/// A line's words, and where the next line begins.
struct Line {
  static constexpr std::size_t kMost = 6;
  Bytes words[kMost];
  std::size_t count = 0;
  std::size_t next = 0;  ///< 0: the line has not ended yet
  bool wrong = false;
};

Line read_line(Bytes bytes) noexcept {
  Line line;
  std::size_t start = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const std::uint8_t byte = bytes[at];
    if (at > kMostLine || (byte < 0x20 && byte != '\r')) {
      line.wrong = true;
      return line;
    }
    if (byte != ' ' && byte != '\r') continue;
    if (at > start) {
      if (line.count == Line::kMost) {
        line.wrong = true;
        return line;
      }
      line.words[line.count++] = bytes.subspan(start, at - start);
    }
    start = at + 1;
    if (byte != '\r') continue;
    if (at + 1 == bytes.size()) return line;
    line.wrong = bytes[at + 1] != '\n';
    line.next = at + 2;
    return line;
  }
  return line;
}

bool read_number(Bytes word, std::size_t& number) noexcept {
  number = 0;
  if (word.empty() || word.size() > 10) return false;
  for (const std::uint8_t digit : word) {
    if (digit < '0' || digit > '9') return false;
    number = number * 10 + (digit - '0');
  }
  return true;
}

/// The data block of `size` bytes behind a line ends with an end of line too.
CheckResult check_block(const Payload& payload, std::size_t at, std::size_t size, std::size_t proven) noexcept {
  const std::size_t left = payload.bytes.size() - at;
  if (left < size || left - size < 2) return payload.complete ? CheckResult::yes(proven) : CheckResult::more();
  const Bytes end = payload.bytes.subspan(at + size, 2);
  return end[0] == '\r' && end[1] == '\n' ? CheckResult::yes(proven + 2) : CheckResult::no();
}

/// `set key flags time bytes`, `VALUE key flags bytes`, and their kin: the word that counts the data is the last but
/// an optional one.
CheckResult check_memcached_block(const Payload& payload, Side side) noexcept {
  const Line line = read_line(payload.bytes);
  if (line.wrong) return CheckResult::no();
  if (line.next == 0) return wait_or_no(payload);
  const std::size_t place = side == Side::client ? 4 : 3;
  if (line.count <= place || line.count > place + 2 || line.words[1].size() > kMostKey) return CheckResult::no();
  std::size_t flags = 0;
  std::size_t size = 0;
  if (!read_number(line.words[2], flags) || !read_number(line.words[place], size)) return CheckResult::no();
  return check_block(payload, line.next, size, line.next - line.words[1].size());  // the key is free text
}

/// How many extra bytes a request has, whether it has a key, whether it has a value.
struct Operation {
  std::uint8_t extras;
  bool key;
  bool value;
};

bool read_operation(std::uint32_t opcode, Operation& operation) noexcept {
  switch (opcode) {
    case 0x00:
    case 0x09:
    case 0x0C:
    case 0x0D:  // get
    case 0x04:
    case 0x14: operation = {0, true, false}; return true;  // delete
    case 0x01:
    case 0x02:
    case 0x03:
    case 0x11:
    case 0x12:
    case 0x13: operation = {8, true, true}; return true;
    case 0x05:
    case 0x06:
    case 0x15:
    case 0x16: operation = {20, true, false}; return true;
    case 0x0E:
    case 0x0F:
    case 0x19:
    case 0x1A: operation = {0, true, true}; return true;
    case 0x07:
    case 0x17:
    case 0x0A:
    case 0x0B:
    case 0x20: operation = {0, false, false}; return true;
    case 0x08:
    case 0x18:
    case 0x1B: operation = {4, false, false}; return true;
    case 0x10: operation = {0, true, false}; return true;  // statistics
    case 0x1C:
    case 0x1D:
    case 0x1E:
    case 0x23:
    case 0x24: operation = {4, true, false}; return true;
    case 0x21:
    case 0x22: operation = {0, true, true}; return true;
    default: return false;
  }
}

bool is_request(std::uint32_t opcode, std::uint32_t key, std::uint32_t extras, std::uint32_t body) noexcept {
  Operation operation{};
  if (!read_operation(opcode, operation) || key > kMostKey) return false;
  const bool may_lack_extras = opcode == 0x08 || opcode == 0x18;
  if (extras != operation.extras && !(may_lack_extras && extras == 0)) return false;
  const bool may_lack_key = opcode == 0x10;
  if ((key != 0) != operation.key && !(may_lack_key && key == 0)) return false;
  return operation.value ? body >= extras + key : body == extras + key;
}

/// No error, or one of those that are defined; an error has neither key nor extras.
bool is_response(std::uint32_t opcode, std::uint32_t key, std::uint32_t extras, std::uint32_t status,
                 std::uint32_t body) noexcept {
  Operation operation{};
  if (!read_operation(opcode, operation) || key > kMostKey || body < extras + key) return false;
  if (status == 0) return extras == 0 || extras == 4;
  const bool known = status <= 0x08 || status == 0x20 || status == 0x21 || (status >= 0x81 && status <= 0x86);
  return known && extras == 0 && key == 0 && body < 1024;
}

CheckResult check_memcached_binary(const Payload& payload, Side side) noexcept {
  constexpr std::size_t kHeader = 24;
  Cursor cursor(payload.bytes);
  std::size_t proven = 0;
  // The next header stands where the first one's body ends; one is enough.
  for (unsigned i = 0; i < 2; ++i) {
    const std::uint32_t magic = cursor.u8();
    const std::uint32_t opcode = cursor.u8();
    const std::uint32_t key = cursor.big16();
    const std::uint32_t extras = cursor.u8();
    const std::uint32_t type = cursor.u8();
    const std::uint32_t status = cursor.big16();  // of a request: reserved
    const std::uint32_t body = cursor.big32();
    cursor.skip(12);
    if (cursor.ended()) break;
    if (magic != (side == Side::client ? 0x80U : 0x81U) || type != 0 || body > kMostBody) return CheckResult::no();
    const bool holds = side == Side::client ? status == 0 && is_request(opcode, key, extras, body)
                                            : is_response(opcode, key, extras, status, body);
    if (!holds) return CheckResult::no();
    proven += kHeader - 12;
    if (cursor.left() <= body) break;
    cursor.skip(body);
  }
  return proven > 0 ? CheckResult::yes(proven) : wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> memcached_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"memcached-binary", check_memcached_binary, "memcached's binary header: operation, sizes, reserved"},
      NamedCheck{"memcached-block", check_memcached_block, "a line of memcached and the data whose size it tells"},
  };
  return kChecks;
}

}  // namespace ghostport
