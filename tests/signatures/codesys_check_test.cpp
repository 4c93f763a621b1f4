#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace codesys_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kBlock = from_hex("000117E814000000C56B400300322DDE01020304");

TEST(CodesysCheck, BlocksHold) {
  const auto said = [](const ByteString& bytes) { return ask(check_named("codesys"), Side::client, bytes); };
  EXPECT_EQ(said(kBlock), kYes);
  EXPECT_EQ(said(joined(kBlock, kBlock)), kYes);
  for (const Byte& wrong : {Byte{0, 1}, Byte{3, 0xE9}, Byte{4, 9}, Byte{6, 1}, Byte{8, 0xC4}}) {
    EXPECT_EQ(said(changed(kBlock, {wrong})), kNo) << wrong.at;
  }
  const std::vector<Change> arriving{{0, kMore}, {9, kYes}};
  EXPECT_EQ(changes(check_named("codesys"), Side::server, kBlock), arriving);
}

}  // namespace codesys_check
}  // namespace ghostport
