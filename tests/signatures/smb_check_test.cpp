#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace smb_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString version1(unsigned flags, unsigned length = 0x2F) {
  return ByteWriter().u32(length).u8(0xFF).add("SMB").u8(0x72).zeros(4).u8(flags).zeros(25).bytes();
}

ByteString version2(unsigned flags, unsigned command = 5, unsigned next = 0, unsigned size = 64) {
  return ByteWriter()
      .u32(0x98)
      .u8(0xFE)
      .add("SMB")
      .le16(size)
      .zeros(6)
      .le16(command)
      .le16(1)
      .le32(flags)
      .le32(next)
      .zeros(40)
      .bytes();
}

CheckState said(Side side, const ByteString& bytes, bool complete = false) {
  return ask(check_named("smb"), side, bytes, complete);
}

TEST(SmbCheck, AMessageTellsWhoSpeaks) {
  EXPECT_EQ(said(Side::client, version1(0x18)), kYes);
  EXPECT_EQ(said(Side::server, version1(0x18)), kNo);
  EXPECT_EQ(said(Side::server, version1(0x98)), kYes);
  EXPECT_EQ(said(Side::client, version1(0x98)), kNo);
  EXPECT_EQ(said(Side::client, version2(0)), kYes);
  EXPECT_EQ(said(Side::server, version2(0)), kNo);
  EXPECT_EQ(said(Side::server, version2(1)), kYes);
  EXPECT_EQ(said(Side::client, version2(1)), kNo);
}

TEST(SmbCheck, FieldsMustHold) {
  EXPECT_EQ(said(Side::client, version1(0x18, 31)), kNo) << "shorter than its header";
  EXPECT_EQ(said(Side::client, version2(0, 0x13)), kYes);
  EXPECT_EQ(said(Side::client, version2(0, 0x14)), kNo);
  EXPECT_EQ(said(Side::client, version2(0x100)), kNo) << "a flag that is none";
  EXPECT_EQ(said(Side::client, version2(0, 5, 0x78)), kYes);
  EXPECT_EQ(said(Side::client, version2(0, 5, 0x79)), kNo);
  EXPECT_EQ(said(Side::client, version2(0, 5, 0x98)), kNo) << "the next message lies outside";
  EXPECT_EQ(said(Side::client, version2(0, 5, 0, 63)), kNo);
}

TEST(SmbCheck, ArrivesByteByByte) {
  const std::vector<Change> first{{0, kMore}, {14, kYes}};
  EXPECT_EQ(changes(check_named("smb"), Side::client, version1(0x18)), first);
  const std::vector<Change> second{{0, kMore}, {28, kYes}};
  EXPECT_EQ(changes(check_named("smb"), Side::client, version2(0)), second);
  const std::vector<Change> ended{{0, kNo}, {28, kYes}};
  EXPECT_EQ(changes(check_named("smb"), Side::client, version2(0), true), ended);
}

TEST(SmbCheck, SessionPacketsMayStandBefore) {
  const ByteString request = ByteWriter().u8(0x81).counted(3, random_bytes(68, 1)).bytes();
  const std::vector<Change> asked{{0, kMore}, {72 + 28, kYes}};
  EXPECT_EQ(changes(check_named("smb"), Side::client, joined(request, version2(0))), asked);
  const std::vector<Change> answered{{0, kMore}, {4 + 28, kYes}};
  EXPECT_EQ(changes(check_named("smb"), Side::server, joined(from_hex("82000000"), version2(1))), answered);
  EXPECT_EQ(said(Side::server, joined(from_hex("8200000100"), version2(1))), kNo);
  EXPECT_EQ(said(Side::client, joined(from_hex("81000400"), random_bytes(1100, 1))), kNo);
  EXPECT_EQ(said(Side::server, from_hex("8300000182")), kNo);
}

TEST(SmbCheck, EncryptedAndCompressedMessages) {
  const auto transform = [](const ByteString& bytes) { return ask(check_named("smb-transform"), Side::client, bytes); };
  const auto encrypted = [](unsigned original, unsigned reserved, unsigned cipher) {
    return ByteWriter()
        .u32(52 + 64)
        .u8(0xFD)
        .add("SMB")
        .add(random_bytes(32, 1))
        .le32(original)
        .le16(reserved)
        .le16(cipher)
        .zeros(8)
        .bytes();
  };
  EXPECT_EQ(transform(encrypted(64, 0, 1)), kYes);
  EXPECT_EQ(transform(encrypted(65, 0, 1)), kNo);
  EXPECT_EQ(transform(encrypted(64, 1, 1)), kNo);
  EXPECT_EQ(transform(encrypted(64, 0, 0)), kNo);
  const std::vector<Change> arriving{{0, kMore}, {48, kYes}};
  EXPECT_EQ(changes(check_named("smb-transform"), Side::server, encrypted(64, 0, 1)), arriving);
  const auto compressed = [](unsigned algorithm, unsigned flags, unsigned length = 80) {
    return ByteWriter().u32(length).u8(0xFC).add("SMB").le32(4096).le16(algorithm).le16(flags).le32(0).bytes();
  };
  EXPECT_EQ(transform(compressed(5, 1)), kYes);
  EXPECT_EQ(transform(compressed(6, 0)), kNo);
  EXPECT_EQ(transform(compressed(1, 2)), kNo);
  EXPECT_EQ(transform(compressed(1, 0, 15)), kNo);
  EXPECT_EQ(transform(version2(0)), kNo);
}

}  // namespace smb_check
}  // namespace ghostport
