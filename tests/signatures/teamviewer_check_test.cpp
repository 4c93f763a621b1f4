#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace teamviewer_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kShort = from_hex("1724 0A 0400 61626364");
const ByteString kLong = from_hex("1130 36 00 02000000 01000000 00000000 1B000000 18000000 6162");

CheckState packets(const ByteString& bytes) { return ask(check_named("teamviewer-packets"), Side::client, bytes); }
CheckState first(const ByteString& bytes) { return ask(check_named("teamviewer-first"), Side::client, bytes); }
CheckState datagram(std::string_view hex) {
  return ask(check_named("teamviewer-datagram"), std::vector<ByteString>{from_hex(hex)});
}

TEST(TeamviewerCheck, TheSecondHeaderStandsWhereTheFirstSays) {
  EXPECT_EQ(packets(joined(kShort, kShort)), kYes);
  EXPECT_EQ(packets(joined(kLong, kShort)), kYes);
  EXPECT_EQ(packets(joined(kShort, kLong)), kYes);
  EXPECT_EQ(packets(kShort), kMore);
  EXPECT_EQ(packets(joined(kShort, from_hex("00 1724 0A 0400"))), kNo);
  EXPECT_EQ(packets(joined(kShort, from_hex("1724 0C 0400"))), kNo) << "no such command";
  EXPECT_EQ(packets(from_hex("1724 0A 0000 1724 0A 0400")), kNo) << "no data";
  EXPECT_EQ(packets(from_hex("1130 36 01 02000000")), kNo) << "a byte that is zero";
  EXPECT_EQ(packets(from_hex("1725 0A 0400 61")), kNo);
}

TEST(TeamviewerCheck, AFirstPacketIsWhole) {
  const std::vector<Change> arriving{{0, kMore}, {9, kYes}};
  EXPECT_EQ(changes(check_named("teamviewer-first"), Side::server, kShort), arriving);
  EXPECT_EQ(first(kLong), kYes);
  EXPECT_EQ(first(joined(kShort, from_hex("00 00 00 00 00"))), kNo) << "what follows is no packet";
}

TEST(TeamviewerCheck, ADatagramIsMeasured) {
  EXPECT_EQ(datagram("00000000000000000000 03 1724 47 0400 61626364"), kYes);
  EXPECT_EQ(datagram("00000000000000000000 03 1724 47 0500 61626364"), kNo);
  EXPECT_EQ(datagram("00000000000000000000 03 1725 47 0400 61626364"), kNo);
  EXPECT_EQ(datagram("00000000000000000000 03 1724 40 0400 61626364"), kNo) << "no such command";
  EXPECT_EQ(datagram("00000000000000000000 03 1724 47 0000"), kNo);
}

}  // namespace teamviewer_check
}  // namespace ghostport
