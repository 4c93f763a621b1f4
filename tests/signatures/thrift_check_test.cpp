#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace thrift_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString binary(unsigned type, std::string_view name, unsigned field) {
  return ByteWriter().u32(0x80010000U | type).counted(4, name).u32(7).u8(field).bytes();
}
CheckState state(std::string_view check, Side side, const ByteString& bytes) {
  return ask(check_named(check), side, bytes, true);
}

TEST(ThriftCheck, ABinaryCallHasANameAndAField) {
  const std::vector<Change> arriving{{0, kMore}, {17, kYes}};
  EXPECT_EQ(changes(check_named("thrift-binary"), Side::client, binary(1, "ping", 0)), arriving);
  const std::vector<Change> framed{{0, kMore}, {21, kYes}};
  EXPECT_EQ(changes(check_named("thrift-binary"), Side::client, joined(from_hex("00000011"), binary(1, "ping", 0))),
            framed);
  EXPECT_EQ(state("thrift-binary", Side::server, binary(2, "ping", 12)), kYes);
  EXPECT_EQ(state("thrift-binary", Side::server, binary(3, "ping", 11)), kYes);
  EXPECT_EQ(state("thrift-binary", Side::client, binary(2, "ping", 0)), kNo);
  EXPECT_EQ(state("thrift-binary", Side::client, binary(1, "", 0)), kNo);
  EXPECT_EQ(state("thrift-binary", Side::client, binary(1, "pi g", 0)), kNo);
  EXPECT_EQ(state("thrift-binary", Side::client, binary(1, "ping", 1)), kNo);
  EXPECT_EQ(state("thrift-binary", Side::client, joined(from_hex("00000010"), binary(1, "ping", 0))), kNo);
  EXPECT_EQ(state("thrift-binary", Side::client, joined(from_hex("00000011"), from_hex("8002 0001 00000001 61"))), kNo);
}

TEST(ThriftCheck, ACompactCallHasALongName) {
  const auto compact = [](unsigned version, std::string_view name, unsigned field) {
    return ByteWriter().u8(0x82).u8(version).u8(0xB2).u8(1).counted(1, name).u8(field).bytes();
  };
  const std::vector<Change> arriving{{0, kMore}, {15, kYes}};
  EXPECT_EQ(changes(check_named("thrift-compact"), Side::client, compact(0x81, "emitBatch", 0x1C)), arriving);
  EXPECT_EQ(state("thrift-compact", Side::server, compact(0x41, "emitBatch", 0)), kYes);
  EXPECT_EQ(state("thrift-compact", Side::client, compact(0x41, "emitBatch", 0)), kNo);
  EXPECT_EQ(state("thrift-compact", Side::client, compact(0x22, "emitBatch", 0)), kNo);
  EXPECT_EQ(state("thrift-compact", Side::client, compact(0x21, "ping", 0)), kNo);
  EXPECT_EQ(state("thrift-compact", Side::client, compact(0x21, "emit atch", 0)), kNo);
  EXPECT_EQ(state("thrift-compact", Side::client, compact(0x21, "emitBatch", 0x10)), kNo);
  EXPECT_EQ(ask(check_named("thrift-compact"), {joined(compact(0x81, "emitBatch", 0x1C), {0})}), kYes);
  EXPECT_EQ(ask(check_named("thrift-compact"), {joined(compact(0x81, "emitBatch", 0x1C), {1})}), kNo);
}

}  // namespace thrift_check
}  // namespace ghostport
