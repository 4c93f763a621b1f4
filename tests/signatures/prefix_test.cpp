#include "signatures/prefix.h"

#include <gtest/gtest.h>
#include <hs.h>

#include <algorithm>
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

/// What may stand at a place, in any of the ways.
ByteSet at(std::string_view expression, std::size_t place) {
  ByteSet bytes;
  for (const Prefix& prefix : prefixes_of(expression)) {
    if (place >= prefix.bytes.size()) return ByteSet().set();
    bytes |= prefix.bytes[place];
  }
  return bytes;
}

ByteSet first(std::string_view expression) { return at(expression, 0); }

bool is_exact(std::string_view expression) {
  const std::vector<Prefix> prefixes = prefixes_of(expression);
  return std::ranges::all_of(prefixes, &Prefix::exact);
}

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
  EXPECT_EQ(at("^(?:(?i:a)b){2}", 3), bytes_of("b"));
  EXPECT_EQ(first("^\\."), bytes_of("."));
  EXPECT_EQ(first("^{\"a"), bytes_of("{"));
  EXPECT_EQ(first("^[^\\x00-\\xFD]"), bytes_of("\xFE\xFF"));
}

TEST(Prefix, GoesOnBehindIt) {
  EXPECT_EQ(at("^a[bc].{2}d", 1), bytes_of("bc"));
  EXPECT_TRUE(at("^a[bc].{2}d", 2).all());
  EXPECT_EQ(at("^a[bc].{2}d", 4), bytes_of("d"));
  EXPECT_TRUE(at("^a[bc].{2}d", 5).all());
  EXPECT_EQ(at("^ab*c{2}", 1), bytes_of("bc"));
  EXPECT_EQ(at("^ab*c{2}", 2), bytes_of("bc"));
  EXPECT_TRUE(at("^ab*c{2}", 3).all()) << "a match may end before it";
  EXPECT_EQ(at("^(?:ab){2}(?:x|yz)+!", 2), bytes_of("a"));
  EXPECT_EQ(at("^(?:ab){2}(?:x|yz)+!", 3), bytes_of("b"));
  EXPECT_EQ(at("^(?:ab){2}(?:x|yz)+!", 4), bytes_of("xy"));
  EXPECT_EQ(at("^(?:ab){2}(?:x|yz)+!", 5), bytes_of("xyz!"));
  EXPECT_EQ(at("^.{126}a", 126), bytes_of("a"));
  EXPECT_TRUE(at("^.{20,}a", 20).all());
  EXPECT_TRUE(at("^a*.{200,}b", 127).all());
}

TEST(Prefix, DividesWhatBeginsInSeveralWays) {
  const auto ways = [](std::string_view expression) { return prefixes_of(expression).size(); };
  EXPECT_EQ(ways("^abc"), 1U);
  EXPECT_EQ(ways("^(?:ab|cd|e)f"), 3U);
  EXPECT_EQ(ways("^(?:ab)?c[de]"), 2U);
  EXPECT_EQ(ways("^(?:a|b)(?:c|d)"), 4U);
  EXPECT_EQ(ways("^(?:a|b){2}c"), 4U);
  EXPECT_EQ(ways("^.{1,3}a"), 3U);
  EXPECT_EQ(ways("^.{1,30}a"), 1U) << "too many lengths";
  EXPECT_EQ(ways("^a+(?:b|c)"), 1U) << "behind a part of any length";
  EXPECT_EQ(ways("^a*(?:b|c)"), 3U) << "without it, or with it";
  EXPECT_EQ(ways("^(?:a|b){9}"), 64U) << "at most";
  const std::vector<Prefix> head = prefixes_of("^(?:\\x00{4})?.{16}\\x21a");
  ASSERT_EQ(head.size(), 2U);
  EXPECT_EQ(std::min(head[0].least, head[1].least), 18U);
  EXPECT_EQ(std::max(head[0].least, head[1].least), 22U);
}

TEST(Prefix, AllWhereItIsNotSure) {
  for (const char* text :
       {"^(?=a)b", "^[[:alpha:]]a", "^(?:a|b", "^a?", "^[^\\d]a", "^\\x{41}a", "a", "^a|b", "^\\Qa\\E", "^\\da"}) {
    EXPECT_TRUE(first(text).all()) << text;
    EXPECT_FALSE(is_exact(text) && std::string(text) != "^a?") << text;
  }
}

TEST(Prefix, IsQuickWhateverIsNested) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "(?:";
  EXPECT_TRUE(first("^" + deep).all());
  for (const int depth : {12, 60}) {
    for (const char* times : {"{2,9}", "{0,3}", "{3}"}) {
      std::string nested = "a?";
      for (int i = 0; i < depth; ++i) nested = "(?:" + nested + ")" + times;
      const ByteSet begin = first("^" + nested + "b");
      EXPECT_TRUE(begin.test('a') && begin.test('b')) << depth << times;
    }
  }
  std::string wide = "^";
  for (int i = 0; i < 20'000; ++i) wide += "(?:a|b)";
  EXPECT_LE(prefixes_of(wide).size(), 64U);
}

TEST(Prefix, IsExactWhereNothingElseIsAsked) {
  for (const char* text : {"^SSH-", "^a.[^b]", "^\\x00{3}[a-c]", "^(?:ab){3}", "^.{16}", "^.{126}a", "^.{127}", "^a?b",
                           "^(?:a|b)", "^a{2,3}", "(?i)^ab", "^(?:a|bc)?d"})
    EXPECT_TRUE(is_exact(text)) << text;
  for (const char* text : {"^a+", "^ab$", "^a\\z", "^.{128}", "^.{127}a", "^a\\w", "(?i)^[^a]b", "^(?:a*){3}b",
                           "^a\\bb", "^(?:ab)*", "^a{2,30}"})
    EXPECT_FALSE(is_exact(text)) << text;
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
  }
  ~Expression() {
    hs_free_scratch(scratch_);
    hs_free_database(database_);
  }
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

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
};

PrefixFilter filter_of(const std::vector<std::vector<Prefix>>& all) {
  std::vector<PrefixFilter::Way> ways;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const Prefix& prefix : all[i]) ways.push_back({static_cast<SignatureIndex>(i), prefix});
  }
  PrefixFilter filter;
  filter.add(std::move(ways));
  return filter;
}

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
    const std::vector<Prefix> prefixes = prefixes_of(signatures[i].expression);
    const PrefixFilter filter = filter_of({prefixes});
    for (std::size_t at = random() % 4; at < texts.size(); at += 4) {  // a fourth of them
      const std::string& text = texts[at];
      const Bytes bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
      bool fits = false;
      bool exact = false;
      filter.candidates(bytes, [&](SignatureIndex index, bool is_match) {
        EXPECT_EQ(index, 0U);
        fits = true;
        exact = exact || is_match;
      });
      exact_ones += exact ? 1 : 0;
      EXPECT_EQ(fits,
                std::ranges::any_of(prefixes, [&](const Prefix& one) { return one.fit(bytes) == Prefix::Fit::now; }));
      const bool matches = expression.matches(text);
      matched += matches ? 1 : 0;
      ASSERT_TRUE(fits || !matches) << signatures[i].id << ": " << testing::PrintToString(text);
      ASSERT_TRUE(matches || !exact) << signatures[i].id << ": " << testing::PrintToString(text);
    }
  }
  EXPECT_GT(exact_ones, 100U);
  EXPECT_GT(matched, 1000U);
}

TEST(PrefixFilter, HoldsMoreSignaturesThanABlock) {
  std::vector<std::vector<Prefix>> all;
  for (std::size_t i = 0; i < 600; ++i) all.push_back(prefixes_of(i % 2 == 0 ? "^a[l-w]x" : "^a[c-kx-z]x"));
  PrefixFilter filter = filter_of(all);
  PrefixFilter loaded;
  ASSERT_TRUE(loaded.load(filter.serialized()));
  EXPECT_EQ(loaded.serialized(), filter.serialized());
  loaded.add({{600, prefixes_of("^a[a-cx]x")[0]}, {601, prefixes_of("^a[abs]x")[0]}});
  loaded.leave_out(1);
  const std::uint8_t bytes[] = {'a', 'c', 'x'};
  std::set<SignatureIndex> found;
  loaded.candidates(bytes, [&](SignatureIndex index, bool exact) {
    EXPECT_TRUE(exact);
    EXPECT_TRUE(found.insert(index).second);
  });
  EXPECT_EQ(found.size(), 300U);
  for (const SignatureIndex index : found) EXPECT_TRUE(index % 2 == 1 || index == 600);
  EXPECT_FALSE(found.contains(1));
  filter.candidates(Bytes(bytes, 1), [&](SignatureIndex, bool) { ADD_FAILURE() << "too short for all"; });
  EXPECT_FALSE(loaded.load(filter.serialized() + "x"));
  EXPECT_FALSE(loaded.load(filter.serialized().substr(8)));
}

}  // namespace
}  // namespace ghostport
