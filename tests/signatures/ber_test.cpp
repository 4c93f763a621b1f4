#include "signatures/checks/ber.h"

#include <gtest/gtest.h>

#include "tests/packet_builder.h"

namespace ghostport {
namespace {

using packets::ByteString;
using packets::from_hex;

TEST(Ber, ReadsElementsOneByOne) {
  const ByteString bytes = from_hex("02 01 05 04 02 6162 30 03 02 01 ff");
  const std::size_t end = bytes.size();
  BerReader reader(bytes);
  EXPECT_EQ(reader.natural(ber::kInteger, end), 5);
  EXPECT_EQ(reader.content(reader.expect(ber::kOctetString, end)).size(), 2U);
  const BerElement outer = reader.expect_last(ber::kSequence, end);
  EXPECT_TRUE(reader.good());
  EXPECT_EQ(reader.position(), end);
  EXPECT_EQ(reader.proven(), 7U) << "tags, lengths and a number";
  reader.enter(outer);
  EXPECT_EQ(reader.integer(ber::kInteger, outer.end), -1);
  EXPECT_EQ(reader.position(), outer.end);
  (void)reader.next(outer.end);
  EXPECT_FALSE(reader.good()) << "nothing is left";
  EXPECT_FALSE(reader.ended());
}

TEST(Ber, LengthsOfUpToFourBytes) {
  for (const char* text : {"04 02 6162", "04 81 02 6162", "04 82 0002 6162", "04 84 00000002 6162"}) {
    const ByteString bytes = from_hex(text);
    BerReader reader(bytes);
    EXPECT_EQ(reader.next(bytes.size()).size(), 2U) << text;
    EXPECT_EQ(reader.position(), bytes.size()) << text;
  }
  for (const char* text :
       {"04 80 6162 0000", "04 85 0000000002 6162", "04 03 6162", "04 84 ffffffff 6162", "1f 22 02 6162"}) {
    const ByteString bytes = from_hex(text);
    BerReader reader(bytes);
    (void)reader.next(bytes.size());
    EXPECT_FALSE(reader.good()) << text;
    EXPECT_FALSE(reader.ended()) << text;
  }
}

TEST(Ber, ATagOrAnIntegerThatIsNotThere) {
  const ByteString bytes = from_hex("02 06 010203040506");
  BerReader tag(bytes);
  (void)tag.expect(ber::kOctetString, bytes.size());
  EXPECT_FALSE(tag.good());
  BerReader integer(bytes);
  EXPECT_EQ(integer.integer(ber::kInteger, bytes.size()), 0);
  EXPECT_FALSE(integer.good()) << "six bytes";
  const ByteString unsigned32 = from_hex("02 05 00ffffffff");
  EXPECT_EQ(BerReader(unsigned32).integer(ber::kInteger, unsigned32.size()), 0xFFFFFFFF);
  const ByteString five = from_hex("02 05 01ffffffff");
  BerReader large(five);
  (void)large.integer(ber::kInteger, five.size());
  EXPECT_FALSE(large.good()) << "five bytes that are needed";
  const ByteString minus = from_hex("02 01 80");
  BerReader negative(minus);
  (void)negative.natural(ber::kInteger, minus.size());
  EXPECT_FALSE(negative.good());
}

TEST(Ber, WhatHasNotArrivedEnds) {
  const ByteString bytes = from_hex("30 08 04 06 6162");
  BerReader reader(bytes);
  const BerElement outer = reader.expect_last(ber::kSequence, 10);
  EXPECT_TRUE(reader.good());
  reader.enter(outer);
  const BerElement text = reader.next(outer.end);
  EXPECT_EQ(text.size(), 6U);
  EXPECT_EQ(reader.content(text).size(), 2U);
  EXPECT_TRUE(reader.good());
  (void)reader.next(11);
  EXPECT_TRUE(reader.ended());
  reader.require(false);
  EXPECT_TRUE(reader.ended()) << "the first fault stays";
}

}  // namespace
}  // namespace ghostport
