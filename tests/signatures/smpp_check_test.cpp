#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace smpp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString header(unsigned length, unsigned command, unsigned status) {
  return ByteWriter().u32(length).u32(command).u32(status).u32(1).bytes();
}
CheckState state(Side side, const ByteString& bytes) { return ask(check_named("smpp"), side, bytes, true); }

TEST(SmppCheck, ABindsFieldsFillIt) {
  using namespace std::string_view_literals;
  const auto bind = [](unsigned length, std::string_view body) {
    return joined(header(length, 9, 0), ByteWriter().add(body).bytes());
  };
  const auto body = "user\0pass\0\0\x34\0\0\0"sv;
  const std::vector<Change> arriving{{0, kMore}, {31, kYes}};
  EXPECT_EQ(changes(check_named("smpp"), Side::client, bind(31, body)), arriving);
  EXPECT_EQ(state(Side::server, bind(31, body)), kNo);
  EXPECT_EQ(state(Side::client, bind(31, "user\0pass\0\0\x55\0\0\0"sv)), kNo);
  EXPECT_EQ(state(Side::client, bind(31, "user\0pass\0\0\x34\x09\0\0"sv)), kNo);
  EXPECT_EQ(state(Side::client, bind(31, "us\x01r\0pass\0\0\x34\0\0\0"sv)), kNo);
  EXPECT_EQ(state(Side::client, bind(32, "user\0pass\0\0\x34\0\0\0\0"sv)), kNo) << "a byte too many";
}

TEST(SmppCheck, ACommandSaysWhoSendsIt) {
  EXPECT_EQ(state(Side::client, header(16, 0x15, 0)), kYes);
  EXPECT_EQ(state(Side::server, header(16, 0x80000015, 0)), kYes);
  EXPECT_EQ(state(Side::client, header(100, 4, 0)), kYes);
  EXPECT_EQ(state(Side::server, header(100, 5, 0)), kYes);
  EXPECT_EQ(state(Side::client, header(17, 0x80000005, 0)), kYes);
  EXPECT_EQ(state(Side::server, header(17, 0x80000004, 0x58)), kYes);
  EXPECT_EQ(state(Side::server, header(100, 4, 0)), kNo);
  EXPECT_EQ(state(Side::client, header(100, 5, 0)), kNo);
  EXPECT_EQ(state(Side::client, header(17, 0x15, 0)), kNo);
  EXPECT_EQ(state(Side::client, header(16, 0x15, 1)), kNo);
  EXPECT_EQ(state(Side::client, header(15, 0x15, 0)), kNo);
  EXPECT_EQ(state(Side::client, header(16, 0x16, 0)), kNo);
  EXPECT_EQ(state(Side::server, header(17, 0x80000004, 0x5000)), kNo);
}

}  // namespace smpp_check
}  // namespace ghostport
