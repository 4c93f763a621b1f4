#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace c37118_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kCommand = from_hex("AA41001200075F3759DF0F0012340002E22C");
const ByteString kData = from_hex("AA01002200075F3759DF0F0012340000000000000000000000000000000000000CF2");

CheckState frame(const ByteString& bytes) { return ask(check_named("c37118"), Side::client, bytes); }

TEST(C37118Check, FramesHold) {
  EXPECT_EQ(frame(kCommand), kYes);
  EXPECT_EQ(frame(kData), kYes);
  EXPECT_EQ(frame(joined(kData, kCommand)), kYes);
  EXPECT_EQ(ask_datagram("c37118", kData), kYes);
  EXPECT_EQ(ask_datagram("c37118", joined(kData, ByteString{0})), kNo);
}

TEST(C37118Check, EachByteIsVerified) {
  for (std::size_t at = 0; at < kCommand.size(); ++at) {
    const CheckState state = frame(changed(kCommand, {{at, kCommand[at] ^ 0x08U}}));
    EXPECT_EQ(state, at == 2 || at == 3 ? kMore : kNo) << at;  // a longer frame has not arrived
  }
}

TEST(C37118Check, BytesArriveOneByOne) {
  const std::vector<Change> arriving{{0, kMore}, {kData.size(), kYes}};
  EXPECT_EQ(changes(check_named("c37118"), Side::server, kData), arriving);
}

}  // namespace c37118_check
}  // namespace ghostport
