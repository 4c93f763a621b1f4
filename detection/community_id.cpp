#include "detection/community_id.h"

#include <array>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>

namespace ghostport {
namespace {

using Digest = std::array<std::uint8_t, 20>;

/// SHA-1 (FIPS 180-4) of a message that fits into one block with its padding: at most 55 bytes. No secret hangs on it.
Digest sha1_of_block(std::array<std::uint8_t, 64> block, std::size_t size) noexcept {
  block[size] = 0x80;
  block[62] = static_cast<std::uint8_t>(size >> 5U);
  block[63] = static_cast<std::uint8_t>(size << 3U);
  std::array<std::uint32_t, 80> words;
  for (std::size_t i = 0; i < 16; ++i) {
    std::uint32_t word = 0;
    std::memcpy(&word, block.data() + i * 4, 4);
    words[i] = __builtin_bswap32(word);
  }
  for (std::size_t i = 16; i < 80; ++i)
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  constexpr std::uint32_t kStart[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  std::uint32_t a = kStart[0];
  std::uint32_t b = kStart[1];
  std::uint32_t c = kStart[2];
  std::uint32_t d = kStart[3];
  std::uint32_t e = kStart[4];
  const auto round = [&](std::uint32_t mixed, std::uint32_t constant, std::uint32_t word) {
    const std::uint32_t next = std::rotl(a, 5) + mixed + e + constant + word;
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  };
  for (std::size_t i = 0; i < 20; ++i) round((b & c) | (~b & d), 0x5A827999, words[i]);
  for (std::size_t i = 20; i < 40; ++i) round(b ^ c ^ d, 0x6ED9EBA1, words[i]);
  for (std::size_t i = 40; i < 60; ++i) round((b & c) | (b & d) | (c & d), 0x8F1BBCDC, words[i]);
  for (std::size_t i = 60; i < 80; ++i) round(b ^ c ^ d, 0xCA62C1D6, words[i]);
  const std::uint32_t sums[5] = {kStart[0] + a, kStart[1] + b, kStart[2] + c, kStart[3] + d, kStart[4] + e};
  Digest digest;
  for (std::size_t i = 0; i < 5; ++i) {
    const std::uint32_t word = __builtin_bswap32(sums[i]);
    std::memcpy(digest.data() + i * 4, &word, 4);
  }
  return digest;
}

/// RFC 4648 section 4.
std::string base64(const Digest& digest) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < digest.size(); i += 3) {
    const std::size_t left = digest.size() - i;
    const std::uint32_t three = static_cast<std::uint32_t>(digest[i] << 16U) |
                                (left > 1 ? static_cast<std::uint32_t>(digest[i + 1] << 8U) : 0U) |
                                (left > 2 ? digest[i + 2] : 0U);
    text += kLetters[three >> 18U];
    text += kLetters[three >> 12U & 63U];
    text += left > 1 ? kLetters[three >> 6U & 63U] : '=';
    text += left > 2 ? kLetters[three & 63U] : '=';
  }
  return text;
}

}  // namespace

std::string community_id(const Address& source, const Address& destination, std::uint16_t source_port,
                         std::uint16_t destination_port, Transport transport, std::uint16_t seed) {
  Address low = source;
  Address high = destination;
  std::uint16_t low_port = source_port;
  std::uint16_t high_port = destination_port;
  const int order = std::memcmp(low.bytes.data(), high.bytes.data(), low.size());
  if (order > 0 || (order == 0 && low_port > high_port)) {
    std::swap(low, high);
    std::swap(low_port, high_port);
  }
  std::array<std::uint8_t, 64> input{};  // 40 bytes of it at most
  std::size_t size = 0;
  const auto put16 = [&](std::uint16_t value) {
    input[size++] = static_cast<std::uint8_t>(value >> 8U);
    input[size++] = static_cast<std::uint8_t>(value);
  };
  put16(seed);
  for (const Address* const one : {&low, &high}) {
    std::memcpy(input.data() + size, one->bytes.data(), one->size());
    size += one->size();
  }
  input[size++] = transport == Transport::tcp ? 6 : 17;  // IANA protocol numbers
  input[size++] = 0;
  put16(low_port);
  put16(high_port);
  return "1:" + base64(sha1_of_block(input, size));
}

}  // namespace ghostport
