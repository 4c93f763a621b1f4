#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: Ethereum's devp2p specifications: Node Discovery Protocol v4 ("Wire Protocol"), RLPx Transport Protocol
// ("ECIES Encryption", "Initial Handshake"); EIP-8; the RLP appendix of the Yellow Paper; SEC 2 section 2.4.1
// (secp256k1).
namespace ghostport {
namespace {

enum PacketType : unsigned { kPing = 1, kPong, kFindNode, kNeighbors, kEnrRequest, kEnrResponse };

/// One item of RLP: a string or a list.
struct Item {
  bool good = false;
  bool list = false;
  Bytes body;

  [[nodiscard]] bool is_string(std::size_t size) const noexcept { return good && !list && body.size() == size; }
  /// A number in as few bytes as it needs.
  [[nodiscard]] bool is_number(std::size_t most) const noexcept {
    return good && !list && body.size() <= most && (body.empty() || body[0] != 0);
  }
  [[nodiscard]] bool is_list() const noexcept { return good && list; }
};

Item next_item(Cursor& cursor) noexcept {
  if (!cursor.has(1)) return {};
  const std::uint32_t prefix = cursor.u8();
  Item item;
  item.list = prefix >= 0xC0;
  if (prefix < 0x80) {
    static constexpr std::array<std::uint8_t, 1> kOne{1};
    item.good = true;
    if (prefix != 0) item.body = kOne;  // which number does not matter
    return item;
  }
  const std::uint32_t size = prefix & 0x3F;  // behind 80 as behind C0
  std::size_t length = size;
  if (size > 57) return {};
  if (size > 55) length = size == 56 ? cursor.u8() : cursor.big16();
  item.body = cursor.take(length);
  item.good = !cursor.ended();
  return item;
}

/// Address, UDP port, TCP port.
bool is_endpoint(const Item& item) noexcept {
  if (!item.is_list()) return false;
  Cursor cursor(item.body);
  const Item address = next_item(cursor);
  const Item udp = next_item(cursor);
  const Item tcp = next_item(cursor);
  return (address.is_string(4) || address.is_string(16) || address.is_string(0)) && udp.is_number(2) &&
         (tcp.is_number(2) || cursor.ended());
}

bool is_neighbor_list(const Item& item) noexcept {
  if (!item.is_list()) return false;
  Cursor nodes(item.body);
  while (nodes.left() != 0) {
    const Item node = next_item(nodes);
    if (!is_endpoint(node)) return false;
    Cursor fields(node.body);
    for (int i = 0; i < 3; ++i) (void)next_item(fields);
    if (!next_item(fields).is_string(64)) return false;
  }
  return true;
}

CheckResult check_discovery(const Payload& payload, Side) noexcept {
  constexpr std::size_t kHeader = 98;  // hash, signature with its recovery id, type
  constexpr std::size_t kTime = 4;
  const Bytes bytes = payload.bytes;
  if (bytes.size() <= kHeader + 1 || bytes[96] > 1) return CheckResult::no();
  Cursor outer(bytes, kHeader);
  const Item message = next_item(outer);
  if (!message.is_list()) return CheckResult::no();
  Cursor cursor(message.body);
  const Item first = next_item(cursor);
  const auto yes_if = [](bool holds, std::size_t proven) {
    return holds ? CheckResult::yes(proven) : CheckResult::no();
  };
  switch (bytes[97]) {
    case kPing: {
      const Item from = next_item(cursor);
      const Item to = next_item(cursor);
      return yes_if(first.is_number(1) && is_endpoint(from) && is_endpoint(to) && next_item(cursor).is_string(kTime),
                    10);
    }
    case kPong:
      return yes_if(is_endpoint(first) && next_item(cursor).is_string(32) && next_item(cursor).is_string(kTime), 8);
    case kFindNode: return yes_if(first.is_string(64) && next_item(cursor).is_string(kTime), 6);
    case kNeighbors: return yes_if(is_neighbor_list(first) && next_item(cursor).is_string(kTime), 6);
    case kEnrRequest: return yes_if(first.is_string(kTime) && cursor.left() == 0 && outer.left() == 0, 5);
    case kEnrResponse: return yes_if(first.is_string(32) && next_item(cursor).is_list(), 6);
    default: return CheckResult::no();
  }
}

/// A number modulo p = 2^256 - 2^32 - 977, in limbs of 32 bits, the lowest first.
using Field = std::array<std::uint32_t, 8>;
using Wide = std::array<std::uint32_t, 16>;

Field read_field(Bytes bytes) noexcept {
  Field value{};
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = big32(bytes, 28 - 4 * i);
  return value;
}

/// What exceeds 256 bits comes back times 2^32 + 977. Three rounds leave less than 2^256.
Field reduce(Wide wide) noexcept {
  for (int round = 0; round < 3; ++round) {
    Wide next{};
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < next.size(); ++i) {
      if (i < 8) carry += wide[i] + std::uint64_t{wide[i + 8]} * 977;
      if (i >= 1 && i <= 8) carry += wide[i + 7];
      next[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    wide = next;
  }
  // The value or the value less p: adding 2^32 + 977 overflows in the second case.
  Field value{};
  Field less{};
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    value[i] = wide[i];
    carry += wide[i] + (i == 0 ? std::uint64_t{977} : 0) + (i == 1 ? 1 : 0);
    less[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  return carry != 0 ? less : value;
}

Field multiply(const Field& a, const Field& b, std::uint32_t plus = 0) noexcept {
  Wide wide{};
  wide[0] = plus;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < b.size(); ++j) {
      carry += std::uint64_t{a[i]} * b[j] + wide[i + j];
      wide[i + j] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    wide[i + 8] = static_cast<std::uint32_t>(carry);
  }
  return reduce(wide);
}

/// y^2 = x^3 + 7
bool is_on_curve(Bytes point) noexcept {
  const Field x = read_field(point.first(32));
  const Field y = read_field(point.subspan(32, 32));
  return multiply(y, y) == multiply(multiply(x, x), x, 7);
}

/// The handshake is encrypted to a key that the sender sends along: a size, the byte 04, a point of the curve.
CheckResult check_rlpx(const Payload& payload, Side) noexcept {
  constexpr std::size_t kPoint = 64;
  constexpr std::size_t kLeast = 1 + kPoint + 16 + 32;  // point, vector, authenticator
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 3 + kPoint) return wait_or_no(payload);
  if (big16(bytes, 0) < kLeast || bytes[2] != 4) return CheckResult::no();
  return is_on_curve(bytes.subspan(3, kPoint)) ? CheckResult::yes(1 + kPoint) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> ethereum_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"ethereum-discovery", check_discovery, "a node discovery packet: type and its RLP fields"},
      NamedCheck{"ethereum-rlpx", check_rlpx, "RLPx's handshake: its key is a point of the curve secp256k1"},
  };
  return kChecks;
}

}  // namespace ghostport
