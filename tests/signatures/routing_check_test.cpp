#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace routing_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString bfd(std::uint32_t head = 0x20C00318, std::uint32_t mine = 7, std::uint32_t yours = 9) {
  return ByteWriter().u32(head).u32(mine).u32(yours).u32(300000).u32(300000).u32(0).bytes();
}

TEST(BfdCheck, ThreePacketsOfOneSession) {
  const auto state = [](const ByteString& last) { return ask(check_named("bfd"), {bfd(), bfd(), last}); };
  EXPECT_EQ(state(bfd(0x20D00318)), kYes);
  EXPECT_EQ(ask(check_named("bfd"), {bfd(), bfd()}), kMore);
  EXPECT_EQ(state(bfd(0x20C00318, 8)), kMore) << "another session";
  EXPECT_EQ(state(bfd(0x20C00318, 0)), kNo);
  EXPECT_EQ(state(bfd(0x20C00318, 7, 0)), kNo) << "up, but knows no peer";
  EXPECT_EQ(state(bfd(0x40C00318)), kNo) << "version";
  EXPECT_EQ(state(bfd(0x2AC00318)), kNo) << "diagnostic";
  EXPECT_EQ(state(bfd(0x20F00318)), kNo) << "poll and final";
  EXPECT_EQ(state(bfd(0x20C40318)), kNo) << "authenticated";
  EXPECT_EQ(state(bfd(0x20C10318)), kNo) << "multipoint";
  EXPECT_EQ(state(bfd(0x20C00018)), kNo) << "multiplier";
  EXPECT_EQ(state(bfd(0x20C00319)), kNo) << "length";
  EXPECT_EQ(state(joined(bfd(), {0})), kNo);
}

CheckState hsrp(std::string_view digits) { return ask(check_named("hsrp"), {from_hex(digits)}); }

TEST(BfdCheck, AnAuthenticationSectionFillsTheLength) {
  const auto three = [](std::uint32_t head, std::string_view section) {
    const ByteString packet = joined(bfd(head), from_hex(section));
    return ask(check_named("bfd"), {packet, packet, packet});
  };
  EXPECT_EQ(three(0x20C4031E, "010601616263"), kYes);
  EXPECT_EQ(three(0x20C0031E, "010601616263"), kNo) << "not announced";
  EXPECT_EQ(three(0x20C4031E, "010501616263"), kNo);
  EXPECT_EQ(three(0x20C4031E, "060601616263"), kNo) << "no such type";
}

TEST(NatPmpCheck, OneRequestTwice) {
  const CheckFunction check = check_named("nat-pmp");
  const ByteString request = from_hex("00020000 55F04EF8 00000E10");
  const ByteString other = from_hex("00020000 55F14EF8 00000E10");
  EXPECT_EQ(ask(check, {request, other, request}), kYes);
  EXPECT_EQ(ask(check, {request, other}), kMore);
  EXPECT_EQ(ask(check, {request}, true), kNo);
}

TEST(HsrpCheck, BothVersionsMustHold) {
  EXPECT_EQ(hsrp("00001003 0A5A0A00 636973636F000000 C00002FE"), kYes);
  EXPECT_EQ(hsrp("00001003 0A5A0A00 636973636F000000 C00002FE 00"), kNo);
  EXPECT_EQ(hsrp("00041003 0A5A0A00 636973636F000000 C00002FE"), kNo) << "operation";
  EXPECT_EQ(hsrp("00000303 0A5A0A00 636973636F000000 C00002FE"), kNo) << "state";
  EXPECT_EQ(hsrp("00001003 025A0A00 636973636F000000 C00002FE"), kNo) << "held shorter than greeted";
  EXPECT_EQ(hsrp("00001003 0A5A0A01 636973636F000000 C00002FE"), kNo) << "reserved";
  EXPECT_EQ(hsrp("00001003 0A5A0A00 0000000000000000 C00002FE"), kNo) << "key";
  EXPECT_EQ(hsrp("00001003 0A5A0A00 636900636F000000 C00002FE"), kNo);
  const std::string state = "01280200 05040398 700F6AEFF5BF 0000005A 00000BB8 00002710 C000027E";
  const std::string zeros = "000000000000000000000000";
  EXPECT_EQ(hsrp(state + zeros), kYes);
  EXPECT_EQ(hsrp(state + zeros + "0308636973636F000000"), kYes);
  EXPECT_EQ(hsrp(state + zeros + "0309636973636F000000"), kNo);
  EXPECT_EQ(hsrp(state + "000000000000000000000001"), kNo) << "behind an IPv4 address";
  EXPECT_EQ(hsrp("01280200 05050398 700F6AEFF5BF 0000005A 00000BB8 00002710 C000027E" + zeros), kNo);
}

TEST(DlepCheck, ItemsFillTheMessage) {
  const CheckFunction check = check_named("dlep");
  const ByteString start = from_hex("0001 0010 0005 0004 0000EA60 0004 0004 00616263");
  const std::vector<Change> arriving{{0, kMore}, {start.size(), kYes}};
  EXPECT_EQ(changes(check, Side::client, start), arriving);
  EXPECT_EQ(ask(check, Side::server, start), kNo) << "the client's message";
  EXPECT_EQ(ask(check, Side::client, from_hex("0001 0008 0004 0004 00616263")), kNo) << "no heartbeat";
  EXPECT_EQ(ask(check, Side::client, from_hex("0001 0010 0005 0004 0000EA60 001A 0004 00616263")), kNo);
  EXPECT_EQ(ask(check, Side::client, from_hex("0001 0010 0005 0004 0000EA60 0004 0005 00616263")), kNo);
  const CheckFunction signal = check_named("dlep-signal");
  EXPECT_EQ(ask(signal, {from_hex("444C4550 0001 0006 0004 0002 0061")}), kYes);
  EXPECT_EQ(ask(signal, {from_hex("444C4550 0001 0006 0004 0002 0061 00")}), kNo);
  EXPECT_EQ(ask(signal, {from_hex("444C4550 0001 0006 0004 0003 0061")}), kNo);
}

}  // namespace routing_check
}  // namespace ghostport
