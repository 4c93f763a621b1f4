#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace source_engine_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

using namespace std::string_view_literals;

CheckState state(std::string_view text) {
  return ask(check_named("source-engine"), Side::server, ByteWriter().u32(0xFFFFFFFF).add(text).bytes());
}

TEST(SourceEngineCheck, AnInfoHasKnownKinds) {
  EXPECT_EQ(state("I\x11"
                  "Game\0map\0folder\0game\0\xF0\0\x05\x10\x04"
                  "dl\0\x01"
                  "1.0\0"sv),
            kYes);
  EXPECT_EQ(state("I\x11"
                  "Game\0map\0folder\0game\0\xF0\0\x05\x10\x04"
                  "xl\0\x01"
                  "1.0\0"sv),
            kNo);
  EXPECT_EQ(state("I\x11"
                  "Game\0map\0folder\0game\0\xF0\0\x05\x10\x04"
                  "dx\0\x01"
                  "1.0\0"sv),
            kNo);
  EXPECT_EQ(state("I\x11"
                  "Game\0map\0folder\0game\0\xF0\0\x05\x10\x04"
                  "dl\x02\x01"
                  "1.0\0"sv),
            kNo);
  EXPECT_EQ(state("I\x11"
                  "Game\0map\0folder\0game"sv),
            kNo);
  EXPECT_EQ(state("m1.2.3.4:27015\0Game\0map\0folder\0game\0\x05\x10\x2F"
                  "dl\0\0"sv),
            kYes);
  EXPECT_EQ(state("m1.2.3.4:27015\0Game\0map\0folder\0game\0\x05\x10\x2F"
                  "zl\0\0"sv),
            kNo);
}

TEST(SourceEngineCheck, ListsFillTheDatagram) {
  EXPECT_EQ(state("D\x01\0Bob\0aaaabbbb"sv), kYes);
  EXPECT_EQ(state("D\x01\0Bob\0aaaabbb"sv), kNo);
  EXPECT_EQ(state("D\x01\0Bob\0aaaabbbb\x01"
                  "Al\0aaaabbbb"sv),
            kNo)
      << "more than it says";
  EXPECT_EQ(state("E\x02\0a\0b\0c\0d\0"sv), kYes);
  EXPECT_EQ(state("E\x03\0a\0b\0c\0d\0e"sv), kYes) << "cut at the end";
  EXPECT_EQ(state("E\x03\0a\0b\0c\0d\0"sv), kNo);
  EXPECT_EQ(state("E\x01\0\0b\0"sv), kNo) << "a rule without a name";
  EXPECT_EQ(state("Z\x01\0"sv), kNo);
  EXPECT_EQ(state("I"sv), kNo);
  EXPECT_NE(state("I"sv), kMore);
}

}  // namespace source_engine_check
}  // namespace ghostport
