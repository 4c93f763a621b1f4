#include "detection/sha1.h"

#include <cpuid.h>
#include <immintrin.h>

#include <bit>
#include <cstring>

namespace ghostport {
namespace {

constexpr std::uint32_t kStart[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};

Sha1Block padded(const Sha1Block& message, std::size_t size) noexcept {
  Sha1Block block = message;
  block[size] = 0x80;
  block[62] = static_cast<std::uint8_t>(size >> 5U);
  block[63] = static_cast<std::uint8_t>(size << 3U);
  return block;
}

bool has_sha_instructions() noexcept {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSE4_1) == 0) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

/// Rounds 20 * kPhase to 20 * kPhase + 19, four at a time; `e` has the words of the first four added.
template <int kPhase>
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void twenty_rounds(__m128i (&words)[4], __m128i& abcd,
                                                                            __m128i& e, __m128i& before) noexcept {
#pragma GCC unroll 5
  for (int i = kPhase * 5; i < kPhase * 5 + 5; ++i) {
    before = abcd;
    abcd = _mm_sha1rnds4_epu32(abcd, e, kPhase);
    const __m128i mixed = _mm_xor_si128(_mm_sha1msg1_epu32(words[i % 4], words[(i + 1) % 4]), words[(i + 2) % 4]);
    words[i % 4] = _mm_sha1msg2_epu32(mixed, words[(i + 3) % 4]);
    e = _mm_sha1nexte_epu32(before, words[(i + 1) % 4]);
  }
}

[[gnu::target("sha,sse4.1")]] Sha1Digest sha1_by_instructions(const Sha1Block& message, std::size_t size) noexcept {
  const Sha1Block block = padded(message, size);
  const __m128i reversed = _mm_set_epi64x(0x0001020304050607, 0x08090A0B0C0D0E0F);
  const auto lanes = [](std::uint32_t word) { return static_cast<int>(word); };
  __m128i words[4];
  for (int i = 0; i < 4; ++i) {
    std::memcpy(&words[i], block.data() + i * 16, 16);
    words[i] = _mm_shuffle_epi8(words[i], reversed);
  }
  const __m128i first = _mm_set_epi32(lanes(kStart[0]), lanes(kStart[1]), lanes(kStart[2]), lanes(kStart[3]));
  const __m128i fifth = _mm_set_epi32(lanes(kStart[4]), 0, 0, 0);
  __m128i abcd = first;
  __m128i e = _mm_add_epi32(fifth, words[0]);
  __m128i before = abcd;
  twenty_rounds<0>(words, abcd, e, before);
  twenty_rounds<1>(words, abcd, e, before);
  twenty_rounds<2>(words, abcd, e, before);
  twenty_rounds<3>(words, abcd, e, before);
  e = _mm_sha1nexte_epu32(before, fifth);
  abcd = _mm_shuffle_epi8(_mm_add_epi32(abcd, first), reversed);
  const std::uint32_t last = __builtin_bswap32(static_cast<std::uint32_t>(_mm_extract_epi32(e, 3)));
  Sha1Digest digest;
  std::memcpy(digest.data(), &abcd, 16);
  std::memcpy(digest.data() + 16, &last, 4);
  return digest;
}

}  // namespace

Sha1Digest sha1(const Sha1Block& message, std::size_t size) noexcept {
  static const bool by_instructions = has_sha_instructions();
  return by_instructions ? sha1_by_instructions(message, size) : sha1_portable(message, size);
}

Sha1Digest sha1_portable(const Sha1Block& message, std::size_t size) noexcept {
  const Sha1Block block = padded(message, size);
  std::array<std::uint32_t, 80> words;
  for (std::size_t i = 0; i < 16; ++i) {
    std::uint32_t word = 0;
    std::memcpy(&word, block.data() + i * 4, 4);
    words[i] = __builtin_bswap32(word);
  }
  for (std::size_t i = 16; i < 80; ++i)
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
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
  Sha1Digest digest;
  for (std::size_t i = 0; i < 5; ++i) {
    const std::uint32_t word = __builtin_bswap32(sums[i]);
    std::memcpy(digest.data() + i * 4, &word, 4);
  }
  return digest;
}

}  // namespace ghostport
