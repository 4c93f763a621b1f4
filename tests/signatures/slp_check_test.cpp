#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace slp_check {

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

const ByteString kRequest = from_hex(
    "0201 000036 2000 000000 0001 0002 656e 0000 0015 736572766963653a736572766963652d6167656e74"
    "0007 64656661756c74 0000 0000");
const ByteString kOldRequest =
    from_hex("0106 002c 00 00 656e 0003 1ef7 0000 0018 736572766963653a782d68706e702d646973636f7665723a 0000 0000");

TEST(SlpCheck, TheLengthIsTheDatagrams) {
  for (const ByteString& message : {kRequest, kOldRequest}) {
    expect_only_whole("slp", message);
    EXPECT_EQ(says("slp", joined(message, {0})), kNo);
  }
}

TEST(SlpCheck, Version2) {
  EXPECT_EQ(says("slp", with(kRequest, 0, 3)), kNo) << "version";
  EXPECT_EQ(says("slp", with(kRequest, 1, 0)), kNo) << "function";
  EXPECT_EQ(says("slp", with(kRequest, 1, 16)), kNo) << "function";
  EXPECT_EQ(says("slp", with(kRequest, 5, 0x10)), kNo) << "reserved flag";
  EXPECT_EQ(says("slp", with(kRequest, 6, 1)), kNo) << "reserved flag";
  EXPECT_EQ(says("slp", with(kRequest, 9, 0x36)), kNo) << "an extension past the end";
  EXPECT_EQ(says("slp", with(kRequest, 12, 1)), kNo) << "length of the language";
  EXPECT_EQ(says("slp", with(kRequest, 14, '1')), kNo) << "language";
  EXPECT_EQ(says("slp", with(kRequest, 15, ' ')), kNo) << "language";
}

TEST(SlpCheck, Version1) {
  EXPECT_EQ(says("slp", with(kOldRequest, 1, 11)), kNo) << "function";
  EXPECT_EQ(says("slp", with(kOldRequest, 4, 1)), kNo) << "reserved flag";
  EXPECT_EQ(says("slp", with(kOldRequest, 5, 1)), kNo) << "dialect";
  EXPECT_EQ(says("slp", with(kOldRequest, 6, 0)), kNo) << "language";
  EXPECT_EQ(says("slp", with(kOldRequest, 8, 0x20)), kNo) << "character set";
}

TEST(SlpCheck, AStreamIsDecidedAtItsLanguage) {
  const std::vector<Change> arriving{{0, kNo}, {1, kMore}, {16, kYes}};
  EXPECT_EQ(changes(check_named("slp-stream"), Side::client, kRequest), arriving);
  const std::vector<Change> older{{0, kNo}, {1, kMore}, {12, kYes}};
  EXPECT_EQ(changes(check_named("slp-stream"), Side::client, kOldRequest), older);
  EXPECT_EQ(says("slp-stream", first_bytes(kRequest, 15)), kNo) << "nothing more will come";
  EXPECT_EQ(says("slp-stream", with(kRequest, 13, 0)), kNo) << "no language";
}

}  // namespace slp_check
}  // namespace ghostport
