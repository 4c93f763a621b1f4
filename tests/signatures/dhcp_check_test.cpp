#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace dhcp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

CheckState says(const char* check, const ByteString& bytes) {
  return ask(check_named(check), Side::client, bytes, true);
}

/// The same bytes with one of them changed.
ByteString with(ByteString bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<std::uint8_t>(value);
  return bytes;
}

const ByteString kDiscover =
    ByteWriter().add(from_hex("010106003903f326")).zeros(228).add(from_hex("63825363 350101 37020103 ff 0000")).bytes();
const ByteString kSolicit = from_hex("0166330c 0008 0002 0000 0001 000a 00030001001122334455 0006 0002 0017");

TEST(DhcpCheck, FixedFieldsAndCookie) {
  const std::vector<Change> arriving{{0, kNo}, {240, kYes}};
  EXPECT_EQ(changes(check_named("dhcp"), Side::client, kDiscover), arriving);
  EXPECT_EQ(says("dhcp", with(kDiscover, 0, 2)), kYes);
  EXPECT_EQ(says("dhcp", with(kDiscover, 0, 3)), kNo) << "operation";
  EXPECT_EQ(says("dhcp", with(kDiscover, 2, 17)), kNo) << "length of the address";
  EXPECT_EQ(says("dhcp", with(kDiscover, 3, 17)), kNo) << "hops";
  EXPECT_EQ(says("dhcp", with(kDiscover, 10, 0x80)), kYes) << "broadcast";
  EXPECT_EQ(says("dhcp", with(kDiscover, 11, 1)), kNo) << "reserved flag";
  EXPECT_EQ(says("dhcp", with(kDiscover, 239, 0x64)), kNo) << "cookie";
}

TEST(DhcpCheck, OptionsCountAsFarAsTheyHold) {
  const auto proven = [](const ByteString& bytes) {
    return check_named("dhcp")(Said::stream(bytes).payload(true), Side::client).proven;
  };
  EXPECT_EQ(proven(kDiscover), 14);
  EXPECT_EQ(proven(with(kDiscover, 244, 99)), 12) << "past the end";
  EXPECT_EQ(proven(with(kDiscover, 241, 2)), 10) << "a length that this option has not";
}

TEST(DhcpCheck, OptionsOfVersion6FillTheDatagram) {
  const std::vector<Change> arriving{{0, kNo}, {24, kYes}, {25, kNo}, {30, kYes}};  // between options, and at the end
  EXPECT_EQ(changes(check_named("dhcpv6"), Side::server, kSolicit), arriving);
  EXPECT_EQ(says("dhcpv6", joined(kSolicit, {0})), kNo);
  EXPECT_EQ(says("dhcpv6", with(kSolicit, 0, 0)), kNo) << "type";
  EXPECT_EQ(says("dhcpv6", with(kSolicit, 0, 37)), kNo) << "type";
  EXPECT_EQ(says("dhcpv6", with(kSolicit, 4, 1)), kNo) << "option";
  EXPECT_EQ(says("dhcpv6", with(kSolicit, 5, 7)), kNo) << "a length that this option has not";
  EXPECT_EQ(says("dhcpv6", with(kSolicit, 15, 5)), kNo) << "kind of identifier";
  EXPECT_EQ(says("dhcpv6", with(kSolicit, 27, 1)), kNo) << "length of the last option";
  EXPECT_EQ(says("dhcpv6", first_bytes(kSolicit, 10)), kNo) << "one option proves too little";
}

TEST(DhcpCheck, ARelayedMessageLiesInAnOption) {
  const ByteString relayed =
      ByteWriter().u8(12).zeros(33).u16(9).counted(2, kSolicit).add(from_hex("0012 0001 61")).bytes();
  EXPECT_EQ(says("dhcpv6", relayed), kYes);
  EXPECT_EQ(says("dhcpv6", with(relayed, 1, 33)), kNo) << "hops";
  EXPECT_EQ(says("dhcpv6", with(relayed, 35, 10)), kNo) << "nothing relayed";
  EXPECT_EQ(says("dhcpv6", with(relayed, 38, 99)), kNo) << "no message inside";
}

}  // namespace dhcp_check
}  // namespace ghostport
