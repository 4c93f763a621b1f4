// Community ID v1: the same name for a flow in every tool. Called when a record is written, never per packet.
#pragma once

#include <array>
#include <string_view>

#include "registry/address.h"
#include "registry/port.h"

namespace ghostport {

struct CommunityId {
  std::array<char, 30> text{'1', ':'};
  [[nodiscard]] std::string_view view() const noexcept { return {text.data(), text.size()}; }
};

/// "1:" and base64(sha1(seed, addresses, protocol, 0, ports)), the smaller end first (Community ID specification,
/// version 1).
[[nodiscard]] CommunityId community_id(const Address& source, const Address& destination, std::uint16_t source_port,
                                       std::uint16_t destination_port, Transport transport,
                                       std::uint16_t seed) noexcept;

}  // namespace ghostport
