#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace x11_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

CheckState client(std::string_view name, const ByteString& bytes, bool complete = true) {
  return ask(check_named(name), Side::client, bytes, complete);
}
CheckState server(std::string_view name, const ByteString& bytes, bool complete = true) {
  return ask(check_named(name), Side::server, bytes, complete);
}

ByteString setup(unsigned major, unsigned minor, std::string_view name, std::size_t data) {
  return ByteWriter()
      .add("l")
      .u8(0)
      .le16(major)
      .le16(minor)
      .le16(name.size())
      .le16(data)
      .le16(0)
      .add(name)
      .zeros((4 - name.size() % 4) % 4)
      .zeros((data + 3) / 4 * 4)
      .bytes();
}

TEST(X11Check, ASetupNamesItsVersionAndAuthorization) {
  const ByteString whole = setup(11, 0, "MIT-MAGIC-COOKIE-1", 16);
  const std::vector<Change> arriving{{0, kMore}, {48, kYes}};
  EXPECT_EQ(changes(check_named("x11-setup"), Side::client, whole), arriving);
  EXPECT_EQ(client("x11-setup", setup(11, 0, "", 0)), kYes);
  EXPECT_EQ(client("x11-setup", setup(11, 1, "", 0)), kNo);
  EXPECT_EQ(client("x11-setup", setup(10, 0, "", 0)), kNo);
  EXPECT_EQ(client("x11-setup", setup(11, 0, "", 16)), kNo);
  EXPECT_EQ(client("x11-setup", setup(11, 0, "MIT\x01", 16)), kNo);
  EXPECT_EQ(client("x11-setup", setup(11, 0, "MIT", 2000)), kNo);
}

ByteString success(unsigned length, unsigned screens, unsigned unit, unsigned least_key) {
  return ByteWriter()
      .u8(1)
      .u8(0)
      .le16(11)
      .le16(0)
      .le16(length)
      .zeros(16)
      .le16(20)
      .le16(0xFFFF)
      .u8(screens)
      .u8(7)
      .u8(0)
      .u8(0)
      .u8(unit)
      .u8(32)
      .u8(least_key)
      .u8(255)
      .zeros(4)
      .add("The X.Org Foundation")
      .bytes();
}

TEST(X11Check, AnAnswerToASetupFits) {
  const std::vector<Change> arriving{{0, kMore}, {40, kYes}};
  EXPECT_EQ(changes(check_named("x11-setup-reply"), Side::server, success(300, 1, 32, 8)), arriving);
  EXPECT_EQ(server("x11-setup-reply", success(20, 1, 32, 8)), kNo) << "too short for its parts";
  EXPECT_EQ(server("x11-setup-reply", success(300, 0, 32, 8)), kNo);
  EXPECT_EQ(server("x11-setup-reply", success(300, 1, 31, 8)), kNo);
  EXPECT_EQ(server("x11-setup-reply", success(300, 1, 32, 7)), kNo);
  const ByteString failed = ByteWriter().u8(0).u8(3).u16(11).u16(0).u16(1).add("no\n").bytes();
  const std::vector<Change> refusing{{0, kMore}, {11, kYes}};
  EXPECT_EQ(changes(check_named("x11-setup-reply"), Side::server, failed), refusing);
  EXPECT_EQ(server("x11-setup-reply", ByteWriter().u8(0).u8(3).u16(11).u16(0).u16(2).add("no\n").bytes()), kNo);
  EXPECT_EQ(server("x11-setup-reply", ByteWriter().u8(0).u8(3).u16(11).u16(0).u16(1).add("n\x01\n").bytes()), kNo);
}

ByteString requests(unsigned pixmap_units, unsigned pixmap_id) {
  return ByteWriter()
      .u8(53)
      .u8(24)
      .le16(pixmap_units)
      .le32(pixmap_id)
      .zeros(8)
      .u8(0x9E)
      .u8(4)
      .le16(2)
      .zeros(4)
      .u8(0x9E)
      .u8(5)
      .le16(1)
      .bytes();
}

TEST(X11Check, RequestsHaveTheirLengths) {
  const std::vector<Change> arriving{{0, kMore}, {28, kYes}};
  EXPECT_EQ(changes(check_named("x11-stream"), Side::client, requests(4, 0x02520001)), arriving);
  EXPECT_EQ(client("x11-stream", requests(5, 0x02520001)), kNo);
  EXPECT_EQ(client("x11-stream", requests(4, 0x82520001)), kNo) << "no identifier";
  EXPECT_EQ(client("x11-stream", ByteWriter().zeros(64).bytes()), kNo);
}

ByteString message(unsigned code, unsigned sequence, unsigned same_screen) {
  return ByteWriter().u8(code).u8(40).le16(sequence).zeros(26).u8(same_screen).u8(0).bytes();
}

TEST(X11Check, MessagesGoOnInSequence) {
  const ByteString two = joined(message(2, 100, 1), message(3, 101, 1));
  const std::vector<Change> arriving{{0, kMore}, {64, kYes}};
  EXPECT_EQ(changes(check_named("x11-stream"), Side::server, two), arriving);
  EXPECT_EQ(server("x11-stream", joined(message(2, 100, 1), message(3, 99, 1))), kNo);
  EXPECT_EQ(server("x11-stream", joined(message(2, 100, 1), message(3, 500, 1))), kNo);
  EXPECT_EQ(server("x11-stream", joined(message(2, 100, 1), message(3, 101, 2))), kNo);
  EXPECT_EQ(server("x11-stream", joined(message(2, 100, 1), message(40, 101, 1))), kNo);
  EXPECT_EQ(server("x11-stream", ByteWriter().zeros(128).bytes()), kNo);
}

}  // namespace x11_check
}  // namespace ghostport
