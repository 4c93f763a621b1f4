#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace access_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString attribute(unsigned type, const packets::Data& value) {
  return ByteWriter().u8(type).u8(2 + value.bytes.size()).add(value).bytes();
}
ByteString number(unsigned type, std::uint32_t value) { return attribute(type, ByteWriter().u32(value).bytes()); }
ByteString packet(unsigned code, const ByteString& attributes) {
  return ByteWriter().u8(code).u8(7).u16(20 + attributes.size()).add(random_bytes(16, 1)).add(attributes).bytes();
}

CheckState radius(const ByteString& attributes) { return ask(check_named("radius"), {packet(1, attributes)}); }

TEST(RadiusCheck, AttributesFillThePacketInTheirForms) {
  const ByteString service = number(6, 2);
  const ByteString bytes = packet(1, joined(attribute(1, "steve"), service));
  const std::vector<Change> arriving{{0, kNo}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("radius"), Side::client, bytes), arriving);
  EXPECT_EQ(ask(check_named("radius"), {joined(bytes, {0})}), kNo);
  EXPECT_EQ(radius(attribute(1, "steve")), kNo) << "too little";
  EXPECT_EQ(radius(joined(service, attribute(1, ""))), kNo) << "an empty name";
  EXPECT_EQ(radius(joined(service, attribute(0, "a"))), kNo) << "type 0";
  EXPECT_EQ(radius(joined(service, attribute(4, "abc"))), kNo) << "half an address";
  EXPECT_EQ(radius(joined(service, number(7, 0x10000))), kNo) << "no such number";
  EXPECT_EQ(radius(joined(service, attribute(2, "0123456789abcde"))), kNo) << "passwords are whole blocks";
  EXPECT_EQ(radius(joined(service, attribute(3, "0123"))), kNo);
  EXPECT_EQ(radius(joined(service, attribute(26, "abcdef"))), kNo) << "no such vendor";
  EXPECT_EQ(radius(joined(service, attribute(80, "0123"))), kNo);
  EXPECT_EQ(radius(joined(service, from_hex("0B 01"))), kNo);
  EXPECT_EQ(radius(joined(service, from_hex("0B 05 61"))), kNo);
}

TEST(RadiusCheck, AWholeEapPacketIsKnown) {
  const ByteString authenticator = attribute(80, random_bytes(16, 2));
  EXPECT_EQ(radius(joined(attribute(79, from_hex("04670004")), authenticator)), kYes);
  EXPECT_EQ(radius(joined(attribute(79, from_hex("04670005")), authenticator)), kNo);
}

TEST(RadiusCheck, AnAnswerMayHaveNoAttributes) {
  const CheckFunction check = check_named("radius-answer");
  EXPECT_EQ(ask(check, {packet(3, {})}), kYes);
  EXPECT_EQ(ask(check, {packet(3, attribute(18, "No"))}), kYes);
  EXPECT_EQ(ask(check, {packet(3, attribute(6, "No"))}), kNo);
  EXPECT_EQ(ask(check, {packet(3, {1})}), kNo);
  EXPECT_EQ(ask(check, {joined(packet(3, {}), {0})}), kNo);
}

ByteString tacacs(unsigned type, unsigned sequence, std::string_view body, unsigned flags = 0,
                  unsigned version = 0xC0) {
  return ByteWriter().u8(version).u8(type).u8(sequence).u8(flags).u32(0x1234ABCD).counted(4, body).bytes();
}

TEST(TacacsCheck, AHeaderMustHold) {
  const CheckFunction check = check_named("tacacs");
  const ByteString start = tacacs(1, 1, "obfuscated");
  const std::vector<Change> arriving{{0, kMore}, {start.size(), kYes}};
  EXPECT_EQ(changes(check, Side::client, start), arriving);
  EXPECT_EQ(ask(check, Side::server, tacacs(1, 2, "obfuscated", 4, 0xC1)), kYes);
  EXPECT_EQ(ask(check, Side::server, start), kNo) << "the client's turn";
  EXPECT_EQ(ask(check, Side::client, tacacs(1, 2, "obfuscated")), kNo);
  EXPECT_EQ(ask(check, Side::server, tacacs(1, 0, "obfuscated")), kNo);
  EXPECT_EQ(ask(check, Side::client, tacacs(0, 1, "obfuscated")), kNo);
  EXPECT_EQ(ask(check, Side::client, tacacs(4, 1, "obfuscated")), kNo);
  EXPECT_EQ(ask(check, Side::client, tacacs(1, 1, "obfuscated", 2)), kNo);
  EXPECT_EQ(ask(check, Side::client, tacacs(1, 1, "obfuscated", 0, 0xC2)), kNo);
  EXPECT_EQ(ask(check, Side::client, tacacs(1, 1, "abcd")), kNo);
  EXPECT_EQ(ask(check, Side::client, joined(start, tacacs(1, 3, "more of it"))), kYes);
  EXPECT_EQ(ask(check, Side::client, joined(start, ByteString(12, 'a'))), kNo);
  EXPECT_EQ(ask(check, Side::client, first_bytes(start, 14), true), kNo);
}

ByteString avp(std::uint32_t code, std::string_view value, unsigned flags = 0x40) {
  return ByteWriter().u32(code).u8(flags).u24(8 + value.size()).add(value).zeros((4 - value.size() % 4) % 4).bytes();
}
ByteString diameter(std::uint32_t command, const ByteString& avps, unsigned version = 1, unsigned flags = 0x80) {
  return ByteWriter()
      .u8(version)
      .u24(20 + avps.size())
      .u8(flags)
      .u24(command)
      .u32(0)
      .add(random_bytes(8, 1))
      .add(avps)
      .bytes();
}

TEST(DiameterCheck, HeaderAndFirstAttributesMustHold) {
  const CheckFunction check = check_named("diameter");
  const auto state = [&](const ByteString& bytes) { return ask(check, Side::client, bytes); };
  const ByteString avps = joined(avp(264, "client.example"), avp(296, "example"));
  const std::vector<Change> arriving{{0, kMore}, {20 + 24 + 8, kYes}};
  EXPECT_EQ(changes(check, Side::client, diameter(257, avps)), arriving);
  EXPECT_EQ(state(diameter(8388620, avps)), kYes);
  EXPECT_EQ(state(diameter(280, avp(264, "peer"))), kYes);
  EXPECT_EQ(state(diameter(256, avps)), kNo);
  EXPECT_EQ(state(diameter(257, avps, 2)), kNo);
  EXPECT_EQ(state(diameter(257, avps, 1, 0x81)), kNo);
  EXPECT_EQ(state(diameter(257, joined(avps, {0}))), kNo) << "not whole words";
  EXPECT_EQ(state(diameter(257, {})), kNo);
  EXPECT_EQ(state(diameter(257, avp(264, "peer", 0x41))), kNo);
  EXPECT_EQ(state(diameter(257, avp(0, "peer"))), kNo);
  EXPECT_EQ(state(diameter(257, avp(264, "", 0x80))), kNo) << "no room for the vendor";
  ByteString bytes = diameter(257, avp(264, "peer"));
  bytes[27] = 13;
  EXPECT_EQ(state(bytes), kNo) << "longer than the message";
}

}  // namespace access_check
}  // namespace ghostport
