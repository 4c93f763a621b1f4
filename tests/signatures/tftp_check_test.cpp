#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace tftp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString data(unsigned block, std::size_t size = 8) { return ByteWriter().u16(3).u16(block).zeros(size).bytes(); }
ByteString acknowledged(unsigned block) { return ByteWriter().u16(4).u16(block).bytes(); }
CheckState train(const char* check, const std::vector<ByteString>& datagrams, bool complete = true) {
  return ask(check_named(check), datagrams, complete);
}

TEST(TftpCheck, DataBeginsWithBlockOneOrGoesOn) {
  EXPECT_EQ(train("tftp-data", {data(1)}), kYes);
  EXPECT_EQ(train("tftp-data", {data(7)}, false), kMore);
  EXPECT_EQ(train("tftp-data", {data(7), data(7)}), kNo) << "sent again";
  EXPECT_EQ(train("tftp-data", {data(7), data(8)}), kYes);
  EXPECT_EQ(train("tftp-data", {data(1), data(3)}), kNo);
  EXPECT_EQ(train("tftp-data", {from_hex("0006 61 00 62 00"), data(1)}), kYes) << "behind an answer to options";
  EXPECT_EQ(train("tftp-data", {from_hex("00050000"), data(1)}), kNo);
  EXPECT_EQ(train("tftp-data", {acknowledged(1)}), kNo);
  const ByteString allocation = ByteWriter().u16(3).u16(0).u32(0x2112A442).zeros(12).bytes();
  EXPECT_EQ(train("tftp-data", {allocation}), kNo) << "STUN";
}

TEST(TftpCheck, AcknowledgementsGoOn) {
  EXPECT_EQ(train("tftp-acknowledgement", {acknowledged(0), acknowledged(1)}), kYes);
  EXPECT_EQ(train("tftp-acknowledgement", {acknowledged(0)}, false), kMore);
  EXPECT_EQ(train("tftp-acknowledgement", {acknowledged(0), acknowledged(0)}), kNo) << "sent again";
  EXPECT_EQ(train("tftp-acknowledgement", {acknowledged(9), acknowledged(25)}), kYes) << "a window";
  EXPECT_EQ(train("tftp-acknowledgement", {acknowledged(9), acknowledged(90)}), kNo);
  EXPECT_EQ(train("tftp-acknowledgement", {acknowledged(1), acknowledged(0)}), kNo);
  EXPECT_EQ(train("tftp-acknowledgement", {joined(acknowledged(1), {0})}), kNo);
}

TEST(TftpCheck, FourPacketsOfOneSide) {
  EXPECT_EQ(train("tftp-transfer", {data(5), data(6), data(7), data(8, 3)}), kYes);
  EXPECT_EQ(train("tftp-transfer", {data(5), data(6), data(6), data(7)}), kNo) << "three and one again";
  EXPECT_EQ(train("tftp-transfer", {data(5), data(6), data(7)}, false), kMore);
  EXPECT_EQ(train("tftp-transfer", {data(5), data(6, 7), data(7), data(8)}), kNo) << "sizes";
  EXPECT_EQ(train("tftp-transfer", {data(5), data(6), data(7), data(8, 9)}), kNo) << "sizes";
  EXPECT_EQ(train("tftp-transfer", {data(5), data(6), data(7), data(9)}), kNo) << "numbers";
  EXPECT_EQ(train("tftp-transfer", {acknowledged(0xFFFE), acknowledged(0xFFFF), acknowledged(0), acknowledged(1)}),
            kYes);
}

}  // namespace tftp_check
}  // namespace ghostport
