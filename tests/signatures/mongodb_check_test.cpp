#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace mongodb_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

ByteString message(unsigned opcode, const ByteString& body, unsigned answers = 0) {
  return ByteWriter().le32(body.size() + 16).le32(7).le32(answers).le32(opcode).add(body).bytes();
}

ByteString document(const ByteString& elements) {
  return ByteWriter().le32(elements.size() + 5).add(elements).u8(0).bytes();
}

ByteString number(std::string_view name) { return ByteWriter().u8(0x10).add(name).u8(0).le32(1).bytes(); }
ByteString text(std::string_view name, std::string_view value) {
  return ByteWriter().u8(2).add(name).u8(0).le32(value.size() + 1).add(value).u8(0).bytes();
}

ByteString op_msg(const ByteString& body, unsigned flags = 0, unsigned kind = 0) {
  return ByteWriter().le32(flags).u8(kind).add(body).bytes();
}

CheckState says(Side side, const ByteString& bytes) { return ask(check_named("mongodb"), side, bytes, true); }

TEST(MongodbCheck, AMessageIsDecidedInItsDocument) {
  const ByteString bytes = message(2013, op_msg(document(joined(number("hello"), text("$db", "admin")))));
  EXPECT_EQ(says(Side::client, bytes), kYes);
  const auto arriving = changes(check_named("mongodb"), Side::client, bytes);
  ASSERT_EQ(arriving.size(), 2U);
  EXPECT_EQ(arriving[1].state, kYes);
}

TEST(MongodbCheck, AMessagesFieldsMustHold) {
  const ByteString good = document(joined(number("ok"), text("a", "b")));
  EXPECT_EQ(says(Side::server, message(2013, op_msg(good), 3)), kYes);
  EXPECT_EQ(says(Side::server, message(2013, op_msg(good))), kNo) << "answers nothing";
  EXPECT_EQ(says(Side::client, message(2013, op_msg(good), 3)), kNo) << "answers something";
  EXPECT_EQ(says(Side::client, message(2013, op_msg(joined(good, from_hex("01020304")), 1))), kYes) << "a checksum";
  EXPECT_EQ(says(Side::client, message(2013, op_msg(good, 4))), kNo);
  EXPECT_EQ(says(Side::client, message(2013, op_msg(good, 0, 2))), kNo);
  EXPECT_EQ(says(Side::client, message(2014, op_msg(good))), kNo);
  ByteString unended = good;
  unended.back() = 1;
  EXPECT_EQ(says(Side::client, message(2013, op_msg(unended))), kNo);
  ByteString longer = good;
  longer[0] = static_cast<std::uint8_t>(longer[0] + 1);
  EXPECT_EQ(says(Side::client, message(2013, op_msg(longer))), kNo);
  EXPECT_EQ(says(Side::client, message(2013, op_msg(document(ByteWriter().u8(0x20).add("a").zeros(5).bytes())))), kNo);
  EXPECT_EQ(says(Side::client, message(2013, op_msg(document(ByteWriter().u8(0x10).add("a\x01").zeros(5).bytes())))),
            kNo);
}

TEST(MongodbCheck, TheOlderOperations) {
  const ByteString good = document(number("isMaster"));
  const auto query = [&](std::string_view name, unsigned flags) {
    return message(2004, ByteWriter().le32(flags).add(name).u8(0).le32(0).le32(0xFFFFFFFF).add(good).bytes());
  };
  EXPECT_EQ(says(Side::client, query("admin.$cmd", 4)), kYes);
  EXPECT_EQ(says(Side::client, query("admin", 4)), kNo) << "no collection";
  EXPECT_EQ(says(Side::client, query("admin.$cmd", 1)), kNo) << "a reserved flag";
  EXPECT_EQ(says(Side::server, query("admin.$cmd", 4)), kNo);
  const auto reply = [&](unsigned flags) {
    return message(1, ByteWriter().le32(flags).zeros(12).le32(1).add(good).bytes(), 7);
  };
  EXPECT_EQ(says(Side::server, reply(8)), kYes);
  EXPECT_EQ(says(Side::server, reply(16)), kNo);
  EXPECT_EQ(says(Side::client, reply(8)), kNo);
  EXPECT_EQ(says(Side::client, message(2007, ByteWriter().le32(0).le32(1).zeros(8).bytes())), kYes);
  EXPECT_EQ(says(Side::client, message(2007, ByteWriter().le32(0).le32(2).zeros(8).bytes())), kNo);
  EXPECT_EQ(says(Side::client, message(2002, ByteWriter().le32(0).add("a.b").u8(0).add(good).bytes())), kYes);
  EXPECT_EQ(says(Side::client, message(2002, ByteWriter().le32(2).add("a.b").u8(0).add(good).bytes())), kNo);
}

TEST(MongodbCheck, CompressedMessagesBeginAsTheirCompressorWrites) {
  const auto compressed = [](unsigned compressor, std::string_view start) {
    return message(2012, ByteWriter().le32(2013).le32(300).u8(compressor).add(from_hex(start)).bytes());
  };
  EXPECT_EQ(says(Side::client, compressed(1, "AC02F0010203")), kYes);
  EXPECT_EQ(says(Side::client, compressed(1, "AD02F0010203")), kNo);
  EXPECT_EQ(says(Side::client, compressed(2, "789C01020304")), kYes);
  EXPECT_EQ(says(Side::client, compressed(2, "789D01020304")), kNo);
  EXPECT_EQ(says(Side::client, compressed(3, "28B52FFD0102")), kYes);
  EXPECT_EQ(says(Side::client, compressed(3, "28B52FFE0102")), kNo);
  EXPECT_EQ(says(Side::client, compressed(4, "28B52FFD0102")), kNo);
}

}  // namespace mongodb_check
}  // namespace ghostport
