#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace amqp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString frame(unsigned type, unsigned channel, const ByteString& body, unsigned end = 0xCE) {
  return ByteWriter().u8(type).u16(channel).counted(4, body).u8(end).bytes();
}

CheckState state(const ByteString& bytes) { return ask(check_named("amqp-frames"), Side::server, bytes); }
CheckState state1(const ByteString& bytes) { return ask(check_named("amqp1-frames"), Side::server, bytes); }

TEST(AmqpCheck, AFrameEndsWithItsByte) {
  const ByteString start = frame(1, 0, from_hex("000A000A00090000"));
  const std::vector<Change> arriving{{0, kMore}, {start.size(), kYes}};
  EXPECT_EQ(changes(check_named("amqp-frames"), Side::server, start), arriving);
  EXPECT_EQ(state(frame(1, 0, from_hex("000A000A00090000"), 0xCD)), kNo);
  EXPECT_EQ(state(frame(1, 0, from_hex("000B000A00090000"))), kNo) << "no such class";
  EXPECT_EQ(state(frame(1, 0, from_hex("000A00F000090000"))), kNo) << "no such method";
  EXPECT_EQ(state(frame(8, 0, {})), kYes);
  EXPECT_EQ(state(frame(8, 1, {})), kNo);
  EXPECT_EQ(state(frame(4, 0, {})), kNo);
  EXPECT_EQ(state(frame(3, 1, from_hex("616263"))), kMore) << "a body has nothing of its own";
  EXPECT_EQ(state(joined(frame(3, 1, from_hex("616263")), frame(8, 0, {}))), kYes);
  EXPECT_EQ(state(frame(2, 1, from_hex("003C000000000000000001270000"))), kYes);
  EXPECT_EQ(state(frame(2, 1, from_hex("003C000100000000000001270000"))), kNo);
}

TEST(AmqpCheck, AFrameOfTheNewerVersionHasAKnownDescriptor) {
  EXPECT_EQ(state1(from_hex("0000001202000000005310C00501A1026162")), kYes);
  EXPECT_EQ(state1(from_hex("0000001202010000005341C00501A1026162")), kYes);
  EXPECT_EQ(state1(from_hex("0000001202000000008000000000000000104500")), kYes);
  EXPECT_EQ(state1(from_hex("0000001202000000005319C00501A1026162")), kNo);
  EXPECT_EQ(state1(from_hex("0000001202010000005310C00501A1026162")), kNo) << "not of SASL";
  EXPECT_EQ(state1(from_hex("0000001203000000005310C00501A1026162")), kNo);
  EXPECT_EQ(state1(from_hex("0000001202000000005310A10501A1026162")), kNo) << "no list";
  EXPECT_EQ(state1(from_hex("0000000802000000")), kMore);
  EXPECT_EQ(state1(from_hex("00000008020000000000001202000000005310C0")), kYes) << "behind an empty one";
}

}  // namespace amqp_check
}  // namespace ghostport
