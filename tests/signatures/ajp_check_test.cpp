#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace ajp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState request(std::string_view hex) { return ask(check_named("ajp-request"), Side::client, from_hex(hex), true); }
CheckState response(std::string_view hex) {
  return ask(check_named("ajp-response"), Side::server, from_hex(hex), true);
}

TEST(AjpCheck, ARequestHasAMethodAndAProtocol) {
  const ByteString forward = from_hex("1234 0040 02 02 0008 485454502f312e31 00 0001 2f 00");
  const std::vector<Change> arriving{{0, kMore}, {17, kYes}};
  EXPECT_EQ(changes(check_named("ajp-request"), Side::client, forward), arriving);
  EXPECT_EQ(request("1234 0001 0a"), kYes) << "CPing";
  EXPECT_EQ(request("1234 0002 0a"), kNo);
  EXPECT_EQ(request("1234 0040 02 00 0008 485454502f312e31 00"), kNo) << "method 0";
  EXPECT_EQ(request("1234 0040 02 02 0009 485454502f312e31 00"), kNo);
  EXPECT_EQ(request("1234 0040 02 02 0008 485454512f312e31 00"), kNo);
  EXPECT_EQ(request("1234 0040 02 02 0008 485454502f312e31 01"), kNo);
  EXPECT_EQ(request("1234 0005 02 02 0008 485454502f312e31 00"), kNo);
}

TEST(AjpCheck, AResponsesFieldsFit) {
  const std::vector<Change> arriving{{0, kMore}, {14, kYes}};
  EXPECT_EQ(changes(check_named("ajp-response"), Side::server, from_hex("4142 000a 04 00c8 0002 4f4b 00 0000")),
            arriving);
  EXPECT_EQ(response("4142 0008 04 00c8 ffff 0000"), kYes) << "no text";
  EXPECT_EQ(response("4142 0001 09"), kYes) << "CPong";
  EXPECT_EQ(response("4142 0002 05 01"), kYes);
  EXPECT_EQ(response("4142 0003 06 1ffa"), kYes);
  EXPECT_EQ(response("4142 0007 03 0003 616263 00"), kYes);
  EXPECT_EQ(response("4142 0009 03 0003 616263 00"), kNo);
  EXPECT_EQ(response("4142 000a 04 0000 0002 4f4b 00 0000"), kNo);
  EXPECT_EQ(response("4142 000a 04 00c8 0002 4f4b 01 0000"), kNo);
  EXPECT_EQ(response("4142 0007 04 00c8 0002 4f4b 00 0000"), kNo);
  EXPECT_EQ(response("4142 0002 05 02"), kNo);
  EXPECT_EQ(response("4142 0004 06 1ffa"), kNo);
  EXPECT_EQ(response("4142 0002 09"), kNo);
}

}  // namespace ajp_check
}  // namespace ghostport
