#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace afp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString packet(unsigned flags, unsigned command, unsigned offset, const ByteString& data, unsigned reserved = 0) {
  return ByteWriter().u8(flags).u8(command).u16(1).u32(offset).u32(data.size()).u32(reserved).add(data).bytes();
}

const ByteString kCall = from_hex("1100 0002 0e1c");

CheckState client(const ByteString& bytes) { return ask(check_named("afp"), Side::client, bytes); }
CheckState server(const ByteString& bytes) { return ask(check_named("afp"), Side::server, bytes); }

TEST(AfpCheck, RequestsHaveTheirFields) {
  EXPECT_EQ(client(packet(0, 3, 0, {})), kYes);
  EXPECT_EQ(client(packet(0, 4, 0, from_hex("010400000400"))), kYes);
  EXPECT_EQ(client(packet(0, 2, 0, kCall)), kYes);
  EXPECT_EQ(client(packet(0, 6, 12, ByteString(20))), kYes);
  EXPECT_EQ(client(packet(0, 6, 0, ByteString(20))), kNo);
  EXPECT_EQ(client(packet(0, 2, 1, kCall)), kNo);
  EXPECT_EQ(client(packet(0, 2, 0, kCall, 1)), kNo);
  EXPECT_EQ(client(packet(0, 2, 0, from_hex("f100"))), kNo) << "no command of AFP";
  EXPECT_EQ(client(packet(0, 3, 0, {0})), kNo);
  EXPECT_EQ(client(packet(0, 7, 0, {})), kNo);
  EXPECT_EQ(client(packet(2, 3, 0, {})), kNo);
  EXPECT_EQ(client(packet(1, 3, 0, {})), kNo) << "the server's";
  EXPECT_EQ(client(joined(packet(0, 3, 0, {}), {0, 9})), kNo) << "what follows is none";
}

TEST(AfpCheck, RepliesHaveAResult) {
  EXPECT_EQ(server(packet(1, 2, 0, kCall)), kYes);
  EXPECT_EQ(server(packet(1, 2, 0U - 5019, {})), kYes);
  EXPECT_EQ(server(packet(1, 2, 0U - 4999, {})), kNo);
  EXPECT_EQ(server(packet(1, 2, 1, {})), kNo);
  EXPECT_EQ(server(packet(0, 2, 0, kCall)), kNo);
  EXPECT_EQ(server(packet(0, 8, 0, from_hex("2000"))), kYes) << "asks for attention";
  EXPECT_EQ(server(packet(0, 8, 0, {})), kNo);
}

TEST(AfpCheck, ArrivesByteByByte) {
  const std::vector<Change> asked{{0, kMore}, {17, kYes}};
  EXPECT_EQ(changes(check_named("afp"), Side::client, packet(0, 2, 0, kCall)), asked);
  const std::vector<Change> alive{{0, kMore}, {32, kYes}};
  EXPECT_EQ(changes(check_named("afp"), Side::server, joined(packet(0, 5, 0, {}), packet(1, 2, 0, kCall))), alive);
  const std::vector<Change> ended{{0, kNo}, {17, kYes}};
  EXPECT_EQ(changes(check_named("afp"), Side::client, packet(0, 2, 0, kCall), true), ended);
}

}  // namespace afp_check
}  // namespace ghostport
