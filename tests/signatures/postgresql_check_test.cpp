#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace postgresql_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString message(char tag, const ByteString& body) {
  return ByteWriter().u8(static_cast<std::uint8_t>(tag)).u32(body.size() + 4).add(body).bytes();
}

ByteString startup(const ByteString& body, unsigned version = 0x00030000) {
  return ByteWriter().u32(body.size() + 8).u32(version).add(body).bytes();
}

ByteString texts(std::initializer_list<std::string_view> all) {
  ByteWriter writer;
  for (const std::string_view text : all) writer.add(text).u8(0);
  return writer.bytes();
}

CheckState backend(const ByteString& bytes) {
  return ask(check_named("postgresql-messages"), Side::server, bytes, true);
}
CheckState frontend(const ByteString& bytes) {
  return ask(check_named("postgresql-messages"), Side::client, bytes, true);
}
CheckState start(const ByteString& bytes) { return ask(check_named("postgresql-startup"), Side::client, bytes, true); }

TEST(PostgresqlCheck, AStartupIsDecidedAtItsEnd) {
  const ByteString bytes = startup(texts({"user", "a", "database", "b", ""}));
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("postgresql-startup"), Side::client, bytes), arriving);
}

TEST(PostgresqlCheck, AStartupsFieldsMustHold) {
  EXPECT_EQ(start(startup(texts({"user", "a", ""}), 0x00030002)), kYes);
  EXPECT_EQ(start(startup(texts({"user", "a", ""}), 0x0003270F)), kYes);
  EXPECT_EQ(start(startup(texts({"user", "a", ""}), 0x00030003)), kNo);
  EXPECT_EQ(start(startup(texts({"user", "a", ""}), 0x00020000)), kNo);
  EXPECT_EQ(start(startup(texts({"user", "a", "", ""}))), kNo) << "goes on behind its end";
  EXPECT_EQ(start(startup(texts({"user", "a"}))), kNo) << "no end";
  EXPECT_EQ(start(startup(texts({"user\x01", "a", ""}))), kNo);
  EXPECT_EQ(start(startup(texts({"", "abcdefgh", ""}))), kNo) << "no name";
}

TEST(PostgresqlCheck, EachBackendMessageMustFillItsLength) {
  const ByteString ready = message('Z', {'I'});
  const std::vector<std::pair<char, ByteString>> good{
      {'R', from_hex("00000000")},
      {'R', from_hex("0000000501020304")},
      {'S', texts({"TimeZone", "UTC"})},
      {'E', ByteWriter().add("SERROR").u8(0).add("Mx").u8(0).u8(0).bytes()},
      {'T', ByteWriter().u16(1).add("a").zeros(1 + 18).bytes()},
      {'D', from_hex("0002 00000001 61 FFFFFFFF")},
      {'C', texts({"SELECT 1"})},
      {'1', {}},
      {'t', from_hex("0001 00000017")},
      {'H', from_hex("00 0001 0000")},
      {'A', ByteWriter().u32(7).add(texts({"channel", ""})).bytes()},
  };
  for (const auto& [tag, body] : good) {
    EXPECT_EQ(backend(joined(message(tag, body), ready)), kYes) << tag;
    ByteString longer = body;
    longer.push_back(0);
    EXPECT_EQ(backend(joined(message(tag, longer), ready)), kNo) << tag << " and a byte more";
  }
  EXPECT_EQ(backend(ready), kYes);
  EXPECT_EQ(backend(message('Z', {'X'})), kNo);
  EXPECT_EQ(backend(message('R', from_hex("00000004"))), kNo);
  EXPECT_EQ(backend(joined(ready, message('y', {}))), kNo);
  EXPECT_EQ(backend(from_hex("5A00000003")), kNo) << "a length too short for itself";
}

TEST(PostgresqlCheck, ARefusalOfEncryptionMayStandInFront) {
  const ByteString ok = message('R', from_hex("00000000"));
  EXPECT_EQ(backend(joined({'N'}, ok)), kYes);
  EXPECT_EQ(backend(joined({'N', 'N'}, ok)), kYes);
  EXPECT_EQ(backend(joined({'N', 'N', 'N'}, ok)), kNo);
  const std::vector<Change> arriving{{0, kMore}, {9, kYes}};
  EXPECT_EQ(changes(check_named("postgresql-messages"), Side::server, ok), arriving);
}

TEST(PostgresqlCheck, EachFrontendMessageMustFillItsLength) {
  const std::vector<std::pair<char, ByteString>> good{
      {'Q', texts({"select 1"})},
      {'P', ByteWriter().add(texts({"s", "select $1"})).u16(1).u32(23).bytes()},
      {'B', ByteWriter().add(texts({"", "s"})).u16(0).u16(1).u32(1).add("7").u16(0).bytes()},
      {'D', ByteWriter().add("S").add(texts({"s"})).bytes()},
      {'E', ByteWriter().u8(0).u32(0).bytes()},
  };
  const ByteString sync = message('S', {});
  for (const auto& [tag, body] : good) {
    EXPECT_EQ(frontend(joined(message(tag, body), sync)), kYes) << tag;
    ByteString longer = body;
    longer.push_back(0);
    EXPECT_EQ(frontend(joined(message(tag, longer), sync)), kNo) << tag << " and a byte more";
  }
  EXPECT_EQ(frontend(message('Q', {'a', 1, 0})), kNo);
  EXPECT_EQ(frontend(message('D', {'X', 'a', 0})), kNo);
  EXPECT_EQ(frontend(message('X', {'a'})), kNo);
  EXPECT_EQ(frontend(message('d', random_bytes(8, 1))), kNo) << "copied data alone prove little";
}

}  // namespace postgresql_check
}  // namespace ghostport
