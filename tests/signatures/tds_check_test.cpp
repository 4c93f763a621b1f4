#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace tds_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString packet(unsigned type, const ByteString& body, unsigned status = 1, unsigned window = 0, int more = 0) {
  return ByteWriter()
      .u8(type)
      .u8(status)
      .u16(8 + body.size() + static_cast<std::size_t>(more))
      .u16(0)
      .u8(1)
      .u8(window)
      .add(body)
      .bytes();
}

ByteString text_bytes(std::string_view text) { return ByteWriter().add(text).bytes(); }

ByteString wide(std::string_view text) {
  ByteWriter writer;
  for (const char letter : text) writer.u8(static_cast<std::uint8_t>(letter)).u8(0);
  return writer.bytes();
}

ByteString headers(unsigned total = 22, unsigned length = 18, unsigned type = 2) {
  return ByteWriter().le32(total).le32(length).le16(type).zeros(8).le32(1).bytes();
}

CheckState client(const ByteString& bytes) { return ask(check_named("tds"), Side::client, bytes); }
CheckState server(const ByteString& bytes) { return ask(check_named("tds"), Side::server, bytes); }
CheckState answer(std::string_view digits) { return server(packet(4, from_hex(digits))); }

TEST(TdsCheck, APreLoginIsATableThatFits) {
  const ByteString table = from_hex("00 000b 0006 01 0011 0001 ff 090000000000 02");
  EXPECT_EQ(client(packet(0x12, table)), kYes);
  EXPECT_EQ(server(packet(4, table)), kYes);
  EXPECT_EQ(server(packet(0x12, table)), kNo);
  EXPECT_EQ(client(packet(0x12, from_hex("00 000b 0006 01 0012 0001 ff 090000000000 02"))), kNo) << "outside";
  EXPECT_EQ(client(packet(0x12, from_hex("01 000b 0006 00 0011 0001 ff 090000000000 02"))), kNo) << "no version";
  EXPECT_EQ(client(packet(0x12, from_hex("00 000b 0006 08 0011 0001 ff 090000000000 02"))), kNo) << "no option";
  EXPECT_EQ(client(packet(0x12, from_hex("00 000a 0006 01 0010 0001 ff 090000000000 02"))), kNo) << "overlaps";
  EXPECT_EQ(client(packet(0x12, from_hex("1603010050 01"))), kYes) << "TLS inside";
  EXPECT_EQ(client(packet(0x12, from_hex("1602010050 01"))), kNo);
  const std::vector<Change> arriving{{0, kMore}, {19, kYes}};
  EXPECT_EQ(changes(check_named("tds"), Side::client, packet(0x12, table)), arriving);
}

TEST(TdsCheck, HeadersMustHold) {
  EXPECT_EQ(client(packet(1, wide("select 1"))), kYes);
  EXPECT_EQ(client(packet(1, wide("select 1"), 4)), kNo);
  EXPECT_EQ(client(packet(1, wide("select 1"), 1, 1)), kNo);
  EXPECT_EQ(client(joined(packet(1, wide("select 1")), {6})), kYes);
  EXPECT_EQ(client(joined(packet(1, wide("select 1")), {5})), kNo) << "what follows is no packet";
  EXPECT_EQ(client(packet(6, {})), kYes);
  EXPECT_EQ(client(packet(6, {0})), kNo);
  EXPECT_EQ(client(from_hex("01010007 00000100")), kNo) << "shorter than its header";
}

TEST(TdsCheck, RequestsBeginAsTheirTypeSays) {
  EXPECT_EQ(client(packet(1, joined(headers(), wide("select")))), kYes);
  EXPECT_EQ(client(packet(1, joined(headers(23), wide("select")))), kNo);
  EXPECT_EQ(client(packet(1, joined(headers(22, 17), wide("select")))), kNo);
  EXPECT_EQ(client(packet(1, joined(headers(22, 18, 4), wide("select")))), kNo);
  EXPECT_EQ(client(packet(3, joined(headers(), from_hex("ffff 0c00 0000")))), kYes);
  EXPECT_EQ(client(packet(3, from_hex("ffff 0a00 0000 00e7"))), kYes);
  EXPECT_EQ(client(packet(3, from_hex("ffff 1000 0000 00e7"))), kNo) << "no procedure";
  EXPECT_EQ(client(packet(3, joined(from_hex("0600"), wide("sp_who")))), kYes);
  EXPECT_EQ(client(packet(3, joined(from_hex("0600"), text_bytes("sp_who123456")))), kNo);
  EXPECT_EQ(client(packet(0x0E, joined(headers(), from_hex("0500")))), kYes);
  EXPECT_EQ(client(packet(0x0E, joined(headers(), from_hex("0a00")))), kNo);
  EXPECT_EQ(client(packet(0x0F, from_hex("21 03000000 00 7573"))), kYes);
  EXPECT_EQ(client(packet(0x0F, from_hex("21 04000000 00 7573"))), kNo);
  EXPECT_EQ(client(packet(0x11, from_hex("4e544c4d53535000 03000000"))), kYes);
  EXPECT_EQ(client(packet(0x11, from_hex("4e544c4d53535001 03000000"))), kNo);
}

TEST(TdsCheck, LoginsHaveTheirFields) {
  const auto login = [](unsigned length, unsigned version, unsigned host) {
    return packet(0x10, ByteWriter().le32(length).le32(version).zeros(28).le16(host).zeros(62).bytes());
  };
  EXPECT_EQ(login(100, 0x74000004, 94).size(), 108U);
  EXPECT_EQ(client(login(100, 0x74000004, 94)), kYes);
  EXPECT_EQ(client(login(101, 0x74000004, 94)), kNo);
  EXPECT_EQ(client(login(100, 0x75000004, 94)), kNo);
  EXPECT_EQ(client(login(100, 0x74000004, 40)), kNo);
  const auto record = [](unsigned length, unsigned byte_order) {
    return packet(2,
                  ByteWriter()
                      .add("host")
                      .zeros(26)
                      .u8(length)
                      .zeros(31 * 3)
                      .u8(byte_order)
                      .u8(1)
                      .u8(6)
                      .u8(10)
                      .u8(9)
                      .zeros(375)
                      .bytes(),
                  0);
  };
  EXPECT_EQ(client(record(4, 3)), kYes);
  EXPECT_EQ(client(record(3, 3)), kNo) << "the name is longer";
  EXPECT_EQ(client(record(4, 4)), kNo);
}

TEST(TdsCheck, AnswersAreTokens) {
  EXPECT_EQ(answer("fd 1000 c100 0100000000000000"), kYes);
  EXPECT_EQ(answer("fd 1000 c100 01000000"), kYes) << "before TDS 7.2";
  EXPECT_EQ(answer("fd 1000 c100 0100000000"), kNo);
  EXPECT_EQ(answer("fd 0008 c100 0100000000000000"), kNo) << "a status that is none";
  EXPECT_EQ(answer("e3 0300 12 00 00 fd 0000 0000 00000000"), kYes);
  EXPECT_EQ(answer("e3 0300 42 00 00 fd 0000 0000 00000000"), kNo);
  EXPECT_EQ(answer("e3 0300 12 00 00 55 0000 0000 00000000"), kNo) << "no token";
  EXPECT_EQ(answer("79 00000000 fe 0000 e000 00000000"), kYes);
  EXPECT_EQ(answer("81 0500 00000000 0800 38 0a 54 00"), kYes);
  EXPECT_EQ(answer("81 1b00 0000 0100 38 07 41 00"), kYes) << "before TDS 7.2";
  EXPECT_EQ(answer("81 0000 00000000 0800 38 0a 54 00"), kNo);
  EXPECT_EQ(answer("aa 0e00 01000000 01 10 0100 6100 00 00 0000 fd 0200 0000 00000000"), kYes);
  EXPECT_EQ(answer("aa 0e00 01000000 01 10 ff00 6100 00 00 0000 fd 0200 0000 00000000"), kNo);
  EXPECT_EQ(answer("ad 0a00 01 74000004 00 10000000 fd 0000 0000 00000000"), kYes);
  EXPECT_EQ(answer("ad 0a00 01 75000004 00 10000000 fd 0000 0000 00000000"), kNo);
  const ByteString good = packet(4, from_hex("e3 0300 12 00 00 fd 0000 0000 00000000"));
  const std::vector<Change> arriving{{0, kMore}, {8 + 6 + 5, kYes}};
  EXPECT_EQ(changes(check_named("tds"), Side::server, good), arriving);
}

}  // namespace tds_check
}  // namespace ghostport
