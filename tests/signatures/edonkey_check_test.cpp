#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace edonkey_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kHash = random_bytes(16, 1);

ByteString message(unsigned operation, const ByteString& body, unsigned protocol = 0xE3) {
  return ByteWriter().u8(protocol).le32(1 + body.size()).u8(operation).add(body).bytes();
}
ByteString hello(std::uint32_t tags = 1, unsigned type = 2) {
  return ByteWriter().add(kHash).le32(9).le16(4662).le32(tags).u8(type).le16(1).u8(1).le16(1).add("a").bytes();
}

CheckState edonkey(const ByteString& bytes) { return ask(check_named("edonkey"), Side::client, bytes); }

TEST(EdonkeyCheck, HelloAndItsAnswer) {
  const ByteString to_client = message(0x01, joined({16}, hello()));
  const std::vector<Change> arriving{{0, kMore}, {6 + 1 + 16 + 6 + 4 + 1, kYes}};
  EXPECT_EQ(changes(check_named("edonkey"), Side::client, to_client), arriving);
  EXPECT_EQ(edonkey(message(0x01, hello())), kYes) << "to a server";
  EXPECT_EQ(edonkey(message(0x4C, hello())), kYes);
  EXPECT_EQ(edonkey(message(0x02, hello())), kNo);
  EXPECT_EQ(edonkey(message(0x01, hello(), 0xE4)), kNo);
  EXPECT_EQ(edonkey(message(0x01, hello(0))), kNo) << "no tags";
  EXPECT_EQ(edonkey(message(0x01, hello(65))), kNo);
  EXPECT_EQ(edonkey(message(0x01, hello(1, 0x30))), kNo) << "no such tag";
  EXPECT_EQ(edonkey(message(0x01, kHash)), kNo);
}

TEST(EdonkeyCheck, AServersFirstMessages) {
  EXPECT_EQ(edonkey(message(0x38, ByteWriter().le16(7).add("Welcome").bytes())), kYes);
  EXPECT_EQ(edonkey(message(0x38, ByteWriter().le16(8).add("Welcome").bytes())), kNo);
  EXPECT_EQ(edonkey(message(0x38, ByteWriter().le16(3).add(from_hex("010203")).bytes())), kNo);
  const ByteString change = message(0x40, ByteString(4, 7));
  EXPECT_EQ(edonkey(change), kMore);
  EXPECT_EQ(edonkey(joined(change, message(0x34, ByteString(8)))), kYes);
  EXPECT_EQ(edonkey(joined(change, ByteString(6))), kNo);
  EXPECT_EQ(edonkey(message(0x40, ByteString(5))), kNo);
}

TEST(EdonkeyCheck, KademliaHasSizes) {
  const auto kademlia = [](unsigned operation, const ByteString& body) {
    return ask(check_named("edonkey-kademlia"), {ByteWriter().u8(0xE4).u8(operation).add(body).bytes()});
  };
  EXPECT_EQ(kademlia(0x21, joined({2}, random_bytes(32, 2))), kYes);
  EXPECT_EQ(kademlia(0x21, joined({3}, random_bytes(32, 2))), kNo);
  EXPECT_EQ(kademlia(0x21, joined({2}, random_bytes(33, 2))), kNo);
  EXPECT_EQ(kademlia(0x29, joined(joined(kHash, {1}), random_bytes(25, 2))), kYes);
  EXPECT_EQ(kademlia(0x29, joined(joined(kHash, {2}), random_bytes(25, 2))), kNo);
  EXPECT_EQ(kademlia(0x09, joined(ByteWriter().add(kHash).le16(4662).u8(9).le16(1).bytes(), random_bytes(25, 2))),
            kYes);
  EXPECT_EQ(kademlia(0x09, joined(ByteWriter().add(kHash).le16(4662).u8(9).le16(1).bytes(), random_bytes(24, 2))), kNo);
  EXPECT_EQ(kademlia(0x22, random_bytes(33, 2)), kNo);
}

TEST(GnutellaCheck, AMessageFillsItsDatagram) {
  const auto gnutella = [](unsigned type, const ByteString& body, unsigned lives = 1, unsigned marker = 0xFF,
                           std::size_t more = 0) {
    return ask(check_named("gnutella"), {ByteWriter()
                                             .add(random_bytes(8, 3))
                                             .u8(marker)
                                             .add(random_bytes(6, 4))
                                             .u8(0)
                                             .u8(type)
                                             .u8(lives)
                                             .u8(0)
                                             .le32(body.size() + more)
                                             .add(body)
                                             .bytes()});
  };
  EXPECT_EQ(gnutella(0, {}), kYes);
  EXPECT_EQ(gnutella(1, ByteString(14)), kYes);
  EXPECT_EQ(gnutella(1, ByteString(13)), kNo);
  EXPECT_EQ(gnutella(0x80, ByteString(2)), kNo);
  EXPECT_EQ(gnutella(0x20, {}), kNo);
  EXPECT_EQ(gnutella(0, {}, 8), kNo);
  EXPECT_EQ(gnutella(0, {}, 0), kNo);
  EXPECT_EQ(gnutella(0, {}, 1, 0xFE), kNo);
  EXPECT_EQ(gnutella(0, {}, 1, 0xFF, 1), kNo);
}

}  // namespace edonkey_check
}  // namespace ghostport
