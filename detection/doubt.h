// Which segments a receiver may refuse though they look right: options, time stamps, acknowledgments, windows, and
// marks of a packet that came from elsewhere (docs/evasions.md). Called by the detector on the flow's worker; pure but
// for what it learns of each side.
#pragma once

#include <cstdint>
#include <optional>

#include "detection/stream_head.h"
#include "signatures/payload.h"

namespace ghostport {

// TCP flag bits (RFC 9293 section 3.1).
inline constexpr std::uint8_t kTcpFin = 0x01;
inline constexpr std::uint8_t kTcpSyn = 0x02;
inline constexpr std::uint8_t kTcpReset = 0x04;
inline constexpr std::uint8_t kTcpAck = 0x10;
inline constexpr std::uint8_t kTcpUrgent = 0x20;

struct TcpSegment {
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgment = 0;
  std::uint8_t flags = 0;
  std::uint8_t hop_limit = 0;  ///< or TTL; 0: not known
  bool checksum_good = true;
  bool window_known = false;  ///< `window` and `options` are as on the wire
  std::uint16_t window = 0;
  std::uint16_t urgent = 0;            ///< the urgent pointer
  std::uint64_t link_destination = 0;  ///< the frame's destination address; 0: not known
  Bytes options;                       ///< of the TCP header
  Bytes payload;                       ///< as captured
  std::uint32_t payload_length = 0;    ///< on the wire
};

/// Signed distance from b to a in sequence space (RFC 9293 section 3.4).
[[nodiscard]] inline std::int32_t distance(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a - b);
}

inline constexpr std::int32_t kMostJump = 1 << 20;  ///< bytes by which a sequence number may plausibly run ahead

/// The options that tell receivers apart.
struct TcpOptions {
  bool timed = false;      ///< time stamps, RFC 7323 section 3
  bool scaled = false;     ///< window scale, RFC 7323 section 2
  bool is_signed = false;  ///< MD5 (RFC 2385) or TCP-AO (RFC 5925)
  std::uint8_t shift = 0;
  std::uint32_t time = 0;
};
[[nodiscard]] TcpOptions read_tcp_options(Bytes options) noexcept;

/// What one side's packets have in common, learnt from those that nothing speaks against.
struct Manner {
  std::uint64_t link_destination = 0;
  std::uint32_t time = 0;         ///< the time stamp that its receiver remembers (TS.Recent)
  std::uint32_t window_edge = 0;  ///< the furthest sequence number of its peer that it has offered to take
  std::uint32_t most_window = 0;  ///< the largest window that it has offered
  std::uint8_t hop_limit = 0;     ///< the highest
  std::uint8_t shift = 0;
  bool met : 1 = false;  ///< a packet of it has been seen
  bool timed : 1 = false;
  bool is_signed : 1 = false;
  bool began : 1 = false;  ///< its SYN and its options have been seen
  bool scaled : 1 = false;
  bool window_known : 1 = false;
};

/// Where the receiver of a segment stands, as its sender sees it.
struct Standing {
  std::uint32_t peer_sent = 0;          ///< the receiver's next sequence number
  std::uint32_t peer_acknowledged = 0;  ///< of the receiver's bytes by the sender
  std::uint32_t peer_base = 0;          ///< the receiver's first byte; valid where `peer_base_known`
  bool peer_sent_known = false;
  bool peer_acknowledged_known = false;
  bool peer_base_known = false;
};

/// Does the packet look as if its receiver gets it and takes it for the sender's? Whatever it carries.
[[nodiscard]] Trust trust_packet(const Manner& sender, const Manner& receiver, const TcpSegment& segment,
                                 const TcpOptions& options) noexcept;
/// And is its payload where the receiver takes it?
[[nodiscard]] Trust trust_place(const Manner& sender, const Manner& receiver, const Standing& standing,
                                const TcpSegment& segment) noexcept;
/// A packet that can be trusted tells how its side behaves. `acknowledged`: how much of what the sender said the
/// receiver has acknowledged.
void learn(Manner& sender, const Manner& receiver, std::optional<std::uint32_t> acknowledged, const TcpSegment& segment,
           const TcpOptions& options) noexcept;

}  // namespace ghostport
