#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: the community's protocol documentation (wiki.vg, now Minecraft Wiki), "Protocol" and "Server List Ping".
namespace ghostport {
namespace {

constexpr std::size_t kMostHost = 255;
constexpr std::size_t kLeastHost = 4;
constexpr std::size_t kMostPacket = (1 << 21) - 1;  // three bytes of length

std::uint32_t read_varint(Cursor& cursor) noexcept {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    const std::uint32_t byte = cursor.u8();
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

/// A name or address; modded clients append more behind a zero.
bool is_host(Bytes bytes) noexcept {
  for (const std::uint8_t byte : bytes) {
    if (byte == 0) return true;
    if (byte < 0x21 || byte == 0x7F) return false;
  }
  return true;
}

/// The handshake's own length, its host, and the packet that follows: an empty status request or the login.
CheckResult check_handshake(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  const std::size_t length = read_varint(cursor);
  const std::size_t begin = cursor.position();
  const std::uint32_t id = cursor.u8();
  (void)read_varint(cursor);  // protocol version
  const std::size_t host = read_varint(cursor);
  if (cursor.ended()) return wait_or_no(payload);
  if (id != 0 || host < kLeastHost || host > kMostHost) return CheckResult::no();
  if (cursor.position() + host + 3 != begin + length) return CheckResult::no();
  if (!is_host(payload.bytes.subspan(cursor.position(), std::min(host, cursor.left())))) return CheckResult::no();
  cursor.skip(host + 2);
  const std::uint32_t next = cursor.u8();
  if (cursor.ended()) return wait_or_no(payload);
  if (next < 1 || next > 3) return CheckResult::no();

  const std::size_t end = cursor.position();
  const std::size_t following = read_varint(cursor);
  const std::uint32_t second = cursor.u8();
  if (cursor.ended()) return payload.complete ? CheckResult::yes(end) : CheckResult::more();
  const bool fits = next == 1 ? following == 1 : following > 2 && following < 4096;
  return fits && second == 0 ? CheckResult::yes(end + 2) : CheckResult::no();
}

bool contains(Bytes bytes, std::string_view word) noexcept {
  return std::search(bytes.begin(), bytes.end(), word.begin(), word.end(), [](std::uint8_t byte, char letter) {
           return byte == static_cast<std::uint8_t>(letter);
         }) != bytes.end();
}

/// A status or a refusal: JSON in a string whose length is the packet's.
CheckResult check_response(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  const std::size_t length = read_varint(cursor);
  const std::size_t begin = cursor.position();
  const std::uint32_t id = cursor.u8();
  const std::size_t text = read_varint(cursor);
  if (cursor.ended()) return wait_or_no(payload);
  if (id != 0 || text < 2 || length > kMostPacket) return CheckResult::no();
  if (cursor.position() + text != begin + length) return CheckResult::no();
  const std::size_t position = cursor.position();
  const Bytes json = payload.bytes.subspan(position, std::min(text, cursor.left()));
  if (!json.empty() && json[0] != '{') return CheckResult::no();
  for (const std::string_view key :
       {R"("version":)", R"("players":)", R"("description":)", R"("translate":)", R"("text":)"}) {
    if (contains(json, key)) return CheckResult::yes(position + 1 + key.size());
  }
  return json.size() < text ? wait_or_no(payload) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> minecraft_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"minecraft-handshake", check_handshake, "Minecraft's handshake with a host that fits its length"},
      NamedCheck{"minecraft-response", check_response, "Minecraft's status or refusal: JSON that fits its packet"},
  };
  return kChecks;
}

}  // namespace ghostport
