#include "registry/values.h"

#include <gtest/gtest.h>

namespace ghostport {
namespace {

using namespace std::chrono_literals;

TEST(Decimal, TakesDigitsOnly) {
  EXPECT_EQ(parse_decimal("0"), 0U);
  EXPECT_EQ(parse_decimal("3238"), 3238U);
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "010", "00", "0x10", "1_000", "1e3", "1.0"}) {
    EXPECT_FALSE(parse_decimal(text)) << text;
  }
}

TEST(Decimal, EndsAtTwoToTheSixtyFour) {
  EXPECT_EQ(parse_decimal("18446744073709551615"), 18446744073709551615U);
  EXPECT_FALSE(parse_decimal("18446744073709551616"));
  EXPECT_FALSE(parse_decimal("99999999999999999999"));
}

TEST(Duration, NeedsAUnit) {
  EXPECT_EQ(parse_duration("600s"), 600s);
  EXPECT_EQ(parse_duration("10m"), 10min);
  EXPECT_EQ(parse_duration("8h"), 8h);
  for (const char* text : {"", "600", "s", "10 m", "1d", "1.5h", "-1s", "010s"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, RefusesWhatOverflows) { EXPECT_FALSE(parse_duration("9223372036854775807h")); }

TEST(Size, NeedsABinaryUnit) {
  EXPECT_EQ(parse_size("512KiB"), 512U << 10U);
  EXPECT_EQ(parse_size("64MiB"), 64U << 20U);
  EXPECT_EQ(parse_size("2GiB"), std::uint64_t{2} << 30U);
  for (const char* text : {"", "2", "2GB", "2G", "GiB", "2 GiB", "2gib"}) EXPECT_FALSE(parse_size(text)) << text;
  EXPECT_FALSE(parse_size("18446744073709551615GiB"));
}

TEST(Day, IsADayThatExists) {
  EXPECT_EQ(parse_day("1970-01-01")->time_since_epoch(), std::chrono::days(0));
  EXPECT_EQ(parse_day("2027-01-01")->time_since_epoch(), std::chrono::days(20819));
  EXPECT_TRUE(parse_day("2028-02-29"));
  for (const char* text : {"", "2027-02-29", "2027-13-01", "2027-00-01", "2027-1-1", "27-01-01", "2027/01/01",
                           "1969-12-31", "2027-01-01T00:00:00Z", "+027-01-01"}) {
    EXPECT_FALSE(parse_day(text)) << text;
  }
}

}  // namespace
}  // namespace ghostport
