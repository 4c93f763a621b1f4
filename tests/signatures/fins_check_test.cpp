#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace fins_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kNode = from_hex("46494E530000000C000000000000000000000000");
const ByteString kNodes = from_hex("46494E53000000100000000100000000000000FB000000C8");
const ByteString kFramed = from_hex("46494E5300000015000000020000000080000200C8000000EF05050100");
const ByteString kModel = from_hex("800002000000006300EF050100");
const ByteString kAnswer = from_hex("C0000200630000C800EF010100001234");

CheckState command(const ByteString& bytes) { return ask(check_named("fins"), Side::client, bytes); }

TEST(FinsCheck, ConnectionsHold) {
  EXPECT_EQ(command(kNode), kYes);
  EXPECT_EQ(command(joined(kNode, kFramed)), kYes);
  EXPECT_EQ(ask(check_named("fins"), Side::server, kNodes), kYes);
  EXPECT_EQ(command(kNodes), kNo);
  for (const Byte& wrong : {Byte{0, 0x47}, Byte{4, 1}, Byte{7, 0x0D}, Byte{11, 4}}) {
    EXPECT_EQ(command(changed(kNode, {wrong})), kNo) << wrong.at;
  }
  EXPECT_EQ(command(changed(kFramed, {{26, 0x77}})), kNo) << "no such command";
  const std::vector<Change> arriving{{0, kMore}, {16, kYes}};
  EXPECT_EQ(changes(check_named("fins"), Side::client, kNode), arriving);
}

TEST(FinsCheck, DatagramsHold) {
  const ByteString read = from_hex("8000020000000000007A0101820064000001");
  for (const ByteString& bytes : {read, kModel, kAnswer}) EXPECT_EQ(ask_datagram("fins", bytes), kYes);
  for (const Byte& wrong : {Byte{0, 0x82}, Byte{1, 1}, Byte{2, 8}, Byte{3, 0x80}, Byte{5, 0x20}, Byte{6, 0x80},
                            Byte{8, 0x20}, Byte{10, 0x7F}, Byte{11, 0x7F}}) {
    EXPECT_EQ(ask_datagram("fins", changed(read, {wrong})), kNo) << wrong.at;
  }
  EXPECT_EQ(ask_datagram("fins", joined(read, ByteString{0})), kNo) << "longer than its command";
  EXPECT_EQ(ask_datagram("fins", first_bytes(kAnswer, 13)), kNo) << "no end code";
}

}  // namespace fins_check
}  // namespace ghostport
