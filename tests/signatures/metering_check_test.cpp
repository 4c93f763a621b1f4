#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace metering_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString wrapped(const ByteString& apdu, unsigned version = 1, unsigned from = 0x10, unsigned to = 1) {
  return ByteWriter().u16(version).u16(from).u16(to).counted(2, apdu).bytes();
}

CheckState client(const ByteString& bytes) { return ask(check_named("dlms-wrapper"), Side::client, bytes, true); }
CheckState server(const ByteString& bytes) { return ask(check_named("dlms-wrapper"), Side::server, bytes, true); }

TEST(MeteringCheck, AWrapperIsDecidedAtItsEnd) {
  const ByteString bytes = wrapped(from_hex("C001C1000F0000280000FF0700"));
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("dlms-wrapper"), Side::client, bytes), arriving);
}

TEST(MeteringCheck, AWrappersFieldsMustHold) {
  const ByteString get = from_hex("C001C1000F0000280000FF0700");
  EXPECT_EQ(client(wrapped(get)), kYes);
  EXPECT_EQ(server(wrapped(get)), kNo);
  EXPECT_EQ(client(wrapped(get, 2)), kNo);
  EXPECT_EQ(client(wrapped(get, 1, 0)), kNo);
  EXPECT_EQ(client(wrapped(get, 1, 0x200, 0x300)), kNo);
  EXPECT_EQ(client(joined(wrapped(get), {1})), kNo);
  EXPECT_EQ(client(wrapped(from_hex("C007C1000F"))), kNo);
  EXPECT_EQ(client(wrapped(from_hex("6003A10100"))), kYes);
  EXPECT_EQ(client(wrapped(from_hex("6004A10100"))), kNo);
  EXPECT_EQ(server(wrapped(from_hex("6103A10100"))), kYes);
  EXPECT_EQ(client(wrapped(from_hex("C803000000"))), kYes);
  EXPECT_EQ(client(wrapped(from_hex("C804000000"))), kNo);
  EXPECT_EQ(server(wrapped(from_hex("D80102"))), kYes);
  EXPECT_EQ(server(wrapped(from_hex("D80302"))), kNo);
  EXPECT_EQ(client(wrapped(from_hex("200000"))), kNo);
}

TEST(MeteringCheck, AFramesChecksumMustHold) {
  const CheckFunction check = check_named("dlms-hdlc");
  const ByteString bytes = from_hex("7EA0070321930F017E");
  const std::vector<Change> arriving{{0, kMore}, {9, kYes}};
  EXPECT_EQ(changes(check, Side::client, bytes), arriving);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    ByteString wrong = bytes;
    wrong[at] ^= 0x10;
    EXPECT_EQ(ask(check, Side::client, wrong, true), kNo) << at;
  }
}

// The second message of the standard's example 8.
const ByteString kC1222 = from_hex(
    "6048A20480027B04A403020103A60580037BC175A803020103AC0FA20DA00BA10980010281"
    "0448F3D060BE1E281C811A884BAEE4349631AB5E56E0E6E0E90DFAD558591EE4EA334CB268");

TEST(MeteringCheck, AnAssociationMessageIsDecidedAtItsUserInformation) {
  const CheckFunction check = check_named("ansi-c1222");
  const std::vector<Change> arriving{{0, kMore}, {46, kYes}};
  EXPECT_EQ(changes(check, Side::client, kC1222), arriving);
  for (const std::size_t at : {0U, 1U, 2U, 3U, 4U, 5U, 8U, 10U, 37U + 7U, 37U + 8U}) {
    ByteString wrong = kC1222;
    wrong[at] ^= 0x01;
    EXPECT_EQ(ask(check, Side::client, wrong, true), kNo) << at;
  }
}

ByteString ayiya(unsigned identity, unsigned signature, unsigned operation, unsigned next, const ByteString& inner) {
  return ByteWriter()
      .u8(identity)
      .u8(signature)
      .u8(operation)
      .u8(next)
      .zeros(4 + (1U << (identity >> 4)) + 4 * (signature >> 4))
      .add(inner)
      .bytes();
}

TEST(DeliveryCheck, APacketInsideAyiyaMustFit) {
  const CheckFunction check = check_named("ayiya");
  const ByteString inner = ByteWriter().u32(0x60000000).u16(2).u16(0x3B40).zeros(32 + 2).bytes();
  EXPECT_EQ(ask(check, {ayiya(0x41, 0x52, 0x11, 41, inner)}), kYes);
  EXPECT_EQ(ask(check, {ayiya(0x43, 0x52, 0x11, 41, inner)}), kNo);
  EXPECT_EQ(ask(check, {ayiya(0x41, 0x42, 0x11, 41, inner)}), kNo);
  EXPECT_EQ(ask(check, {ayiya(0x41, 0x53, 0x11, 41, inner)}), kNo);
  EXPECT_EQ(ask(check, {ayiya(0x41, 0x52, 0x1B, 41, inner)}), kNo);
  EXPECT_EQ(ask(check, {ayiya(0x41, 0x52, 0x31, 41, inner)}), kNo);
  EXPECT_EQ(ask(check, {ayiya(0x41, 0x52, 0x11, 4, inner)}), kNo);
  EXPECT_EQ(ask(check, {ayiya(0x41, 0x52, 0x11, 41, joined(inner, {0}))}), kNo);
  EXPECT_EQ(ask(check, {ayiya(0x41, 0x52, 0x10, 59, {})}), kYes);
  EXPECT_EQ(ask(check, {ayiya(0x41, 0x52, 0x10, 59, {0})}), kNo);
}

TEST(DeliveryCheck, AContactHeaderCountsItsName) {
  const CheckFunction check = check_named("tcpcl3");
  const ByteString bytes = ByteWriter().add("dtn!").u8(3).u8(1).u16(15).counted(1, "ipn:1.0").bytes();
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check, Side::client, bytes), arriving);
  EXPECT_EQ(ask(check, Side::client, ByteWriter().add("dtn!").u8(3).u8(1).u16(15).counted(1, "ipn\x01").bytes()), kNo);
  EXPECT_EQ(ask(check, Side::client, ByteWriter().add("dtn!").u8(3).u8(1).u16(15).u32(0xFFFFFF7F).bytes()), kNo);
}

ByteString uftp(unsigned outer, unsigned inner, unsigned group, unsigned reserved = 0, unsigned words = 1) {
  return ByteWriter()
      .u8(0x40)
      .u8(outer)
      .u16(1)
      .u32(1)
      .u32(group)
      .u24(1)
      .u8(reserved)
      .u8(inner)
      .u8(words)
      .u16(0)
      .bytes();
}

TEST(DeliveryCheck, TwoDatagramsOfOneSession) {
  const CheckFunction check = check_named("uftp");
  EXPECT_EQ(ask(check, {uftp(1, 1, 7), uftp(2, 2, 7)}), kYes);
  EXPECT_EQ(ask(check, {uftp(1, 1, 7)}), kMore);
  EXPECT_EQ(ask(check, {uftp(1, 1, 7), uftp(2, 2, 8)}), kMore);
  EXPECT_EQ(ask(check, {uftp(1, 2, 7), uftp(2, 2, 7)}, true), kNo);
  EXPECT_EQ(ask(check, {uftp(1, 1, 7, 1), uftp(2, 2, 7)}, true), kNo);
  EXPECT_EQ(ask(check, {uftp(1, 1, 7, 0, 2), uftp(2, 2, 7)}, true), kNo);
}

TEST(DeliveryCheck, ATelegramsLengthAndChecksumMustHold) {
  const CheckFunction check = check_named("ether-s-bus");
  const ByteString bytes = from_hex("0000000D01000001000A205318");
  EXPECT_EQ(ask(check, {bytes}), kYes);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    ByteString wrong = bytes;
    wrong[at] ^= 0x04;
    EXPECT_EQ(ask(check, {wrong}), kNo) << at;
  }
  EXPECT_EQ(ask(check, Side::server, bytes), kNo);
  EXPECT_EQ(ask(check, Side::server, from_hex("0000000F00000002014D6F64656C0D")), kYes);
}

}  // namespace metering_check
}  // namespace ghostport
