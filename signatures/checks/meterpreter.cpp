#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: the Metasploit Framework's documentation of Rex::Post::Meterpreter::Packet and Tlv.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 32;  // key 4, session 16, encryption 4, length 4, type 4
constexpr std::size_t kTlvHeader = 8;
constexpr std::size_t kMostLength = 16 << 20;
constexpr std::size_t kCipherBlock = 16;

/// Exactly one of string, number, raw, boolean, long number, group, complex; the mark of compression beside it.
bool is_meta_type(std::uint32_t type) noexcept {
  const std::uint32_t meta = type & 0xDFFF0000;
  return meta != 0 && (meta & (meta - 1)) == 0 && (meta & 0xC01F0000) != 0 && (type & 0xFFFF) != 0;
}

/// Everything behind the key is XORed with it, in units of four bytes.
CheckResult check_packet(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const std::uint32_t key = big32(bytes, 0);
  const std::uint32_t encryption = big32(bytes, 20) ^ key;
  const std::size_t length = big32(bytes, 24) ^ key;
  const std::uint32_t type = big32(bytes, 28) ^ key;
  if (key == 0 || encryption > 2 || (type > 1 && type != 10 && type != 11)) return CheckResult::no();
  if (length < 2 * kTlvHeader || length > kMostLength) return CheckResult::no();
  if (encryption != 0) return (length - kTlvHeader) % kCipherBlock == 0 ? CheckResult::yes(16) : CheckResult::no();
  if (bytes.size() < kHeader + kTlvHeader) return wait_or_no(payload);
  const std::size_t first = big32(bytes, kHeader) ^ key;
  if (first < kTlvHeader || first > length - kTlvHeader) return CheckResult::no();
  return is_meta_type(big32(bytes, kHeader + 4) ^ key) ? CheckResult::yes(20) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> meterpreter_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"meterpreter", check_packet, "a Meterpreter packet behind its XOR key: encryption, length and type"},
  };
  return kChecks;
}

}  // namespace ghostport
