#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace sccp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString message(unsigned version, unsigned id, const ByteString& body) {
  return ByteWriter().le32(body.size() + 4).le32(version).le32(id).add(body).bytes();
}

CheckState state(const ByteString& bytes, bool complete = false) {
  return ask(check_named("sccp"), Side::client, bytes, complete);
}

TEST(SccpCheck, AMessageIsWholeOrAnotherFollows) {
  const ByteString bytes = message(20, 0x26, ByteString(12, 1));
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("sccp"), Side::server, bytes), arriving);
  EXPECT_EQ(state(joined(bytes, ByteString(12, 'A'))), kNo) << "something else behind it";
  EXPECT_EQ(state(joined(bytes, first_bytes(bytes, 5))), kMore);
  const ByteString alive = message(0, 0, {});
  EXPECT_EQ(state(alive), kMore) << "little more than zeros";
  EXPECT_EQ(state(alive, true), kNo);
  EXPECT_EQ(state(joined(alive, alive)), kYes);
  EXPECT_EQ(state(message(5, 0x26, ByteString(4))), kNo) << "no such version";
  EXPECT_EQ(state(message(0, 0x60, ByteString(4))), kNo) << "no such message";
  EXPECT_EQ(state(ByteWriter().le32(3).le32(0).le32(1).bytes()), kNo) << "too short";
}

}  // namespace sccp_check
}  // namespace ghostport
