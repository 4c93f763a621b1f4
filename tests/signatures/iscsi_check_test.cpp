#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace iscsi_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString header(unsigned operation, unsigned flags = 0x80) {
  ByteString bytes(48);
  bytes[0] = static_cast<std::uint8_t>(operation);
  bytes[1] = static_cast<std::uint8_t>(flags);
  return bytes;
}

ByteString with(ByteString bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<std::uint8_t>(value);
  return bytes;
}

TEST(IscsiCheck, ALoginsReservedFieldsAreZero) {
  const CheckFunction check = check_named("iscsi-login");
  const ByteString request = header(0x43, 0x87);
  const std::vector<Change> arriving{{0, kMore}, {48, kYes}};
  EXPECT_EQ(changes(check, Side::client, request), arriving);
  for (const std::size_t at : {2U, 3U, 4U, 22U, 32U, 47U}) {
    EXPECT_EQ(ask(check, Side::client, with(request, at, 1)), kNo) << at;
  }
  EXPECT_EQ(ask(check, Side::client, with(request, 1, 0x97)), kNo);
  EXPECT_EQ(ask(check, Side::client, with(request, 1, 0x88)), kNo) << "stage 2 is none";
  EXPECT_EQ(ask(check, Side::client, with(request, 1, 0x86)), kNo);
  EXPECT_EQ(ask(check, Side::client, with(request, 6, 0x40)), kNo) << "too much data";
  const ByteString response = header(0x23, 0x87);
  EXPECT_EQ(changes(check, Side::server, response), arriving);
  EXPECT_EQ(ask(check, Side::server, with(response, 36, 2)), kYes);
  EXPECT_EQ(ask(check, Side::server, with(response, 36, 4)), kNo);
  EXPECT_EQ(ask(check, Side::server, with(response, 37, 0x13)), kNo);
  EXPECT_EQ(ask(check, Side::server, with(response, 20, 1)), kNo);
  EXPECT_EQ(ask(check, Side::server, with(response, 40, 1)), kNo);
}

TEST(IscsiCheck, ARejectHasItsFields) {
  const CheckFunction check = check_named("iscsi-reject");
  ByteString reject = with(with(header(0x3F), 2, 4), 7, 48);
  for (std::size_t at = 16; at < 20; ++at) reject[at] = 0xFF;
  const std::vector<Change> arriving{{0, kMore}, {48, kYes}};
  EXPECT_EQ(changes(check, Side::server, reject), arriving);
  for (const std::size_t at : {1U, 2U, 3U, 4U, 7U, 8U, 19U}) {
    EXPECT_EQ(ask(check, Side::server, with(reject, at, 0x10)), kNo) << at;
  }
}

TEST(IscsiCheck, TwoHeadersGoOn) {
  const CheckFunction check = check_named("iscsi-session");
  const auto command = [](unsigned number, unsigned expected, unsigned operation = 1) {
    return with(with(header(operation), 27, number), 31, expected);
  };
  const std::vector<Change> arriving{{0, kMore}, {96, kYes}};
  EXPECT_EQ(changes(check, Side::client, joined(command(9, 7), command(10, 8))), arriving);
  EXPECT_EQ(ask(check, Side::client, joined(command(9, 7), command(9, 8))), kNo);
  EXPECT_EQ(ask(check, Side::client, joined(command(9, 7, 0x41), command(9, 8))), kYes) << "immediate";
  EXPECT_EQ(ask(check, Side::client, joined(command(9, 7), command(10, 6))), kNo);
  EXPECT_EQ(ask(check, Side::client, joined(command(9, 0), command(10, 0))), kNo);
  EXPECT_EQ(ask(check, Side::client, joined(command(9, 7, 5), command(10, 8))), kNo) << "Data-Out";
  EXPECT_EQ(ask(check, Side::client, joined(command(9, 7), command(10, 8, 0x21))), kNo) << "the server's";
  const auto answer = [](unsigned number, unsigned expected, unsigned most, unsigned operation = 0x21) {
    return with(with(with(header(operation), 27, number), 31, expected), 35, most);
  };
  EXPECT_EQ(changes(check, Side::server, joined(answer(3, 9, 40), answer(4, 10, 41))), arriving);
  EXPECT_EQ(ask(check, Side::server, joined(answer(3, 9, 40), answer(3, 10, 41))), kNo);
  EXPECT_EQ(ask(check, Side::server, joined(answer(0, 9, 40, 0x25), answer(4, 10, 41))), kYes) << "Data-In";
  EXPECT_EQ(ask(check, Side::server, joined(answer(3, 9, 7), answer(4, 10, 41))), kNo);
  EXPECT_EQ(ask(check, Side::server, joined(answer(3, 9, 40), answer(4, 8, 41))), kNo);
}

}  // namespace iscsi_check
}  // namespace ghostport
