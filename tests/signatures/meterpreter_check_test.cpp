#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace meterpreter_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString packet(unsigned key, unsigned encryption, unsigned length, unsigned type, unsigned first, unsigned meta) {
  ByteWriter writer;
  writer.u32(key);
  for (int i = 0; i < 4; ++i) writer.u32(key ^ 0x01020304U);
  return writer.u32(encryption ^ key).u32(length ^ key).u32(type ^ key).u32(first ^ key).u32(meta ^ key).bytes();
}

CheckState state(const ByteString& bytes, bool complete = true) {
  return ask(check_named("meterpreter"), Side::client, bytes, complete);
}

TEST(MeterpreterCheck, APacketIsReadBehindItsKey) {
  const std::vector<Change> arriving{{0, kMore}, {40, kYes}};
  EXPECT_EQ(changes(check_named("meterpreter"), Side::server, packet(0xA1B2C3D4, 0, 60, 0, 12, 0x20001)), arriving);
  const std::vector<Change> encrypted{{0, kMore}, {32, kYes}};
  EXPECT_EQ(changes(check_named("meterpreter"), Side::server, packet(0xA1B2C3D4, 1, 8 + 48, 1, 7, 7)), encrypted);
}

TEST(MeterpreterCheck, EachFieldMustHold) {
  EXPECT_EQ(state(packet(0, 0, 60, 0, 12, 0x20001)), kNo) << "no key";
  EXPECT_EQ(state(packet(0xA1B2C3D4, 3, 8 + 48, 0, 12, 0x20001)), kNo);
  EXPECT_EQ(state(packet(0xA1B2C3D4, 1, 8 + 47, 0, 12, 0x20001)), kNo) << "no whole blocks";
  EXPECT_EQ(state(packet(0xA1B2C3D4, 0, 8, 0, 12, 0x20001)), kNo);
  EXPECT_EQ(state(packet(0xA1B2C3D4, 0, 1 << 25, 0, 12, 0x20001)), kNo);
  EXPECT_EQ(state(packet(0xA1B2C3D4, 0, 60, 2, 12, 0x20001)), kNo);
  EXPECT_EQ(state(packet(0xA1B2C3D4, 0, 60, 0, 53, 0x20001)), kNo) << "a value past the end";
  EXPECT_EQ(state(packet(0xA1B2C3D4, 0, 60, 0, 12, 0x30001)), kNo) << "two kinds at once";
  EXPECT_EQ(state(packet(0xA1B2C3D4, 0, 60, 0, 12, 1)), kNo);
}

}  // namespace meterpreter_check
}  // namespace ghostport
