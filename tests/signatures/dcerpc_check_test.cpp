#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace dcerpc_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString fragment(unsigned type, const ByteString& body, unsigned auth = 0, int more = 0, unsigned order = 0x10) {
  return ByteWriter()
      .u8(5)
      .u8(0)
      .u8(type)
      .u8(3)
      .u8(order)
      .zeros(3)
      .le16(16 + body.size() + static_cast<std::size_t>(more))
      .le16(auth)
      .le32(1)
      .add(body)
      .bytes();
}

/// One context with one transfer syntax.
ByteString bind_body(unsigned contexts = 1, unsigned reserved = 0) {
  return ByteWriter()
      .le16(4280)
      .le16(4280)
      .le32(0)
      .u8(contexts)
      .u8(reserved)
      .zeros(2)
      .le16(0)
      .u8(1)
      .u8(0)
      .add(random_bytes(40, 1))
      .bytes();
}

CheckState said(Side side, const ByteString& bytes) { return ask(check_named("dcerpc"), side, bytes); }

TEST(DcerpcCheck, ABindIsDecidedAtItsFirstContext) {
  const std::vector<Change> arriving{{0, kMore}, {32, kYes}};
  EXPECT_EQ(changes(check_named("dcerpc"), Side::client, fragment(11, bind_body())), arriving);
  EXPECT_EQ(said(Side::server, fragment(11, bind_body())), kNo);
  EXPECT_EQ(said(Side::client, fragment(11, bind_body(2))), kNo) << "no room for two contexts";
  EXPECT_EQ(said(Side::client, fragment(11, bind_body(1, 1))), kNo);
  EXPECT_EQ(said(Side::client, fragment(11, bind_body(0))), kNo);
}

TEST(DcerpcCheck, AnAcknowledgementHasAnAddressAndResults) {
  const auto ack = [](unsigned results, std::string_view address) {
    ByteWriter writer;
    writer.le16(4280).le16(4280).le32(7).le16(address.size()).add(address);
    writer.zeros((4 - (16 + writer.size()) % 4) % 4);
    return writer.u8(results).zeros(3).zeros(24).bytes();
  };
  EXPECT_EQ(said(Side::server, fragment(12, ack(1, "135."))), kYes);
  EXPECT_EQ(said(Side::server, fragment(15, ack(1, "x"))), kYes);
  EXPECT_EQ(said(Side::server, fragment(12, ack(2, "135."))), kNo);
  EXPECT_EQ(said(Side::client, fragment(12, ack(1, "135."))), kNo);
}

TEST(DcerpcCheck, HeadersMustHold) {
  const ByteString body(16);
  EXPECT_EQ(said(Side::client, fragment(0, body)), kYes);
  EXPECT_EQ(said(Side::server, fragment(2, body)), kYes);
  EXPECT_EQ(said(Side::server, fragment(3, body)), kYes);
  EXPECT_EQ(said(Side::client, fragment(1, body)), kNo) << "of the other protocol";
  EXPECT_EQ(said(Side::client, fragment(21, body)), kNo);
  EXPECT_EQ(said(Side::client, fragment(0, body, 1)), kNo) << "no room for authentication";
  EXPECT_EQ(said(Side::client, fragment(0, body, 0, -9)), kNo);
  EXPECT_EQ(said(Side::client, fragment(0, body, 0, 0, 0x20)), kNo);
  EXPECT_EQ(said(Side::client, joined(fragment(0, body), fragment(0, body))), kYes);
  EXPECT_EQ(said(Side::client, joined(fragment(0, body), {6})), kNo) << "what follows is no fragment";
  const ByteString big = from_hex("0500 0003 00000000 0020 0000 00000001 00000008 0000 0005 00000000 00000000");
  EXPECT_EQ(said(Side::client, big), kYes) << "big-endian";
  ByteString reserved = fragment(2, body);
  reserved[23] = 1;
  EXPECT_EQ(said(Side::server, reserved), kNo);
}

TEST(DcerpcCheck, ADatagramsLengthMustFit) {
  const auto datagram = [](unsigned type, unsigned length, unsigned flags = 0x20, unsigned protector = 0) {
    return ByteWriter()
        .u8(4)
        .u8(type)
        .u8(flags)
        .u8(0)
        .u8(0x10)
        .zeros(3)
        .add(random_bytes(48, 1))
        .zeros(18)
        .le16(length)
        .le16(0)
        .u8(protector)
        .u8(0)
        .add("data")
        .bytes();
  };
  const CheckFunction check = check_named("dcerpc-datagram");
  EXPECT_EQ(ask(check, Side::client, datagram(0, 4)), kYes);
  EXPECT_EQ(ask(check, Side::server, datagram(0, 4)), kNo);
  EXPECT_EQ(ask(check, Side::server, datagram(2, 4)), kYes);
  EXPECT_EQ(ask(check, Side::client, datagram(9, 4)), kYes);
  EXPECT_EQ(ask(check, Side::server, datagram(9, 4)), kYes);
  EXPECT_EQ(ask(check, Side::client, datagram(0, 5)), kNo);
  EXPECT_EQ(ask(check, Side::client, datagram(0, 3)), kNo);
  EXPECT_EQ(ask(check, Side::client, datagram(0, 3, 0x20, 10)), kYes) << "a verifier behind the body";
  EXPECT_EQ(ask(check, Side::client, datagram(0, 4, 0x81)), kNo);
  EXPECT_EQ(ask(check, Side::client, first_bytes(datagram(0, 4), 79)), kNo);
}

}  // namespace dcerpc_check
}  // namespace ghostport
