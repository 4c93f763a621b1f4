#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: Cisco's skinny protocol as its open implementations describe it (Asterisk, chan-sccp, Wireshark): facts only.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 8;  // length of what follows the version, version
constexpr std::size_t kMostMessage = 4096;

/// 0 for the basic header, 10 to 22 for those of later call managers.
bool is_version(std::uint32_t version) noexcept { return version == 0 || (version >= 10 && version <= 22); }

/// From the phone up to 50, from the call manager 81 to 165, both with registration tokens from 8000 on.
bool is_message(std::uint32_t id) noexcept {
  return id <= 0x50 || (id >= 0x81 && id <= 0x165) || id == 0x8000 || id == 0x8100 || id == 0x8101;
}

CheckResult check_sccp(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  std::size_t at = 0;
  unsigned messages = 0;
  bool telling = false;  // a keep-alive of the basic form is little more than zeros
  while (bytes.size() >= at + kHeader + 4) {
    const std::size_t length = little32(bytes, at);
    const std::uint32_t version = little32(bytes, at + 4);
    const std::uint32_t id = little32(bytes, at + 8);
    if (length < 4 || length > kMostMessage || !is_version(version) || !is_message(id)) return CheckResult::no();
    if (bytes.size() - at - kHeader < length) return wait_or_no(payload);
    telling = telling || version != 0 || (id != 0 && id != 0x100);
    at += kHeader + length;
    ++messages;
  }
  // More bytes than whole messages: the next header decides.
  if (at != bytes.size() && messages < 2) return wait_or_no(payload);
  return messages >= 2 || (messages == 1 && telling) ? CheckResult::yes(std::size_t{12} * messages)
                                                     : wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> sccp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"sccp", check_sccp, "whole Skinny messages with known versions and numbers, one behind the other"},
  };
  return kChecks;
}

}  // namespace ghostport
