#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace lisp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

const ByteString kAddress = from_hex("0001 C0000201");
const ByteString kNonce = random_bytes(8, 1);
// Time to live, one locator, mask, authoritative, version, address; priorities and weights, flags, address.
const ByteString kRecord = from_hex("00000005 01 1C 1000 0000 0001 C0000200 0164FF00 0005 0001 C0000201");

ByteString request(std::uint32_t first, const ByteString& records = joined(from_hex("0020"), kAddress)) {
  return ByteWriter().u32(first).add(kNonce).add(kAddress).add(kAddress).add(records).bytes();
}
ByteString registration(std::uint32_t first, unsigned length = 20, const ByteString& records = kRecord) {
  return ByteWriter().u32(first).add(kNonce).u16(1).u16(length).add(random_bytes(length, 2)).add(records).bytes();
}
ByteString udp_packet(const ByteString& content) {
  ByteString packet = ByteWriter()
                          .u16(0x4500)
                          .u16(28 + content.size())
                          .u32(0)
                          .u32(0x40110000)
                          .u32(0xC0000201)
                          .u32(0xC6336407)
                          .u16(4342)
                          .u16(4342)
                          .u16(8 + content.size())
                          .u16(0)
                          .add(content)
                          .bytes();
  const std::uint16_t sum = packets::internet_checksum(first_bytes(packet, 20));
  packet[10] = static_cast<std::uint8_t>(sum >> 8);
  packet[11] = static_cast<std::uint8_t>(sum & 0xFF);
  return packet;
}

CheckState control(const ByteString& bytes) { return ask(check_named("lisp-control"), {bytes}); }
CheckState data(const ByteString& bytes) { return ask(check_named("lisp-data"), {bytes}); }

TEST(LispCheck, ARequestNamesSourcesAndRecords) {
  const ByteString bytes = request(0x10000001);
  const std::vector<Change> arriving{{0, kNo}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("lisp-control"), Side::client, bytes), arriving);
  EXPECT_EQ(control(request(0x10000000, {})), kNo) << "no record";
  EXPECT_EQ(control(request(0x10000002)), kNo);
  EXPECT_EQ(control(request(0x10000101)), kNo) << "two sources";
  EXPECT_EQ(control(request(0x10010001)), kNo) << "reserved bits";
  EXPECT_EQ(control(request(0x10000001, joined(from_hex("0120"), kAddress))), kNo);
  EXPECT_EQ(control(request(0x10000001, joined(from_hex("0081"), kAddress))), kNo) << "a mask too long";
  EXPECT_EQ(control(request(0x10000001, from_hex("0020 0007 C0000201"))), kNo) << "no such family";
  EXPECT_EQ(control(request(0x14000001, ByteWriter().u16(0x20).add(kAddress).add(kRecord).bytes())), kYes)
      << "with a reply in it";
  EXPECT_EQ(control(joined(request(0x10100001), ByteString(24))), kYes) << "with identifiers of the site";
  EXPECT_EQ(control(joined(request(0x10000001), ByteString(24))), kNo);
}

TEST(LispCheck, RepliesAndRegistrationsHaveRecords) {
  const ByteString reply = ByteWriter().u32(0x28000001).add(kNonce).add(kRecord).bytes();
  EXPECT_EQ(control(reply), kYes);
  EXPECT_EQ(control(ByteWriter().u32(0x28000101).add(kNonce).add(kRecord).bytes()), kNo) << "reserved bits";
  EXPECT_EQ(control(ByteWriter().u32(0x28000000).add(kNonce).bytes()), kNo);
  for (const std::size_t at : {18U, 20U, 32U}) {
    ByteString wrong = reply;
    wrong[at] |= 0x0FU << (at == 20 ? 4U : 0U);
    if (at == 32) wrong[32] = 0x80;
    EXPECT_EQ(control(wrong), kNo) << "reserved bits at " << at;
  }
  EXPECT_EQ(control(registration(0x38000101)), kYes);
  EXPECT_EQ(control(registration(0x48000001)), kYes);
  EXPECT_EQ(control(registration(0x38000101, 22)), kNo);
  EXPECT_EQ(control(registration(0x38000102)), kNo);
  EXPECT_EQ(control(registration(0x68000101)), kNo);
}

TEST(LispCheck, AnEncapsulatedMessageIsLookedInto) {
  const ByteString packet = udp_packet(request(0x10000001));
  EXPECT_EQ(control(joined(from_hex("80000000"), packet)), kYes);
  EXPECT_EQ(control(joined(from_hex("80000001"), packet)), kNo);
  EXPECT_EQ(control(joined(from_hex("80000000"), udp_packet(request(0x10000002)))), kNo);
  EXPECT_EQ(control(joined(from_hex("80000000"), joined(packet, {0}))), kNo);
  ByteString wrong = packet;
  wrong[25] ^= 1;
  EXPECT_EQ(control(joined(from_hex("80000000"), wrong)), kNo) << "the length of UDP";
}

TEST(LispCheck, DataIsAWholePacketBehindEightBytes) {
  const ByteString packet = udp_packet({1, 2, 3});
  EXPECT_EQ(data(joined(from_hex("0000000000000000"), packet)), kYes);
  EXPECT_EQ(data(joined(from_hex("C012345600000001"), packet)), kYes);
  EXPECT_EQ(data(joined(from_hex("0012345600000000"), packet)), kNo) << "no nonce announced";
  EXPECT_EQ(data(joined(from_hex("0000000000000001"), packet)), kNo) << "no locators announced";
  EXPECT_EQ(data(joined(from_hex("0100000000000000"), packet)), kNo);
  EXPECT_EQ(data(joined(from_hex("9012345600000000"), packet)), kNo) << "nonce and version at once";
  EXPECT_EQ(data(joined(from_hex("0000000000000000"), joined(packet, {0}))), kNo);
}

}  // namespace lisp_check
}  // namespace ghostport
