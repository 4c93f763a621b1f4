#include "signatures/prefix.h"

#include <gtest/gtest.h>
#include <hs.h>

#include <random>
#include <set>

#include "signatures/prefix_filter.h"
#include "signatures/signature.h"

namespace ghostport {
namespace {

ByteSet bytes_of(std::string_view letters) {
  ByteSet set;
  for (const char letter : letters) set.set(static_cast<std::uint8_t>(letter));
  return set;
}

ByteSet first(std::string_view expression) { return prefix_of(expression).bytes[0]; }

TEST(Prefix, BeginsWithLettersClassesAndGroups) {
  EXPECT_EQ(first("^SSH-"), bytes_of("S"));
  EXPECT_EQ(first("(?i)^get "), bytes_of("gG"));
  EXPECT_EQ(first("^[a-c\\x01\\-]x"), bytes_of("abc\x01-"));
  EXPECT_EQ(first("^[]a]x"), bytes_of("]a"));
  EXPECT_EQ(first("^(?:ab|[cd]e|\\xFFf)"), bytes_of("acd\xFF"));
  EXPECT_EQ(first("^(?:\\r?\\n)*GET"), bytes_of("\r\nG"));
  EXPECT_EQ(first("^a{0,3}b"), bytes_of("ab"));
  EXPECT_EQ(first("^a{2,3}b"), bytes_of("a"));
  EXPECT_EQ(first("^(?:(?:a|b)?c|d+?e)"), bytes_of("abcd"));
  EXPECT_EQ(first("^(?:\\r?\\n)*(?i:Sip)x"), bytes_of("\r\nsS"));
  EXPECT_EQ(prefix_of("^(?:(?i:a)b){2}").bytes[3], bytes_of("b"));
  EXPECT_EQ(first("^\\."), bytes_of("."));
  EXPECT_EQ(first("^{\"a"), bytes_of("{"));
  EXPECT_EQ(first("^[^\\x00-\\xFD]"), bytes_of("\xFE\xFF"));
}

TEST(Prefix, GoesOnBehindIt) {
  const Prefix fixed = prefix_of("^a[bc].{2}d");
  EXPECT_EQ(fixed.bytes[1], bytes_of("bc"));
  EXPECT_TRUE(fixed.bytes[2].all());
  EXPECT_EQ(fixed.bytes[4], bytes_of("d"));
  EXPECT_TRUE(fixed.bytes[5].all());
  const Prefix optional = prefix_of("^ab?c{2}");
  EXPECT_EQ(optional.bytes[1], bytes_of("bc"));
  EXPECT_EQ(optional.bytes[2], bytes_of("c"));
  EXPECT_TRUE(optional.bytes[3].all()) << "a match may end before it";
  const Prefix group = prefix_of("^(?:ab){2}(?:x|yz)+!");
  EXPECT_EQ(group.bytes[2], bytes_of("a"));
  EXPECT_EQ(group.bytes[3], bytes_of("b"));
  EXPECT_EQ(group.bytes[4], bytes_of("xy"));
  EXPECT_EQ(group.bytes[5], bytes_of("xyz!"));
  const Prefix far = prefix_of("^.{20,}a");
  EXPECT_TRUE(far.bytes[15].all());
}

TEST(Prefix, AllWhereItIsNotSure) {
  for (const char* text : {"^.a", "^(?=a)b", "^\\da", "^[[:alpha:]]a", "^(?:a|b", "^a?", "^[^\\d]a", "^\\x{41}a", "a",
                           "^a|b", "^\\Qa\\E"}) {
    EXPECT_TRUE(first(text).all()) << text;
    EXPECT_FALSE(prefix_of(std::string(text) == "^.a" ? "^a?" : text).exact) << text;
  }
}

TEST(Prefix, IsQuickWhateverIsNested) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "(?:";
  EXPECT_TRUE(first("^" + deep).all());
  for (const int depth : {12, 60}) {
    std::string nested = "a?";
    for (int i = 0; i < depth; ++i) nested = "(?:" + nested + "){2,9}";
    const ByteSet begin = first("^" + nested + "b");
    EXPECT_TRUE(begin.test('a') && begin.test('b')) << depth;
  }
}

TEST(Prefix, IsExactWhereNothingElseIsAsked) {
  for (const char* text : {"^SSH-", "^a.[^b]", "^\\x00{3}[a-c]", "^(?:ab){3}", "^.{16}", "^.{15}a"})
    EXPECT_TRUE(prefix_of(text).exact) << text;
  for (const char* text : {"^a?b", "^a+", "^(?:a|b)", "^ab$", "^a\\z", "^.{17}", "^.{16}a", "^a\\w", "(?i)^ab",
                           "^a{2,3}", "^(?:a?){3}b", "^a\\bb", "^(?:ab)*"})
    EXPECT_FALSE(prefix_of(text).exact) << text;
}

/// Hyperscan itself says whether an expression matches.
class Expression {
 public:
  explicit Expression(const std::string& text) {
    hs_compile_error_t* error = nullptr;
    EXPECT_EQ(
        hs_compile(text.c_str(), HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH, HS_MODE_BLOCK, nullptr, &database_, &error),
        HS_SUCCESS)
        << text;
    EXPECT_EQ(hs_alloc_scratch(database_, &scratch_), HS_SUCCESS);
    hs_expr_info_t* info = nullptr;
    EXPECT_EQ(hs_expression_info(text.c_str(), HS_FLAG_DOTALL, &info, &error), HS_SUCCESS);
    least_ = static_cast<std::uint16_t>(info->min_width);
    std::free(info);
  }
  ~Expression() {
    hs_free_scratch(scratch_);
    hs_free_database(database_);
  }
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  [[nodiscard]] std::uint16_t least() const { return least_; }
  [[nodiscard]] bool matches(const std::string& bytes) const {
    bool found = false;
    const auto note = [](unsigned, unsigned long long, unsigned long long, unsigned, void* said) {
      *static_cast<bool*>(said) = true;
      return 1;
    };
    hs_scan(database_, bytes.data(), static_cast<unsigned>(bytes.size()), 0, scratch_, note, &found);
    return found;
  }

 private:
  hs_database_t* database_ = nullptr;
  hs_scratch_t* scratch_ = nullptr;
  std::uint16_t least_ = 0;
};

/// Of every shipped expression: its examples, those of others, and both with bytes changed and ends cut.
TEST(PrefixFilter, LetsThroughWhateverHyperscanMatchesAndNothingElseWhereItIsExact) {
  const std::vector<Signature> signatures = builtin_signatures().signatures;
  std::vector<std::string> texts;
  std::mt19937 random(1);
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    for (const auto* examples : {&signatures[i].match, &signatures[i].no_match}) {
      for (const Example& example : *examples) texts.push_back(example.datagrams.back());
    }
  }
  const std::size_t whole = texts.size();
  for (std::size_t i = 0; i < whole; ++i) {
    for (int time = 0; time < 3; ++time) {
      std::string text = texts[i].substr(0, 1 + random() % 40);
      text[random() % text.size()] = static_cast<char>(random());
      texts.push_back(std::move(text));
    }
  }
  std::size_t exact_ones = 0;
  std::size_t matched = 0;
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    const Expression expression(signatures[i].expression);
    const Prefix prefix = prefix_of(signatures[i].expression);
    exact_ones += prefix.exact ? 1 : 0;
    PrefixFilter filter;
    filter.add(static_cast<SignatureIndex>(i), prefix, expression.least());
    for (std::size_t at = random() % 4; at < texts.size(); at += 4) {  // a fourth of them
      const std::string& text = texts[at];
      bool fits = false;
      filter.candidates({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
                        [&](SignatureIndex index, bool exact) {
                          fits = true;
                          EXPECT_EQ(index, i);
                          EXPECT_EQ(exact, prefix.exact);
                        });
      const bool matches = expression.matches(text);
      matched += matches ? 1 : 0;
      ASSERT_TRUE(fits || !matches) << signatures[i].id << ": " << testing::PrintToString(text);
      ASSERT_TRUE(matches || !fits || !prefix.exact) << signatures[i].id << ": " << testing::PrintToString(text);
    }
  }
  EXPECT_GT(exact_ones, 100U);
  EXPECT_GT(matched, 1000U);
}

TEST(PrefixFilter, HoldsMoreSignaturesThanABlock) {
  PrefixFilter filter;
  const Prefix prefix = prefix_of("^ab");
  const Prefix other = prefix_of("^ac");
  for (SignatureIndex i = 0; i < 600; ++i) filter.add(i, i % 2 == 0 ? prefix : other, 2);
  const std::uint8_t bytes[] = {'a', 'c', 'x'};
  std::vector<SignatureIndex> found;
  filter.candidates(bytes, [&](SignatureIndex index, bool exact) {
    EXPECT_TRUE(exact);
    found.push_back(index);
  });
  ASSERT_EQ(found.size(), 300U);
  for (SignatureIndex i = 0; i < 300; ++i) EXPECT_EQ(found[i], 2 * i + 1);
  filter.candidates(Bytes(bytes, 1), [&](SignatureIndex, bool) { ADD_FAILURE() << "too short for all"; });
}

}  // namespace
}  // namespace ghostport
