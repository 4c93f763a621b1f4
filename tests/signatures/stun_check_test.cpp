#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace stun_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString message(unsigned type, const ByteString& attributes, std::uint32_t cookie = 0x2112A442) {
  return ByteWriter().u16(type).u16(attributes.size()).u32(cookie).add("abcdefghijkl").add(attributes).bytes();
}

const ByteString kTransport = from_hex("0019000411000000");

CheckState whole(const ByteString& bytes) { return ask(check_named("stun"), {bytes}); }
CheckState classic(const ByteString& bytes) { return ask(check_named("stun-classic"), {bytes}); }

TEST(StunCheck, AttributesFillTheDatagram) {
  EXPECT_EQ(whole(message(1, {})), kYes);
  EXPECT_EQ(whole(message(3, kTransport)), kYes);
  EXPECT_EQ(whole(message(3, from_hex("40000003AABBCC"))), kYes) << "the last one without padding";
  EXPECT_EQ(whole(message(3, joined(from_hex("40000003AABBCC00"), kTransport))), kYes);
  EXPECT_EQ(whole(joined(message(3, kTransport), ByteString(1))), kNo) << "longer than its length";
  EXPECT_EQ(whole(message(3, from_hex("0019000511000000"))), kNo) << "an attribute beyond the end";
  EXPECT_EQ(whole(message(3, from_hex("001900"))), kNo);
  EXPECT_EQ(whole(message(3, kTransport, 0x2112A443)), kNo);
  EXPECT_EQ(whole(message(0x4003, kTransport)), kNo) << "a type beyond 14 bits";
}

TEST(StunCheck, ClassicAttributesHaveTheirForms) {
  const auto bytes = [](unsigned type, std::string_view attributes) { return message(type, from_hex(attributes), 7); };
  EXPECT_EQ(classic(bytes(0x101, "0001000800010FA0C0000201")), kYes);
  EXPECT_EQ(classic(bytes(1, "0003000400000006")), kYes);
  EXPECT_EQ(classic(bytes(1, "0101000431323334")), kYes) << "one that is not known";
  EXPECT_EQ(classic(bytes(1, "")), kNo);
  EXPECT_EQ(classic(bytes(0x101, "0001000800020FA0C0000201")), kNo) << "another family";
  EXPECT_EQ(classic(bytes(1, "0003000400000008")), kNo) << "a flag that does not exist";
  EXPECT_EQ(classic(bytes(1, "01010003313233")), kNo) << "no multiple of four";
  EXPECT_EQ(classic(bytes(1, "8022000431323334")), kNo) << "optional ones alone";
  EXPECT_EQ(classic(joined(bytes(1, "0003000400000006"), ByteString(4))), kNo);
}

TEST(StunCheck, OnAStreamAMessageIsWhole) {
  const ByteString bare = message(3, kTransport);
  const ByteString framed = ByteWriter().counted(2, bare).bytes();
  const std::vector<Change> arriving{{0, kMore}, {bare.size(), kYes}};
  EXPECT_EQ(changes(check_named("stun-stream"), Side::client, bare), arriving);
  const std::vector<Change> later{{0, kMore}, {framed.size(), kYes}};
  EXPECT_EQ(changes(check_named("stun-stream"), Side::server, framed), later);
  EXPECT_EQ(ask(check_named("stun-stream"), Side::client, joined(ByteString(1, 0x1D), framed)), kNo);
  EXPECT_EQ(ask(check_named("stun-stream"), Side::client, message(3, from_hex("00190002110000"))), kNo);
}

TEST(StunCheck, DataOnAChannelComesThrice) {
  const auto data = [](unsigned channel, unsigned length, std::size_t size) {
    return ByteWriter().u16(channel).u16(length).add(random_bytes(size, size)).bytes();
  };
  const auto state = [](const std::vector<ByteString>& datagrams) {
    return ask(check_named("stun-channel"), datagrams);
  };
  EXPECT_EQ(state({data(0x4000, 20, 20), data(0x4000, 30, 30)}), kMore);
  EXPECT_EQ(state({data(0x4000, 20, 20), data(0x4000, 30, 30), data(0x4000, 25, 25)}), kYes);
  EXPECT_EQ(state({data(0x4000, 20, 20), data(0x4000, 30, 32), data(0x4000, 25, 28)}), kYes) << "with padding";
  EXPECT_EQ(state({data(0x4000, 20, 20), data(0x4000, 30, 30), data(0x4001, 25, 25)}), kMore) << "another channel";
  EXPECT_EQ(state({data(0x4000, 20, 24)}), kNo);
  EXPECT_EQ(state({data(0x5000, 20, 20)}), kNo);
}

}  // namespace stun_check
}  // namespace ghostport
