#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace elasticsearch_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState said(std::string_view hex, Side side = Side::client) {
  return ask(check_named("elasticsearch-transport"), side, from_hex(hex));
}

TEST(ElasticsearchCheck, TheTransportHeaderTellsItsSide) {
  EXPECT_EQ(said("4553 00000037 0000000000000001 08 006D6833"), kYes);
  EXPECT_EQ(said("4553 00000037 0000000000000001 08 08200FA3"), kYes) << "OpenSearch";
  EXPECT_EQ(said("4553 00000037 0000000000000001 09 006D6833", Side::server), kYes);
  EXPECT_EQ(said("4553 00000037 0000000000000001 09 006D6833"), kNo) << "an answer of the client";
  EXPECT_EQ(said("4554 00000037 0000000000000001 08 006D6833"), kNo);
  EXPECT_EQ(said("4553 0000000C 0000000000000001 08 006D6833"), kNo) << "shorter than its fields";
  EXPECT_EQ(said("4553 40000001 0000000000000001 08 006D6833"), kNo);
  EXPECT_EQ(said("4553 00000037 0000010000000001 08 006D6833"), kNo) << "more requests than there are";
  EXPECT_EQ(said("4553 00000037 0000000000000001 10 006D6833"), kNo) << "status";
  EXPECT_EQ(said("4553 00000037 0000000000000001 08 00000033"), kNo) << "version";
  EXPECT_EQ(said("4553 00000037 0000000000000001 08 076D6833"), kNo);
  const std::vector<Change> arriving{{0, kMore}, {19, kYes}};
  EXPECT_EQ(changes(check_named("elasticsearch-transport"), Side::client,
                    from_hex("4553 00000037 0000000000000001 08 006D6833 00")),
            arriving);
}

}  // namespace elasticsearch_check
}  // namespace ghostport
