#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace ldap_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState said(Side side, std::string_view digits, bool complete = false) {
  return ask(check_named("ldap"), side, from_hex(digits), complete);
}

TEST(LdapCheck, EveryOperationOfItsSide) {
  constexpr std::string_view kRequests[] = {
      "300c 020101 6007 020103 0400 8000",
      "3005 020102 4200",
      "3025 020102 6320 0400 0a0100 0a0100 020100 020100 010100 870b6f626a656374436c617373 3000",
      "300f 020103 660a 04046f3d6162 3002 3000",
      "300d 020104 6808 0404 6f3d6162 3000",
      "3009 020105 4a04 6f3d6162",
      "3012 020106 6c0d 0402 6f3d 0404 6f3d6162 0101ff",
      "300b 020107 6e06 0402 6f3d 3000",
      "3006 020108 500107",
      "301d 020109 7718 8016 312e332e362e312e342e312e313436362e3230303337",
  };
  for (const std::string_view request : kRequests) {
    EXPECT_EQ(said(Side::client, request), kYes) << request;
    EXPECT_EQ(said(Side::server, request), kNo) << request;
  }
  for (const unsigned operation : {0x61U, 0x65U, 0x67U, 0x69U, 0x6BU, 0x6DU, 0x6FU, 0x78U}) {
    ByteString result = from_hex("300c 020101 6107 0a0100 0400 0400");
    result[5] = static_cast<std::uint8_t>(operation);
    EXPECT_EQ(ask(check_named("ldap"), Side::server, result), kYes) << operation;
    EXPECT_EQ(ask(check_named("ldap"), Side::client, result), kNo) << operation;
  }
  EXPECT_EQ(said(Side::server, "300d 020104 6408 0404 6f3d6162 3000"), kYes);
  EXPECT_EQ(said(Side::server, "300b 020104 7306 0404 6c646170"), kYes);
  EXPECT_EQ(said(Side::server, "300b 020104 7906 8004 312e332e"), kYes);
}

TEST(LdapCheck, LengthsAndFieldsMustHold) {
  EXPECT_EQ(said(Side::client, "300c 020101 6008 020103 0400 8000"), kNo) << "longer than its message";
  EXPECT_EQ(said(Side::client, "300c 020101 6006 020103 0400 8000"), kNo) << "the credentials lie outside";
  EXPECT_EQ(said(Side::client, "300c 020101 6007 020104 0400 8000"), kNo) << "version 4";
  EXPECT_EQ(said(Side::client, "300c 020101 6007 020103 0400 8100"), kNo) << "no way to authenticate";
  EXPECT_EQ(said(Side::client, "300c 0201ff 6007 020103 0400 8000"), kNo) << "a negative identifier";
  EXPECT_EQ(said(Side::client, "300c 020101 7007 020103 0400 8000"), kNo) << "no operation";
  EXPECT_EQ(said(Side::client, "3080 020101 6007 020103 0400 8000"), kNo) << "no definite length";
  EXPECT_EQ(said(Side::client, "3006 020102 420100"), kNo);
  EXPECT_EQ(said(Side::client, "301d 020109 7718 8016 312e332e362e312e342e312e313436362e32303033ff"), kNo);
  EXPECT_EQ(said(Side::server, "300c 020101 6107 0a0100 0400 0500"), kNo);
  EXPECT_EQ(said(Side::client, "300e 020101 6007 020103 0400 8000 a000"), kYes) << "controls";
  EXPECT_EQ(said(Side::client, "300e 020101 6007 020103 0400 8000 a100"), kNo);
  EXPECT_EQ(said(Side::client, "3084 00000010 020101 6084 00000007 020103 0400 8000"), kYes) << "Microsoft's lengths";
}

TEST(LdapCheck, ArrivesByteByByte) {
  const std::vector<Change> arriving{{0, kMore}, {14, kYes}};
  EXPECT_EQ(changes(check_named("ldap"), Side::client, from_hex("300c 020101 6007 020103 0400 8000")), arriving);
  const std::vector<Change> ended{{0, kNo}, {14, kYes}};
  EXPECT_EQ(changes(check_named("ldap"), Side::client, from_hex("300c 020101 6007 020103 0400 8000"), true), ended);
}

TEST(LdapCheck, ADatagramIsFilledByMessages) {
  const CheckFunction check = check_named("ldap-datagram");
  const ByteString both = from_hex("300d 020104 6408 0404 6f3d6162 3000 300c 020104 6507 0a0100 0400 0400");
  for (std::size_t size = 0; size < both.size(); ++size) {
    EXPECT_EQ(ask(check, Side::server, first_bytes(both, size)), size == 15 ? kYes : kNo) << size;
  }
  EXPECT_EQ(ask(check, Side::server, both), kYes);
  EXPECT_EQ(ask(check, Side::server, joined(both, {0x30})), kNo);
}

TEST(LdapCheck, SignedMessagesCanBeRead) {
  const CheckFunction check = check_named("ldap-signed");
  const std::string_view message = "300c 020101 6007 020103 0400 8000";
  const auto wrapped = [&](unsigned length, const char* token, const char* behind = "") {
    return ByteWriter().u32(length).add(from_hex(token)).add(from_hex(message)).add(from_hex(behind)).bytes();
  };
  const char* rotated = "050404ff 000c000c 0000000000000001 0102030405060708090a0b0c";
  const char* plain = "050404ff 000c0000 0000000000000001";
  EXPECT_EQ(ask(check, Side::client, wrapped(16 + 12 + 14, rotated)), kYes);
  EXPECT_EQ(ask(check, Side::client, wrapped(16 + 12 + 13, rotated)), kNo);
  EXPECT_EQ(ask(check, Side::server, wrapped(16 + 12 + 14, rotated)), kNo);
  EXPECT_EQ(ask(check, Side::client, wrapped(16 + 12 + 14, plain, "0102030405060708090a0b0c")), kYes);
  EXPECT_EQ(ask(check, Side::client, wrapped(16 + 12 + 14, "050404ff 000c0004 0000000000000001 01020304")), kNo);
  EXPECT_EQ(ask(check, Side::client, wrapped(16 + 14, "01000000 0102030405060708 00000000")), kYes) << "NTLM";
  const std::vector<Change> arriving{{0, kMore}, {4 + 16 + 12 + 14, kYes}};
  EXPECT_EQ(changes(check, Side::client, wrapped(16 + 12 + 14, rotated)), arriving);
}

}  // namespace ldap_check
}  // namespace ghostport
