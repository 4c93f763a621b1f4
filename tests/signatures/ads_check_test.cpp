#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace ads_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kState = from_hex("000020000000050D756001011027C0A801C7010103800400040000000000000000000C000000");
const ByteString kAnswer =
    from_hex("000028000000C0A801C701010380050D7560010110270400050008000000000000000C0000000000000005000200");

CheckState request(const ByteString& bytes) { return ask(check_named("ads"), Side::client, bytes); }
CheckState response(const ByteString& bytes) { return ask(check_named("ads"), Side::server, bytes); }

TEST(AdsCheck, PacketsTellTheirSide) {
  EXPECT_EQ(request(kState), kYes);
  EXPECT_EQ(response(kState), kNo);
  EXPECT_EQ(response(kAnswer), kYes);
  EXPECT_EQ(request(kAnswer), kNo);
  EXPECT_EQ(response(changed(kState, {{22, 8}})), kYes) << "a notification";
}

TEST(AdsCheck, FieldsMustHold) {
  for (const Byte& wrong :
       {Byte{0, 1}, Byte{2, 0x21}, Byte{4, 1}, Byte{22, 10}, Byte{23, 1}, Byte{24, 6}, Byte{26, 1}}) {
    EXPECT_EQ(request(changed(kState, {wrong})), kNo) << wrong.at;
  }
  const std::vector<Change> arriving{{0, kMore}, {38, kYes}};
  EXPECT_EQ(changes(check_named("ads"), Side::server, kAnswer), arriving);
}

TEST(AdsDatagramCheck, TagsFillTheDatagram) {
  const ByteString answer = from_hex("036614710000000001000080050D7560010110270100000005000400504C4300");
  EXPECT_EQ(ask_datagram("ads-datagram", answer), kYes);
  for (const Byte& wrong : {Byte{0, 4}, Byte{10, 1}, Byte{20, 2}, Byte{26, 5}, Byte{26, 3}}) {
    const bool zero_left = wrong.at == 26 && wrong.value == 3;
    EXPECT_EQ(ask_datagram("ads-datagram", changed(answer, {wrong})), zero_left ? kYes : kNo) << wrong.at;
  }
}

}  // namespace ads_check
}  // namespace ghostport
