// What one side of a flow has said so far, as signatures and structural checks see it.
// Views into the worker's stream heads, valid for the duration of one call.
#pragma once

#include <cstdint>
#include <span>

namespace ghostport {

/// The roles of the two ends of a flow: the client (originator) asks, the server (responder) answers.
enum class Side : std::uint8_t { client = 0, server = 1 };

[[nodiscard]] constexpr Side other(Side side) noexcept { return side == Side::client ? Side::server : Side::client; }

using Bytes = std::span<const std::uint8_t>;

/// TCP: `bytes` are the contiguous first bytes of the side, `datagrams` is empty.
/// UDP: `bytes` is the newest datagram, `datagrams` are all kept ones of the side, oldest first, the newest last.
struct Payload {
  Bytes bytes;
  std::span<const Bytes> datagrams;
  bool complete = false;  ///< nothing will be added: the flow ended or its budget is spent
};

}  // namespace ghostport
