#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace mysql_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString packet(unsigned sequence, const ByteString& body) {
  return ByteWriter().le24(body.size()).u8(sequence).add(body).bytes();
}

ByteString greeting_body(std::string_view version, unsigned filler = 0, unsigned reserved = 0) {
  return ByteWriter()
      .u8(10)
      .add(version)
      .u8(0)
      .le32(8)
      .add("abcdefgh")
      .u8(filler)
      .le16(0xFFFF)
      .u8(255)
      .le16(2)
      .le16(0xDFFF)
      .u8(21)
      .zeros(5)
      .u8(reserved)
      .zeros(4)
      .add("ijklmnopqrst")
      .u8(0)
      .add("caching_sha2_password")
      .u8(0)
      .bytes();
}

ByteString login_body(unsigned capabilities, std::string_view user, std::size_t zeros = 23) {
  return ByteWriter()
      .le32(capabilities)
      .le32(1 << 24)
      .u8(255)
      .zeros(zeros)
      .add(user)
      .u8(0)
      .counted(1, random_bytes(20, 1))
      .bytes();
}

ByteString ssl_request(unsigned capabilities) {
  return packet(1, ByteWriter().le32(capabilities).le32(1 << 24).u8(255).zeros(23).bytes());
}

CheckState greeting(const ByteString& bytes, bool complete = true) {
  return ask(check_named("mysql-greeting"), Side::server, bytes, complete);
}
CheckState login(const ByteString& bytes, bool complete = true) {
  return ask(check_named("mysql-login"), Side::client, bytes, complete);
}

TEST(MysqlCheck, AGreetingIsDecidedAtItsReservedBytes) {
  const ByteString bytes = packet(0, greeting_body("8.0.36"));
  const std::size_t decided = 4 + 1 + 7 + 15 + 12;
  const std::vector<Change> arriving{{0, kMore}, {decided, kYes}};
  EXPECT_EQ(changes(check_named("mysql-greeting"), Side::server, bytes), arriving);
  const std::vector<Change> ended{{0, kNo}, {decided, kYes}};
  EXPECT_EQ(changes(check_named("mysql-greeting"), Side::server, bytes, true), ended);
}

TEST(MysqlCheck, ProvesWhatItHasRead) {
  const auto proven = [](CheckFunction check, const ByteString& bytes) {
    return check(Said::stream(bytes).payload(false), Side::server).proven;
  };
  EXPECT_EQ(proven(check_named("mysql-greeting"), packet(0, greeting_body("8.0.36"))), 4U + 1 + 7 + 27);
  EXPECT_EQ(proven(check_named("mysql-greeting"), packet(0, first_bytes(greeting_body("8.0.36"), 1 + 7 + 15))),
            4U + 1 + 7 + 15);
  EXPECT_EQ(proven(check_named("mysql-login"), packet(1, login_body(0x00BAA28D, "user"))), 4U + 32 + 5);
  EXPECT_EQ(proven(check_named("mysql-login"), ssl_request(0x00BAAE8D)), 4U + 32);
}

TEST(MysqlCheck, AGreetingsFieldsMustHold) {
  EXPECT_EQ(greeting(packet(0, greeting_body("5.5.5-10.6.12-MariaDB"))), kYes);
  EXPECT_EQ(greeting(packet(1, greeting_body("8.0.36"))), kNo);
  EXPECT_EQ(greeting(packet(0, greeting_body(""))), kNo);
  EXPECT_EQ(greeting(packet(0, greeting_body("8.0\x01"))), kNo);
  EXPECT_EQ(greeting(packet(0, greeting_body("8.0.36", 1))), kNo);
  EXPECT_EQ(greeting(packet(0, greeting_body("8.0.36", 0, 1))), kNo);
  EXPECT_EQ(greeting(packet(0, greeting_body(std::string(1100, 'a')))), kNo) << "longer than any";
  EXPECT_EQ(greeting(packet(0, first_bytes(greeting_body("8.0.36"), 1 + 7 + 15))), kYes) << "as before 4.1";
  EXPECT_EQ(greeting(packet(0, first_bytes(greeting_body("8.0.36"), 1 + 7 + 31))), kYes) << "as in 4.0";
  for (const std::size_t size : {14U, 16U, 30U}) {
    EXPECT_EQ(greeting(joined(packet(0, first_bytes(greeting_body("8.0.36"), 1 + 7 + size)), ByteString(40))), kNo)
        << "ends within its fields: " << size;
  }
  EXPECT_EQ(greeting(packet(0, first_bytes(greeting_body("8.0.36"), 1 + 7 + 9))), kNo);
}

TEST(MysqlCheck, AnErrorIsANumberAndWords) {
  const auto error = [](unsigned code, std::string_view text) {
    return packet(0, ByteWriter().u8(0xFF).le16(code).add(text).bytes());
  };
  const ByteString refused = error(1130, "Host '10.0.0.5' is not allowed to connect to this MySQL server");
  EXPECT_EQ(greeting(refused), kYes);
  EXPECT_EQ(greeting(error(1040, "#08004Too many connections")), kYes);
  EXPECT_EQ(greeting(error(1000, "Too many connections")), kYes);
  EXPECT_EQ(greeting(error(9999, "Too many connections")), kYes);
  EXPECT_EQ(greeting(error(999, "Too many connections")), kNo);
  EXPECT_EQ(greeting(error(10000, "Too many connections")), kNo);
  EXPECT_EQ(greeting(error(1040, "Too many\x01 connections")), kNo);
  EXPECT_EQ(greeting(error(1040, "short")), kNo);
  const std::vector<Change> arriving{{0, kMore}, {refused.size(), kYes}};
  EXPECT_EQ(changes(check_named("mysql-greeting"), Side::server, refused), arriving);
}

TEST(MysqlCheck, OtherFirstPacketsAreNoGreeting) {
  for (unsigned first = 0; first < 256; ++first) {
    if (first == 0x0A || first == 0xFF) continue;
    ByteString body = greeting_body("8.0.36");
    body[0] = static_cast<std::uint8_t>(first);
    EXPECT_EQ(greeting(packet(0, body), false), kNo) << first;
  }
}

TEST(MysqlCheck, ALoginIsDecidedAtItsUser) {
  const ByteString bytes = packet(1, login_body(0x00BAA28D, "inventory"));
  const std::vector<Change> arriving{{0, kMore}, {4 + 32 + 10, kYes}};
  EXPECT_EQ(changes(check_named("mysql-login"), Side::client, bytes), arriving);
}

TEST(MysqlCheck, ALoginsFieldsMustHold) {
  EXPECT_EQ(login(packet(1, login_body(0x00BAA28D, ""))), kYes) << "anonymous";
  EXPECT_EQ(login(packet(
                1, ByteWriter().add(first_bytes(login_body(0x00BAA28C, "a"), 28)).le32(0x1D).add("a").u8(0).bytes())),
            kYes)
      << "MariaDB's capabilities";
  EXPECT_EQ(login(packet(0, login_body(0x00BAA28D, "a"))), kNo);
  EXPECT_EQ(login(packet(1, login_body(0x00BAA08D, "a"))), kNo) << "the protocol before 4.1";
  EXPECT_EQ(login(packet(1, login_body(0x00BAA28D, "a\x02"))), kNo);
  EXPECT_EQ(login(packet(1, login_body(0x00BAA28D, std::string(255, 'a')))), kYes);
  EXPECT_EQ(login(packet(1, login_body(0x00BAA28D, std::string(256, 'a'))), false), kNo);
  EXPECT_EQ(login(packet(1, first_bytes(login_body(0x00BAA28D, "abc"), 34)), false), kNo) << "a user without its end";
  EXPECT_EQ(login(ByteWriter().le24(31).u8(1).add(login_body(0x00BAA28D, "a")).bytes()), kNo) << "too short";
  EXPECT_EQ(login(ByteWriter().le24(65537).u8(1).add(login_body(0x00BAA28D, "a")).bytes()), kNo) << "too long";
  ByteString bytes = packet(1, login_body(0x00BAA28D, "a"));
  bytes[20] = 1;
  EXPECT_EQ(login(bytes), kNo) << "reserved bytes";
}

TEST(MysqlCheck, ARequestForTlsSaysSo) {
  EXPECT_EQ(login(ssl_request(0x00BAAE8D)), kYes);
  EXPECT_EQ(login(joined(ssl_request(0x00BAAE8D), from_hex("160301"))), kYes) << "and goes on with TLS";
  EXPECT_EQ(login(ssl_request(0x00BAA68D)), kNo);
}

ByteString column(unsigned filler = 0, unsigned fixed = 12) {
  return ByteWriter()
      .counted(1, "def")
      .counted(1, "db")
      .counted(1, "t")
      .counted(1, "t")
      .counted(1, "id")
      .counted(1, "id")
      .u8(fixed)
      .le16(63)
      .le32(11)
      .u8(3)
      .le16(0x4203)
      .u8(0)
      .le16(filler)
      .bytes();
}

CheckState result(const ByteString& bytes, bool complete = true) {
  return ask(check_named("mysql-result"), Side::server, bytes, complete);
}

TEST(MysqlCheck, AColumnIsDecidedAtItsFiller) {
  const ByteString bytes = packet(2, column());
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("mysql-result"), Side::server, bytes), arriving);
  EXPECT_EQ(result(joined(packet(1, {1}), bytes)), kYes) << "behind the number of columns";
  const ByteString more_data = packet(4, from_hex("0103"));
  const ByteString ok = packet(5, from_hex("00000002000000"));
  EXPECT_EQ(result(joined(joined(more_data, ok), joined(packet(1, {1}), bytes))), kYes) << "behind a login's end";
  EXPECT_EQ(result(joined(packet(0, from_hex("0103")), bytes)), kNo);
  EXPECT_EQ(result(joined(packet(33, from_hex("0103")), bytes)), kNo);
  EXPECT_EQ(result(joined(packet(1, ByteString(513)), bytes)), kNo);
  EXPECT_EQ(result(packet(0, column())), kNo);
  EXPECT_EQ(result(packet(2, column(1))), kNo);
  EXPECT_EQ(result(packet(2, column(0, 11))), kNo);
  EXPECT_EQ(result(packet(2, first_bytes(column(), 28))), kNo);
}

TEST(MysqlCheck, AnErrorWithItsState) {
  const auto error = [](unsigned code, std::string_view text) {
    return packet(1, ByteWriter().u8(0xFF).le16(code).add("#42000").add(text).bytes());
  };
  EXPECT_EQ(result(error(1064, "wrong")), kYes);
  EXPECT_EQ(result(error(64, "wrong")), kNo);
  EXPECT_EQ(result(error(1064, "wro\x01g")), kNo);
}

}  // namespace mysql_check
}  // namespace ghostport
