#include "registry/yaml_reader.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace ghostport {
namespace {

/// Every problem of a text, one a line, without the file's name.
std::string faults(std::string_view text) {
  const auto result = read_yaml(text, "f");
  if (result.ok()) return "";
  std::string lines;
  for (const Problem& problem : result.problems()) lines += problem.text().substr(2) + '\n';
  return lines;
}

/// Places alone: "2:4 3:1".
std::string places(std::string_view text) {
  const auto result = read_yaml(text, "f");
  if (result.ok()) return "";
  std::string words;
  for (const Problem& problem : result.problems()) {
    if (!words.empty()) words += ' ';
    words += std::to_string(problem.line) + ':' + std::to_string(problem.column);
  }
  return words;
}

YamlNode tree(std::string_view text) {
  auto result = read_yaml(text, "f");
  EXPECT_TRUE(result.ok()) << faults(text);
  return result.ok() ? std::move(result).value() : YamlNode();
}

using Kind = YamlNode::Kind;

TEST(Yaml, BuildsATreeWithThePlaceOfEveryNode) {
  const YamlNode root = tree("# comment\nwatch: ghost\nlist:\n  - a\n  - {b: 'x'}\n");
  ASSERT_EQ(root.kind, Kind::mapping);
  ASSERT_EQ(root.keys.size(), 2U);
  EXPECT_EQ(root.keys[0].text, "watch");
  EXPECT_EQ(root.keys[0].line, 2U);
  EXPECT_EQ(root.keys[0].column, 1U);
  EXPECT_EQ(root.items[0].text, "ghost");
  EXPECT_EQ(root.items[0].column, 8U);
  const YamlNode& list = root.items[1];
  ASSERT_EQ(list.kind, Kind::sequence);
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(list.items[0].line, 4U);
  EXPECT_EQ(list.items[0].column, 5U);
  EXPECT_EQ(list.items[1].items[0].text, "x");
  EXPECT_TRUE(list.items[1].items[0].quoted);
  EXPECT_FALSE(list.items[0].quoted);
}

TEST(Yaml, AnEmptyDocumentIsNull) {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n"}) EXPECT_EQ(tree(text).kind, Kind::null) << text;
}

TEST(Yaml, AnEmptyValueStandsAtItsKeyAndAnEmptyItemAtItsDash) {
  const YamlNode root = tree("a:\nb:\n  -\n  - 1\n");
  EXPECT_EQ(root.items[0].kind, Kind::null);
  EXPECT_EQ(root.items[0].line, 1U);
  const YamlNode& empty = root.items[1].items[0];
  EXPECT_EQ(empty.kind, Kind::null);
  EXPECT_EQ(empty.line, 3U);
  EXPECT_EQ(empty.column, 3U);
}

TEST(Yaml, ReadsAByteOrderMarkAndWindowsLineEnds) {
  EXPECT_EQ(tree("\xef\xbb\xbf"
                 "a: 1\n")
                .keys[0]
                .column,
            1U);
  EXPECT_EQ(tree("a: 1\r\nb: 2\r\n").keys[1].line, 2U);
}

TEST(Yaml, KeepsTheEscapesOfSingleAndDoubleQuotesApart) {
  EXPECT_EQ(tree("'\\x00'").text, "\\x00");
  EXPECT_EQ(tree("\"\\x00\"").text, std::string(1, '\0'));
}

TEST(Yaml, RefusesASecondKeyOfTheSameNameAtItsPlace) {
  EXPECT_EQ(faults("a: 1\nb: 2\na: 3\n\"b\": 4\n"),
            "3:1: duplicate key \"a\", first given in line 1\n4:1: duplicate key \"b\", first given in line 2\n");
  EXPECT_EQ(places("x: {a: 1, a: 2}\ny: {a: 1}\n"), "1:11");
}

TEST(Yaml, RefusesASecondDocument) {
  EXPECT_EQ(places("a: 1\n---\nb: 2\n"), "2:1");
  EXPECT_EQ(places("a: 1\n---\n"), "2:1");
  EXPECT_EQ(places("a: 1\n...\nb: 2\n"), "3:1");
  EXPECT_EQ(places("{a: 1}\nb: 2\n"), "2:1");
  EXPECT_EQ(places("- a\nb: 1\n"), "2:1");
  EXPECT_EQ(places("--- {a: 1}\n...\n"), "");
}

TEST(Yaml, RefusesAnchorsAndAliasesWithoutFollowingThem) {
  EXPECT_EQ(places("a: &x 5\nb: *x\nc: [*x]\n"), "1:4 2:4 3:5");
  EXPECT_EQ(places("&k a: 1\n"), "1:1");
  EXPECT_EQ(places("a: *nowhere\n"), "1:4");
  std::string bomb = "l0: &l0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*l" + std::to_string(i - 1);
    bomb += "l" + std::to_string(i) + ": &l" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 8; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  const auto result = read_yaml(bomb, "f");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.problems().size(), 30U + 29U * 9U);
}

TEST(Yaml, RefusesTags) { EXPECT_EQ(places("a: !!str 5\nb: !x [1]\nc: ! 5\nd: !<tag:x> {e: 1}\n"), "1:4 2:4 3:4 4:4"); }

TEST(Yaml, RefusesPlainNumbersThatLookOctal) {
  EXPECT_EQ(places("a: 010\nb: 0o17\nc: [-010, +07, 08, 00, 0O7, 0_1]\n010: x\n"),
            "1:4 2:4 3:5 3:11 3:16 3:20 3:24 3:29 4:1");
  EXPECT_EQ(places("a: '010'\nb: 0\nc: 0.10\nd: 2002-02\ne: 0x10\nf: 0o\ng: 0a\nh: 10\n"), "");
}

TEST(Yaml, RefusesKeysThatAreNotScalars) {
  EXPECT_EQ(places("? [a]\n: 1\n"), "1:3");
  EXPECT_EQ(places(": 1\n"), "1:1");
  EXPECT_EQ(places("{a: 1, , b: 2}\n"), "1:8");
  EXPECT_EQ(places("~: 1\n"), "1:1");
}

TEST(Yaml, RefusesAQuoteThatTheEndOfTheFileCloses) {
  EXPECT_EQ(places("a: \"open\n"), "1:4");
  EXPECT_EQ(places("a: \"open \\\"\n"), "1:4");
  EXPECT_EQ(places("a: 'it''s\n"), "1:4");
  EXPECT_EQ(places("a: 'it''s'\nb: \"\\\"\"\nc: ''\n"), "");
}

TEST(Yaml, RefusesNestingBeyondSixtyFourLevels) {
  const auto nest = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(places(nest(64)), "");
  EXPECT_EQ(places(nest(65)), "1:65");
  EXPECT_NE(faults(std::string(1'000'000, '[')).find("nested too deeply"), std::string::npos);
}

TEST(Yaml, StopsAfterAThousandFaults) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "- 010\n";
  const auto result = read_yaml(text, "f");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.problems().size(), 1001U);
  EXPECT_EQ(result.problems().back().line, 1000U);
}

TEST(Yaml, RefusesMoreThanSixteenMebibytes) {
  const std::string text(std::size_t{16} << 20U, '#');
  EXPECT_EQ(faults(text), "");
  EXPECT_EQ(faults(text + '#'), " larger than 16 MiB\n");
}

TEST(Yaml, RefusesControlCharactersAndWhatIsNotUtf8) {
  EXPECT_EQ(places("a: 1\nb: \x04\nc: 2\n"), "2:4");
  EXPECT_EQ(places(std::string_view("a: \0", 4)), "1:4");
  EXPECT_EQ(places("a: \x7f"), "1:4");
  EXPECT_EQ(places("a: 1\rb: 2\n"), "1:5");
  EXPECT_EQ(places("\xff\xfe"
                   "a\0"),
            "1:1");
  EXPECT_EQ(places("a: \xc3"), "1:4");
  EXPECT_EQ(places("a: \xc0\xaf"), "1:4");
  EXPECT_EQ(places("a: \xed\xa0\x80"), "1:4");
  EXPECT_EQ(places("a: \xf4\x90\x80\x80"), "1:4");
  EXPECT_EQ(places("a: \xc2\x9b"), "1:4");
  EXPECT_EQ(places("a: \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\n"), "");
}

TEST(Yaml, ReportsBrokenSyntaxAfterTheFaultsBeforeIt) {
  EXPECT_EQ(places("a: 010\nb: [1, 2\n"), "1:4 3:1");
  EXPECT_EQ(places("a: 1\n  b: 2\n"), "2:4");
  EXPECT_EQ(places("a: 1\n\tb: 2\n"), "2:1");
  EXPECT_EQ(places("a: @x\n"), "1:4");
}

TEST(Yaml, GivesTheTreeToReadersThatGoOnWithoutTheRefusedParts) {
  Problems problems;
  const auto root = read_yaml("a: 010\nb: 2\nb: 3\nc: *x\n", "f", problems);
  EXPECT_FALSE(root) << "an alias without an anchor is broken syntax";
  problems.clear();
  const auto usable = read_yaml("a: 010\nb: 2\nb: 3\n", "f", problems);
  ASSERT_TRUE(usable);
  EXPECT_EQ(problems.size(), 2U);
  ASSERT_EQ(usable->keys.size(), 2U);
  EXPECT_TRUE(usable->items[0].refused);
  EXPECT_EQ(usable->items[1].text, "2");
}

TEST(YamlFile, ThatCannotBeReadIsAProblemWithoutAPlace) {
  const auto missing = read_yaml_file("/nonexistent/x.yaml");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.problems()[0].text(), "/nonexistent/x.yaml: cannot be read: No such file or directory");
  const auto folder = read_yaml_file("/");
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.problems()[0].text(), "/: cannot be read: Is a directory");
}

/// Lets `read` take keys out of a mapping and returns all problems, one a line.
template <class Read>
std::string mapping_faults(std::string_view text, Read read) {
  const YamlNode root = tree(text);
  Problems problems;
  const std::string file = "f";
  YamlMapping mapping(root, file, problems, "a thing");
  read(mapping);
  mapping.finish();
  std::string lines;
  for (const Problem& problem : problems) lines += problem.text().substr(2) + '\n';
  return lines;
}

TEST(YamlMapping, GivesTypedValues) {
  const std::string none =
      mapping_faults("s: text\nq: '5'\nb: true\nn: 42\nw: two\nl: [1, 2]\nd: 10m\nz: 2GiB\n", [](YamlMapping& mapping) {
        EXPECT_EQ(mapping.string("s"), "text");
        EXPECT_EQ(mapping.string("q"), "5");
        EXPECT_EQ(mapping.boolean("b"), true);
        EXPECT_EQ(mapping.integer("n", 1, 42), 42U);
        EXPECT_EQ(mapping.word("w", {"one", "two"}), 1U);
        EXPECT_EQ(mapping.sequence("l").size(), 2U);
        EXPECT_EQ(mapping.duration("d"), std::chrono::minutes(10));
        EXPECT_EQ(mapping.size("z", 64), std::uint64_t{2} << 30U);
        EXPECT_EQ(mapping.string("absent"), std::nullopt);
        EXPECT_TRUE(mapping.sequence("absent").empty());
      });
  EXPECT_EQ(none, "");
}

TEST(YamlMapping, OnlyTrueAndFalseAreBooleans) {
  for (const char* text : {"b: yes", "b: on", "b: True", "b: 1", "b: 'true'", "b: [true]", "b:"}) {
    const std::string lines = mapping_faults(text, [](YamlMapping& mapping) { EXPECT_FALSE(mapping.boolean("b")); });
    EXPECT_NE(lines.find("expected true or false"), std::string::npos) << text;
  }
}

TEST(YamlMapping, IntegersArePlainDecimalAndInTheirRange) {
  for (const char* text :
       {"n: 0", "n: 11", "n: -1", "n: '5'", "n: 0x5", "n: 5.0", "n: 1_0", "n: five", "n: {}", "n: ~"}) {
    const std::string lines =
        mapping_faults(text, [](YamlMapping& mapping) { EXPECT_FALSE(mapping.integer("n", 1, 10)); });
    EXPECT_NE(lines.find("expected a whole number from 1 to 10"), std::string::npos) << text;
  }
}

TEST(YamlMapping, NamesUnknownKeysWithTheNearestKnownOne) {
  const std::string lines = mapping_faults("transprot: x\nzebra: y\n", [](YamlMapping& mapping) {
    EXPECT_EQ(mapping.find("transport"), nullptr);
    EXPECT_EQ(mapping.find("service"), nullptr);
    EXPECT_EQ(mapping.find("service"), nullptr);
  });
  EXPECT_EQ(lines,
            "1:1: unknown key \"transprot\" in a thing, did you mean \"transport\"?\n"
            "2:1: unknown key \"zebra\" in a thing, expected one of transport, service\n");
}

TEST(YamlMapping, ReportsAMissingKeyOnceAndWrongTypesInWords) {
  EXPECT_EQ(mapping_faults("a: [1]\nw: tow\n",
                           [](YamlMapping& mapping) {
                             EXPECT_EQ(mapping.require("name"), nullptr);
                             EXPECT_FALSE(mapping.string("a"));
                             EXPECT_FALSE(mapping.word("w", {"one", "two"}));
                             EXPECT_TRUE(mapping.sequence("w").empty());
                           }),
            "1:1: a thing needs the key \"name\"\n"
            "1:4: a is a list, expected text\n"
            "2:4: w is \"tow\", expected one of one, two, did you mean \"two\"?\n"
            "2:4: w is \"tow\", expected a list\n");
}

TEST(YamlMapping, ANodeThatIsNoMappingIsReportedOnce) {
  EXPECT_EQ(mapping_faults("[a, b]\n",
                           [](YamlMapping& mapping) {
                             EXPECT_EQ(mapping.require("name"), nullptr);
                             EXPECT_FALSE(mapping.boolean("x"));
                           }),
            "1:1: a thing is a list, expected a mapping of keys to values\n");
}

TEST(YamlMapping, SaysNothingMoreAboutARefusedValue) {
  Problems problems;
  const auto root = read_yaml("n: 010\ns: !x y\nb: &a true\n", "f", problems);
  ASSERT_TRUE(root);
  ASSERT_EQ(problems.size(), 3U);
  const std::string file = "f";
  YamlMapping mapping(*root, file, problems, "a thing");
  EXPECT_NE(mapping.require("n"), nullptr);
  EXPECT_FALSE(mapping.integer("n", 0, 100));
  EXPECT_FALSE(mapping.string("s"));
  EXPECT_EQ(mapping.boolean("b"), true);
  mapping.finish();
  EXPECT_EQ(problems.size(), 3U);
}

}  // namespace
}  // namespace ghostport
