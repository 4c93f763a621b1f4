#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace gtp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

const ByteString kIpv4 = from_hex("4500001C55D040003506 0000 C0000201 C6336407 7061796C6F616421");

ByteString ipv4() {
  ByteString packet = kIpv4;
  const std::uint16_t sum = packets::internet_checksum(first_bytes(packet, 20));
  packet[10] = static_cast<std::uint8_t>(sum >> 8);
  packet[11] = static_cast<std::uint8_t>(sum & 0xFF);
  return packet;
}
ByteString ipv6() { return ByteWriter().u32(0x60000000).u16(4).u16(0x3AFF).zeros(32).add("ping").bytes(); }

ByteString version1(unsigned type, const ByteString& body, unsigned flags = 0x30, std::uint32_t tunnel = 0x209E5) {
  return ByteWriter().u8(flags).u8(type).u16(body.size()).u32(tunnel).add(body).bytes();
}
ByteString version2(unsigned type, const ByteString& elements, unsigned flags = 0x48, unsigned spare = 0) {
  const bool tunnel = (flags & 8) != 0;
  ByteWriter writer;
  writer.u8(flags).u8(type).u16(elements.size() + (tunnel ? 8 : 4));
  if (tunnel) writer.u32(9);
  return writer.u24(1).u8(spare).add(elements).bytes();
}
ByteString pfcp(unsigned type, const ByteString& elements, bool session = false, unsigned flags = 0x20) {
  ByteWriter writer;
  writer.u8(flags | (session ? 1U : 0U)).u8(type).u16(elements.size() + (session ? 12 : 4));
  if (session) writer.add(random_bytes(8, 1));
  return writer.u24(1).u8(0).add(elements).bytes();
}

CheckState v1(const ByteString& bytes) { return ask(check_named("gtp-v1"), {bytes}); }
CheckState v2(const ByteString& bytes) { return ask(check_named("gtp-v2"), {bytes}); }
CheckState prime(const ByteString& bytes) { return ask(check_named("gtp-prime"), {bytes}); }
CheckState control(const ByteString& bytes) { return ask(check_named("pfcp"), {bytes}); }

TEST(GtpCheck, UserDataIsOneIpPacket) {
  const ByteString bytes = version1(255, ipv4());
  const std::vector<Change> arriving{{0, kNo}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("gtp-v1"), Side::client, bytes), arriving);
  EXPECT_EQ(v1(version1(255, ipv6())), kYes);
  EXPECT_EQ(v1(version1(255, joined(from_hex("00010000"), ipv6()), 0x32)), kYes) << "with a sequence number";
  EXPECT_EQ(v1(version1(255, joined(from_hex("000100C0 0103E800"), ipv6()), 0x34)), kYes) << "with an extension";
  EXPECT_EQ(v1(version1(255, joined(from_hex("000100C0 0003E800"), ipv6()), 0x34)), kNo) << "an empty extension";
  EXPECT_EQ(v1(version1(255, joined(ipv4(), {0}))), kNo);
  EXPECT_EQ(v1(version1(255, kIpv4)), kNo) << "its checksum";
  EXPECT_EQ(v1(version1(255, ipv4(), 0x38)), kNo) << "a spare bit";
  const CheckFunction user = check_named("gtp-user");
  EXPECT_EQ(ask(user, {version1(255, from_hex("FF03C021"))}), kYes);
  EXPECT_EQ(ask(user, {version1(255, from_hex("FF03C021"), 0x30, 0)}), kNo);
  EXPECT_EQ(ask(user, {version1(254, from_hex("FF03C021"))}), kNo);
}

TEST(GtpCheck, ElementsOfVersion1FillTheMessage) {
  EXPECT_EQ(v1(version1(1, from_hex("00010000"), 0x32, 0)), kYes) << "an echo";
  EXPECT_EQ(v1(version1(1, from_hex("00010000"), 0x32, 1)), kNo) << "which has no tunnel";
  EXPECT_EQ(v1(version1(2, from_hex("00010000 0E00"), 0x32, 0)), kYes);
  EXPECT_EQ(v1(version1(26, from_hex("00000000 1000000005 850004C0000201"), 0x32, 0)), kYes);
  EXPECT_EQ(v1(version1(26, from_hex("00000000 1000000005 850005C0000201"), 0x32, 0)), kNo);
  EXPECT_EQ(v1(version1(16, from_hex("0600"))), kNo) << "no such element";
  EXPECT_EQ(v1(version1(16, {})), kNo);
  EXPECT_EQ(v1(version1(0, from_hex("0E00"))), kNo);
  EXPECT_EQ(v1(from_hex("3703000042000000")), kNo) << "flags without their fields";
}

TEST(GtpCheck, Version0HasSpareBytes) {
  const auto v0 = [](std::string_view digits) { return ask(check_named("gtp-v0"), {from_hex(digits)}); };
  EXPECT_EQ(v0("1E010002 00010000 FFFFFFFF 0102030405060708 0E01"), kYes);
  EXPECT_EQ(v0("3E010002 00010000 FFFFFFFF 0102030405060708 0E01"), kNo);
  EXPECT_EQ(v0("1E010003 00010000 FFFFFFFF 0102030405060708 0E01"), kNo);
  EXPECT_EQ(v0("1E010002 00010000 FFFFFEFF 0102030405060708 0E01"), kNo);
  EXPECT_EQ(v0("1E000002 00010000 FFFFFFFF 0102030405060708 0E01"), kNo);
}

TEST(GtpCheck, PrimeHasSixBytes) {
  const ByteString transfer = from_hex("2EF00009 0004 7E01 FC000401020304");
  EXPECT_EQ(prime(transfer), kYes);
  EXPECT_EQ(prime(from_hex("2E010000 0004")), kYes);
  EXPECT_EQ(prime(joined(transfer, {0})), kNo);
  EXPECT_EQ(prime(from_hex("2EF00000 0004")), kNo);
  EXPECT_EQ(prime(from_hex("2E090000 0004")), kNo);
  EXPECT_EQ(prime(from_hex("2C010000 0004")), kNo);
}

TEST(GtpCheck, ElementsOfVersion2FillTheMessage) {
  const ByteString recovery = from_hex("03 0001 00 0C");
  EXPECT_EQ(v2(version2(1, recovery, 0x40)), kYes);
  EXPECT_EQ(v2(version2(1, recovery, 0x48)), kNo) << "an echo has no tunnel";
  EXPECT_EQ(v2(version2(32, recovery)), kYes);
  EXPECT_EQ(v2(version2(32, recovery, 0x40)), kNo);
  EXPECT_EQ(v2(version2(32, recovery, 0x49)), kNo) << "a spare bit";
  EXPECT_EQ(v2(version2(32, recovery, 0x48, 1)), kNo) << "the spare byte";
  EXPECT_EQ(v2(version2(32, from_hex("03 0001 40 0C"))), kNo) << "the spare half of an instance";
  EXPECT_EQ(v2(version2(32, from_hex("03 0002 00 0C"))), kNo);
  EXPECT_EQ(v2(version2(32, {})), kNo);
  EXPECT_EQ(v2(joined(version2(32, recovery, 0x58), version2(33, recovery))), kYes) << "two at once";
  EXPECT_EQ(v2(joined(version2(32, recovery), version2(33, recovery))), kNo);
}

TEST(GtpCheck, ElementsOfPfcpFillTheMessage) {
  const ByteString time = from_hex("0060 0004 E0000000");
  EXPECT_EQ(control(pfcp(1, time)), kYes);
  EXPECT_EQ(control(pfcp(50, time, true)), kYes);
  EXPECT_EQ(control(pfcp(50, time)), kNo) << "no session";
  EXPECT_EQ(control(pfcp(1, time, true)), kNo);
  EXPECT_EQ(control(pfcp(18, time)), kNo);
  EXPECT_EQ(control(pfcp(1, time, false, 0x28)), kNo);
  EXPECT_EQ(control(pfcp(1, {})), kNo);
  EXPECT_EQ(control(pfcp(1, from_hex("0060 0005 E0000000"))), kNo);
  EXPECT_EQ(control(pfcp(1, from_hex("0400 0004 E0000000"))), kNo);
  EXPECT_EQ(control(joined(pfcp(1, time), {0})), kNo);
}

}  // namespace gtp_check
}  // namespace ghostport
