#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace kerberos_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString message(unsigned type, unsigned version = 5, unsigned said_type = 0, unsigned first = 0xA0) {
  return ByteWriter()
      .u8(0x60 | type)
      .u8(14)
      .u16(0x300C)
      .u8(first)
      .u24(0x030201)
      .u8(version)
      .u8(first + 1)
      .u24(0x030201)
      .u8(said_type == 0 ? type : said_type)
      .u16(0xA400)
      .bytes();
}

ByteString request(unsigned type) { return message(type, 5, 0, 0xA1); }

TEST(KerberosCheck, EveryMessageOfItsSide) {
  const CheckFunction check = check_named("kerberos");
  for (const unsigned type : {10U, 12U}) {
    EXPECT_EQ(ask(check, Side::client, request(type)), kYes) << type;
    EXPECT_EQ(ask(check, Side::server, request(type)), kNo) << type;
    EXPECT_EQ(ask(check, Side::client, message(type)), kNo) << "its fields count from 1";
  }
  for (const unsigned type : {11U, 13U, 15U, 30U}) {
    EXPECT_EQ(ask(check, Side::server, message(type)), kYes) << type;
    EXPECT_EQ(ask(check, Side::client, message(type)), kNo) << type;
  }
  for (const unsigned type : {20U, 21U, 22U}) {
    EXPECT_EQ(ask(check, Side::server, message(type)), kYes) << type;
    EXPECT_EQ(ask(check, Side::client, message(type)), kYes) << type;
  }
  EXPECT_EQ(ask(check, Side::client, message(14)), kYes);
  EXPECT_EQ(ask(check, Side::client, message(16)), kNo);
}

TEST(KerberosCheck, VersionTypeAndLengthMustHold) {
  const CheckFunction check = check_named("kerberos");
  EXPECT_EQ(ask(check, Side::server, message(30, 4)), kNo);
  EXPECT_EQ(ask(check, Side::server, message(30, 5, 11)), kNo);
  EXPECT_EQ(ask(check, Side::server, joined(message(30), {0})), kNo);
  for (std::size_t size = 0; size < message(30).size(); ++size) {
    EXPECT_EQ(ask(check, Side::server, first_bytes(message(30), size)), kNo) << size;
  }
}

TEST(KerberosCheck, AStreamHasALengthBefore) {
  const CheckFunction check = check_named("kerberos-stream");
  const ByteString good = ByteWriter().counted(4, request(10)).bytes();
  const std::vector<Change> arriving{{0, kMore}, {18, kYes}};
  EXPECT_EQ(changes(check, Side::client, good), arriving);
  EXPECT_EQ(ask(check, Side::client, joined(from_hex("00000011"), request(10))), kNo);
  EXPECT_EQ(ask(check, Side::client, joined(from_hex("0000000f"), request(10))), kNo);
  EXPECT_EQ(ask(check, Side::client, joined(from_hex("02000010"), request(10))), kNo);
}

TEST(KerberosCheck, PasswordsAreChanged) {
  const auto change = [](unsigned version, const ByteString& first, const ByteString& second, int more = 0) {
    const std::size_t length = 6 + first.size() + second.size() + static_cast<std::size_t>(more);
    return ByteWriter().u16(length).u16(version).counted(2, first).add(second).bytes();
  };
  const CheckFunction check = check_named("kpasswd");
  EXPECT_EQ(ask(check, Side::client, change(0xFF80, message(14), message(21))), kYes);
  EXPECT_EQ(ask(check, Side::client, change(1, message(14), message(21))), kYes);
  EXPECT_EQ(ask(check, Side::client, change(2, message(14), message(21))), kNo);
  EXPECT_EQ(ask(check, Side::client, change(1, message(14), message(21), 1)), kNo);
  EXPECT_EQ(ask(check, Side::client, change(1, message(15), message(21))), kNo);
  EXPECT_EQ(ask(check, Side::server, change(1, message(15), message(21))), kYes);
  EXPECT_EQ(ask(check, Side::server, change(0xFF80, message(15), message(21))), kNo);
  EXPECT_EQ(ask(check, Side::server, change(1, {}, message(30))), kYes);
  EXPECT_EQ(ask(check, Side::client, change(1, {}, message(30))), kNo);
  EXPECT_EQ(ask(check, Side::client, change(1, message(14), {})), kNo);
  const ByteString stream = ByteWriter().counted(4, change(1, message(14), message(21))).bytes();
  const std::vector<Change> arriving{{0, kMore}, {4 + 6 + 14, kYes}};
  EXPECT_EQ(changes(check_named("kpasswd-stream"), Side::client, stream), arriving);
}

}  // namespace kerberos_check
}  // namespace ghostport
