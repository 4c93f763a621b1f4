#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace ipmi_check {

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

const ByteString kPing = from_hex("0600ff06 000011be 80 00 00 00");
// Get Channel Authentication Capabilities, outside a session.
const ByteString kCapabilities = from_hex("0600ff07 00 00000000 00000000 09 2018c8 8100388e04b5");
const ByteString kOpenSession = joined(from_hex("0600ff07 06 10 00000000 00000000 2000"), ByteString(32, 1));

TEST(IpmiCheck, AnAsfMessage) {
  expect_only_whole("rmcp", kPing);
  EXPECT_EQ(says("rmcp", with(kPing, 0, 5)), kNo) << "version";
  EXPECT_EQ(says("rmcp", with(kPing, 1, 1)), kNo) << "reserved";
  EXPECT_EQ(says("rmcp", with(kPing, 3, 8)), kNo) << "class";
  EXPECT_EQ(says("rmcp", with(kPing, 7, 0xBF)), kNo) << "enterprise";
  EXPECT_EQ(says("rmcp", with(kPing, 8, 0x20)), kNo) << "type";
  EXPECT_EQ(says("rmcp", with(kPing, 10, 1)), kNo) << "reserved";
  EXPECT_EQ(says("rmcp", with(kPing, 11, 1)), kNo) << "length";
}

TEST(IpmiCheck, AMessageHasTwoChecksums) {
  expect_only_whole("rmcp", kCapabilities);
  EXPECT_EQ(says("rmcp", joined(kCapabilities, {0})), kYes) << "older adapters are sent one byte more";
  EXPECT_EQ(says("rmcp", joined(kCapabilities, {0, 0})), kNo);
  EXPECT_EQ(says("rmcp", with(kCapabilities, 2, 0)), kNo) << "sequence of RMCP";
  EXPECT_EQ(says("rmcp", with(kCapabilities, 4, 3)), kNo) << "authentication";
  EXPECT_EQ(says("rmcp", with(kCapabilities, 13, 8)), kNo) << "length";
  EXPECT_EQ(says("rmcp", with(kCapabilities, 16, 0xC9)), kNo) << "first checksum";
  EXPECT_EQ(says("rmcp", with(kCapabilities, 22, 0xB6)), kNo) << "second checksum";
}

TEST(IpmiCheck, ASessionOfRmcpPlus) {
  expect_only_whole("rmcp", kOpenSession);
  EXPECT_EQ(says("rmcp", joined(kOpenSession, ByteString(33, 1))), kNo) << "far too long";
  EXPECT_EQ(says("rmcp", with(kOpenSession, 5, 0x16)), kNo) << "payload";
  EXPECT_EQ(says("rmcp", with(kOpenSession, 14, 0x21)), kNo) << "length";
}

}  // namespace ipmi_check
}  // namespace ghostport
