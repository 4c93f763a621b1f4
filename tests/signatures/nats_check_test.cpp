#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace nats_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState state(std::string_view text, bool complete = false) {
  return ask(check_named("nats-message"), Side::client, ByteString(text.begin(), text.end()), complete);
}

TEST(NatsCheck, AMessagesPayloadEndsWhereItsSizeSays) {
  EXPECT_EQ(state("PUB a.b 5\r\nhello\r\n"), kYes);
  EXPECT_EQ(state("PUB a.b reply 5\r\nhello\r\n"), kYes);
  EXPECT_EQ(state("PING\r\n+OK\r\nmsg a.b 9 5\r\nhello\r\n"), kYes);
  EXPECT_EQ(state("HPUB a.b 2 5\r\nhello\r\n"), kYes);
  EXPECT_EQ(state("PUB a.b 5\r\nhello"), kMore);
  EXPECT_EQ(state("PUB a.b 5\r\nhello", true), kNo);
  EXPECT_EQ(state("PUB a.b 4\r\nhello\r\n"), kNo);
  EXPECT_EQ(state("PUB a.b five\r\nhello\r\n"), kNo);
  EXPECT_EQ(state("PUB a.b 999999999\r\nhello\r\n"), kNo);
  EXPECT_EQ(state("MSG a.b 5\r\nhello\r\n"), kNo) << "without its subscription";
  EXPECT_EQ(state("PING\nPONG\n"), kNo);
  EXPECT_EQ(state("PING :irc\r\n"), kNo);
}

}  // namespace nats_check
}  // namespace ghostport
