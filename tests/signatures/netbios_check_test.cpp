#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace netbios_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

constexpr std::string_view kName = "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

ByteString name(std::string_view letters = kName, std::string_view scope = "") {
  ByteWriter writer;
  writer.counted(1, letters);
  if (!scope.empty()) writer.counted(1, scope);
  return writer.u8(0).bytes();
}

ByteString request(const ByteString& names) { return ByteWriter().u8(0x81).counted(3, names).bytes(); }

CheckState session(Side side, const ByteString& bytes, bool complete = false) {
  return ask(check_named("netbios-ssn"), side, bytes, complete);
}

TEST(NetbiosCheck, ASessionRequestNamesBothEnds) {
  const ByteString good = request(joined(name(), name()));
  const std::vector<Change> arriving{{0, kMore}, {72, kYes}};
  EXPECT_EQ(changes(check_named("netbios-ssn"), Side::client, good), arriving);
  EXPECT_EQ(session(Side::client, request(joined(name(), name(kName, "example")))), kYes) << "with a scope";
  EXPECT_EQ(session(Side::client, request(joined(name(), name("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ")))), kNo);
  EXPECT_EQ(session(Side::client, request(joined(name(), name("CKAAAA")))), kNo);
  EXPECT_EQ(session(Side::client, request(joined(joined(name(), name()), {0}))), kNo) << "a byte too many";
  EXPECT_EQ(session(Side::client, request(name())), kNo);
}

TEST(NetbiosCheck, WhatFollowsTheRequestDecides) {
  const ByteString good = request(joined(name(), name()));
  EXPECT_EQ(session(Side::client, joined(good, from_hex("00000085 ff534d42"))), kNo) << "SMB";
  EXPECT_EQ(session(Side::client, joined(good, from_hex("00000085 fe534d42"))), kNo);
  EXPECT_EQ(session(Side::client, joined(good, from_hex("00000085 01020304"))), kYes);
  EXPECT_EQ(session(Side::client, joined(good, from_hex("81000085 01020304"))), kNo);
}

TEST(NetbiosCheck, AResponseIsOneOfFew) {
  EXPECT_EQ(session(Side::server, from_hex("82000000")), kMore);
  EXPECT_EQ(session(Side::server, from_hex("82000000"), true), kYes);
  EXPECT_EQ(session(Side::server, from_hex("82000000 00000085 ff534d42"), true), kNo);
  EXPECT_EQ(session(Side::server, from_hex("82000000 00000085 01020304")), kYes);
  EXPECT_EQ(session(Side::server, from_hex("8300000182")), kYes);
  EXPECT_EQ(session(Side::server, from_hex("8300000184")), kNo);
  EXPECT_EQ(session(Side::server, from_hex("83000001")), kMore);
  EXPECT_EQ(session(Side::server, from_hex("84000006 c0000201 008b")), kYes);
  EXPECT_EQ(session(Side::server, from_hex("84000006 c0000201 008b 00")), kNo);
}

TEST(NetbiosCheck, ADatagramsLengthAndNamesMustFit) {
  const auto datagram = [](unsigned type, unsigned flags, unsigned offset, int more, const ByteString& destination) {
    const ByteString body = joined(joined(name(), destination), from_hex("ff534d42"));
    return ByteWriter()
        .u8(type)
        .u8(flags)
        .u16(1)
        .u32(0xC0000201)
        .u16(138)
        .u16(body.size() + static_cast<std::size_t>(more))
        .u16(offset)
        .add(body)
        .bytes();
  };
  const CheckFunction check = check_named("netbios-dgm");
  const ByteString good = datagram(0x11, 0x0A, 0, 0, name());
  EXPECT_EQ(ask(check, Side::client, good), kYes);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(ask(check, Side::client, first_bytes(good, size)), kNo) << size;
  }
  EXPECT_EQ(ask(check, Side::client, datagram(0x13, 0x0A, 0, 0, name())), kNo) << "an error is too short to tell";
  EXPECT_EQ(ask(check, Side::client, datagram(0x11, 0x1A, 0, 0, name())), kNo);
  EXPECT_EQ(ask(check, Side::client, datagram(0x11, 0x0A, 0, 1, name())), kNo);
  EXPECT_EQ(ask(check, Side::client, datagram(0x11, 0x0A, 8, 0, name())), kNo);
  EXPECT_EQ(ask(check, Side::client, datagram(0x11, 0x0A, 0, 0, name("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAz"))), kNo);
  const ByteString query = joined(from_hex("1402 0001 c0000201 008a"), name());
  EXPECT_EQ(ask(check, Side::client, query), kYes);
  EXPECT_EQ(ask(check, Side::client, joined(query, {0})), kNo);
}

}  // namespace netbios_check
}  // namespace ghostport
