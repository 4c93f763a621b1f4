#include <array>
#include <string_view>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: X Display Manager Control Protocol, version 1.1, sections 4 and 5.
namespace ghostport {
namespace {

/// The fields of each message: numbers of 1, 2 or 4 bytes, 's' ARRAY8, 'h' ARRAY16, 'l' ARRAY of ARRAY8.
struct Layout {
  Side side;
  std::string_view fields;
};
constexpr std::array<Layout, 14> kLayouts = {{
    {Side::client, "l"},        // BroadcastQuery
    {Side::client, "l"},        // Query
    {Side::client, "l"},        // IndirectQuery
    {Side::client, "ssl"},      // ForwardQuery
    {Side::server, "sss"},      // Willing
    {Side::server, "ss"},       // Unwilling
    {Side::client, "2hlssls"},  // Request
    {Side::server, "4ssss"},    // Accept
    {Side::server, "sss"},      // Decline
    {Side::client, "42s"},      // Manage
    {Side::server, "4"},        // Refuse
    {Side::server, "4s"},       // Failed
    {Side::client, "24"},       // KeepAlive
    {Side::server, "14"},       // Alive
}};

void skip_field(Cursor& cursor, char field) noexcept {
  switch (field) {
    case '1': cursor.skip(1); break;
    case '2': cursor.skip(2); break;
    case '4': cursor.skip(4); break;
    case 's': cursor.skip(cursor.big16()); break;
    case 'h': cursor.skip(2 * std::size_t{cursor.u8()}); break;
    default:
      for (std::uint32_t count = cursor.u8(); count > 0; --count) cursor.skip(cursor.big16());
  }
}

CheckResult check_xdmcp(const Payload& payload, Side side) noexcept {
  Cursor cursor(payload.bytes);
  const std::uint32_t version = cursor.big16();
  const std::uint32_t opcode = cursor.big16();
  const std::size_t length = cursor.big16();
  if (cursor.ended() || version != 1 || opcode == 0 || opcode > kLayouts.size()) return CheckResult::no();
  const Layout& layout = kLayouts[opcode - 1];
  if (layout.side != side || length != cursor.left()) return CheckResult::no();
  for (const char field : layout.fields) skip_field(cursor, field);
  return !cursor.ended() && cursor.left() == 0 ? CheckResult::yes(6 + layout.fields.size()) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> xdmcp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"xdmcp", check_xdmcp, "an XDMCP message whose fields fill its length, and the datagram"},
  };
  return kChecks;
}

}  // namespace ghostport
