#include "detection/community_id.h"

#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <utility>
#include <vector>

namespace ghostport {

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
  std::vector<unsigned char> input;
  const auto put16 = [&input](std::uint16_t value) {
    input.push_back(static_cast<unsigned char>(value >> 8U));
    input.push_back(static_cast<unsigned char>(value & 0xFFU));
  };
  put16(seed);
  input.insert(input.end(), low.bytes.begin(), low.bytes.begin() + static_cast<std::ptrdiff_t>(low.size()));
  input.insert(input.end(), high.bytes.begin(), high.bytes.begin() + static_cast<std::ptrdiff_t>(high.size()));
  input.push_back(transport == Transport::tcp ? 6 : 17);  // IANA protocol numbers
  input.push_back(0);
  put16(low_port);
  put16(high_port);

  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(input.data(), input.size(), digest.data(), &length, EVP_sha1(), nullptr);
  std::array<unsigned char, 64> text{};
  const int written = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(length));
  return "1:" + std::string(text.begin(), text.begin() + written);
}

}  // namespace ghostport
