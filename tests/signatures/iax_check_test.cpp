#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace iax_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString frame(unsigned source, unsigned destination, unsigned sequence, unsigned type, unsigned subclass,
                 const ByteString& rest = {}) {
  return ByteWriter()
      .u16(0x8000 | source)
      .u16(destination)
      .u32(sequence * 20)
      .u8(sequence)
      .u8(0)
      .u8(type)
      .u8(subclass)
      .add(rest)
      .bytes();
}

const ByteString kVersion = from_hex("0B020002010431323334");

CheckState state(std::string_view check, const std::vector<ByteString>& datagrams) {
  return ask(check_named(check), datagrams);
}

TEST(IaxCheck, AnOpeningsElementsFillTheDatagram) {
  EXPECT_EQ(state("iax-opening", {frame(1, 0, 0, 6, 1, kVersion)}), kYes);
  EXPECT_EQ(state("iax-opening", {frame(1, 0, 0, 6, 0x1E)}), kYes);
  EXPECT_EQ(state("iax-opening", {joined(frame(1, 0, 0, 6, 1, kVersion), ByteString(1))}), kNo);
  EXPECT_EQ(state("iax-opening", {frame(1, 0, 0, 6, 1, from_hex("010431323334"))}), kNo) << "a call without a version";
  EXPECT_EQ(state("iax-opening", {frame(0, 0, 0, 6, 1, kVersion)}), kNo);
  EXPECT_EQ(state("iax-opening", {frame(1, 5, 0, 6, 1, kVersion)}), kNo);
  EXPECT_EQ(state("iax-opening", {frame(1, 0, 1, 6, 1, kVersion)}), kNo);
  EXPECT_EQ(state("iax-answer", {frame(7, 1, 0, 6, 8, from_hex("0E020003"))}), kYes);
  EXPECT_EQ(state("iax-answer", {frame(7, 0, 0, 6, 8, from_hex("0E020003"))}), kNo);
  EXPECT_EQ(state("iax-answer", {frame(7, 1, 0, 6, 8, from_hex("0E030003"))}), kNo);
}

TEST(IaxCheck, ThreeFramesOfACallCountOn) {
  const auto voice = [](unsigned sequence, unsigned source = 7) {
    return frame(source, 9, sequence, 2, 4, from_hex("5566"));
  };
  EXPECT_EQ(state("iax-frames", {voice(1), voice(2)}), kMore);
  EXPECT_EQ(state("iax-frames", {voice(1), voice(2), voice(3)}), kYes);
  EXPECT_EQ(state("iax-frames", {voice(1), voice(2), voice(2), voice(3)}), kYes) << "one sent again";
  EXPECT_EQ(state("iax-frames", {voice(1), voice(1), voice(1)}), kMore);
  EXPECT_EQ(state("iax-frames", {voice(1), voice(2, 8), voice(3)}), kMore);
  EXPECT_EQ(state("iax-frames", {voice(1), voice(2), frame(7, 9, 3, 13, 4)}), kNo) << "no such type";
}

}  // namespace iax_check
}  // namespace ghostport
