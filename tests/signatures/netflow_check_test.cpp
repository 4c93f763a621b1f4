#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace netflow_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState says(const char* check, const ByteString& bytes) {
  return ask(check_named(check), Side::client, bytes, true);
}

/// The same bytes with one of them changed.
ByteString with(ByteString bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<std::uint8_t>(value);
  return bytes;
}
/// A datagram that a check takes whole: not one byte less.
void expect_only_whole(const char* check, const ByteString& bytes) {
  const std::vector<Change> arriving{{0, kNo}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named(check), Side::server, bytes), arriving);
}

ByteString version5(unsigned count) {
  ByteWriter packet;
  packet.u16(5).u16(count).u32(100000).u32(1700000000).u32(5).u32(77).zeros(4);
  for (unsigned i = 0; i < count; ++i) {
    packet.u32(0xC0000201).u32(0xC0000202).zeros(8).u32(3).u32(300).u32(90000).u32(95000).u16(1234).u16(53).zeros(12);
  }
  return packet.bytes();
}
const ByteString kTemplate = from_hex("0100 0002 0008 0004 000c 0004");
ByteString version9(unsigned sequence, unsigned set, const ByteString& body) {
  return ByteWriter().u16(9).u16(1).u32(1).u32(2).u32(sequence).u32(7).u16(set).u16(4 + body.size()).add(body).bytes();
}
ByteString ipfix(unsigned set, const ByteString& body) {
  return ByteWriter().u16(10).u16(20 + body.size()).zeros(12).u16(set).u16(4 + body.size()).add(body).bytes();
}

TEST(NetflowCheck, Version5CountsItsRecords) {
  expect_only_whole("netflow5", version5(1));
  const ByteString packet = version5(2);
  EXPECT_EQ(says("netflow5", packet), kYes);
  EXPECT_EQ(says("netflow5", with(packet, 1, 6)), kNo) << "version";
  EXPECT_EQ(says("netflow5", with(packet, 3, 1)), kNo) << "count";
  EXPECT_EQ(says("netflow5", with(packet, 12, 0xFF)), kNo) << "more than a second of nanoseconds";
  EXPECT_EQ(says("netflow5", with(packet, 24 + 28, 0x90)), kNo) << "ends before it begins";
  EXPECT_EQ(says("netflow5", with(packet, 24 + 36, 1)), kNo) << "reserved";
  EXPECT_EQ(says("netflow5", version5(31)), kNo);
}

TEST(NetflowCheck, Version9IsSureByTemplatesOrTwoPackets) {
  const ByteString templates = version9(1, 0, kTemplate);
  expect_only_whole("netflow9", templates);
  EXPECT_EQ(says("netflow9", with(templates, 3, 0)), kNo) << "no records";
  EXPECT_EQ(says("netflow9", with(templates, 21, 2)), kNo) << "a reserved set";
  EXPECT_EQ(says("netflow9", with(templates, 23, 15)), kNo) << "length of the set";
  EXPECT_EQ(says("netflow9", with(templates, 24, 0)), kNo) << "number of the template";
  EXPECT_EQ(says("netflow9", with(templates, 27, 3)), kNo) << "fields past the end";
  const CheckFunction check = check_named("netflow9");
  const ByteString data = version9(1, 256, ByteString(8, 1));
  EXPECT_EQ(ask(check, {data}), kMore);
  EXPECT_EQ(ask(check, {data}, true), kNo);
  EXPECT_EQ(ask(check, {data, version9(2, 256, ByteString(8, 2))}), kYes);
  EXPECT_EQ(ask(check, {data, with(version9(2, 256, ByteString(8, 2)), 19, 8)}, true), kNo) << "another source";
}

TEST(NetflowCheck, IpfixTellsItsLength) {
  const ByteString message = ipfix(2, kTemplate);
  expect_only_whole("ipfix", message);
  EXPECT_EQ(says("ipfix", joined(message, {0})), kNo);
  EXPECT_EQ(says("ipfix", ipfix(256, ByteString(8, 1))), kYes);
  EXPECT_EQ(says("ipfix", ipfix(4, kTemplate)), kNo) << "a reserved set";
  EXPECT_EQ(says("ipfix", with(message, 19, 15)), kNo) << "length of the set";
  EXPECT_EQ(says("ipfix", with(message, 23, 3)), kNo) << "fields past the end";
  const std::vector<Change> arriving{{0, kMore}, {message.size(), kYes}};
  EXPECT_EQ(changes(check_named("ipfix-stream"), Side::client, message), arriving);
  EXPECT_EQ(says("ipfix-stream", joined(message, message)), kYes);
  EXPECT_EQ(says("ipfix-stream", ipfix(256, ByteString(8, 1))), kNo) << "a stream begins with templates";
}

TEST(NetflowCheck, SflowsSamplesFillTheDatagram) {
  const ByteString datagram = ByteWriter().u32(5).u32(1).zeros(16).u32(1).u32(1).counted(4, ByteString(8, 0)).bytes();
  expect_only_whole("sflow", datagram);
  EXPECT_EQ(says("sflow", joined(datagram, {0})), kNo);
  EXPECT_EQ(says("sflow", with(datagram, 3, 4)), kNo) << "version";
  EXPECT_EQ(says("sflow", with(datagram, 7, 3)), kNo) << "family";
  EXPECT_EQ(says("sflow", with(datagram, 27, 2)), kNo) << "samples";
  EXPECT_EQ(says("sflow", with(datagram, 35, 7)), kNo) << "length of a sample";
}

}  // namespace netflow_check
}  // namespace ghostport
