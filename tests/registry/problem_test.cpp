#include "registry/problem.h"

#include <gtest/gtest.h>

namespace ghostport {
namespace {

TEST(Problem, NamesThePlaceAsFarAsItIsKnown) {
  EXPECT_EQ((Problem{"a.yaml", 3, 7, "wrong"}.text()), "a.yaml:3:7: wrong");
  EXPECT_EQ((Problem{"a.yaml", 3, 0, "wrong"}.text()), "a.yaml:3: wrong");
  EXPECT_EQ((Problem{"a.yaml", 0, 0, "wrong"}.text()), "a.yaml: wrong");
  EXPECT_EQ((Problem{"", 0, 0, "wrong"}.text()), "wrong");
}

TEST(Problem, SortingByPlaceKeepsTheOrderWithinAPlace) {
  Problems problems = {{"f", 2, 1, "c"}, {"f", 1, 9, "b"}, {"f", 2, 1, "d"}, {"f", 0, 0, "a"}};
  sort_by_place(problems);
  std::string order;
  for (const Problem& problem : problems) order += problem.what;
  EXPECT_EQ(order, "abcd");
}

TEST(Problem, QuotesShowNoControlCharactersAndNoHalfCharacters) {
  EXPECT_EQ(in_quotes("a\x1b[2J\n"), R"("a\x1b[2J\x0a")");
  EXPECT_EQ(in_quotes(std::string(60, 'x')), '"' + std::string(60, 'x') + '"');
  EXPECT_EQ(in_quotes(std::string(59, 'x') + "\xc3\xa4"), '"' + std::string(59, 'x') + "...\"");
}

TEST(Nearest, FindsAMissingAWrongAndASwappedLetterInAnyCase) {
  const std::vector<std::string_view> words = {"watch", "registry", "timeouts", "outputs"};
  EXPECT_EQ(nearest("wach", words), "watch");
  EXPECT_EQ(nearest("wetch", words), "watch");
  EXPECT_EQ(nearest("wacth", words), "watch");
  EXPECT_EQ(nearest("Watch", words), "watch");
  EXPECT_EQ(nearest("timeout", words), "timeouts");
}

TEST(Nearest, IsEmptyWhereNothingIsNearEnough) {
  EXPECT_EQ(nearest("udp", {"ssh", "tls"}), "");
  EXPECT_EQ(nearest("", {"ssh"}), "");
  EXPECT_EQ(nearest("x", {}), "");
  EXPECT_EQ(nearest(std::string(1000, 'a'), {std::string_view("aaaa")}), "");
}

}  // namespace
}  // namespace ghostport
