#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace giop_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

TEST(GiopCheck, AHeaderEndsWhereTheNextBegins) {
  const auto state = [](const ByteString& bytes) { return ask(check_named("giop"), Side::client, bytes, true); };
  const auto header = [](unsigned flags, unsigned size) {
    ByteWriter writer;
    writer.add("GIOP").u8(1).u8(2).u8(flags).u8(0);
    return (flags & 1) != 0 ? writer.le32(size).bytes() : writer.u32(size).bytes();
  };
  const std::vector<Change> arriving{{0, kMore}, {12, kYes}};
  EXPECT_EQ(changes(check_named("giop"), Side::client, header(0, 216)), arriving);
  EXPECT_EQ(state(joined(header(1, 4), ByteWriter().zeros(4).add("GIOP").bytes())), kYes);
  EXPECT_EQ(state(joined(header(1, 4), ByteWriter().zeros(4).add("GI").bytes())), kYes);
  EXPECT_EQ(state(joined(header(1, 4), ByteWriter().zeros(5).add("GIOP").bytes())), kNo);
  EXPECT_EQ(state(header(0, 0x20000000)), kNo);
}

TEST(GiopCheck, AMulticastPacketFillsItsDatagram) {
  const auto packet = [](unsigned length, unsigned number, unsigned id, std::string_view body) {
    return ByteWriter()
        .add("MIOP")
        .u8(0x10)
        .u8(3)
        .le16(length)
        .le32(number)
        .le32(1)
        .le32(id)
        .zeros(id + (8 - (20 + id) % 8) % 8)
        .add(body)
        .bytes();
  };
  const auto state = [](const ByteString& bytes) { return ask(check_named("miop"), Side::client, bytes); };
  EXPECT_EQ(state(packet(8, 0, 12, "GIOP1234")), kYes);
  EXPECT_EQ(state(packet(8, 0, 5, "GIOP1234")), kYes);
  EXPECT_EQ(state(packet(9, 0, 12, "GIOP1234")), kNo);
  EXPECT_EQ(state(packet(8, 1, 12, "GIOP1234")), kNo) << "the second of one";
  EXPECT_EQ(state(packet(8, 0, 12, "HIOP1234")), kNo);
  EXPECT_EQ(state(packet(8, 0, 300, "GIOP1234")), kNo);
  for (std::size_t size = 0; size < 40; ++size)
    EXPECT_EQ(state(first_bytes(packet(8, 0, 12, "GIOP1234"), size)), kNo) << size;
}

TEST(GiopCheck, NothingMoreIsAwaitedOfADatagram) { EXPECT_NE(ask(check_named("miop"), Side::client, {}), kMore); }

}  // namespace giop_check
}  // namespace ghostport
