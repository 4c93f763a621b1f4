#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace fix_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState state(std::string_view text, bool complete = true) {
  return ask(check_named("fix"), Side::client, ByteWriter().add(text).bytes(), complete);
}

TEST(FixCheck, LengthAndChecksumHold) {
  const ByteString whole = ByteWriter().add("8=FIX.4.1\0019=00014\00135=1\001112=farm\00110=217\001").bytes();
  const std::vector<Change> arriving{{0, kMore}, {39, kYes}};
  EXPECT_EQ(changes(check_named("fix"), Side::client, whole), arriving);
  EXPECT_EQ(state("8=FIX.4.1\0019=00014\00135=1\001112=farm\00110=218\001"), kNo);
  EXPECT_EQ(state("8=FIX.4.1\0019=00015\00135=1\001112=farm\00110=217\001"), kNo);
  EXPECT_EQ(state("8=FIX.4.1\0019=00014\00135=1\001112=farm\00110=21x\001"), kNo);
  EXPECT_EQ(state("8=FIX.4.1\0019=\00135=1\001112=farm\00110=217\001"), kNo);
  EXPECT_EQ(state("8=FIX.4.1\0019=4\00135=1\00110=217\001"), kNo) << "no room for a type";
  EXPECT_EQ(state("8=FIX.4.1\0019=500\00135=1\001112=farm"), kYes) << "cut short";
}

TEST(FixCheck, PrivateFormsHaveALengthAlone) {
  EXPECT_EQ(state("8=O\0019=0009\00135=P\001abcd8=O\001"), kYes);
  EXPECT_EQ(state("8=O\0019=0009\00135=P\001abcd"), kYes);
  EXPECT_EQ(state("8=O\0019=0009\00135=P\001abc"), kNo);
  EXPECT_EQ(state("8=O\0019=0009\00135=P\001abc", false), kMore);
  EXPECT_EQ(state("8=O\0019=0008\00135=P\001abcd8=O\001"), kNo);
}

}  // namespace fix_check
}  // namespace ghostport
