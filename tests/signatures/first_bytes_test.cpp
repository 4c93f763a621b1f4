#include "signatures/first_bytes.h"

#include <gtest/gtest.h>

#include "signatures/signature.h"

namespace ghostport {
namespace {

ByteSet bytes_of(std::string_view letters) {
  ByteSet set;
  for (const char letter : letters) set.set(static_cast<std::uint8_t>(letter));
  return set;
}

TEST(FirstBytes, OfLettersClassesAndGroups) {
  EXPECT_EQ(first_bytes("^SSH-"), bytes_of("S"));
  EXPECT_EQ(first_bytes("(?i)^get "), bytes_of("gG"));
  EXPECT_EQ(first_bytes("^[a-c\\x01\\-]x"), bytes_of("abc\x01-"));
  EXPECT_EQ(first_bytes("^[]a]x"), bytes_of("]a"));
  EXPECT_EQ(first_bytes("^(?:ab|[cd]e|\\xFFf)"), bytes_of("acd\xFF"));
  EXPECT_EQ(first_bytes("^(?:\\r?\\n)*GET"), bytes_of("\r\nG"));
  EXPECT_EQ(first_bytes("^a{0,3}b"), bytes_of("ab"));
  EXPECT_EQ(first_bytes("^a{2,3}b"), bytes_of("a"));
  EXPECT_EQ(first_bytes("^(?:(?:a|b)?c|d+?e)"), bytes_of("abcd"));
  EXPECT_EQ(first_bytes("^\\."), bytes_of("."));
  EXPECT_EQ(first_bytes("^[^\\x00-\\xFD]"), bytes_of("\xFE\xFF"));
}

TEST(FirstBytes, AllWhereItIsNotSure) {
  EXPECT_TRUE(first_bytes("^.a").all());
  EXPECT_TRUE(first_bytes("^(?=a)b").all());
  EXPECT_TRUE(first_bytes("^\\da").all());
  EXPECT_TRUE(first_bytes("^[[:alpha:]]a").all());
  EXPECT_TRUE(first_bytes("^(?:a|b").all());
  EXPECT_TRUE(first_bytes("^a?").all());
}

TEST(FirstBytes, EveryExampleThatMatchesBeginsWithOne) {
  for (const Signature& signature : builtin_signatures().signatures) {
    const ByteSet first = first_bytes(signature.expression);
    for (const Example& example : signature.match)
      EXPECT_TRUE(first.test(static_cast<std::uint8_t>(example.datagrams.back()[0]))) << signature.id;
  }
}

}  // namespace
}  // namespace ghostport
