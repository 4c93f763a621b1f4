#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace cassandra_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString frame(unsigned version, unsigned opcode, const ByteString& body, unsigned flags = 0) {
  ByteWriter writer;
  writer.u8(version).u8(flags);
  if ((version & 0x7F) < 3) {
    writer.u8(1);
  } else {
    writer.u16(1);
  }
  return writer.u8(opcode).u32(body.size()).add(body).bytes();
}

ByteString map(std::string_view name) { return ByteWriter().u16(1).counted(2, name).counted(2, "3.0.0").bytes(); }

CheckState request(const ByteString& bytes) { return ask(check_named("cassandra"), Side::client, bytes, true); }
CheckState response(const ByteString& bytes) { return ask(check_named("cassandra"), Side::server, bytes, true); }

TEST(CassandraCheck, OpeningsOfAllVersions) {
  for (unsigned version = 1; version <= 5; ++version) {
    EXPECT_EQ(request(frame(version, 5, {})), kYes) << version;
    EXPECT_EQ(request(frame(version, 1, map("CQL_VERSION"))), kYes) << version;
    EXPECT_EQ(response(frame(version | 0x80, 2, {})), kYes) << version;
  }
  EXPECT_EQ(request(frame(6, 5, {})), kNo);
  EXPECT_EQ(request(frame(0x84, 5, {})), kNo);
  EXPECT_EQ(response(frame(4, 2, {})), kNo);
  EXPECT_EQ(request(frame(4, 2, {})), kNo) << "a server's operation";
  EXPECT_EQ(request(frame(4, 5, {}, 0x20)), kNo);
  EXPECT_EQ(request(frame(4, 5, {0})), kNo);
  EXPECT_EQ(request(frame(4, 1, map("CQL_VERSIOM"))), kNo);
  EXPECT_EQ(request(frame(4, 1, joined(map("CQL_VERSION"), {0}))), kNo);
  const ByteString bytes = frame(4, 1, map("CQL_VERSION"));
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("cassandra"), Side::client, bytes), arriving);
}

TEST(CassandraCheck, BodiesMustHaveTheirForm) {
  const ByteString query = ByteWriter().counted(4, "SELECT * FROM system.local").u16(1).u8(0).bytes();
  EXPECT_EQ(request(frame(4, 7, query)), kYes);
  EXPECT_EQ(request(frame(4, 7, ByteWriter().u32(99).add("SELECT * FROM system.local").bytes())), kNo);
  EXPECT_EQ(request(frame(4, 11, ByteWriter().u16(1).counted(2, "SCHEMA_CHANGE").bytes())), kYes);
  EXPECT_EQ(request(frame(4, 11, ByteWriter().u16(1).counted(2, "SCHEMA_CHANGF").bytes())), kNo);
  EXPECT_EQ(request(joined(frame(4, 7, query), frame(4, 5, {}))), kYes);
  EXPECT_EQ(request(joined(frame(4, 7, query), frame(3, 5, {}))), kNo) << "another version behind it";
  EXPECT_EQ(response(frame(0x84, 8, from_hex("00000001"))), kYes);
  EXPECT_EQ(response(frame(0x84, 8, from_hex("00000006"))), kNo);
  EXPECT_EQ(response(frame(0x84, 3, ByteWriter().counted(2, "org.a.PasswordAuthenticator").bytes())), kYes);
  EXPECT_EQ(response(frame(0x84, 3, ByteWriter().u16(9).add("org.a.PasswordAuthenticator").bytes())), kNo);
  EXPECT_EQ(response(frame(0x84, 0, ByteWriter().u32(10).counted(2, "no").bytes())), kYes);
  EXPECT_EQ(response(frame(0x84, 0, ByteWriter().u32(0x9000).counted(2, "no").bytes())), kNo);
  EXPECT_EQ(response(frame(0x84, 14, ByteWriter().counted(4, "x").bytes())), kYes);
  EXPECT_EQ(response(frame(0x84, 14, ByteWriter().u32(2).add("x").bytes())), kNo);
}

}  // namespace cassandra_check
}  // namespace ghostport
