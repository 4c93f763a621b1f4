#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace database_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString connect(unsigned version, unsigned offers) {
  return ByteWriter().u32(1).u32(19).u32(version).u32(1).counted(4, "/db/a").zeros(3).u32(offers).u32(8).bytes();
}
ByteString accept(unsigned operation, unsigned version, unsigned type) {
  return ByteWriter().u32(operation).u32(version).u32(1).u32(type).bytes();
}
CheckState client(const ByteString& bytes) { return ask(check_named("firebird-connect"), Side::client, bytes, true); }
CheckState server(const ByteString& bytes) { return ask(check_named("firebird-accept"), Side::server, bytes, true); }

TEST(FirebirdCheck, AConnectIsDecidedAtItsOffers) {
  const ByteString bytes = connect(3, 2);
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("firebird-connect"), Side::client, bytes), arriving);
  EXPECT_EQ(client(connect(4, 2)), kNo);
  EXPECT_EQ(client(connect(3, 0)), kNo);
  EXPECT_EQ(client(connect(3, 33)), kNo);
}

TEST(FirebirdCheck, AnAcceptanceNamesAKnownVersion) {
  EXPECT_EQ(server(accept(3, 10, 3)), kYes);
  EXPECT_EQ(server(accept(94, 0xFFFF800D, 5)), kYes);
  EXPECT_EQ(server(accept(98, 0x8010, 0x0105)), kYes);
  EXPECT_EQ(server(accept(4, 10, 3)), kNo);
  EXPECT_EQ(server(accept(3, 11, 3)), kNo);
  EXPECT_EQ(server(accept(3, 0xFFFF8005, 3)), kNo);
  EXPECT_EQ(server(accept(3, 10, 6)), kNo);
  const std::vector<Change> arriving{{0, kMore}, {16, kYes}};
  EXPECT_EQ(changes(check_named("firebird-accept"), Side::server, accept(3, 10, 3)), arriving);
}

ByteString hana(unsigned length, unsigned segment, unsigned number, unsigned kind, unsigned offset = 0) {
  return ByteWriter()
      .zeros(8)
      .le32(1)
      .le32(length)
      .le32(65536)
      .le16(1)
      .zeros(10)
      .le32(segment)
      .le32(offset)
      .le16(1)
      .le16(number)
      .u8(kind)
      .bytes();
}

TEST(HanaCheck, ASegmentMustFitItsMessage) {
  const CheckFunction check = check_named("sap-hana");
  EXPECT_EQ(ask(check, Side::client, hana(48, 48, 1, 1), true), kYes);
  EXPECT_EQ(ask(check, Side::client, joined(ByteString(14, 0xFF), hana(48, 48, 1, 1)), true), kYes);
  EXPECT_EQ(ask(check, Side::server, joined(ByteString(8, 0xFF), hana(48, 48, 1, 2)), true), kYes);
  EXPECT_EQ(ask(check, Side::server, hana(48, 48, 1, 5), true), kYes);
  EXPECT_EQ(ask(check, Side::server, hana(48, 48, 1, 1), true), kNo);
  EXPECT_EQ(ask(check, Side::client, hana(48, 47, 1, 1), true), kNo);
  EXPECT_EQ(ask(check, Side::client, hana(48, 48, 2, 1), true), kNo);
  EXPECT_EQ(ask(check, Side::client, hana(48, 48, 1, 1, 1), true), kNo);
  EXPECT_EQ(ask(check, Side::client, hana(70000, 70000, 1, 1), true), kNo) << "longer than its room";
  const std::vector<Change> arriving{{0, kMore}, {45, kYes}};
  EXPECT_EQ(changes(check, Side::client, hana(48, 48, 1, 1)), arriving);
}

}  // namespace database_check
}  // namespace ghostport
