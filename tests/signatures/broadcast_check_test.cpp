#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace broadcast_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString packets(unsigned count, std::string_view header = "47410010", unsigned next = 'T') {
  ByteString bytes;
  for (unsigned i = 0; i < count; ++i)
    bytes = joined(bytes, ByteWriter().add(from_hex(header)).u8(next).add(ByteString(183, 'T')).bytes());
  return bytes;
}

CheckState stream(const std::vector<ByteString>& datagrams) { return ask(check_named("mpeg-ts"), datagrams); }
CheckState announcement(const ByteString& bytes) { return ask(check_named("sap"), {bytes}); }

TEST(BroadcastCheck, FiveTransportPacketsFillTheirDatagrams) {
  EXPECT_EQ(stream({packets(7)}), kYes);
  EXPECT_EQ(stream({packets(2), packets(3)}), kYes);
  EXPECT_EQ(stream({packets(4)}), kMore);
  EXPECT_EQ(stream({joined(packets(7), ByteString(1))}), kNo);
  EXPECT_EQ(stream({packets(7, "48410010")}), kNo);
  EXPECT_EQ(stream({packets(7, "47C10010")}), kNo) << "an error";
  EXPECT_EQ(stream({packets(7, "47410000")}), kNo) << "neither payload nor adaptation field";
  EXPECT_EQ(stream({packets(7, "47410020", 183)}), kYes);
  EXPECT_EQ(stream({packets(7, "47410020", 182)}), kNo);
  EXPECT_EQ(stream({packets(7, "47410030", 183)}), kNo);
}

TEST(BroadcastCheck, AnAnnouncementCarriesSdp) {
  const auto bytes = [](std::string_view header, std::string_view payload) {
    return ByteWriter().add(from_hex(header)).add(payload).bytes();
  };
  using namespace std::string_view_literals;
  const std::string_view sdp = "application/sdp\0v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\n"sv;
  EXPECT_EQ(announcement(bytes("20000001C101BA3C", sdp)), kYes);
  EXPECT_EQ(announcement(bytes("20010001C101BA3CAABBCCDD", sdp)), kYes) << "with authentication";
  EXPECT_EQ(announcement(bytes("300000010000000000000000000000000000000100000000", sdp)), kNo) << "four bytes too many";
  EXPECT_EQ(announcement(bytes("3000000100000000000000000000000000000001", sdp)), kYes) << "IPv6";
  EXPECT_EQ(announcement(bytes("20000001C101BA3C", "v=0\no=- 1")), kYes);
  EXPECT_EQ(announcement(bytes("24000001C101BA3C", "application/sdp\0o=- 1"sv)), kYes) << "a deletion";
  EXPECT_EQ(announcement(bytes("20000001C101BA3C", "application/sdp\0o=- 1"sv)), kNo);
  EXPECT_EQ(announcement(bytes("21000001C101BA3C", sdp)), kNo) << "compressed";
  EXPECT_EQ(announcement(bytes("40000001C101BA3C", sdp)), kNo);
  EXPECT_EQ(announcement(bytes("20FF0001C101BA3C", sdp)), kNo);
}

}  // namespace broadcast_check
}  // namespace ghostport
