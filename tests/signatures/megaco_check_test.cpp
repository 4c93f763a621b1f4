#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace megaco_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

ByteString element(unsigned tag, const ByteString& value) { return ByteWriter().u8(tag).counted(1, value).bytes(); }

ByteString message(unsigned version, unsigned sender, unsigned body) {
  const ByteString address = element(sender, element(0x80, from_hex("C0000201")));
  const ByteString content =
      joined(joined(element(0x80, ByteString(1, static_cast<std::uint8_t>(version))), element(0xA1, address)),
             element(body, element(0xA1, {})));
  return element(0x30, element(0xA1, content));
}

CheckState state(const ByteString& bytes) { return ask(check_named("megaco-binary"), {bytes}); }

TEST(MegacoCheck, ElementsEndWhereTheyMust) {
  EXPECT_EQ(state(message(1, 0xA0, 0xA2)), kYes);
  EXPECT_EQ(state(message(3, 0xA1, 0xA2)), kYes);
  EXPECT_EQ(state(message(0, 0xA0, 0xA2)), kNo);
  EXPECT_EQ(state(message(1, 0xA5, 0xA2)), kNo) << "no such sender";
  EXPECT_EQ(state(message(1, 0xA0, 0xA3)), kNo);
  EXPECT_EQ(state(joined(message(1, 0xA0, 0xA2), ByteString(1))), kNo);
  const ByteString good = message(1, 0xA0, 0xA2);
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_EQ(state(first_bytes(good, size)), kNo) << size;
}

}  // namespace megaco_check
}  // namespace ghostport
