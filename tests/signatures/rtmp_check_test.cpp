#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace rtmp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString hello(std::string_view version) {
  return ByteWriter().u8(3).u32(0x0007AA57).add(from_hex(version)).add(random_bytes(1528, 3)).bytes();
}

ByteString opening(std::string_view version, std::string_view chunk) {
  return joined(joined(hello(version), random_bytes(1536, 4)), from_hex(chunk));
}

CheckState state(const ByteString& bytes, bool complete = false) {
  return ask(check_named("rtmp"), Side::client, bytes, complete);
}

TEST(RtmpCheck, TheZeroFieldAndTheHandshakesSize) {
  const ByteString bytes = hello("00000000");
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("rtmp"), Side::client, bytes), arriving);
  EXPECT_EQ(state(first_bytes(bytes, 1536), true), kNo);
  EXPECT_EQ(state(ByteWriter().u8(3).zeros(1536).bytes()), kNo) << "nothing but zeros";
}

TEST(RtmpCheck, AVersionInItsPlaceNeedsTheFirstChunk) {
  const std::string connect = "030000000000B21400000000020007636F6E6E656374";
  EXPECT_EQ(state(opening("80000702", "")), kMore);
  EXPECT_EQ(state(opening("80000702", connect)), kYes);
  EXPECT_EQ(state(opening("80000702", connect.substr(0, 40))), kMore);
  EXPECT_EQ(state(opening("0D0E0A0D", "02000000000004050000000000")), kYes) << "the size of a window";
  EXPECT_EQ(state(opening("0D0E0A0D", "02000000000003050000000000")), kNo);
  EXPECT_EQ(state(opening("0D0E0A0D", "02000000000004050000000100")), kNo) << "on a message stream";
  EXPECT_EQ(state(opening("0D0E0A0D", "42000000000004050000000000")), kNo);
  EXPECT_EQ(state(opening("80000702", "030000000000B21400000000020007636F6E6E656375")), kNo);
}

}  // namespace rtmp_check
}  // namespace ghostport
