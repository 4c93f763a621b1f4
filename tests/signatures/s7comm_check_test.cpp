#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace s7comm_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kSetup = from_hex("0300001902F08032010000040000080000F0000001000101E0");
const ByteString kAnswer = from_hex("0300001602F0803203000000010002000100000501FF");
const ByteString kPlus = from_hex("0300001102F08072010002010272010000");
const ByteString kRequest = from_hex("0300001611E00000000100C0010AC1020100C2020102");

CheckState said(const ByteString& bytes, bool complete = false) {
  return ask(check_named("s7comm"), Side::client, bytes, complete);
}

TEST(S7commCheck, PdusHoldBehindAConnectionOrWithout) {
  EXPECT_EQ(said(kSetup), kYes);
  EXPECT_EQ(said(kAnswer), kYes);
  EXPECT_EQ(said(kPlus), kYes);
  EXPECT_EQ(said(joined(kRequest, kSetup)), kYes);
  EXPECT_EQ(said(joined(from_hex("0300000702F000"), kSetup)), kYes) << "an empty TPDU, as some clients acknowledge";
  EXPECT_EQ(said(kRequest), kMore);
  EXPECT_EQ(said(kRequest, true), kNo);
}

TEST(S7commCheck, FieldsMustHold) {
  for (const Byte& wrong : {Byte{0, 4}, Byte{1, 1}, Byte{3, 0x1A}, Byte{4, 3}, Byte{5, 0xF1}, Byte{7, 0x33}, Byte{8, 4},
                            Byte{9, 1}, Byte{10, 1}, Byte{14, 9}, Byte{16, 1}}) {
    EXPECT_EQ(said(changed(kSetup, {wrong})), kNo) << wrong.at;
  }
  EXPECT_EQ(said(changed(kPlus, {{8, 4}})), kNo) << "version";
  EXPECT_EQ(said(changed(kPlus, {{10, 3}})), kNo) << "length";
}

TEST(S7commCheck, BytesArriveOneByOne) {
  const std::vector<Change> arriving{{0, kMore}, {22 + 7 + 10, kYes}};
  EXPECT_EQ(changes(check_named("s7comm"), Side::client, joined(kRequest, kSetup)), arriving);
}

}  // namespace s7comm_check
}  // namespace ghostport
