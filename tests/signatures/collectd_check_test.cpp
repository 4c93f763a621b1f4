#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace collectd_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

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

ByteString part(unsigned type, const ByteString& data) {
  return ByteWriter().u16(type).u16(4 + data.size()).add(data).bytes();
}
const ByteString kHost = part(0, ByteWriter().add("host1").u8(0).bytes());
const ByteString kTime = part(8, ByteString(8, 1));
const ByteString kPlugin = part(2, ByteWriter().add("cpu").u8(0).bytes());
const ByteString kValues = part(6, ByteWriter().u16(1).u8(2).zeros(8).bytes());
const ByteString kParts = joined(joined(kHost, kTime), joined(kPlugin, kValues));

TEST(CollectdCheck, PartsFillTheDatagram) {
  expect_only_whole("collectd", kParts);
  EXPECT_EQ(says("collectd", joined(kParts, {0})), kNo);
  EXPECT_EQ(says("collectd", joined(kTime, kParts)), kNo) << "the host comes first";
  EXPECT_EQ(says("collectd", joined(kParts, part(10, ByteString(8, 0)))), kNo) << "a part that is not there";
  EXPECT_EQ(says("collectd", joined(kParts, part(7, ByteString(4, 0)))), kNo) << "a number of 4 bytes";
  EXPECT_EQ(says("collectd", with(kParts, 9, 'x')), kNo) << "a name without its end";
  EXPECT_EQ(says("collectd", with(kParts, 6, 1)), kNo) << "a name that is no text";
  EXPECT_EQ(says("collectd", with(kParts, kParts.size() - 10, 2)), kNo) << "number of values";
  EXPECT_EQ(says("collectd", with(kParts, kParts.size() - 9, 4)), kNo) << "type of a value";
  EXPECT_EQ(says("collectd", kHost), kNo) << "too little";
}

TEST(CollectdCheck, SignedAndEncrypted) {
  const ByteString signature = part(0x200, ByteWriter().zeros(32).add("user").bytes());
  EXPECT_EQ(says("collectd", joined(signature, kParts)), kYes);
  EXPECT_EQ(says("collectd", joined(kParts, signature)), kNo);
  const ByteString encrypted = part(0x210, ByteWriter().counted(2, ByteString(4, 'u')).zeros(60).bytes());
  expect_only_whole("collectd", encrypted);
  EXPECT_EQ(says("collectd", joined(encrypted, kParts)), kNo);
  EXPECT_EQ(says("collectd", with(encrypted, 5, 40)), kNo) << "a user's name too long";
  EXPECT_EQ(says("collectd", with(encrypted, 6, 0)), kNo) << "a user's name that is no text";
}

}  // namespace collectd_check
}  // namespace ghostport
