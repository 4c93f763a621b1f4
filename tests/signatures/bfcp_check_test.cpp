#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace bfcp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kRequest = from_hex(
    "200100010000000100030504"
    "05040001");

CheckState state(const ByteString& bytes) { return ask(check_named("bfcp"), {bytes}); }

ByteString with(std::size_t at, std::uint8_t value) {
  ByteString bytes = kRequest;
  bytes[at] = value;
  return bytes;
}

TEST(BfcpCheck, AttributesFillTheMessage) {
  EXPECT_EQ(state(kRequest), kYes);
  EXPECT_EQ(state(with(0, 0x21)), kNo) << "a reserved bit";
  EXPECT_EQ(state(with(1, 0x13)), kNo) << "no such primitive";
  EXPECT_EQ(state(with(3, 2)), kNo);
  EXPECT_EQ(state(with(12, 0x2A)), kNo) << "no such attribute";
  EXPECT_EQ(state(with(13, 5)), kNo) << "another length than its type has";
  EXPECT_EQ(state(from_hex("200B00000000000100020504")), kNo) << "nothing but a header";
}

TEST(BfcpCheck, OnAStreamTheFirstMessageIsWhole) {
  const std::vector<Change> arriving{{0, kMore}, {kRequest.size(), kYes}};
  EXPECT_EQ(changes(check_named("bfcp"), Side::client, kRequest), arriving);
}

}  // namespace bfcp_check
}  // namespace ghostport
