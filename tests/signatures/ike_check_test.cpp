#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace ike_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString generic(unsigned next, const ByteString& body, unsigned reserved = 0) {
  return ByteWriter().u8(next).u8(reserved).u16(4 + body.size()).add(body).bytes();
}

struct Message {
  ByteString first = random_bytes(8, 1);
  unsigned next = 33;
  unsigned version = 0x20;
  unsigned exchange = 34;
  unsigned flags = 8;
  ByteString payloads = joined(generic(40, random_bytes(40, 2)), generic(0, random_bytes(16, 3)));
  std::size_t more_length = 0;

  [[nodiscard]] ByteString bytes() const {
    return ByteWriter()
        .add(first)
        .zeros(8)
        .u8(next)
        .u8(version)
        .u8(exchange)
        .u8(flags)
        .u32(0)
        .u32(28 + payloads.size() + more_length)
        .add(payloads)
        .bytes();
  }
};

CheckState ike(const Message& message) { return ask(check_named("ike"), {message.bytes()}); }

TEST(IkeCheck, AMessageOfVersion2MustHold) {
  EXPECT_EQ(ike({}), kYes);
  EXPECT_EQ(ike({.first = ByteString(8)}), kNo) << "no initiator";
  EXPECT_EQ(ike({.next = 32}), kNo) << "a payload of version 1";
  EXPECT_EQ(ike({.next = 55}), kNo);
  EXPECT_EQ(ike({.version = 0x21}), kNo);
  EXPECT_EQ(ike({.exchange = 33}), kNo);
  EXPECT_EQ(ike({.exchange = 45}), kNo);
  EXPECT_EQ(ike({.flags = 0x48}), kNo) << "reserved flags";
  EXPECT_EQ(ike({.more_length = 1}), kNo);
  EXPECT_EQ(ike({.payloads = generic(0, random_bytes(16, 3), 0x80)}), kYes) << "critical";
  EXPECT_EQ(ike({.payloads = generic(0, random_bytes(16, 3), 0x01)}), kNo) << "reserved bits";
  EXPECT_EQ(ike({.payloads = joined(generic(0, {}), {0})}), kNo) << "a byte behind the last payload";
  EXPECT_EQ(ike({.payloads = from_hex("00 00 00 03")}), kNo) << "shorter than its header";
  EXPECT_EQ(ike({.payloads = from_hex("00 00 00 05")}), kNo) << "longer than the message";
  EXPECT_EQ(ike({.next = 46, .exchange = 35, .payloads = generic(36, random_bytes(32, 4))}), kYes) << "encrypted";
}

TEST(IkeCheck, AMessageOfVersion1MustHold) {
  const ByteString proposal = generic(0, random_bytes(40, 2));
  EXPECT_EQ(ike({.next = 1, .version = 0x10, .exchange = 2, .flags = 0, .payloads = proposal}), kYes);
  EXPECT_EQ(ike({.next = 1, .version = 0x10, .exchange = 7, .flags = 0, .payloads = proposal}), kNo);
  EXPECT_EQ(ike({.next = 1, .version = 0x10, .exchange = 2, .flags = 8, .payloads = proposal}), kNo);
  EXPECT_EQ(ike({.next = 1, .version = 0x10, .exchange = 2, .flags = 0, .payloads = generic(0, {}, 0x80)}), kNo);
  EXPECT_EQ(ike({.next = 5, .version = 0x10, .exchange = 2, .flags = 1, .payloads = random_bytes(40, 5)}), kYes);
  EXPECT_EQ(ike({.next = 5, .version = 0x10, .exchange = 2, .flags = 1, .payloads = random_bytes(41, 5)}), kNo)
      << "no whole cipher blocks";
}

TEST(IkeCheck, OnlyTheWholeDatagramHolds) {
  const ByteString bytes = Message().bytes();
  const std::vector<Change> arriving{{0, kNo}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("ike"), Side::client, bytes), arriving);
  EXPECT_EQ(ask(check_named("ike"), {joined(ByteString(4), bytes)}), kYes) << "behind the non-ESP marker";
  EXPECT_EQ(ask(check_named("ike"), {joined(ByteString(3), bytes)}), kNo);
}

TEST(IkeCheck, OverTcpItStandsBehindLengthAndMarker) {
  const ByteString message = Message().bytes();
  const ByteString bytes = ByteWriter().add("IKETCP").u16(6 + message.size()).zeros(4).add(message).bytes();
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("ike-stream"), Side::client, bytes), arriving);
  ByteString wrong = bytes;
  wrong[8] = 1;
  EXPECT_EQ(ask(check_named("ike-stream"), Side::client, wrong), kNo) << "the marker";
}

}  // namespace ike_check
}  // namespace ghostport
