#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace hart_ip_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kInitiate = from_hex("010000000002000D0100007530");
const ByteString kCommand = from_hex("010003000003001182264E0000D2000038");

CheckState request(const ByteString& bytes) { return ask(check_named("hart-ip"), Side::client, bytes); }

TEST(HartIpCheck, MessagesHold) {
  EXPECT_EQ(request(kInitiate), kYes);
  EXPECT_EQ(request(kCommand), kYes);
  EXPECT_EQ(request(joined(kInitiate, kCommand)), kYes);
  EXPECT_EQ(request(from_hex("0100020000040008")), kYes) << "keep alive";
  EXPECT_EQ(ask(check_named("hart-ip"), Side::server, changed(kInitiate, {{1, 1}})), kYes);
  EXPECT_EQ(ask(check_named("hart-ip"), Side::server, kInitiate), kNo);
  EXPECT_EQ(ask_datagram("hart-ip", changed(kInitiate, {{1, 1}})), kYes);
}

TEST(HartIpCheck, FieldsMustHold) {
  for (const Byte& wrong : {Byte{0, 3}, Byte{1, 3}, Byte{2, 6}, Byte{3, 1}, Byte{7, 0x0C}, Byte{8, 2}}) {
    EXPECT_EQ(request(changed(kInitiate, {wrong})), kNo) << wrong.at;
  }
  for (std::size_t at = 8; at < kCommand.size(); ++at) {
    EXPECT_EQ(request(changed(kCommand, {{at, kCommand[at] ^ 0x10U}})), kNo) << at;
  }
}

TEST(HartIpCheck, BytesArriveOneByOne) {
  const std::vector<Change> arriving{{0, kMore}, {17, kYes}};
  EXPECT_EQ(changes(check_named("hart-ip"), Side::client, kCommand), arriving);
}

}  // namespace hart_ip_check
}  // namespace ghostport
