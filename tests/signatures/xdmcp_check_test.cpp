#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace xdmcp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState state(Side side, std::string_view hex) { return ask(check_named("xdmcp"), side, from_hex(hex), true); }

TEST(XdmcpCheck, FieldsFillTheMessage) {
  EXPECT_EQ(state(Side::client, "0001 0002 0001 00"), kYes) << "Query";
  EXPECT_EQ(state(Side::client, "0001 0002 0007 02 0001 61 0001 62"), kYes);
  EXPECT_EQ(state(Side::server, "0001 0005 0009 0000 0001 61 0002 6162"), kYes) << "Willing";
  EXPECT_EQ(state(Side::client, "0001 0007 0012 0000 01 0000 01 0004 c0000201 0000 0000 00 0000"), kNo);
  EXPECT_EQ(state(Side::client, "0001 0007 0013 0000 01 0000 01 0004 c0000201 0000 0000 00 0000"), kYes);
  EXPECT_EQ(state(Side::client, "0001 0007 0014 0000 01 0000 01 0004 c0000201 0000 0000 00 0000"), kNo);
  EXPECT_EQ(state(Side::client, "0001 000d 0006 0000 12345678"), kYes) << "KeepAlive";
  EXPECT_EQ(state(Side::server, "0001 000e 0005 01 12345678"), kYes) << "Alive";
}

TEST(XdmcpCheck, EachFieldMustHold) {
  EXPECT_EQ(state(Side::client, "0002 0002 0001 00"), kNo);
  EXPECT_EQ(state(Side::client, "0001 000f 0001 00"), kNo);
  EXPECT_EQ(state(Side::client, "0001 0002 0002 00"), kNo);
  EXPECT_EQ(state(Side::client, "0001 0002 0001 01"), kNo);
  EXPECT_EQ(state(Side::client, "0001 0002 0002 00 00"), kNo);
  EXPECT_EQ(state(Side::server, "0001 0002 0001 00"), kNo) << "a server does not ask";
  for (std::size_t size = 0; size < 7; ++size) {
    EXPECT_EQ(ask(check_named("xdmcp"), Side::client, first_bytes(from_hex("0001 0002 0001 00"), size)), kNo);
  }
}

TEST(XdmcpCheck, NothingIsAwaited) { EXPECT_NE(ask(check_named("xdmcp"), Side::client, from_hex("0001")), kMore); }

}  // namespace xdmcp_check
}  // namespace ghostport
