#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace cotp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kRequest = from_hex("0300001611E00000000100C0010AC1020100C2020102");
const ByteString kConfirm = from_hex("0300001611D00001000200C0010AC1020100C2020102");
const ByteString kBare = from_hex("0300000B06E00000000100");
// Confirmed request (status), confirmed response, information report, each in session and presentation.
const ByteString kStatus = from_hex("0300001C02F08001000100610F300D020103A008A006020105800100");
const ByteString kReport = from_hex("0300001C02F08001000100610F300D020103A008A306A004A1020000");

CheckState cotp(Side side, const ByteString& bytes, bool complete = false) {
  return ask(check_named("cotp"), side, bytes, complete);
}
CheckState mms(const ByteString& bytes, bool complete = false) {
  return ask(check_named("mms"), Side::client, bytes, complete);
}
ByteString data(const ByteString& content) {
  return ByteWriter().u16(0x0300).u16(7 + content.size()).u24(0x02F080).add(content).bytes();
}

TEST(CotpCheck, AConnectionWaitsForWhatFollows) {
  EXPECT_EQ(cotp(Side::client, kRequest), kMore);
  EXPECT_EQ(cotp(Side::client, kRequest, true), kYes);
  EXPECT_EQ(cotp(Side::server, kConfirm), kMore);
  EXPECT_EQ(cotp(Side::server, kConfirm, true), kYes);
  EXPECT_EQ(cotp(Side::client, joined(kRequest, data(from_hex("0102")))), kYes);
  EXPECT_EQ(cotp(Side::client, joined(kRequest, data(from_hex("3201")))), kNo) << "S7comm";
  EXPECT_EQ(cotp(Side::client, joined(kRequest, data(from_hex("7201")))), kNo) << "S7commPlus";
  EXPECT_EQ(cotp(Side::client, joined(kRequest, data(from_hex("7F65")))), kNo) << "T.125";
  EXPECT_EQ(cotp(Side::client, joined(kRequest, data(from_hex("0D060506060528CA220201")))), kNo) << "MMS";
  EXPECT_EQ(cotp(Side::client, joined(kRequest, data(from_hex("0D020500")))), kYes) << "another session";
}

TEST(CotpCheck, WithoutParametersItMayBeRdp) {
  EXPECT_EQ(cotp(Side::client, kBare, true), kNo);
  EXPECT_EQ(cotp(Side::client, joined(kBare, data(from_hex("7F65")))), kNo);
  EXPECT_EQ(cotp(Side::client, joined(kBare, data(from_hex("0102")))), kYes);
}

TEST(CotpCheck, FieldsMustHold) {
  for (const Byte& wrong : {Byte{0, 4}, Byte{1, 1}, Byte{3, 0x15}, Byte{4, 0x12}, Byte{5, 0xC0}, Byte{7, 1},
                            Byte{10, 0x50}, Byte{11, 1}, Byte{12, 10}}) {
    EXPECT_EQ(cotp(Side::client, changed(kRequest, {wrong}), true), kNo) << wrong.at;
  }
  EXPECT_EQ(cotp(Side::server, kRequest, true), kNo);
  EXPECT_EQ(cotp(Side::client, from_hex("030000130EE000000000000100080003000000"), true), kNo) << "RDP negotiation";
}

TEST(CotpCheck, BytesArriveOneByOne) {
  const ByteString bytes = joined(kRequest, data(from_hex("0102")));
  const std::vector<Change> arriving{{0, kMore}, {22 + 8, kYes}};
  EXPECT_EQ(changes(check_named("cotp"), Side::client, bytes), arriving);
}

TEST(MmsCheck, AnAssociationNamesIt) {
  EXPECT_EQ(mms(joined(kRequest, data(from_hex("0D060506060528CA220201")))), kYes);
  EXPECT_EQ(mms(joined(kRequest, data(from_hex("0D060506060528CA230201")))), kNo);
  EXPECT_EQ(mms(kRequest), kMore);
  EXPECT_EQ(mms(kRequest, true), kNo);
}

TEST(MmsCheck, PdusHoldWithoutIt) {
  EXPECT_EQ(mms(kStatus), kYes);
  EXPECT_EQ(mms(kReport), kYes);
  for (const Byte& wrong :
       {Byte{7, 2}, Byte{9, 2}, Byte{11, 0x62}, Byte{12, 0x7F}, Byte{14, 0x7F}, Byte{15, 3}, Byte{18, 0xA1},
        Byte{19, 0x70}, Byte{20, 0xA4}, Byte{21, 0x70}, Byte{22, 3}, Byte{25, 0x02}}) {
    EXPECT_EQ(mms(changed(kStatus, {wrong})), kNo) << wrong.at;
  }
  const std::vector<Change> arriving{{0, kMore}, {kStatus.size(), kYes}};
  EXPECT_EQ(changes(check_named("mms"), Side::client, kStatus), arriving);
}

}  // namespace cotp_check
}  // namespace ghostport
