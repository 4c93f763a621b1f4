#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace radmin_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState said(std::string_view hex, bool complete = false) {
  return ask(check_named("radmin"), Side::client, from_hex(hex), complete);
}

TEST(RadminCheck, TheSumGoesOverTypeAndData) {
  EXPECT_EQ(said("01 00000001 00000008 08"), kYes);
  EXPECT_EQ(said("01 00000005 00000227 27 02000000"), kYes);
  EXPECT_EQ(said("01 00000005 00000227 27 03000000"), kNo);
  EXPECT_EQ(said("02 00000001 00000008 08"), kNo) << "magic";
  EXPECT_EQ(said("01 00000000 00000000"), kNo) << "no type";
  EXPECT_EQ(said("01 00000801 00000008 08"), kNo) << "too long to open a session";
  const std::vector<Change> arriving{{0, kMore}, {14, kYes}};
  EXPECT_EQ(changes(check_named("radmin"), Side::server, from_hex("01 00000005 00000227 27 02000000")), arriving);
  EXPECT_EQ(said("01 00000005 00000227 27", true), kNo);
}

}  // namespace radmin_check
}  // namespace ghostport
