#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace rdp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString packet(unsigned code, const ByteString& rest, unsigned source = 0, int more = 0) {
  return ByteWriter()
      .u16(0x0300)
      .u16(11 + rest.size())
      .u8(6 + rest.size() + static_cast<std::size_t>(more))
      .u8(code)
      .u16(0)
      .u16(source)
      .u8(0)
      .add(rest)
      .bytes();
}

ByteString negotiation(unsigned type, unsigned flags, unsigned value, unsigned size = 8) {
  return ByteWriter().u8(type).u8(flags).le16(size).le32(value).bytes();
}

ByteString text(std::string_view line) { return ByteWriter().add(line).bytes(); }

CheckState request(const ByteString& bytes) { return ask(check_named("rdp-request"), Side::client, bytes); }
CheckState confirm(const ByteString& bytes) { return ask(check_named("rdp-confirm"), Side::server, bytes); }

TEST(RdpCheck, ARequestHasACookieOrANegotiation) {
  EXPECT_EQ(request(packet(0xE0, negotiation(1, 0, 11))), kYes);
  EXPECT_EQ(request(packet(0xE0, text("Cookie: mstshash=user\r\n"))), kYes);
  EXPECT_EQ(request(packet(0xE0, text("Cookie: msts=3640205228.15629.0000\r\n"))), kYes);
  EXPECT_EQ(request(packet(0xE0, joined(text("Cookie: mstshash=a\r\n"), negotiation(1, 0, 3)))), kYes);
  EXPECT_EQ(request(packet(0xE0, joined(text("tsv://VMResource.1\r\n"), negotiation(1, 0, 3)))), kYes);
  EXPECT_EQ(request(packet(0xE0, {})), kNo) << "any protocol over COTP";
  EXPECT_EQ(request(packet(0xE0, text("tsv://VMResource.1\r\n"))), kNo);
  EXPECT_EQ(request(packet(0xE0, text("Cookie: mstshash=user"))), kNo) << "a line without its end";
  EXPECT_EQ(request(packet(0xE0, negotiation(2, 0, 11))), kNo);
  EXPECT_EQ(request(packet(0xE0, negotiation(1, 0x10, 11))), kNo);
  EXPECT_EQ(request(packet(0xE0, negotiation(1, 0, 0x20))), kNo);
  EXPECT_EQ(request(packet(0xE0, negotiation(1, 0, 11, 9))), kNo);
  EXPECT_EQ(request(packet(0xE0, negotiation(1, 0, 11), 0, 1)), kNo) << "two lengths that differ";
  const ByteString good = packet(0xE0, negotiation(1, 0, 11));
  const std::vector<Change> arriving{{0, kMore}, {19, kYes}};
  EXPECT_EQ(changes(check_named("rdp-request"), Side::client, good), arriving);
}

TEST(RdpCheck, AConfirmHasAChoiceOrAFailure) {
  for (const unsigned chosen : {0U, 1U, 2U, 4U, 8U, 16U}) {
    EXPECT_EQ(confirm(packet(0xD0, negotiation(2, 0x1F, chosen), 0x1234)), kYes) << chosen;
  }
  EXPECT_EQ(confirm(packet(0xD0, negotiation(2, 0x1F, 3))), kNo) << "two at a time";
  EXPECT_EQ(confirm(packet(0xD0, negotiation(2, 0x20, 1))), kNo);
  EXPECT_EQ(confirm(packet(0xD0, negotiation(3, 0, 5))), kYes);
  EXPECT_EQ(confirm(packet(0xD0, negotiation(3, 0, 8))), kNo);
  EXPECT_EQ(confirm(packet(0xD0, negotiation(3, 1, 5))), kNo);
  EXPECT_EQ(confirm(packet(0xD0, negotiation(2, 0, 1, 7))), kNo);
  const std::vector<Change> arriving{{0, kMore}, {19, kYes}};
  EXPECT_EQ(changes(check_named("rdp-confirm"), Side::server, packet(0xD0, negotiation(2, 0, 1))), arriving);
}

TEST(RdpCheck, ABareConfirmIsDecidedAtMicrosoftsKey) {
  const auto answer = [](std::string_view key) {
    const ByteString body = ByteWriter().u24(0x02F080).u16(0x7F66).zeros(20).add(key).zeros(10).bytes();
    return joined(packet(0xD0, {}), ByteWriter().u16(0x0300).u16(4 + body.size()).add(body).bytes());
  };
  const std::vector<Change> arriving{{0, kMore}, {11 + 4 + 5 + 20 + 4, kYes}};
  EXPECT_EQ(changes(check_named("rdp-confirm"), Side::server, answer("McDn")), arriving);
  EXPECT_EQ(confirm(answer("McDm")), kNo) << "a conference of T.120";
  EXPECT_EQ(confirm(packet(0xD0, {})), kMore);
  EXPECT_EQ(confirm(joined(packet(0xD0, {}), from_hex("03000019 02f080 3203000001000000080000f0000001"))), kNo) << "S7";
}

TEST(RdpCheck, OverUdpAnOpeningIsFilledWithZeros) {
  const auto opening = [](unsigned acknowledged, unsigned flags, unsigned up, std::size_t zeros, unsigned last = 0) {
    return ByteWriter()
        .u32(acknowledged)
        .u16(64)
        .u16(flags)
        .u32(0x01020304)
        .u16(up)
        .u16(1232)
        .add(random_bytes(68, 1))
        .zeros(zeros)
        .u8(last)
        .bytes();
  };
  const CheckFunction check = check_named("rdpudp");
  EXPECT_EQ(ask(check, Side::client, opening(0xFFFFFFFF, 0x1801, 1232, 1147)), kYes);
  EXPECT_EQ(ask(check, Side::server, opening(7, 0x1005, 1132, 1147)), kYes);
  EXPECT_EQ(ask(check, Side::client, opening(7, 0x1801, 1232, 1147)), kNo);
  EXPECT_EQ(ask(check, Side::server, opening(7, 0x1001, 1232, 1147)), kNo);
  EXPECT_EQ(ask(check, Side::client, opening(0xFFFFFFFF, 0x1005, 1232, 1147)), kNo);
  EXPECT_EQ(ask(check, Side::client, opening(0xFFFFFFFF, 0x1811, 1232, 1147)), kNo);
  EXPECT_EQ(ask(check, Side::client, opening(0xFFFFFFFF, 0x1801, 1131, 1147)), kNo);
  EXPECT_EQ(ask(check, Side::client, opening(0xFFFFFFFF, 0x1801, 1233, 1147)), kNo);
  EXPECT_EQ(ask(check, Side::client, opening(0xFFFFFFFF, 0x1801, 1232, 1147, 1)), kNo);
  EXPECT_EQ(ask(check, Side::client, opening(0xFFFFFFFF, 0x1801, 1232, 42)), kNo) << "too short";
  EXPECT_EQ(ask(check, Side::client, opening(0xFFFFFFFF, 0x1801, 1232, 1148)), kNo) << "too long";
}

}  // namespace rdp_check
}  // namespace ghostport
