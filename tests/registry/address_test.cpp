#include "registry/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <random>

namespace ghostport {
namespace {

Address address(std::string_view text) { return Address::parse(text).value(); }

AddressSet set_of(std::initializer_list<std::string_view> texts) {
  std::vector<AddressRange> ranges;
  for (const std::string_view text : texts) ranges.push_back(AddressRange::parse(text).value());
  return AddressSet(std::move(ranges));
}

TEST(Address, ReadsAndWritesBothFamilies) {
  for (const char* text : {"0.0.0.0", "10.0.0.9", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1:0:0:1",
                           "::ffff:10.0.0.1", "2001:db8:0:1:1:1:1:1"}) {
    ASSERT_TRUE(Address::parse(text)) << text;
    EXPECT_EQ(Address::parse(text)->text(), text);
  }
}

TEST(Address, WritesIPv6InTheShortestForm) {
  EXPECT_EQ(address("2001:0DB8:0000:0000:0000:0000:0000:0001").text(), "2001:db8::1");
  EXPECT_EQ(address("2001:db8:0:0:1:0:0:1").text(), "2001:db8::1:0:0:1");
}

TEST(Address, IsWrittenAsTheSystemWritesIt) {
  std::mt19937 random(3239);
  for (int i = 0; i < 20'000; ++i) {
    Address one;
    one.family = i % 4 == 0 ? 4 : 6;
    for (std::size_t at = 0; at < one.size(); ++at)
      one.bytes[at] = random() % 3 == 0 ? static_cast<std::uint8_t>(random()) : 0;
    if (i % 16 == 1) one = address("::ffff:0.0.0.0");
    if (i % 16 == 2) one = address("::");
    if (i % 16 == 3) one = address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    for (std::size_t at = 12; at < one.size(); ++at)
      one.bytes[at] = random() % 2 == 0 ? one.bytes[at] : static_cast<std::uint8_t>(random());
    char expected[INET6_ADDRSTRLEN];
    ASSERT_NE(inet_ntop(one.family == 4 ? AF_INET : AF_INET6, one.bytes.data(), expected, sizeof expected), nullptr);
    ASSERT_EQ(one.text(), expected);
    ASSERT_LE(one.text().size(), kLongestAddress);
  }
}

TEST(Address, RefusesWhatIsNotExactlyAnAddress) {
  for (const char* text : {"", "10.0.0", "10.0.0.256", "10.0.0.1 ", " 10.0.0.1", "010.0.0.1", "0x0a.0.0.1",
                           "10.0.0.1.1", "1:2:3", "1::2::3", "::g", "[::1]", "fe80::1%eth0", "host", "167772161"}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
  EXPECT_FALSE(Address::parse(std::string_view("10.0.0.1\0", 9)));
}

TEST(Address, FamiliesWithTheSameBytesDiffer) {
  const Address four = address("1.2.3.4");
  const Address six = address("102:304::");
  EXPECT_EQ(four.bytes, six.bytes);
  EXPECT_NE(four, six);
  EXPECT_LT(four, six);
  EXPECT_EQ(four.size(), 4U);
  EXPECT_EQ(six.size(), 16U);
}

TEST(Address, ComesFromNetworkOrder) {
  const std::uint8_t bytes[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
  EXPECT_EQ(Address::v4(bytes), address("32.1.13.184"));
  EXPECT_EQ(Address::v6(bytes), address("2001:db8::9"));
}

TEST(Address, KnowsGroups) {
  for (const char* text : {"224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1"}) {
    EXPECT_TRUE(address(text).is_group()) << text;
  }
  for (const char* text : {"223.255.255.255", "240.0.0.1", "10.255.255.255", "fe80::1", "e000::"}) {
    EXPECT_FALSE(address(text).is_group()) << text;
  }
}

TEST(AddressRange, IsAnAddressANetworkOrFirstToLast) {
  const auto network = AddressRange::parse("10.1.2.0/23");
  ASSERT_TRUE(network);
  EXPECT_EQ(network->first, address("10.1.2.0"));
  EXPECT_EQ(network->last, address("10.1.3.255"));
  EXPECT_EQ(AddressRange::parse("10.0.0.1-10.0.0.9")->last, address("10.0.0.9"));
  EXPECT_EQ(AddressRange::parse("10.0.0.1")->last, address("10.0.0.1"));
  EXPECT_EQ(AddressRange::parse("0.0.0.0/0")->last, address("255.255.255.255"));
  EXPECT_EQ(AddressRange::parse("10.0.0.1/32")->last, address("10.0.0.1"));
  EXPECT_EQ(AddressRange::parse("2001:db8::/33")->last, address("2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"));
  EXPECT_EQ(AddressRange::parse("::/0")->last, address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
  EXPECT_EQ(AddressRange::parse("::1-::f")->last, address("::f"));
}

TEST(AddressRange, RefusesHostBitsMixedFamiliesAndReversedEnds) {
  for (const char* text :
       {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1", "/8", "2001:db8::1/32",
        "2001:db8::/129", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "10.0.0.1-", "-10.0.0.1", "10.0.0.1-10.0.0.2-10.0.0.3",
        "10.0.0.0/8-10.0.0.1", "10.0.0.1 - 10.0.0.2", ""}) {
    EXPECT_FALSE(AddressRange::parse(text)) << text;
  }
}

TEST(AddressSet, HoldsBothEndsOfItsRangesAndNothingBeside) {
  const AddressSet set = set_of({"10.3.0.1-10.3.0.9", "10.1.2.0/24", "2001:db8::/32"});
  for (const char* text :
       {"10.3.0.1", "10.3.0.5", "10.3.0.9", "10.1.2.0", "10.1.2.255", "2001:db8::", "2001:db8:ffff::1"}) {
    EXPECT_TRUE(set.contains(address(text))) << text;
  }
  for (const char* text :
       {"10.3.0.0", "10.3.0.10", "10.1.1.255", "10.1.3.0", "2001:db7:ffff::", "2001:db9::", "0.0.0.0"}) {
    EXPECT_FALSE(set.contains(address(text))) << text;
  }
}

TEST(AddressSet, AnInnerRangeDoesNotHideTheOuterOne) {
  const AddressSet set = set_of({"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3"});
  EXPECT_TRUE(set.contains(address("10.200.0.1")));
  EXPECT_TRUE(set.contains(address("10.1.2.4")));
}

TEST(AddressSet, KeepsFamiliesApart) {
  EXPECT_FALSE(set_of({"0.0.0.0/0"}).contains(address("102:304::")));
  EXPECT_FALSE(set_of({"::/0"}).contains(address("1.2.3.4")));
  EXPECT_FALSE(set_of({"102:304::"}).contains(address("1.2.3.4")));
}

TEST(AddressSet, TheEmptySetHoldsNothing) {
  EXPECT_TRUE(AddressSet().empty());
  EXPECT_FALSE(AddressSet().contains(address("10.0.0.1")));
  EXPECT_FALSE(set_of({"10.0.0.1"}).empty());
}

}  // namespace
}  // namespace ghostport
