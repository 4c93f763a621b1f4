#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace git_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState request(std::string_view text) {
  return ask(check_named("git-request"), Side::client, ByteWriter().add(text).bytes(), true);
}
CheckState line(std::string_view text) {
  return ask(check_named("git-line"), Side::server, ByteWriter().add(text).bytes(), true);
}

TEST(GitCheck, ARequestIsOneWholeLine) {
  using namespace std::string_view_literals;
  const ByteString whole = ByteWriter().add("0026git-upload-pack /a.git\0host=a.b.c\0"sv).bytes();
  const std::vector<Change> arriving{{0, kMore}, {0x26, kYes}};
  EXPECT_EQ(changes(check_named("git-request"), Side::client, whole), arriving);
  EXPECT_EQ(request("001fgit-upload-pack /a/long.git"), kYes) << "without parameters";
  EXPECT_EQ(request("0026git-upload-pack /a.git\0host=a.b.cc"sv), kNo) << "no zero at the end";
  EXPECT_EQ(request("0026git-upload-pack /a\x01git\0host=a.b.c\0"sv), kNo);
  EXPECT_EQ(request("00g7git-upload-pack /a.git\0host=a.b.c\0"sv), kNo);
}

TEST(GitCheck, ALineIsFollowedByALine) {
  EXPECT_EQ(line("000eversion 2\n"), kYes);
  EXPECT_EQ(line("000eversion 2\n0000"), kYes);
  EXPECT_EQ(line("000eversion 2\n0015agent=git"), kYes);
  EXPECT_EQ(line("000eversion 2\nversion 2"), kNo);
  EXPECT_EQ(line("0004"), kNo) << "empty";
  EXPECT_EQ(line("0003version"), kNo);
  EXPECT_EQ(line("fff1version"), kNo) << "longer than any";
}

}  // namespace git_check
}  // namespace ghostport
