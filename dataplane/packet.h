// One packet on its way through a worker: what the source gives, then what the parser finds. A batch holds up to 64.
// Owned by the worker; the bytes belong to the source until it gets the batch back.
#pragma once

#include <array>
#include <cstdint>

#include "detection/flow.h"
#include "detection/tunnel.h"

namespace ghostport {

enum class PacketKind : std::uint8_t { none, tcp, udp, icmp_error };

inline constexpr std::uint16_t kLinkEthernet = 1;  ///< LINKTYPE_ETHERNET (the registry of pcap's link types)

struct Packet {
  // From the source.
  const std::uint8_t* data = nullptr;
  std::uint32_t captured = 0;  ///< bytes at `data`
  std::uint32_t length = 0;    ///< bytes on the wire; of a reassembled datagram those of all its frames
  PacketTime at;
  std::uint16_t link_type = kLinkEthernet;
  std::uint16_t frames = 1;     ///< more than 1: a reassembled datagram
  void* frame = nullptr;        ///< what a live source knows it by; null where nothing is to be given back
  std::uint8_t port = 0;        ///< of that source, through which it came
  std::uint64_t host_flow = 0;  ///< HostFlow::id, from a foreign host

  // From the layers (dataplane/layers.h). Offsets from `data`.
  std::uint8_t family = 0;    ///< of the innermost IP header: 4, 6, or 0 where none was reached
  std::uint8_t protocol = 0;  ///< behind it and its extension headers
  std::uint8_t vlans = 0;
  std::uint8_t tunnels = 0;              ///< how many the packet is in
  TunnelKind tunnel = TunnelKind::none;  ///< the innermost
  bool located = false;                  ///< all this has been found before the packet came to its worker
  std::uint8_t place = 0;  ///< in its batch; of a reassembled datagram that of the frame that completed it
  bool doubtful = false;  ///< claims more bytes than its frame held, or has malformed IPv4 options: receivers refuse it
  std::uint16_t anomalies = 0;  ///< of its IP layer: kConflictingData, kOddFragments (detection/fact.h)
  std::uint16_t vlan[2]{};
  std::uint16_t outer_offset = 0;  ///< of the outermost IP header, where tunnels is not 0
  std::uint16_t ip_offset = 0;
  std::uint16_t transport_offset = 0;
  std::uint32_t wire_end = 0;  ///< where the IP packet ends by its header
  std::uint32_t end = 0;       ///< where what the capture holds of it ends

  // From the parser; valid where kind is not none.
  PacketKind kind = PacketKind::none;
  Direction direction = 0;  ///< of the packet in its key; for an ICMP error of the packet it quotes
  std::uint8_t tcp_flags = 0;
  std::uint8_t watch = 0;  ///< flags of the watch table for both ports
  bool group = false;      ///< to a multicast or broadcast address
  std::uint32_t payload_offset = 0;
  std::uint32_t payload_captured = 0;
  std::uint32_t payload_length = 0;  ///< by the IP and UDP headers
  std::uint32_t hash = 0;
  FiveTuple key;
};

/// A frame that is sent because another one was blocked.
struct RejectFrame {
  static constexpr std::size_t kMost = 192;
  std::array<std::uint8_t, kMost> bytes;
  std::uint16_t length = 0;
  std::uint8_t port = 0;  ///< through which the blocked one came
  bool onward = false;    ///< goes where that one would have gone, instead of back
};

/// What is to become of a batch's frames, inline: everything goes on but what is blocked; then the rejects go out.
struct Disposal {
  static constexpr std::size_t kMostRejects = 8;
  std::uint64_t blocked = 0;  ///< by place
  std::uint32_t reject_count = 0;
  std::array<RejectFrame, kMostRejects> rejects;
};

struct PacketBatch {
  static constexpr std::size_t kMost = 64;
  std::array<Packet, kMost> packets;
  std::size_t count = 0;
  Disposal disposal;
};

/// How far a source has got: every packet up to it has been delivered.
struct Tick {
  std::int64_t stamp = 0;
  std::uint64_t number = 0;
  bool end = false;  ///< of the capture; `stamp` is that of its last packet
};

}  // namespace ghostport
