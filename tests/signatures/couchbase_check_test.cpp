#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace couchbase_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

struct Message {
  unsigned magic = 0x80;
  unsigned operation = 0x1F;
  unsigned key = 3;
  unsigned extras = 0;
  unsigned type = 0;
  unsigned partition = 0;
  std::size_t body = 5;
  unsigned cas = 0;
};

ByteString header(const Message& message) {
  return ByteWriter()
      .u8(message.magic)
      .u8(message.operation)
      .u16(message.key)
      .u8(message.extras)
      .u8(message.type)
      .u16(message.partition)
      .u32(message.body)
      .u32(7)
      .u32(0)
      .u32(message.cas)
      .bytes();
}

CheckState request(const Message& message) { return ask(check_named("couchbase"), Side::client, header(message)); }
CheckState answer(Message message) {
  message.magic = message.magic == 0x80 ? 0x81 : message.magic;
  return ask(check_named("couchbase"), Side::server, header(message));
}

TEST(CouchbaseCheck, ARequestHasAnOperationOfItsOwn) {
  EXPECT_EQ(request({}), kYes);
  EXPECT_EQ(request({.operation = 0xB5, .key = 0, .body = 0}), kYes);
  EXPECT_EQ(request({.operation = 0x00}), kNo) << "memcached's GET";
  EXPECT_EQ(request({.operation = 0x0B, .key = 0, .body = 0}), kNo) << "memcached's VERSION";
  EXPECT_EQ(request({.magic = 0x81}), kNo) << "an answer";
  EXPECT_EQ(request({.type = 8}), kNo);
  EXPECT_EQ(request({.key = 252, .body = 300}), kNo);
  EXPECT_EQ(request({.body = 2}), kNo) << "shorter than its key";
  EXPECT_EQ(request({.body = 33 << 20}), kNo);
  EXPECT_EQ(request({.cas = 1}), kNo);
  EXPECT_EQ(request({.operation = 0xB5, .key = 0, .partition = 1024, .body = 0}), kNo);
  EXPECT_EQ(request({.body = 6}), kNo) << "features are of two bytes";
  EXPECT_EQ(request({.operation = 0x89, .body = 3}), kYes);
  EXPECT_EQ(request({.operation = 0x89, .body = 4}), kNo) << "SELECT_BUCKET has no value";
  EXPECT_EQ(request({.magic = 0x08, .operation = 0xC5, .key = 0x0203, .extras = 3, .body = 8}), kYes)
      << "framing extras";
  const std::vector<Change> arriving{{0, kMore}, {24, kYes}};
  EXPECT_EQ(changes(check_named("couchbase"), Side::client, header({})), arriving);
}

TEST(CouchbaseCheck, AnAnswerHasNoKey) {
  EXPECT_EQ(answer({.key = 0, .body = 4}), kYes);
  EXPECT_EQ(answer({.body = 4}), kNo);
  EXPECT_EQ(answer({.key = 0, .body = 3}), kNo);
  EXPECT_EQ(answer({.key = 0, .partition = 0x83, .body = 3}), kYes) << "an error may have a text";
  EXPECT_EQ(answer({.key = 0, .partition = 0x100, .body = 4}), kNo);
  EXPECT_EQ(answer({.magic = 0x18, .operation = 0xB5, .key = 0, .body = 4}), kYes);
  EXPECT_EQ(answer({.magic = 0x08, .key = 0, .body = 4}), kNo) << "a request";
}

}  // namespace couchbase_check
}  // namespace ghostport
