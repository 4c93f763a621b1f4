#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace openflow_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState openflow(std::string_view digits, bool complete = false) {
  return ask(check_named("openflow"), Side::client, from_hex(digits), complete);
}

TEST(OpenflowCheck, AHelloTellsItsVersions) {
  const ByteString hello = from_hex("06000010 00000001 00010008 00000040");
  const std::vector<Change> arriving{{0, kMore}, {12, kYes}};
  EXPECT_EQ(changes(check_named("openflow"), Side::client, hello), arriving);
  EXPECT_EQ(openflow("07000010 00000001 00010008 00000040"), kNo);
  EXPECT_EQ(openflow("06010010 00000001 00010008 00000040"), kNo) << "no hello";
  EXPECT_EQ(openflow("06000012 00000001 00010008 00000040"), kNo);
  EXPECT_EQ(openflow("06000010 00000001 00020008 00000040"), kNo);
  EXPECT_EQ(openflow("06000010 00000001 0001000C 00000040"), kNo) << "longer than the message";
}

TEST(OpenflowCheck, OrAnotherMessageFollows) {
  EXPECT_EQ(openflow("01000008 00000001"), kMore);
  EXPECT_EQ(openflow("01000008 00000001", true), kNo);
  EXPECT_EQ(openflow("04000008 00000001 01050008 00000002"), kYes);
  EXPECT_EQ(openflow("01000008 00000001 04050008 00000002"), kNo) << "a version that was not offered";
  EXPECT_EQ(openflow("01000008 00000001 01000008 00000002"), kNo) << "a second hello";
  EXPECT_EQ(openflow("01000008 00000001 01240008 00000002"), kNo);
  EXPECT_EQ(openflow("01000008 00000001 01050007 00000002"), kNo);
}

}  // namespace openflow_check
}  // namespace ghostport
