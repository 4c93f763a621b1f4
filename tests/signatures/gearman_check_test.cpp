#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace gearman_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

TEST(GearmanCheck, APacketEndsWhereTheNextBegins) {
  const auto packet = [](unsigned type, unsigned size, std::string_view rest) {
    return ByteWriter().u8(0).add("REQ").u32(type).u32(size).add(rest).bytes();
  };
  const auto state = [](const ByteString& bytes) { return ask(check_named("gearman"), Side::client, bytes, true); };
  const std::vector<Change> arriving{{0, kMore}, {12, kYes}};
  EXPECT_EQ(changes(check_named("gearman"), Side::client, packet(1, 2, "wc")), arriving);
  EXPECT_EQ(state(joined(packet(1, 2, "wc"), packet(9, 0, ""))), kYes);
  EXPECT_EQ(state(joined(packet(1, 3, "wc"), packet(9, 0, ""))), kNo);
  EXPECT_EQ(state(packet(0, 2, "wc")), kNo);
  EXPECT_EQ(state(packet(43, 2, "wc")), kNo);
  EXPECT_EQ(state(packet(1, 0x60000000, "wc")), kNo);
}

}  // namespace gearman_check
}  // namespace ghostport
