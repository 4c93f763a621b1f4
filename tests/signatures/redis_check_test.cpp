#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace redis_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString text(std::string_view line) { return {line.begin(), line.end()}; }

CheckState command(std::string_view line) { return ask(check_named("redis-command"), Side::client, text(line), true); }
CheckState reply(std::string_view line) { return ask(check_named("redis-reply"), Side::server, text(line), true); }

TEST(RedisCheck, ACommandIsDecidedBehindItsName) {
  const ByteString bytes = text("*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
  const std::vector<Change> arriving{{0, kMore}, {14, kYes}};
  EXPECT_EQ(changes(check_named("redis-command"), Side::client, bytes), arriving);
  const std::vector<Change> ping{{0, kMore}, {14, kYes}};
  EXPECT_EQ(changes(check_named("redis-command"), Side::client, text("*1\r\n$4\r\nPING\r\n")), ping);
}

TEST(RedisCheck, ACommandsFieldsMustHold) {
  EXPECT_EQ(command("*1\r\n$8\r\nFT._LIST\r\n"), kYes);
  EXPECT_EQ(command("*0\r\n"), kNo);
  EXPECT_EQ(command("*-1\r\n$4\r\nPING\r\n"), kNo);
  EXPECT_EQ(command("*1\n$4\r\nPING\r\n"), kNo);
  EXPECT_EQ(command("*1\r\n:4\r\nPING\r\n"), kNo);
  EXPECT_EQ(command("*1\r\n$5\r\nPING\r\n"), kNo);
  EXPECT_EQ(command("*1\r\n$4\r\nPI G\r\n"), kNo) << "no name";
  EXPECT_EQ(command("*1\r\n$-1\r\n"), kNo);
  EXPECT_EQ(command("*2\r\n$4\r\nPING\r\n*1\r\n"), kNo) << "arguments are bulk strings";
  EXPECT_EQ(command("*99999999999999999999\r\n$4\r\nPING\r\n"), kNo);
}

TEST(RedisCheck, RepliesProveTheirLengths) {
  EXPECT_EQ(reply("$5\r\nhello\r\n"), kYes);
  EXPECT_EQ(reply("$0\r\n\r\n"), kYes);
  EXPECT_EQ(reply("*2\r\n:1\r\n$-1\r\n"), kYes);
  EXPECT_EQ(reply("%1\r\n+a\r\n#t\r\n"), kYes);
  EXPECT_EQ(reply("+OK\r\n*1\r\n_\r\n"), kYes);
  EXPECT_EQ(reply("=5\r\ntxt:a\r\n"), kYes);
  const std::vector<Change> arriving{{0, kMore}, {11, kYes}};
  EXPECT_EQ(changes(check_named("redis-reply"), Side::server, text("$5\r\nhello\r\n")), arriving);
}

TEST(RedisCheck, RepliesThatProveTooLittleOrWrong) {
  EXPECT_EQ(reply("+OK\r\n+OK ready\r\n-ERR no\r\n"), kNo) << "as POP3 says";
  EXPECT_EQ(reply(":1\r\n"), kNo);
  EXPECT_EQ(reply("$-1\r\n"), kNo);
  EXPECT_EQ(reply("$-2\r\n$1\r\na\r\n"), kNo);
  EXPECT_EQ(reply("$5\r\nhello!\r\n"), kNo);
  EXPECT_EQ(reply("$5\nhello\r\n"), kNo);
  EXPECT_EQ(reply("*1\r\n#true\r\n"), kNo);
  EXPECT_EQ(reply("*1\r\n_x\r\n"), kNo);
  EXPECT_EQ(reply("$a\r\n"), kNo);
  EXPECT_EQ(reply("x5\r\nhello\r\n"), kNo);
  EXPECT_EQ(reply("* OK ready\r\n"), kNo);
}

}  // namespace redis_check
}  // namespace ghostport
