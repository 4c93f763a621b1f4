#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace melsec_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kRead = from_hex("500000FFFF03000C00100001040000640000A80A00");
const ByteString kAnswer = from_hex("D00000FFFF0300040000003412");
const ByteString kError = from_hex("D00000FFFF03000B0051C000FFFF030001040000");

CheckState request(const ByteString& bytes) { return ask(check_named("melsec"), Side::client, bytes); }
CheckState response(const ByteString& bytes) { return ask(check_named("melsec"), Side::server, bytes); }

TEST(MelsecCheck, FramesHoldOnTheirSide) {
  EXPECT_EQ(request(kRead), kYes);
  EXPECT_EQ(response(kRead), kNo);
  EXPECT_EQ(response(kAnswer), kYes);
  EXPECT_EQ(response(kError), kYes);
  EXPECT_EQ(request(joined(from_hex("540034120000"), ByteString(kRead.begin() + 2, kRead.end()))), kYes) << "4E";
  EXPECT_EQ(ask_datagram("melsec", kAnswer), kYes);
  EXPECT_EQ(ask_datagram("melsec", joined(kAnswer, ByteString{0})), kNo);
}

TEST(MelsecCheck, FieldsMustHold) {
  for (const Byte& wrong : {Byte{0, 0x51}, Byte{1, 1}, Byte{2, 0xF0}, Byte{3, 0x79}, Byte{4, 0xFE}, Byte{5, 4},
                            Byte{6, 0x20}, Byte{7, 5}, Byte{8, 0x21}, Byte{11, 9}, Byte{14, 1}}) {
    EXPECT_EQ(request(changed(kRead, {wrong})), kNo) << wrong.at;
  }
  EXPECT_EQ(response(changed(kError, {{12, 0x7E}})), kNo) << "an error that echoes another route";
}

TEST(MelsecCheck, BytesArriveOneByOne) {
  const std::vector<Change> arriving{{0, kMore}, {9 + 11, kYes}};
  EXPECT_EQ(changes(check_named("melsec"), Side::client, kRead), arriving);
}

}  // namespace melsec_check
}  // namespace ghostport
