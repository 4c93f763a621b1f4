#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace h323_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString tpkt(const ByteString& body) { return ByteWriter().u16(0x300).u16(body.size() + 4).add(body).bytes(); }

ByteString call(std::string_view header, std::string_view elements = "040388C0A5", unsigned over = 0) {
  const ByteString user = from_hex("0520A8060008914A0003014000");
  return tpkt(
      ByteWriter().add(from_hex(header)).add(from_hex(elements)).u8(0x7E).u16(user.size() + over).add(user).bytes());
}

CheckState h225(Side side, const ByteString& bytes) { return ask(check_named("h225"), side, bytes); }
CheckState h245(std::string_view body) { return ask(check_named("h245"), Side::client, tpkt(from_hex(body))); }

TEST(H323Check, ACallMessageIsDecidedAtItsUserUserElement) {
  const ByteString setup = call("0802000105");
  const std::vector<Change> arriving{{0, kMore}, {4 + 5 + 5 + 4, kYes}};
  EXPECT_EQ(changes(check_named("h225"), Side::client, setup), arriving);
  EXPECT_EQ(h225(Side::client, joined(from_hex("03000004"), setup)), kYes) << "behind an empty TPKT";
  EXPECT_EQ(h225(Side::client, call("0802000106")), kNo) << "no such message";
  EXPECT_EQ(h225(Side::client, call("0902000105")), kNo);
  EXPECT_EQ(h225(Side::client, call("0801000105")), kNo);
  EXPECT_EQ(h225(Side::client, call("0802000105", "A1", 1)), kNo) << "longer than its TPKT";
  EXPECT_EQ(h225(Side::client, tpkt(from_hex("080200010504038090A5"))), kNo) << "without the element";
}

TEST(H323Check, ItsSideIsToldByTypeAndReference) {
  EXPECT_EQ(h225(Side::server, call("0802800107")), kYes);
  EXPECT_EQ(h225(Side::server, call("0802000105")), kNo);
  EXPECT_EQ(h225(Side::client, call("080280015A")), kNo);
  EXPECT_EQ(ask(check_named("h225-other"), Side::client, call("080280015A")), kYes);
  EXPECT_EQ(ask(check_named("h225-other"), Side::client, call("0802000105")), kNo);
}

TEST(H323Check, AControlMessageIsProvenByItsFixedEncoding) {
  EXPECT_EQ(h245("0230010600088175000500801BC5"), kYes);
  EXPECT_EQ(h245("01000080924FD5"), kYes);
  EXPECT_EQ(h245("010032403782"), kYes) << "a number of two bytes";
  EXPECT_EQ(h245("2080"), kYes);
  EXPECT_EQ(h245("218001"), kYes);
  EXPECT_EQ(h245("090001"), kYes);
  EXPECT_EQ(h245("280001"), kYes);
  EXPECT_EQ(h245("0230010600088174000500801BC5"), kMore) << "another identifier proves nothing";
  EXPECT_EQ(h245("01000040924FD5"), kMore);
  EXPECT_EQ(h245("218101"), kMore);
  EXPECT_EQ(h245("02F08032010000"), kNo);
  EXPECT_EQ(h245("06E00000000100"), kNo) << "COTP";
  EXPECT_EQ(h245("0802000105"), kNo) << "Q.931";
  EXPECT_EQ(ask(check_named("h245"), Side::server, joined(tpkt(from_hex("0300000C20")), tpkt(from_hex("2180FF")))),
            kYes)
      << "behind another message";
  EXPECT_EQ(ask(check_named("h245"), Side::server, from_hex("0301000721800A")), kNo);
}

}  // namespace h323_check
}  // namespace ghostport
