#include "signatures/checks/ber.h"

#include <gtest/gtest.h>

#include "tests/packet_builder.h"

namespace ghostport {
namespace {

using packets::ByteString;
using packets::from_hex;

TEST(Ber, ReadsElementsOneByOne) {
  const ByteString bytes = from_hex("02 01 05 04 02 6162 30 03 02 01 ff");
  BerReader reader(bytes);
  EXPECT_EQ(reader.peek(), ber::kInteger);
  EXPECT_EQ(reader.integer(), 5);
  EXPECT_EQ(reader.next(ber::kOctetString).content.size(), 2U);
  const BerElement outer = reader.next();
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(outer.tag, ber::kSequence);
  BerReader inside(outer);
  EXPECT_EQ(inside.integer(), -1);
  EXPECT_TRUE(inside.at_end());
  (void)inside.next();
  EXPECT_TRUE(inside.wrong()) << "nothing is left";
}

TEST(Ber, LengthsOfUpToFourBytes) {
  for (const char* text : {"04 02 6162", "04 81 02 6162", "04 82 0002 6162", "04 84 00000002 6162"}) {
    const ByteString bytes = from_hex(text);
    BerReader reader(bytes);
    EXPECT_EQ(reader.next().length, 2U) << text;
    EXPECT_TRUE(reader.at_end()) << text;
  }
  for (const char* text :
       {"04 80 6162 0000", "04 85 0000000002 6162", "04 03 6162", "04 84 ffffffff 6162", "1f 22 02 6162"}) {
    const ByteString bytes = from_hex(text);
    BerReader reader(bytes);
    (void)reader.next();
    EXPECT_TRUE(reader.wrong()) << text;
  }
}

TEST(Ber, ATagOrAnIntegerThatIsNotThere) {
  const ByteString bytes = from_hex("02 06 010203040506");
  BerReader tag(bytes);
  (void)tag.next(ber::kOctetString);
  EXPECT_TRUE(tag.wrong());
  BerReader integer(bytes);
  EXPECT_EQ(integer.integer(), 0);
  EXPECT_TRUE(integer.wrong()) << "six bytes";
  const ByteString unsigned32 = from_hex("02 05 00ffffffff");
  BerReader large(unsigned32);
  EXPECT_EQ(large.integer(), 0xFFFFFFFF);
}

TEST(Ber, WhatHasNotArrivedEnds) {
  const ByteString bytes = from_hex("30 08 04 06 6162");
  BerReader reader(bytes, 10);
  const BerElement outer = reader.next();
  EXPECT_TRUE(reader.at_end());
  EXPECT_FALSE(outer.whole());
  BerReader inside(outer);
  const BerElement text = inside.next();
  EXPECT_EQ(text.length, 6U);
  EXPECT_EQ(text.content.size(), 2U);
  (void)BerReader(bytes, 11).next();
  BerReader cut(bytes, 11);
  (void)cut.next();
  (void)cut.next();
  EXPECT_TRUE(cut.ended());
}

}  // namespace
}  // namespace ghostport
