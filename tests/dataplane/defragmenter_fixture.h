// What the tests of the defragmenter have in common.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/dataplane/fragment_builder.h"

namespace ghostport {

using packets::ByteString;

inline ByteString letters(std::size_t count) {
  ByteString bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>('a' + i % 23);
  return bytes;
}
inline FragmentSpec piece(std::uint32_t offset, std::size_t size, char letter, bool more, FragmentSpec like = {}) {
  like.offset = offset;
  like.bytes.assign(size, static_cast<std::uint8_t>(letter));
  like.more = more;
  return like;
}
inline std::vector<std::string> texts(const std::vector<WholeDatagram>& all) {
  std::vector<std::string> out;
  for (const WholeDatagram& one : all) out.push_back(one.text());
  return out;
}
inline std::string repeated(std::size_t count, char letter) { return std::string(count, letter); }
inline bool holds(const std::vector<WholeDatagram>& all, const ByteString& bytes) {
  return std::any_of(all.begin(), all.end(), [&](const WholeDatagram& one) { return one.bytes == bytes; });
}

/// One datagram, exactly these bytes, nothing odd but what small IPv6 fragments are.
inline void expect_plain(const std::vector<WholeDatagram>& all, const ByteString& bytes) {
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].bytes, bytes);
  EXPECT_EQ(all[0].declared(), bytes.size());
  EXPECT_FALSE(all[0].conflict());
}

/// For tests of IPv4 and IPv6 alike: the parameter is the family.
class BothFamilies : public testing::TestWithParam<unsigned> {
 protected:
  [[nodiscard]] FragmentSpec like() const {
    FragmentSpec spec = GetParam() == 4 ? FragmentSpec{} : ipv6_like();
    return spec;
  }
  FragmentFeeder feeder;
};

}  // namespace ghostport
