#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: CORBA 3.3 part 2, sections 9.4 (GIOP message formats) and 11.2 (MIOP packets).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::size_t kMostMessage = 256 << 20;

std::uint32_t read32(Bytes bytes, std::size_t at, bool little) noexcept {
  return little ? little32(bytes, at) : big32(bytes, at);
}

bool begins(Bytes bytes, std::string_view magic) noexcept {
  const std::size_t size = std::min(bytes.size(), magic.size());
  return std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size), magic.begin(),
                    [](std::uint8_t byte, char letter) { return byte == static_cast<std::uint8_t>(letter); });
}

/// A message header; where the next one has arrived, it begins behind the size.
CheckResult check_giop(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const std::size_t size = read32(bytes, 8, (bytes[6] & 1) != 0);
  if (size > kMostMessage) return CheckResult::no();
  const std::size_t next = kHeader + size;
  if (next < bytes.size() && !begins(bytes.subspan(next), "GIOP")) return CheckResult::no();
  return CheckResult::yes(kHeader);
}

/// A packet of the multicast form: its header, with an identifier of at most 252 bytes, is padded to eight.
CheckResult check_miop(const Payload& payload, Side) noexcept {
  constexpr std::size_t kFixed = 20;
  constexpr std::size_t kMostId = 252;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kFixed) return CheckResult::no();
  const bool little = (bytes[5] & 1) != 0;
  const std::size_t length = little ? little16(bytes, 6) : big16(bytes, 6);
  const std::uint32_t number = read32(bytes, 8, little);
  const std::uint32_t count = read32(bytes, 12, little);
  const std::size_t id = read32(bytes, 16, little);
  if (id > kMostId || (count != 0 && number >= count)) return CheckResult::no();
  const std::size_t header = (kFixed + id + 7) / 8 * 8;
  if (header + length != bytes.size()) return CheckResult::no();
  if (number == 0 && length >= 4 && !begins(bytes.subspan(header), "GIOP")) return CheckResult::no();
  return CheckResult::yes(kFixed);
}

}  // namespace

std::span<const NamedCheck> giop_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"giop", check_giop, "a GIOP header, and where its size ends another one"},
      NamedCheck{"miop", check_miop, "a MIOP packet that fills the datagram, with GIOP in the first one"},
  };
  return kChecks;
}

}  // namespace ghostport
