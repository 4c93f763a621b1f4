#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace cluster_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString hello(unsigned version, unsigned kind, unsigned addresses) {
  return ByteWriter().add("cirE").le32(version).zeros(16 + 8 + 16).le32(kind).le32(addresses).bytes();
}

ByteString lnet(unsigned kind, unsigned network, unsigned type, unsigned length) {
  return ByteWriter()
      .le32(kind)
      .zeros(20)
      .le32(0x0A000001)
      .le32(network)
      .le32(0x0A000002)
      .le32(network)
      .le32(12345)
      .le32(12345)
      .le32(type)
      .le32(length)
      .zeros(40)
      .bytes();
}

TEST(LustreCheck, AHelloIsDecidedAtItsEnd) {
  const CheckFunction check = check_named("lustre-hello");
  const std::vector<Change> arriving{{0, kMore}, {56, kYes}};
  EXPECT_EQ(changes(check, Side::server, hello(3, 1, 0)), arriving);
  EXPECT_EQ(ask(check, Side::server, hello(3, 4, 0)), kNo);
  EXPECT_EQ(ask(check, Side::server, hello(3, 1, 17)), kNo);
  EXPECT_EQ(ask(check, Side::server, hello(5, 1, 0)), kNo);
  const ByteString acceptor = ByteWriter().le32(0xACCE7100).le32(1).zeros(8).bytes();
  EXPECT_EQ(ask(check, Side::client, acceptor), kYes);
  EXPECT_EQ(ask(check, Side::client, joined(acceptor, hello(3, 1, 0))), kYes);
  EXPECT_EQ(ask(check, Side::client, joined(acceptor, ByteString(56))), kNo);
  EXPECT_EQ(ask(check, Side::client, ByteWriter().u32(0xACCE7100).u32(1).zeros(8).bytes()), kYes) << "big-endian";
  EXPECT_EQ(ask(check, Side::client, ByteWriter().le32(0xACCE7100).le32(3).zeros(8).bytes()), kNo);
}

TEST(LustreCheck, AMessagesFieldsMustHold) {
  const CheckFunction check = check_named("lustre-message");
  const std::vector<Change> arriving{{0, kMore}, {96, kYes}};
  EXPECT_EQ(changes(check, Side::client, lnet(0xC1, 0x20000, 1, 520)), arriving);
  EXPECT_EQ(ask(check, Side::client, lnet(0xC0, 0x20000, 1, 520)), kNo);
  EXPECT_EQ(ask(check, Side::client, lnet(0xC1, 0x20000, 4, 520)), kNo);
  EXPECT_EQ(ask(check, Side::client, lnet(0xC1, 0x20000, 0, 520)), kNo) << "an acknowledgement carries nothing";
  EXPECT_EQ(ask(check, Side::client, lnet(0xC1, 0x20000, 1, 0x7000000)), kNo);
  EXPECT_EQ(ask(check, Side::client, lnet(0xC1, 0x210000, 1, 520)), kNo);
  EXPECT_EQ(ask(check, Side::client, lnet(0xC1, 0, 1, 520)), kNo);
}

ByteString request(unsigned operation, std::string_view path, std::size_t more) {
  return ByteWriter().u32(12 + path.size() + more).u32(5).u32(operation).counted(4, path).zeros(more).bytes();
}

ByteString reply(unsigned number, unsigned error = 0, std::size_t more = 0) {
  return ByteWriter().u32(16 + more).u32(number).zeros(8).u32(error).zeros(more).bytes();
}

TEST(ZookeeperCheck, ARequestsLengthsMustFit) {
  const CheckFunction check = check_named("zookeeper-request");
  const ByteString bytes = request(8, "/a/b", 1);
  const std::vector<Change> arriving{{0, kMore}, {20, kYes}};
  EXPECT_EQ(changes(check, Side::client, bytes), arriving);
  EXPECT_EQ(ask(check, Side::client, request(9, "/a", 0)), kYes);
  EXPECT_EQ(ask(check, Side::client, request(1, "/a", 20)), kYes);
  EXPECT_EQ(ask(check, Side::client, request(8, "/a", 2)), kNo);
  EXPECT_EQ(ask(check, Side::client, request(9, "/a", 1)), kNo);
  EXPECT_EQ(ask(check, Side::client, request(1, "/a", 3)), kNo);
  EXPECT_EQ(ask(check, Side::client, request(10, "/a", 1)), kNo) << "an unknown operation";
  EXPECT_EQ(ask(check, Side::client, request(8, "a/b", 1)), kNo);
  EXPECT_EQ(ask(check, Side::client, request(8, "/a\x01", 1)), kNo);
}

TEST(ZookeeperCheck, AnAnswerToAPingIsWaitedFor) {
  const CheckFunction check = check_named("zookeeper-replies");
  EXPECT_EQ(ask(check, Side::server, reply(0xFFFFFFFE)), kYes);
  EXPECT_EQ(ask(check, Side::server, joined(reply(3, 0, 9), reply(0xFFFFFFFE))), kYes);
  EXPECT_EQ(ask(check, Side::server, joined(reply(3, 0xFFFFFF9B), reply(0xFFFFFFFE))), kYes);
  EXPECT_EQ(ask(check, Side::server, reply(3, 0, 9)), kMore);
  EXPECT_EQ(ask(check, Side::server, reply(3, 0, 9), true), kNo);
  EXPECT_EQ(ask(check, Side::server, reply(0xFFFFFFFE, 0, 1)), kNo);
  EXPECT_EQ(ask(check, Side::server, reply(3, 7)), kNo);
}

ByteString rtps(const ByteString& submessages) {
  return ByteWriter().add("RTPS").u16(0x0202).u16(0x0103).zeros(12).add(submessages).bytes();
}

TEST(RtpsCheck, SubmessagesFillTheDatagram) {
  const CheckFunction check = check_named("rtps");
  EXPECT_EQ(ask(check, {rtps(from_hex("0901080000000000000000000700000401020304"))}), kYes);
  EXPECT_EQ(ask(check, {rtps(from_hex("15050000010203"))}), kYes) << "the last one reaches to the end";
  EXPECT_EQ(ask(check, {rtps(from_hex("8001020000AA"))}), kYes) << "a vendor's own";
  EXPECT_EQ(ask(check, {rtps(from_hex("0901090000000000000000"))}), kNo);
  EXPECT_EQ(ask(check, {rtps(from_hex("4001020000AA"))}), kNo);
  EXPECT_EQ(ask(check, {rtps(from_hex("0001020000AA"))}), kNo);
  EXPECT_EQ(ask(check, {rtps({})}), kNo);
}

}  // namespace cluster_check
}  // namespace ghostport
