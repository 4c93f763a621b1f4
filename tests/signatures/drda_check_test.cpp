#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace drda_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString structure(unsigned format, unsigned point, const ByteString& body, unsigned magic = 0xD0, unsigned off = 0) {
  return ByteWriter()
      .u16(body.size() + 10)
      .u8(magic)
      .u8(format)
      .u16(1)
      .u16(body.size() + 4 + off)
      .u16(point)
      .add(body)
      .bytes();
}

CheckState client(const ByteString& bytes) { return ask(check_named("drda"), Side::client, bytes, true); }
CheckState server(const ByteString& bytes) { return ask(check_named("drda"), Side::server, bytes, true); }

TEST(DrdaCheck, ARequestIsDecidedAtItsCodePoint) {
  const ByteString bytes = structure(0x41, 0x1041, from_hex("0006115E8182"));
  const std::vector<Change> arriving{{0, kMore}, {10, kYes}};
  EXPECT_EQ(changes(check_named("drda"), Side::client, bytes), arriving);
}

TEST(DrdaCheck, FieldsMustHold) {
  EXPECT_EQ(client(structure(0x01, 0x200D, {})), kYes);
  EXPECT_EQ(client(structure(0x01, 0x200D, {}, 0xD1)), kNo);
  EXPECT_EQ(client(structure(0x81, 0x200D, {})), kNo);
  EXPECT_EQ(client(structure(0x04, 0x200D, {})), kNo);
  EXPECT_EQ(client(structure(0x01, 0x2FFF, {})), kNo);
  EXPECT_EQ(client(structure(0x01, 0x200D, {}, 0xD0, 1)), kNo);
  EXPECT_EQ(client(structure(0x02, 0x1443, {})), kNo) << "a server's";
  EXPECT_EQ(server(structure(0x02, 0x1443, {})), kYes);
  EXPECT_EQ(server(structure(0x01, 0x1041, {})), kNo);
  EXPECT_EQ(client(joined(structure(0x41, 0x200D, {}), structure(0x03, 0x2414, {'a'}))), kYes);
  EXPECT_EQ(client(joined(structure(0x41, 0x200D, {}), structure(0x03, 0x2414, {'a'}, 0xD2))), kNo);
  EXPECT_EQ(client(structure(0x03, 0x2414, {'a'})), kNo) << "one object alone has no role";
}

}  // namespace drda_check
}  // namespace ghostport
