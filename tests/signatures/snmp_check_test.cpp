#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace snmp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

CheckState says(const char* check, const ByteString& bytes) {
  return ask(check_named(check), Side::client, bytes, true);
}

/// The same bytes with one of them changed.
ByteString with(ByteString bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<std::uint8_t>(value);
  return bytes;
}
/// A datagram that a check takes whole: not one byte less.
void expect_only_whole(const char* check, const ByteString& bytes) {
  const std::vector<Change> arriving{{0, kNo}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named(check), Side::server, bytes), arriving);
}

// Version 2c, community "public", GetNextRequest of one variable.
const ByteString kRequest =
    from_hex("3026 020101 04067075626c6963 a119 020409584e45 020100 020100 300b 3009 06052b06010201 0500");
const ByteString kVersion3 = from_hex(
    "303e 020103 3011 02045e85777a 020300ffe3 040104 020103 0410 300e0400020100020100040004000400"
    "3014 0400 0400 a00e 020447a313c3 020100 020100 3000");
const ByteString kTrap = from_hex(
    "3029 020100 04067075626c6963 a41c 06052b06010401 4004c0000201 020106 020103 430164 3007 3005 060129 0500");

TEST(SnmpCheck, EveryLengthReachesTheEnd) {
  for (const ByteString& message : {kRequest, kVersion3}) expect_only_whole("snmp", message);
  EXPECT_EQ(says("snmp", joined(kRequest, {0})), kNo);
  EXPECT_EQ(says("snmp", with(kRequest, 1, 0x25)), kNo) << "message";
  EXPECT_EQ(says("snmp", with(kRequest, 14, 0x18)), kNo) << "PDU";
  EXPECT_EQ(says("snmp", with(kRequest, 28, 0x0A)), kNo) << "list of variables";
  EXPECT_EQ(says("snmp", with(kRequest, 30, 0x08)), kNo) << "variable";
  EXPECT_EQ(says("snmp", with(kRequest, 39, 0x01)), kNo) << "value";
}

TEST(SnmpCheck, FieldsAreThoseOfTheVersion) {
  EXPECT_EQ(says("snmp", with(kRequest, 4, 0)), kYes) << "version 1";
  EXPECT_EQ(says("snmp", with(kRequest, 4, 2)), kNo) << "version 2 was never used";
  EXPECT_EQ(says("snmp", with(kRequest, 5, 0x0C)), kNo) << "a community of another type";
  EXPECT_EQ(says("snmp", with(kRequest, 13, 0xA9)), kNo) << "a PDU that is not there";
  EXPECT_EQ(says("snmp", with(with(kRequest, 4, 0), 13, 0xA5)), kNo) << "GetBulk in version 1";
  EXPECT_EQ(says("snmp", with(kRequest, 23, 19)), kNo) << "error status";
  EXPECT_EQ(says("snmp", with(kRequest, 26, 0x80)), kNo) << "error index below zero";
  EXPECT_EQ(says("snmp", with(kRequest, 31, 0x05)), kNo) << "a variable without a name";
}

TEST(SnmpCheck, ATrapOfVersion1HasItsOwnFields) {
  ByteString trap = kTrap;
  trap[1] = static_cast<std::uint8_t>(trap.size() - 2);
  trap[14] = static_cast<std::uint8_t>(trap.size() - 15);
  expect_only_whole("snmp", trap);
  EXPECT_EQ(says("snmp", with(trap, 4, 1)), kNo) << "in version 2c";
  EXPECT_EQ(says("snmp", with(trap, 30, 7)), kNo) << "kind of trap";
  EXPECT_EQ(says("snmp", with(trap, 22, 0x41)), kNo) << "no address";
  EXPECT_EQ(says("snmp", with(trap, 34, 0x02)), kNo) << "no time";
}

TEST(SnmpCheck, Version3SaysHowItIsProtected) {
  EXPECT_EQ(says("snmp", with(kVersion3, 20, 0x08)), kNo) << "reserved flag";
  EXPECT_EQ(says("snmp", with(kVersion3, 20, 0x07)), kNo) << "encrypted, but plain";
  EXPECT_EQ(says("snmp", with(kVersion3, 15, 0x80)), kNo) << "a size below zero";
  EXPECT_EQ(says("snmp", with(kVersion3, 23, 0x00)), kNo) << "no security model";
  const ByteString encrypted = from_hex("301e 020103 3010 020401020304 020205dc 040103 020103 0400 0405 0102030405");
  EXPECT_EQ(says("snmp", encrypted), kYes);
  EXPECT_EQ(says("snmp", with(encrypted, 19, 0x01)), kNo) << "not encrypted, but not plain";
}

TEST(SnmpCheck, LengthsOfManyBytesAreRead) {
  const ByteString rest(kRequest.begin() + 2, kRequest.end());
  EXPECT_EQ(says("snmp", joined(from_hex("308126"), rest)), kYes);
  EXPECT_EQ(says("snmp", joined(from_hex("308400000026"), rest)), kYes);
  EXPECT_EQ(says("snmp", joined(from_hex("30850000000026"), rest)), kNo);
  EXPECT_EQ(says("snmp", joined(from_hex("3080"), rest)), kNo) << "no end is told";
  EXPECT_EQ(says("snmp", joined(from_hex("3084ffffffff"), rest)), kNo);
}

}  // namespace snmp_check
}  // namespace ghostport
