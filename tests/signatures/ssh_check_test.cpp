#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace ssh_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString kexinit(unsigned length, unsigned padding, unsigned type, std::string_view first, std::string_view second) {
  return ByteWriter()
      .u32(length)
      .u8(padding)
      .u8(type)
      .add("0123456789abcdef")
      .counted(4, first)
      .counted(4, second)
      .bytes();
}

CheckState state(const ByteString& bytes, bool complete = true) {
  return ask(check_named("ssh-kexinit"), Side::client, bytes, complete);
}

TEST(SshCheck, AKeyExchangeIsSureAtItsFirstList) {
  const ByteString bytes = kexinit(204, 4, 20, "curve25519-sha256", "ssh-ed25519");
  const std::vector<Change> arriving{{0, kMore}, {22 + 4 + 17, kYes}};
  EXPECT_EQ(changes(check_named("ssh-kexinit"), Side::server, bytes), arriving);
  const std::vector<Change> ended{{0, kNo}, {22 + 4 + 16, kYes}};
  EXPECT_EQ(changes(check_named("ssh-kexinit"), Side::server, bytes, true), ended);
}

TEST(SshCheck, EachFieldMustHold) {
  EXPECT_EQ(state(kexinit(204, 3, 20, "curve25519-sha256", "")), kNo);
  EXPECT_EQ(state(kexinit(204, 4, 21, "curve25519-sha256", "")), kNo);
  EXPECT_EQ(state(kexinit(203, 4, 20, "curve25519-sha256", "")), kNo) << "no multiple of a block";
  EXPECT_EQ(state(kexinit(60, 4, 20, "curve25519-sha256", "")), kNo) << "too short for its fields";
  EXPECT_EQ(state(kexinit(1 << 20, 4, 20, "curve25519-sha256", "")), kNo);
  EXPECT_EQ(state(kexinit(204, 4, 20, "", "ssh-ed25519")), kNo);
  EXPECT_EQ(state(kexinit(204, 4, 20, "curve25519 sha256", "")), kNo);
  EXPECT_EQ(state(kexinit(204, 4, 20, "curve25519-sha256", "ssh\xFF")), kNo);
}

}  // namespace ssh_check
}  // namespace ghostport
