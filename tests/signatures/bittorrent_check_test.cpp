#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace bittorrent_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

struct Packet {
  unsigned type = 0;
  unsigned extension = 0;
  unsigned connection = 0x5303;
  std::uint32_t time = 0x10EEB2F0;
  std::uint32_t difference = 500;
  unsigned sequence = 100;
  unsigned acknowledged = 7;
  ByteString rest = {'d'};

  [[nodiscard]] ByteString bytes() const {
    return ByteWriter()
        .u8(type << 4 | 1)
        .u8(extension)
        .u16(connection)
        .u32(time)
        .u32(difference)
        .u32(0x100000)
        .u16(sequence)
        .u16(acknowledged)
        .add(rest)
        .bytes();
  }
};

CheckState train(const Packet& last) {
  return ask(check_named("bittorrent-utp"),
             {Packet().bytes(), Packet{.time = 0x10EEC2F0, .sequence = 101}.bytes(), last.bytes()});
}
CheckState syn(const Packet& packet) { return ask(check_named("bittorrent-utp"), {packet.bytes()}); }

TEST(BittorrentCheck, ASynSaysZeroOfWhatItCannotKnow) {
  const Packet good{.type = 4, .difference = 0, .acknowledged = 0, .rest = {}};
  const std::vector<Change> arriving{{0, kNo}, {20, kYes}};
  EXPECT_EQ(changes(check_named("bittorrent-utp"), Side::client, good.bytes()), arriving);
  EXPECT_EQ(
      syn({.type = 4, .extension = 2, .difference = 0, .acknowledged = 0, .rest = from_hex("0008 0000000000000000")}),
      kYes);
  EXPECT_EQ(
      syn({.type = 4, .extension = 2, .difference = 0, .acknowledged = 0, .rest = from_hex("0007 00000000000000")}),
      kNo);
  EXPECT_EQ(syn({.type = 4, .difference = 1, .acknowledged = 0, .rest = {}}), kMore);
  EXPECT_EQ(syn({.type = 4, .difference = 0, .acknowledged = 1, .rest = {}}), kMore);
  EXPECT_EQ(syn({.type = 4, .difference = 0, .acknowledged = 0, .rest = {1}}), kNo) << "with data";
  EXPECT_EQ(syn({.type = 5, .difference = 0, .acknowledged = 0, .rest = {}}), kNo);
}

TEST(BittorrentCheck, ThreePacketsOfOneConnection) {
  EXPECT_EQ(train({.time = 0x10EED2F0, .sequence = 102}), kYes);
  EXPECT_EQ(train({.type = 2, .time = 0x10EED2F0, .sequence = 102, .rest = {}}), kYes);
  EXPECT_EQ(train({.connection = 0x5304, .time = 0x10EED2F0, .sequence = 102}), kMore);
  EXPECT_EQ(train({.sequence = 102}), kMore) << "time stands still";
  EXPECT_EQ(train({.time = 0x50EED2F0, .sequence = 102}), kMore) << "time jumps";
  EXPECT_EQ(train({.time = 0x10EED2F0, .sequence = 9102}), kMore);
  EXPECT_EQ(train({.time = 0x10EED2F0, .sequence = 102, .acknowledged = 9007}), kMore);
  EXPECT_EQ(train({.time = 0x10EED2F0, .sequence = 102, .rest = {}}), kNo) << "data without data";
  EXPECT_EQ(train({.extension = 4, .time = 0x10EED2F0, .sequence = 102, .rest = from_hex("0004 00000000 01")}), kNo);
}

TEST(BittorrentCheck, AHandshakeBehindARandomKey) {
  const CheckFunction check = check_named("bittorrent-obfuscated");
  EXPECT_EQ(ask(check, Side::client, random_bytes(96, 1)), kYes);
  EXPECT_EQ(ask(check, Side::client, random_bytes(95, 1)), kMore);
  EXPECT_EQ(ask(check, Side::client, ByteString(96, 'a')), kNo);
}

}  // namespace bittorrent_check
}  // namespace ghostport
