#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace kafka_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString request(unsigned key, unsigned version, unsigned number, std::string_view name,
                   std::string_view body = "body") {
  const ByteString inner =
      ByteWriter().u16(key).u16(version).u32(number).counted(2, ByteString(name.begin(), name.end())).add(body).bytes();
  return ByteWriter().counted(4, inner).bytes();
}

ByteString versions(std::string_view entries, unsigned count, unsigned over = 0) {
  const ByteString inner = ByteWriter().u32(1).u16(0).u32(count).add(from_hex(entries)).bytes();
  return ByteWriter().u32(inner.size() + over).add(inner).bytes();
}

CheckState asks(const ByteString& bytes, bool complete = false) {
  return ask(check_named("kafka-request"), Side::client, bytes, complete);
}
CheckState lists(const ByteString& bytes) { return ask(check_named("kafka-versions"), Side::server, bytes); }

TEST(KafkaCheck, ARequestIsWholeAndTheNextCountsOn) {
  const ByteString bytes = request(18, 3, 1, "rdkafka");
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("kafka-request"), Side::client, bytes), arriving);
  EXPECT_EQ(asks(joined(bytes, request(3, 1, 2, "rdkafka"))), kYes);
  EXPECT_EQ(asks(joined(bytes, bytes)), kNo);
  EXPECT_EQ(asks(first_bytes(bytes, 22), true), kYes) << "cut behind the name";
  EXPECT_EQ(asks(request(93, 3, 1, "rdkafka")), kNo);
  EXPECT_EQ(asks(request(18, 21, 1, "rdkafka")), kNo);
  EXPECT_EQ(asks(request(18, 3, 1, "")), kNo);
  EXPECT_EQ(asks(request(18, 3, 1, "rd\x01kafka")), kNo);
  EXPECT_EQ(asks(from_hex("0000000A0003000000000007FFFF")), kYes) << "no name";
  EXPECT_EQ(asks(from_hex("0000000A00030000000000070009")), kNo) << "a name beyond the end";
}

TEST(KafkaCheck, TheListOfVersionsAscends) {
  EXPECT_EQ(lists(versions("00000000000700010000000B", 2)), kYes);
  EXPECT_EQ(lists(versions("00000000000700000000000B", 2)), kNo);
  EXPECT_EQ(lists(versions("00000008000700010000000B", 2)), kNo) << "the least above the most";
  EXPECT_EQ(lists(versions("00000000000700010000000B", 2, 1)), kNo);
  EXPECT_EQ(lists(from_hex("0000001A000000010000"
                           "03"
                           "00000000000700"
                           "00010000000B00"
                           "0000000000")),
            kYes)
      << "compact";
}

TEST(KafkaCheck, AnAnswerIsOfItsSize) {
  const auto state = [](std::string_view hex, bool complete = false) {
    return ask(check_named("kafka-response"), Side::server, from_hex(hex), complete);
  };
  EXPECT_EQ(state("00000006000000010000"), kYes);
  EXPECT_EQ(state("000000060000000100"), kMore);
  EXPECT_EQ(state("0000000300000001"), kNo);
  EXPECT_EQ(state("000000060000000100000000000600000001"), kNo) << "the next must count on";
}

}  // namespace kafka_check
}  // namespace ghostport
