#include "detection/community_id.h"

#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "detection/sha1.h"

namespace ghostport {
namespace community_id_test {

struct Vector {
  std::string_view source;
  std::uint16_t source_port;
  std::string_view destination;
  std::uint16_t destination_port;
  Transport transport;
  std::uint16_t seed;
  std::string_view id;
};
std::ostream& operator<<(std::ostream& out, const Vector& vector) {
  return out << vector.source << " seed " << vector.seed;
}

CommunityId whole_id_of(const Vector& one) {
  return community_id(*Address::parse(one.source), *Address::parse(one.destination), one.source_port,
                      one.destination_port, one.transport, one.seed);
}
std::string id_of(const Vector& one) { return std::string(whole_id_of(one).view()); }

// The IPv4 rows are in the baseline of the Community ID specification, version 1; the others were computed from its
// text with another implementation of SHA-1.
const std::vector<Vector> kVectors{
    {"128.232.110.120", 34855, "66.35.250.204", 80, Transport::tcp, 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {"128.232.110.120", 34855, "66.35.250.204", 80, Transport::tcp, 1, "1:3V71V58M3Ksw/yuFALMcW0LAHvc="},
    {"192.168.1.52", 54585, "8.8.8.8", 53, Transport::udp, 0, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
    {"192.168.1.52", 54585, "8.8.8.8", 53, Transport::udp, 1, "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="},
    {"192.168.1.52", 9, "192.168.1.53", 1000, Transport::udp, 65535, "1:/Pz3kA4nMPkl9Z7klY+I3chwom4="},
    {"2001:470:e5bf:dead:4957:2174:e82c:4887", 63943, "2607:f8b0:400c:c03::1a", 25, Transport::tcp, 0,
     "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
    {"fe80::1", 2000, "fe80::1", 1000, Transport::udp, 0, "1:F1CWc5X4HfZjzVZKO9HfcV2c5zU="},
    {"fe80::2", 3238, "fe80::1", 40000, Transport::tcp, 1, "1:wIj86x5tBIhzpOro9OgroCTPevk="},
};

class CommunityId : public testing::TestWithParam<Vector> {};

TEST_P(CommunityId, IsThatOfTheSpecification) { EXPECT_EQ(id_of(GetParam()), GetParam().id); }

TEST_P(CommunityId, IsTheSameInBothDirections) {
  Vector back = GetParam();
  std::swap(back.source, back.destination);
  std::swap(back.source_port, back.destination_port);
  EXPECT_EQ(id_of(back), GetParam().id);
}

INSTANTIATE_TEST_SUITE_P(Vectors, CommunityId, testing::ValuesIn(kVectors));

TEST(CommunityId, TellsTransportsAndSeedsApart) {
  Vector other = kVectors[0];
  other.transport = Transport::udp;
  EXPECT_NE(id_of(other), kVectors[0].id);
  other = kVectors[0];
  other.seed = 0x0100;
  EXPECT_NE(id_of(other), kVectors[1].id) << "the seed is in network order";
}

TEST(Sha1, IsThatOfTheStandard) {
  Sha1Block message{'a', 'b', 'c'};  // the example of FIPS 180-4's own test data
  const Sha1Digest expected{0xA9, 0x99, 0x3E, 0x36, 0x47, 0x06, 0x81, 0x6A, 0xBA, 0x3E,
                            0x25, 0x71, 0x78, 0x50, 0xC2, 0x6C, 0x9C, 0xD0, 0xD8, 0x9D};
  EXPECT_EQ(sha1(message, 3), expected);
  EXPECT_EQ(sha1_portable(message, 3), expected);
}

TEST(Sha1, IsTheSameByInstructionsAndWithout) {
  std::mt19937 random(3238);
  for (int i = 0; i < 2000; ++i) {
    Sha1Block message{};
    const std::size_t size = random() % 56;
    for (std::size_t at = 0; at < size; ++at) message[at] = static_cast<std::uint8_t>(random());
    ASSERT_EQ(sha1(message, size), sha1_portable(message, size)) << size;
  }
}

}  // namespace community_id_test
}  // namespace ghostport
