#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace memcached_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString text(std::string_view line) { return {line.begin(), line.end()}; }

ByteString header(unsigned magic, unsigned opcode, unsigned key, unsigned extras, unsigned status, unsigned body) {
  return ByteWriter().u8(magic).u8(opcode).u16(key).u8(extras).u8(0).u16(status).u32(body).zeros(12).bytes();
}

CheckState binary(Side side, const ByteString& bytes) {
  return ask(check_named("memcached-binary"), side, bytes, true);
}

TEST(MemcachedCheck, ABlockIsDecidedAtItsEnd) {
  const CheckFunction check = check_named("memcached-block");
  const ByteString bytes = text("set a 0 60 5\r\nhello\r\n");
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check, Side::client, bytes), arriving);
  EXPECT_EQ(ask(check, Side::client, text("set a 0 60 5\r\nhello!\r\n")), kNo);
  EXPECT_EQ(ask(check, Side::client, text("set a 0 60 x\r\nhello\r\n")), kNo);
  EXPECT_EQ(ask(check, Side::client, text("set a 0 60\r\n")), kNo);
  EXPECT_EQ(ask(check, Side::client, text("set a b c d e f g\r\n")), kNo);
  EXPECT_EQ(ask(check, Side::server, text("VALUE a 0 5 77\r\nhello\r\n")), kYes);
  EXPECT_EQ(ask(check, Side::server, text("VALUE a 0 4\r\nhello\r\n")), kNo);
  EXPECT_EQ(ask(check, Side::server, text("VALUE a 0 5\rhello\r\n")), kNo);
}

TEST(MemcachedCheck, ARequestsSizesMustFitItsOperation) {
  EXPECT_EQ(binary(Side::client, header(0x80, 0x00, 5, 0, 0, 5)), kYes);
  EXPECT_EQ(binary(Side::client, header(0x80, 0x01, 5, 8, 0, 20)), kYes);
  EXPECT_EQ(binary(Side::client, header(0x80, 0x0B, 0, 0, 0, 0)), kYes);
  EXPECT_EQ(binary(Side::client, header(0x81, 0x00, 5, 0, 0, 5)), kNo);
  EXPECT_EQ(binary(Side::client, header(0x80, 0x1F, 5, 0, 0, 5)), kNo);
  EXPECT_EQ(binary(Side::client, header(0x80, 0x00, 0, 0, 0, 5)), kNo) << "no key";
  EXPECT_EQ(binary(Side::client, header(0x80, 0x00, 251, 0, 0, 251)), kNo);
  EXPECT_EQ(binary(Side::client, header(0x80, 0x01, 5, 4, 0, 20)), kNo);
  EXPECT_EQ(binary(Side::client, header(0x80, 0x01, 5, 8, 0, 12)), kNo);
  EXPECT_EQ(binary(Side::client, header(0x80, 0x00, 5, 0, 1, 5)), kNo);
  EXPECT_EQ(binary(Side::client, joined(header(0x80, 0x0A, 0, 0, 0, 0), header(0x80, 0x1F, 0, 0, 0, 0))), kNo);
  const std::vector<Change> arriving{{0, kMore}, {24, kYes}};
  EXPECT_EQ(changes(check_named("memcached-binary"), Side::client, header(0x80, 0x0A, 0, 0, 0, 0)), arriving);
}

TEST(MemcachedCheck, AResponsesFieldsMustHold) {
  EXPECT_EQ(binary(Side::server, header(0x81, 0x00, 0, 4, 0, 9)), kYes);
  EXPECT_EQ(binary(Side::server, header(0x81, 0x00, 0, 0, 1, 9)), kYes);
  EXPECT_EQ(binary(Side::server, header(0x81, 0x00, 0, 0, 9, 9)), kNo);
  EXPECT_EQ(binary(Side::server, header(0x81, 0x00, 0, 4, 1, 9)), kNo);
  EXPECT_EQ(binary(Side::server, header(0x81, 0x00, 0, 3, 0, 9)), kNo);
  EXPECT_EQ(binary(Side::server, header(0x81, 0x00, 0, 4, 0, 3)), kNo);
  EXPECT_EQ(binary(Side::server, header(0x81, 0xB5, 0, 0, 0, 9)), kNo);
}

}  // namespace memcached_check
}  // namespace ghostport
