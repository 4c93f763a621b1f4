#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace oracle_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString packet(unsigned type, const ByteString& body, std::size_t length = 0) {
  return ByteWriter().u16(length != 0 ? length : body.size() + 8).u16(0).u8(type).u8(0).u16(0).add(body).bytes();
}

ByteString connect_body(unsigned version, unsigned one, unsigned offset, std::string_view data) {
  return ByteWriter()
      .u16(version)
      .u16(300)
      .u16(0x0C41)
      .u16(8192)
      .u16(32767)
      .u16(0x4F98)
      .u16(0)
      .u16(one)
      .u16(data.size())
      .u16(offset)
      .zeros(6)
      .add(data)
      .bytes();
}

CheckState client(const ByteString& bytes) { return ask(check_named("oracle-tns"), Side::client, bytes, true); }
CheckState server(const ByteString& bytes) { return ask(check_named("oracle-tns"), Side::server, bytes, true); }

TEST(OracleCheck, AConnectsFieldsMustHold) {
  const ByteString good = packet(1, connect_body(318, 1, 34, "(DESCRIPTION=)"));
  EXPECT_EQ(client(good), kYes);
  EXPECT_EQ(server(good), kNo);
  EXPECT_EQ(client(packet(1, connect_body(318, 0x0100, 34, "(DESCRIPTION=)"))), kYes);
  EXPECT_EQ(client(packet(1, connect_body(318, 1, 34, ""))), kYes) << "the data stands in the packet behind";
  EXPECT_EQ(client(packet(1, connect_body(318, 2, 34, "(DESCRIPTION=)"))), kNo);
  EXPECT_EQ(client(packet(1, connect_body(299, 1, 34, "(DESCRIPTION=)"))), kNo);
  EXPECT_EQ(client(packet(1, connect_body(318, 1, 35, "(DESCRIPTION=)"))), kNo);
  const std::vector<Change> arriving{{0, kMore}, {28, kYes}};
  EXPECT_EQ(changes(check_named("oracle-tns"), Side::client, good), arriving);
}

TEST(OracleCheck, WhatAServerAnswers) {
  const auto accept = [](unsigned version, unsigned one) {
    return packet(2, ByteWriter().u16(version).u16(0).u16(8192).u16(32767).u16(one).u16(0).u16(24).u16(0x4101).bytes());
  };
  EXPECT_EQ(server(accept(314, 0x0100)), kYes);
  EXPECT_EQ(server(accept(314, 0x0200)), kNo);
  EXPECT_EQ(server(accept(500, 0x0100)), kNo);
  EXPECT_EQ(client(accept(314, 0x0100)), kNo);
  EXPECT_EQ(server(packet(4, ByteWriter().u16(0x0400).counted(2, "(ERR=1)").bytes())), kYes);
  EXPECT_EQ(server(packet(4, ByteWriter().u16(0x0400).u16(8).add("(ERR=1)").bytes())), kNo);
  EXPECT_EQ(server(packet(5, ByteWriter().counted(2, "(ADDRESS=)").bytes())), kYes);
  EXPECT_EQ(server(packet(5, ByteWriter().counted(2, "ADDRESS=").bytes())), kNo);
  EXPECT_EQ(server(packet(11, {})), kYes);
  EXPECT_EQ(server(packet(11, {0})), kNo);
  EXPECT_EQ(client(packet(11, {})), kNo);
  EXPECT_EQ(server(packet(13, {})), kNo);
  EXPECT_EQ(server(from_hex("000800000B000001")), kNo) << "a header checksum";
}

TEST(OracleCheck, DataAndMarkersFollowEachOther) {
  const ByteString data = packet(6, from_hex("0000 03 5E 00"));
  EXPECT_EQ(client(data), kNo) << "one alone";
  EXPECT_EQ(client(joined(data, data)), kYes);
  EXPECT_EQ(client(joined(data, packet(12, from_hex("010002")))), kYes);
  EXPECT_EQ(client(joined(data, packet(6, from_hex("0000 63 5E 00")))), kNo) << "an unknown call";
  EXPECT_EQ(client(joined(data, packet(6, from_hex("8000 03 5E 00")))), kNo) << "an unknown flag";
  EXPECT_EQ(client(joined(data, packet(6, from_hex("0023 03 5E 00")))), kNo) << "three flags";
  EXPECT_EQ(client(joined(data, packet(6, from_hex("0000 06 5E 00")))), kNo) << "a server's";
  const ByteString rows = packet(6, from_hex("2000 06 5E 00"));
  EXPECT_EQ(server(joined(rows, rows)), kYes);
  EXPECT_EQ(client(packet(6, from_hex("0000 DEADBEEF 00"))), kYes);
  EXPECT_EQ(client(joined(data, packet(6, from_hex("0000 DEADBEEE 00")))), kNo);
  EXPECT_EQ(client(packet(12, from_hex("020002"))), kNo);
  EXPECT_EQ(client(from_hex("0000000B0C000000010002")), kYes) << "a length of 32 bits";
  EXPECT_EQ(client(from_hex("0020000B0C000000010002")), kNo);
}

}  // namespace oracle_check
}  // namespace ghostport
