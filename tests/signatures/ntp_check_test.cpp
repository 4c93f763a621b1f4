#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace ntp_check {

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

const ByteString kClient = joined(from_hex("23000020"), joined(ByteString(36, 0), from_hex("5a17003311223344")));
const ByteString kServer =
    from_hex("240206ea 00000bd9 00000630 55c7d663 e09ab55c12dcc914 e09ab5540c60c23b e09ab59613a64a3b e09ab59607050baa");

TEST(NtpCheck, AHeaderAndWhatMayFollowIt) {
  for (const ByteString& message : {kClient, kServer}) expect_only_whole("ntp-time", message);
  for (const std::size_t count : {4U, 12U, 20U, 24U}) {
    EXPECT_EQ(says("ntp-time", joined(kClient, ByteString(count, 1))), kYes) << "key and digest";
  }
  EXPECT_EQ(says("ntp-time", joined(kClient, ByteString(8, 1))), kNo);
  const ByteString extension = joined(from_hex("0104001c"), ByteString(24, 1));
  EXPECT_EQ(says("ntp-time", joined(kClient, extension)), kYes);
  EXPECT_EQ(says("ntp-time", joined(kClient, joined(extension, ByteString(20, 1)))), kYes);
  EXPECT_EQ(says("ntp-time", joined(kClient, with(extension, 3, 0x20))), kNo) << "past the end";
  EXPECT_EQ(says("ntp-time", joined(kClient, with(extension, 3, 0x1B))), kNo) << "no multiple of 4";
}

TEST(NtpCheck, FieldsArePlausible) {
  EXPECT_EQ(says("ntp-time", with(kServer, 0, 0x04)), kNo) << "version 0";
  EXPECT_EQ(says("ntp-time", with(kServer, 0, 0x2C)), kNo) << "version 5";
  EXPECT_EQ(says("ntp-time", with(kServer, 0, 0x20)), kNo) << "mode 0";
  EXPECT_EQ(says("ntp-time", with(kServer, 1, 17)), kNo) << "stratum";
  EXPECT_EQ(says("ntp-time", with(kServer, 2, 18)), kNo) << "poll";
  EXPECT_EQ(says("ntp-time", with(kServer, 3, 0x80)), kNo) << "precision";
  EXPECT_EQ(says("ntp-time", with(kServer, 4, 1)), kNo) << "root delay";
  EXPECT_EQ(says("ntp-time", with(kServer, 8, 5)), kNo) << "root dispersion";
  EXPECT_EQ(says("ntp-time", with(kServer, 34, 0xB6)), kNo) << "answered later than it came";
  EXPECT_EQ(says("ntp-time", with(kClient, 24, 1)), kNo) << "an origin long ago";
  EXPECT_EQ(says("ntp-time", with(kClient, 32, 1)), kNo) << "received long ago";
  EXPECT_EQ(says("ntp-time", with(kClient, 0, 0x25)), kYes) << "a broadcast";
  EXPECT_EQ(says("ntp-time", with(with(kServer, 0, 0x25), 32, 0xE0)), kNo) << "a broadcast that answers";
}

TEST(NtpCheck, ControlMessagesCountTheirData) {
  const ByteString request = from_hex("160200010000000000000000");
  const ByteString answer = ByteWriter().add(from_hex("168200010615000000000010")).add("stratum=2, x=123").bytes();
  for (const ByteString& message : {request, answer}) expect_only_whole("ntp-control", message);
  EXPECT_EQ(says("ntp-control", with(request, 0, 0x56)), kNo) << "leap bits";
  EXPECT_EQ(says("ntp-control", with(request, 0, 0x13)), kNo) << "mode";
  EXPECT_EQ(says("ntp-control", with(request, 1, 0x22)), kNo) << "more to come, of a request";
  EXPECT_EQ(says("ntp-control", with(request, 1, 13)), kNo) << "operation";
  EXPECT_EQ(says("ntp-control", with(request, 5, 1)), kNo) << "status";
  EXPECT_EQ(says("ntp-control", with(request, 9, 1)), kNo) << "offset";
  EXPECT_EQ(says("ntp-control", with(answer, 11, 17)), kNo) << "count";
  EXPECT_EQ(says("ntp-control", with(answer, 14, 1)), kNo) << "no text";
  EXPECT_EQ(says("ntp-control", from_hex("16c200010300000000000000")), kYes) << "an error";
  EXPECT_EQ(says("ntp-control", from_hex("16c200010301000000000000")), kNo);
  const ByteString states = from_hex("168100010615000000000008 a1b29614 a1b39414");
  EXPECT_EQ(says("ntp-control", states), kYes);
  EXPECT_EQ(says("ntp-control", with(states, 11, 4)), kNo);
}

TEST(NtpCheck, PrivateMessagesAreFilledByTheirItems) {
  const ByteString request = from_hex("1700032a00000000");
  const ByteString answer = from_hex("9700032a00020004 0102030405060708");
  expect_only_whole("ntp-private", answer);
  EXPECT_EQ(says("ntp-private", request), kYes);
  EXPECT_EQ(says("ntp-private", joined(request, ByteString(40, 0))), kYes);
  EXPECT_EQ(says("ntp-private", joined(request, ByteString(40, 1))), kNo) << "data without items";
  EXPECT_EQ(says("ntp-private", with(request, 1, 1)), kNo) << "sequence of a request";
  EXPECT_EQ(says("ntp-private", with(request, 2, 1)), kNo) << "implementation";
  EXPECT_EQ(says("ntp-private", with(request, 3, 46)), kNo) << "code";
  EXPECT_EQ(says("ntp-private", with(request, 4, 0x10)), kNo) << "error of a request";
  EXPECT_EQ(says("ntp-private", with(request, 6, 0x10)), kNo) << "reserved bits";
  EXPECT_EQ(says("ntp-private", with(answer, 5, 3)), kNo) << "items";
  EXPECT_EQ(says("ntp-private", from_hex("9700032a40000000")), kYes) << "an error";
  EXPECT_EQ(says("ntp-private", from_hex("9700032a80000000")), kNo) << "an error that is not there";
}

}  // namespace ntp_check
}  // namespace ghostport
