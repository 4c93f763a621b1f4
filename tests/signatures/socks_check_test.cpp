#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace socks_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState five(std::string_view hex) { return ask(check_named("socks5-request"), Side::client, from_hex(hex)); }
CheckState four(const ByteString& bytes) { return ask(check_named("socks4-named"), Side::client, bytes); }

TEST(SocksCheck, TheRequestStandsBehindTheGreeting) {
  EXPECT_EQ(five("05 01 00"), kMore);
  EXPECT_EQ(five("05 01 00 05 01 00 01 C0000201 0016"), kYes);
  EXPECT_EQ(five("05 02 00 01 05 03 00 04 20010DB8000000000000000000000001 0016"), kYes);
  EXPECT_EQ(five("05 01 02 01 03 626F62 05 416C696365 05 01 00 01 C0000201 0016"), kYes);
  EXPECT_EQ(five("05 01 00 01 03 626F62 05 416C696365 05 01 00 01 C0000201 0016"), kNo) << "no password was offered";
  EXPECT_EQ(five("04 01 00"), kNo);
  EXPECT_EQ(five("05 00 05 01 00"), kNo) << "no method";
  EXPECT_EQ(five("05 0B 00 01 02"), kNo) << "too many";
  EXPECT_EQ(five("05 01 10"), kNo) << "no such method";
  EXPECT_EQ(five("05 01 00 04 01 00 01 C0000201 0016"), kNo);
  EXPECT_EQ(five("05 01 00 05 04 00 01 C0000201 0016"), kNo);
  EXPECT_EQ(five("05 01 00 05 01 01 01 C0000201 0016"), kNo);
  EXPECT_EQ(five("05 01 00 05 01 00 02 C0000201 0016"), kNo);
  EXPECT_EQ(five("05 01 00 05 01 00 03 03 612062 0016"), kNo) << "no host's name";
  const ByteString bytes = from_hex("05 01 00 05 01 00 03 09 612E6578616D706C65 0016");
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("socks5-request"), Side::client, bytes), arriving);
}

TEST(SocksCheck, ARequestByNameEndsWithTheName) {
  const auto request = [](std::string_view head, std::string_view user, std::string_view name) {
    return ByteWriter().add(from_hex(head)).add(user).u8(0).add(name).u8(0).bytes();
  };
  EXPECT_EQ(four(request("04 01 0050 00000001", "", "a.example")), kYes);
  EXPECT_EQ(four(request("04 02 0050 00000001", "bob", "a.example")), kYes);
  EXPECT_EQ(four(request("04 03 0050 00000001", "", "a.example")), kNo);
  EXPECT_EQ(four(request("04 01 0050 00000000", "", "a.example")), kNo);
  EXPECT_EQ(four(request("04 01 0050 00010001", "", "a.example")), kNo);
  EXPECT_EQ(four(request("04 01 0050 00000001", "", "a example")), kNo);
  EXPECT_EQ(four(request("04 01 0050 00000001", "", "")), kNo);
  EXPECT_EQ(four(request("04 01 0050 00000001", std::string(256, 'a'), "a.example")), kNo);
  const ByteString bytes = request("04 01 0050 00000001", "bob", "a.example");
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("socks4-named"), Side::client, bytes), arriving);
}

}  // namespace socks_check
}  // namespace ghostport
