#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace telnet_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState state(const ByteString& bytes, bool complete = true) {
  return ask(check_named("telnet"), Side::server, bytes, complete);
}

TEST(TelnetCheck, TwoNegotiationsAreEnough) {
  const std::vector<Change> arriving{{0, kMore}, {6, kYes}};
  EXPECT_EQ(changes(check_named("telnet"), Side::server, from_hex("fffd18 fffd20 fffd23")), arriving);
  const std::vector<Change> with_text{{0, kMore}, {10, kYes}};
  EXPECT_EQ(changes(check_named("telnet"), Side::server, from_hex("0d0a fffb01 4869 fffb03 fff9")), with_text);
  EXPECT_EQ(state(from_hex("fffd18")), kNo);
  EXPECT_EQ(state(from_hex("fffd18"), false), kMore);
}

TEST(TelnetCheck, OrOneWholeSubnegotiation) {
  const std::vector<Change> arriving{{0, kMore}, {11, kYes}};
  EXPECT_EQ(changes(check_named("telnet"), Side::client, from_hex("fffa 18 00 7874 ffff 6d fff0 00")), arriving);
  EXPECT_EQ(state(from_hex("fffa 18 00 fffd 18")), kNo);
  EXPECT_EQ(state(joined(from_hex("fffa 18"), ByteString(600, 'B'))), kNo) << "longer than any";
}

TEST(TelnetCheck, OtherBytesAreNone) {
  EXPECT_EQ(state(from_hex("fffb90 64fffb01")), kNo) << "an unknown option";
  EXPECT_EQ(state(from_hex("fffb01 80 fffb03")), kNo) << "no text";
  EXPECT_EQ(state(from_hex("ffd8 ffe0")), kNo) << "a picture";
  EXPECT_EQ(state(from_hex("ffff fffb01 fffb03")), kNo);
}

}  // namespace telnet_check
}  // namespace ghostport
