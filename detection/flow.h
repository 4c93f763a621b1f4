// One tracked flow as the host's table stores it. What identification needs besides lies in an Inspection and is given
// back when the flow is decided. Owned by one worker.
#pragma once

#include <cstdint>
#include <string_view>

#include "detection/five_tuple.h"
#include "registry/service.h"
#include "signatures/payload.h"

namespace ghostport {

/// Where a packet stands: the stamp never goes back, the true time is for the record, the number counts from 1 in its
/// file.
struct PacketTime {
  std::int64_t stamp = 0;
  std::int64_t true_time = 0;
  std::uint64_t number = 0;
  friend bool operator==(const PacketTime&, const PacketTime&) = default;
};

/// On what ground one side is called the server, in order of trust.
enum class RoleBasis : std::uint8_t { unknown, port_rank, payload, first_packet, syn_ack, syn };

[[nodiscard]] constexpr std::string_view role_basis_name(RoleBasis basis) noexcept {
  constexpr std::string_view kNames[] = {"unknown", "port-rank", "payload", "first-packet", "syn-ack", "syn"};
  return kNames[static_cast<std::size_t>(basis)];
}

/// What has been said about a flow so far. Ordered by how much it says.
enum class Outcome : std::uint8_t { none, probe, listener, unrecognized, identified };

enum class EndCause : std::uint8_t { timeout, closed, reused, capture_end, table_full };

inline constexpr std::uint32_t kNoIndex = 0xFFFFFFFF;

struct Flow {
  static constexpr std::uint64_t kNumbers = (std::uint64_t{1} << 48U) - 1;

  // What each packet touches.
  FiveTuple key;
  std::int64_t last = 0;                ///< stamp of the last packet
  std::uint32_t inspection = kNoIndex;  ///< index into the inspection pool; kNoIndex once decided
  struct Bits {
    bool originator : 1;  ///< direction of the client
    RoleBasis basis : 3;
    bool tcp_flags_seen : 1;  ///< SYN or SYN-ACK seen: joined at its start
    bool fin_low : 1;
    bool fin_high : 1;
    bool reset : 1;
    bool group : 1;       ///< to a multicast or broadcast address
    bool said : 1;        ///< a finding has been sent
    bool said_twice : 1;  ///< and its revision: final
    Outcome outcome : 3;
    bool live : 1;
    bool session : 1;   ///< has told of a session that others rest on
    bool exchange : 1;  ///< has told of an exchange
    bool conflicting_data : 1;
    bool bad_checksum : 1;       ///< what named the service came with a wrong checksum
    bool urgent_data : 1;        ///< some bytes were sent as urgent
    bool doubtful_close : 1;     ///< the conversation went on behind a RST, FIN or SYN that some receivers obey
    bool doubtful_segments : 1;  ///< payload that a receiver may refuse differs from what it took
    bool blocked : 1;            ///< inline: its packets do not go on
    bool not_inspected : 1;      ///< no inspection was to be had when it began, or none was wanted
  } bits{};
  ServiceId service = ServiceId::none;
  std::uint32_t packets[2]{};        ///< by direction, as all pairs
  std::uint32_t next_sequence[2]{};  ///< TCP: highest sequence number seen plus one
  struct Sent {
    std::uint64_t bytes : 56;  ///< of frames on the wire
    std::uint8_t tcp_flags;    ///< all flags seen
  } sent[2]{};

  std::uint32_t timer_previous = kNoIndex;  ///< links of the timer wheel
  std::uint32_t timer_next = kNoIndex;
  std::int64_t first_stamp = 0;
  std::int64_t first_time = 0;
  std::uint64_t first_number : 48 = 0;  ///< modulo 2.8e14
  ServiceId asked = ServiceId::none;
  ServiceId inner = ServiceId::none;

  [[nodiscard]] Direction direction_of(Side side) const noexcept {
    return static_cast<Direction>(side == Side::client ? bits.originator : !bits.originator);
  }
  [[nodiscard]] Side side_of(Direction direction) const noexcept {
    return direction == static_cast<Direction>(bits.originator) ? Side::client : Side::server;
  }
  [[nodiscard]] bool is_closed() const noexcept { return bits.reset || (bits.fin_low && bits.fin_high); }
};
static_assert(sizeof(Flow) == 120);

}  // namespace ghostport
