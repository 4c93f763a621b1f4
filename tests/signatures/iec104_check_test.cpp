#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace iec104_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kStart = from_hex("680407000000");
const ByteString kSupervisory = from_hex("680401009C00");
const ByteString kInterrogation = from_hex("680E0000000064010600010000000014");

CheckState apdu(const ByteString& bytes) { return ask(check_named("iec104"), Side::client, bytes); }
ByteString numbered(unsigned number) { return changed(kInterrogation, {{2, number << 1}}); }

TEST(Iec104Check, OneUnnumberedOrTwoOthersHold) {
  for (const unsigned function : {0x07U, 0x0BU, 0x13U, 0x23U, 0x43U, 0x83U}) {
    EXPECT_EQ(apdu(changed(kStart, {{2, function}})), kYes) << function;
  }
  EXPECT_EQ(apdu(kSupervisory), kMore);
  EXPECT_EQ(apdu(joined(kSupervisory, kSupervisory)), kYes);
  EXPECT_EQ(apdu(numbered(0)), kMore);
  EXPECT_EQ(apdu(joined(numbered(0), numbered(1))), kYes);
  EXPECT_EQ(apdu(joined(numbered(0), kSupervisory)), kYes);
}

TEST(Iec104Check, FieldsMustHold) {
  EXPECT_EQ(apdu(changed(kStart, {{0, 0x69}})), kNo);
  EXPECT_EQ(apdu(changed(kStart, {{1, 3}})), kNo) << "shorter than any";
  EXPECT_EQ(apdu(changed(kStart, {{2, 0x0F}})), kNo) << "two functions at once";
  EXPECT_EQ(apdu(changed(kStart, {{5, 1}})), kNo);
  EXPECT_EQ(apdu(changed(kSupervisory, {{2, 5}})), kNo);
  EXPECT_EQ(apdu(changed(kSupervisory, {{4, 1}})), kNo);
  EXPECT_EQ(apdu(changed(kInterrogation, {{1, 0x0F}})), kNo) << "a length that the type does not have";
  EXPECT_EQ(apdu(changed(kInterrogation, {{6, 2}})), kNo) << "no such type";
  EXPECT_EQ(apdu(changed(kInterrogation, {{7, 0}})), kNo) << "no objects";
  EXPECT_EQ(apdu(changed(kInterrogation, {{8, 14}})), kNo) << "no such cause";
  EXPECT_EQ(apdu(joined(numbered(0), numbered(2))), kNo) << "numbers go up by one";
}

TEST(Iec104Check, BytesArriveOneByOne) {
  const std::vector<Change> arriving{{0, kMore}, {28, kYes}};
  EXPECT_EQ(changes(check_named("iec104"), Side::server, joined(numbered(5), numbered(6))), arriving);
}

}  // namespace iec104_check
}  // namespace ghostport
