// The PROXY protocol's headers, and where the client's own bytes begin behind them.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "signatures/scanner.h"
#include "tests/packet_builder.h"

namespace ghostport {
namespace {

using packets::ByteString;
using packets::ByteWriter;
using packets::Data;
using packets::joined;

const ByteString kMagic = packets::from_hex("0d0a0d0a 00 0d0a 51554954 0a");

ByteString binary(std::uint8_t command, std::uint8_t family, std::size_t length) {
  const ByteString rest = ByteWriter().u8(command).u8(family).u16(length).bytes();
  return joined(joined(kMagic, rest), ByteString(length, 7));
}

struct Found {
  std::string service;
  std::optional<std::uint32_t> behind;
};

Found look_at(const ByteString& client) {
  static const std::shared_ptr<const SignatureSet> set = SignatureSet::builtin();
  Scanner scanner(set);
  Payload payload;
  payload.bytes = client;
  const SideMatches matches = scanner.scan(Transport::tcp, Side::client, payload);
  Found found;
  if (matches.count != 0) found.service = service_name(set->at(matches.indices[0]).service);
  const auto point = scanner.find_upgrade(find_service("haproxy-proxy").value(), client, {});
  if (point) found.behind = point->client_offset;
  return found;
}

TEST(ProxyHeader, TheTextEndsAtItsLine) {
  for (const std::string line :
       {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "PROXY TCP6 ::1 2001:db8::5 1 2\r\n",
        "PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"}) {
    for (const std::string behind : {"", "GET / HTTP/1.1\r\n\r\n"}) {
      const Found found = look_at(Data(line + behind).bytes);
      EXPECT_EQ(found.service, "haproxy-proxy") << line;
      EXPECT_EQ(found.behind, line.size());
    }
    for (std::size_t size = 0; size < line.size(); ++size) {
      const Found cut = look_at(Data(line.substr(0, size)).bytes);
      EXPECT_EQ(cut.service, "");
      EXPECT_FALSE(cut.behind);
    }
  }
}

TEST(ProxyHeader, TheBinaryOneEndsWhereItsLengthSays) {
  for (const std::size_t length : {std::size_t{12}, std::size_t{36}, std::size_t{216}, std::size_t{700}}) {
    const ByteString header = binary(0x21, length < 36 ? 0x11 : length < 216 ? 0x21 : 0x31, length);
    const Found found = look_at(joined(header, Data("GET / HTTP/1.1\r\n\r\n").bytes));
    EXPECT_EQ(found.service, "haproxy-proxy") << length;
    EXPECT_EQ(found.behind, 16 + length);
  }
  EXPECT_EQ(look_at(binary(0x20, 0x00, 0)).behind, 16U) << "LOCAL";
}

TEST(ProxyHeader, AnAddressBlockThatIsTooShortForItsFamilyIsNone) {
  EXPECT_EQ(look_at(binary(0x21, 0x11, 11)).service, "");
  EXPECT_EQ(look_at(binary(0x21, 0x21, 35)).service, "");
  EXPECT_EQ(look_at(binary(0x21, 0x31, 215)).service, "");
  EXPECT_EQ(look_at(binary(0x21, 0x31, 256)).service, "haproxy-proxy");
  EXPECT_EQ(look_at(binary(0x22, 0x11, 12)).service, "") << "no such command";
  EXPECT_EQ(look_at(binary(0x11, 0x11, 12)).service, "") << "no such version";
}

}  // namespace
}  // namespace ghostport
