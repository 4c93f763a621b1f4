#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace knxnet_ip_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kSearch = from_hex("06100201000E0801C00002070E57");
const ByteString kConnect = from_hex("06100205001A0802000000000000080200000000000004040200");
const ByteString kState = from_hex("0610020800081500");

CheckState said(const ByteString& bytes) { return ask_datagram("knxnet-ip", bytes); }

TEST(KnxnetIpCheck, ServicesOfEitherSideHold) {
  EXPECT_EQ(said(kSearch), kYes);
  EXPECT_EQ(said(kState), kYes);
  EXPECT_EQ(said(from_hex("061004200015040100001100BCE000000801010081")), kYes);
  EXPECT_EQ(ask(check_named("knxnet-ip"), Side::client, kConnect), kYes);
  EXPECT_EQ(ask(check_named("knxnet-ip"), Side::server, kConnect), kNo);
  EXPECT_EQ(ask(check_named("knxnet-ip"), Side::server, kState), kYes);
}

TEST(KnxnetIpCheck, FieldsMustHold) {
  for (const Byte& wrong :
       {Byte{0, 7}, Byte{1, 0x11}, Byte{2, 1}, Byte{3, 0x0D}, Byte{5, 0x0F}, Byte{6, 7}, Byte{7, 3}}) {
    EXPECT_EQ(said(changed(kSearch, {wrong})), kNo) << wrong.at;
  }
  EXPECT_EQ(said(joined(kSearch, ByteString{0})), kNo);
}

TEST(KnxnetIpCheck, BytesArriveOneByOne) {
  const std::vector<Change> arriving{{0, kMore}, {24, kYes}};
  EXPECT_EQ(changes(check_named("knxnet-ip"), Side::client, kConnect), arriving);
}

}  // namespace knxnet_ip_check
}  // namespace ghostport
