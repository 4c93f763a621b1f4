#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace vehicle_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kActivation = from_hex("02FD0005000000070E800000000000");
const ByteString kIdentify = from_hex("02FD000100000000");
const ByteString kDiagnosis = from_hex("02FD8001000000060E8010013E00");
const ByteString kCall = from_hex("123400010000000A00010002010100001122");

TEST(DoipCheck, MessagesHoldOnTheirSide) {
  const auto tester = [](const ByteString& bytes) { return ask(check_named("doip"), Side::client, bytes); };
  EXPECT_EQ(tester(kActivation), kYes);
  EXPECT_EQ(tester(joined(kActivation, kDiagnosis)), kYes);
  EXPECT_EQ(ask(check_named("doip"), Side::server, kActivation), kNo);
  EXPECT_EQ(ask_datagram("doip", kIdentify), kYes);
  EXPECT_EQ(ask_datagram("doip", joined(kIdentify, ByteString{0})), kNo);
  for (const Byte& wrong : {Byte{0, 5}, Byte{1, 0xFC}, Byte{3, 9}, Byte{4, 1}, Byte{7, 8}}) {
    EXPECT_EQ(tester(changed(kActivation, {wrong})), kNo) << wrong.at;
  }
  const std::vector<Change> arriving{{0, kMore}, {8, kYes}};
  EXPECT_EQ(changes(check_named("doip"), Side::client, kActivation), arriving);
}

TEST(SomeipCheck, MessagesHoldOnTheirSide) {
  const auto request = [](const ByteString& bytes) { return ask(check_named("someip"), Side::client, bytes); };
  EXPECT_EQ(request(kCall), kYes);
  EXPECT_EQ(ask(check_named("someip"), Side::server, kCall), kNo);
  const ByteString answer = changed(kCall, {{14, 0x80}});
  EXPECT_EQ(ask(check_named("someip"), Side::server, answer), kMore);
  EXPECT_EQ(ask(check_named("someip"), Side::server, joined(answer, answer)), kYes);
  for (const ByteString& bytes : {kCall, answer, changed(kCall, {{14, 0x20}})})
    EXPECT_EQ(ask_datagram("someip", bytes), kYes);
  for (const Byte& wrong : {Byte{4, 1}, Byte{7, 7}, Byte{12, 2}, Byte{14, 3}, Byte{15, 1}}) {
    EXPECT_EQ(request(changed(kCall, {wrong})), kNo) << wrong.at;
    EXPECT_EQ(ask_datagram("someip", changed(kCall, {wrong})), kNo) << wrong.at;
  }
  EXPECT_EQ(request(changed(kCall, {{0, 0x80}, {1, 0x82}, {13, 6}})), kNo) << "AppNeta's chain";
  const std::vector<Change> arriving{{0, kMore}, {16, kYes}};
  EXPECT_EQ(changes(check_named("someip"), Side::client, kCall), arriving);
}

}  // namespace vehicle_check
}  // namespace ghostport
