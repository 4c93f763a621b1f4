#include "registry/csv_reader.h"

#include <gtest/gtest.h>

namespace ghostport {
namespace {

/// Fields as "LINE:COLUMN TEXT", records and faults as they come.
struct Read {
  std::vector<std::vector<std::string>> records;
  std::string faults;
};

Read read(std::string_view text) {
  const std::string file = "f";
  Problems problems;
  CsvReader reader(text, file, problems);
  Read result;
  std::vector<CsvField> fields;
  while (reader.next(fields)) {
    auto& record = result.records.emplace_back();
    for (const CsvField& one : fields)
      record.push_back(std::to_string(one.line) + ':' + std::to_string(one.column) + ' ' + one.text);
  }
  for (const Problem& problem : problems) result.faults += problem.text().substr(2) + '\n';
  return result;
}

using Records = std::vector<std::vector<std::string>>;

TEST(CsvReader, ReadsFieldsWithTheirPlaces) {
  const Read all = read("a,,c\r\n\"x\"\"y\",\"1\n2\r\n3\",z\nlast,,");
  EXPECT_EQ(
      all.records,
      (Records{{"1:1 a", "1:3 ", "1:4 c"}, {"2:1 x\"y", "2:8 1\n2\r\n3", "4:4 z"}, {"5:1 last", "5:6 ", "5:7 "}}));
  EXPECT_EQ(all.faults, "");
}

TEST(CsvReader, AnEmptyTextHasNoRecordAndALineBreakAloneHasOne) {
  EXPECT_TRUE(read("").records.empty());
  EXPECT_EQ(read("\r\n").records, (Records{{"1:1 "}}));
  EXPECT_EQ(read("\"\"").records, (Records{{"1:1 "}}));
}

TEST(CsvReader, SaysWhereAQuoteIsWrongAndGoesOn) {
  const Read all = read("a\"b\"c,d\n\"e\"f,g\n\"h\" ,i\nj,k\n");
  EXPECT_EQ(all.faults,
            "1:2: a quote inside a field, expected it doubled, and the whole field in quotes\n"
            "2:4: text behind a closing quote, expected a comma or the end of the line\n"
            "3:4: text behind a closing quote, expected a comma or the end of the line\n");
  ASSERT_EQ(all.records.size(), 4U);
  EXPECT_EQ(all.records[3], (std::vector<std::string>{"4:1 j", "4:3 k"}));
}

TEST(CsvReader, AQuoteThatIsNeverClosedEndsTheReadingAtItsPlace) {
  const Read all = read("a,b\nc,\"d\ne,f\n");
  EXPECT_EQ(all.faults, "2:3: this quote is never closed\n");
  EXPECT_EQ(all.records.size(), 1U);
}

TEST(CsvReader, EndsWithWhatNobodyWrites) {
  EXPECT_EQ(read(std::string(100, ',')).faults, "1:65: more than 64 fields, what follows was not read\n");
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "a\"\n";
  const std::string faults = read(text).faults;
  EXPECT_NE(faults.find("1000:2: too many faults, what follows was not read\n"), std::string::npos);
  EXPECT_EQ(faults.find("1001:"), std::string::npos);
}

}  // namespace
}  // namespace ghostport
