// Frames that tell an end that its flow was blocked: TCP resets and ICMP errors, in the link layer of the blocked
// frame. Called by an inline worker; no allocation.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/packet.h"

namespace ghostport {

using RejectBytes = std::array<std::uint8_t, RejectFrame::kMost>;

/// To the sender of a blocked packet: a reset of its connection (RFC 9293 section 3.5.2), or for UDP "communication
/// administratively prohibited" (RFC 1812 section 5.2.7.1, RFC 4443 section 3.1), with what must be quoted.
/// `acknowledgment`: what the receiver would have acknowledged. The frame's length; 0 where none can be made: the
/// packet is no Ethernet frame, is in a tunnel, or its headers are not all there.
[[nodiscard]] std::uint16_t make_reject(const Packet& packet, std::uint32_t acknowledgment,
                                        RejectBytes& bytes) noexcept;

/// To the receiver of a blocked TCP segment: a reset in the place of that segment.
[[nodiscard]] std::uint16_t make_reset_onward(const Packet& packet, RejectBytes& bytes) noexcept;

}  // namespace ghostport
