#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace java_rmi_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

TEST(JavaRmiCheck, AnAcknowledgementIsAHostAndAPort) {
  const auto state = [](std::string_view hex) {
    return ask(check_named("java-rmi-ack"), Side::server, from_hex(hex), true);
  };
  const std::vector<Change> arriving{{0, kMore}, {12, kYes}};
  EXPECT_EQ(changes(check_named("java-rmi-ack"), Side::server, from_hex("4e 0005 612e622e63 00008692")), arriving);
  EXPECT_EQ(state("4e 0005 612e622e63 00018692"), kNo) << "no port";
  EXPECT_EQ(state("4e 0000 00008692"), kNo);
  EXPECT_EQ(state("4e 0005 612e202e63 00008692"), kNo) << "no host";
  EXPECT_EQ(state("4e 0005 612e"), kNo);
}

}  // namespace java_rmi_check
}  // namespace ghostport
