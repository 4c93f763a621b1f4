#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace wireguard_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString handshake(unsigned type, std::size_t size) {
  return ByteWriter().le32(type).add(random_bytes(size - 4, 1)).bytes();
}

ByteString data(std::uint64_t counter, std::uint64_t receiver = 0x1234, std::size_t size = 32) {
  return ByteWriter()
      .le32(4)
      .le32(receiver)
      .le32(counter & 0xFFFFFFFF)
      .le32(counter >> 32)
      .add(random_bytes(size - 16, counter))
      .bytes();
}

CheckState transport(const std::vector<ByteString>& datagrams) {
  return ask(check_named("wireguard-transport"), datagrams);
}

TEST(WireguardCheck, AHandshakeMessageHasItsSize) {
  const CheckFunction check = check_named("wireguard");
  const std::vector<std::pair<unsigned, std::size_t>> sizes{{1, 148}, {2, 92}, {3, 64}};
  for (const auto& [type, size] : sizes) {
    for (const std::size_t other : {64U, 92U, 147U, 148U, 149U})
      EXPECT_EQ(ask(check, {handshake(type, other)}), other == size ? kYes : kNo) << type << " " << other;
  }
  EXPECT_EQ(ask(check, {handshake(4, 148)}), kNo);
  EXPECT_EQ(ask(check, {handshake(0x101, 148)}), kNo) << "reserved bytes";
  EXPECT_EQ(ask(check, {ByteWriter().le32(1).zeros(144).bytes()}), kNo) << "no key";
  const std::vector<Change> arriving{{0, kNo}, {148, kYes}};
  EXPECT_EQ(changes(check, Side::client, handshake(1, 148)), arriving);
}

TEST(WireguardCheck, ThreeDataMessagesToOneReceiver) {
  EXPECT_EQ(transport({data(0), data(1), data(3)}), kYes);
  EXPECT_EQ(transport({data(7), data(6), data(5)}), kYes) << "out of order";
  EXPECT_EQ(transport({data(0), data(1)}), kMore);
  EXPECT_EQ(ask(check_named("wireguard-transport"), {data(0), data(1)}, true), kNo);
  EXPECT_EQ(transport({data(0), data(0), data(0)}), kMore) << "a counter never comes twice";
  EXPECT_EQ(transport({data(0), data(1), data(1 << 20)}), kMore) << "far away";
  EXPECT_EQ(transport({data(0), data(1), data(2, 0x1235)}), kMore);
  EXPECT_EQ(transport({data(0, 0), data(1, 0), data(2, 0)}), kNo);
  EXPECT_EQ(transport({data(0), data(1), data(1ULL << 32)}), kNo);
  EXPECT_EQ(transport({data(0), data(1), data(2, 0x1234, 33)}), kNo) << "not padded";
  EXPECT_EQ(transport({data(0), data(1), data(2, 0x1234, 16)}), kNo) << "no tag";
}

}  // namespace wireguard_check
}  // namespace ghostport
