#include "detection/community_id.h"

#include <cstring>
#include <utility>

#include "detection/sha1.h"

namespace ghostport {
namespace {

/// RFC 4648 section 4, of 20 bytes.
void base64(const Sha1Digest& digest, char* text) noexcept {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < digest.size(); i += 3) {
    const bool whole = i + 2 < digest.size();
    const std::uint32_t three = static_cast<std::uint32_t>(digest[i] << 16U) |
                                static_cast<std::uint32_t>(digest[i + 1] << 8U) | (whole ? digest[i + 2] : 0U);
    *text++ = kLetters[three >> 18U];
    *text++ = kLetters[three >> 12U & 63U];
    *text++ = kLetters[three >> 6U & 63U];
    *text++ = whole ? kLetters[three & 63U] : '=';
  }
}

}  // namespace

CommunityId community_id(const Address& source, const Address& destination, std::uint16_t source_port,
                         std::uint16_t destination_port, Transport transport, std::uint16_t seed) noexcept {
  Address low = source;
  Address high = destination;
  std::uint16_t low_port = source_port;
  std::uint16_t high_port = destination_port;
  const int order = std::memcmp(low.bytes.data(), high.bytes.data(), low.size());
  if (order > 0 || (order == 0 && low_port > high_port)) {
    std::swap(low, high);
    std::swap(low_port, high_port);
  }
  Sha1Block input{};  // 40 bytes of it at most
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
  CommunityId id;
  base64(sha1(input, size), id.text.data() + 2);
  return id;
}

}  // namespace ghostport
