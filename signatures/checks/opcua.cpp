#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Source: OPC 10000-6 (OPC UA Part 6: Mappings) clauses 6.7.2 (secure conversation) and 7.1.2 (connection protocol).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 8;  // type, chunk, size
constexpr std::size_t kMostSize = 1 << 24;
constexpr std::size_t kMostText = 4096;
constexpr std::uint32_t kNull = 0xFFFFFFFF;
constexpr unsigned kEnough = 38;

/// Buffers of 8,192 bytes at least, and a number of bytes left in which the endpoint's address lies.
bool hello_holds(Cursor& cursor, std::size_t size) noexcept {
  cursor.skip(4);  // version
  const std::uint32_t receive = cursor.little32();
  const std::uint32_t send = cursor.little32();
  cursor.skip(8);
  const std::uint32_t url = cursor.little32();
  if (receive < 8192 || send < 8192) return false;
  return url == kNull ? size == 32 : url <= kMostText && 32 + url == size;
}

bool acknowledge_holds(Cursor& cursor, std::size_t size) noexcept {
  cursor.skip(4);
  return size == 28 && cursor.little32() >= 8192 && cursor.little32() >= 8192;
}

/// A bad status code and the reason's length.
bool error_holds(Cursor& cursor, std::size_t size) noexcept {
  const std::uint32_t code = cursor.little32();
  const std::uint32_t reason = cursor.little32();
  return code >> 31 == 1 && (reason == kNull ? size == 16 : reason <= kMostText && 16 + reason == size);
}

bool reverse_hello_holds(Cursor& cursor, std::size_t size) noexcept {
  const std::uint32_t uri = cursor.little32();
  return uri <= kMostText && 16 + uri <= size;
}

bool open_holds(Cursor& cursor) noexcept {
  cursor.skip(4);  // channel
  const std::uint32_t length = cursor.little32();
  const Bytes policy = cursor.take(std::min<std::size_t>(length, cursor.left()));
  constexpr std::string_view kPolicies = "http://opcfoundation.org/UA/SecurityPolicy#";
  return length >= kPolicies.size() && length <= 255 && begins_with(policy, kPolicies);
}

Unit read_chunk(Bytes bytes, Side side) noexcept {
  constexpr std::size_t kLookedAt = 64;
  if (bytes.size() < kHeader) return Unit::more();
  const std::size_t size = little32(bytes, 4);
  if (size < kHeader || size > kMostSize) return Unit::no();
  if (bytes.size() < std::min(size, kLookedAt)) return Unit::more();
  const bool final = bytes[3] == 'F';
  if (!final && bytes[3] != 'C' && bytes[3] != 'A') return Unit::no();
  Cursor cursor(bytes, kHeader);
  const auto is = [&](std::string_view type) { return begins_with(bytes, type); };
  const auto only = [&](bool right, unsigned bits) { return right ? Unit::yes(size, 24 + 6 + 8 + bits) : Unit::no(); };
  const bool client = side == Side::client;
  if (is("MSG")) return only(size >= 24, 0);  // channel, token, sequence, request
  if (is("CLO")) return only(client && size >= 24, 16);
  if (is("OPN")) return only(open_holds(cursor) && !cursor.ended(), 32);
  if (is("HEL")) return only(client && final && hello_holds(cursor, size) && !cursor.ended(), 32);
  if (is("ACK")) return only(!client && final && acknowledge_holds(cursor, size) && !cursor.ended(), 24);
  if (is("ERR")) return only(!client && final && error_holds(cursor, size) && !cursor.ended(), 24);
  if (is("RHE")) return only(client && final && reverse_hello_holds(cursor, size) && !cursor.ended(), 20);
  return Unit::no();
}

CheckResult check_opcua(const Payload& payload, Side side) noexcept {
  return check_units_of(payload, side, kEnough, read_chunk);
}

}  // namespace

std::span<const NamedCheck> opcua_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"opcua", check_opcua,
                 "OPC UA chunks: type, size, and the fields of hello, acknowledge, error and open"},
  };
  return kChecks;
}

}  // namespace ghostport
