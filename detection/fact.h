// Facts: the rare things that workers tell the adjudicator. A fact is one 64-byte cell; what a record needs besides
// follows it in further cells of the same ring. Written by workers, read by the adjudicator.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

#include "detection/flow.h"
#include "detection/tunnel.h"
#include "registry/verdict.h"
#include "signatures/signature_set.h"

namespace ghostport {

/// The one order: by time; at one time packet facts before timers; then the packet number (for a flow's timer that of
/// its first packet).
struct FactKey {
  std::int64_t time = 0;
  std::uint8_t timer = 0;  ///< 0: said by a packet, 1: by a flow's timer, 2: by a sum, 3: by a timer of the adjudicator
  std::uint64_t number = 0;
  friend auto operator<=>(const FactKey&, const FactKey&) = default;
};

inline constexpr std::int64_t kEndOfTime = std::numeric_limits<std::int64_t>::max();

/// When the sum of a whole second travels: its last nanosecond, after everything that belongs to it and before all
/// else.
[[nodiscard]] constexpr std::int64_t sum_time(std::int64_t second) noexcept { return (second + 1) * 1'000'000'000 - 1; }

enum class FactKind : std::uint8_t {
  watermark,  ///< everything up to the key has been sent
  finding,    ///< FlowDetail: a flow's outcome, or the revision of one
  flow,       ///< FlowDetail: a flow ended (for the flow record)
  listeners,  ///< TallyDetail: further silent answers of one (host, port) in one second
  knocks,     ///< TallyDetail: knocks of one source on one target in one second
  context,    ///< ContextDetail: something that verdicts on other flows may rest on
};

/// What happened that verdicts on other flows may rest on.
enum class ContextEvent : std::uint8_t {
  session_up,      ///< the flow was identified as a service whose sessions others rest on: citrix-ica, citrix-cgp
  session_down,    ///< that flow is over
  call_up,         ///< a call was offered, whether or not it is answered later
  call_down,       ///< it was refused or released; call 0: the signalling flow is over, and all its calls with it
  announced,       ///< a call, or an RPP control exchange, named where a service will be
  exchange_up,     ///< both ends of a UDP flow have spoken on a port that expects a service without a wire format
  exchange_named,  ///< that flow was identified: it is another service
  exchange_down,   ///< it is over
};

/// How a knock was answered.
enum class Answer : std::uint8_t { none, reset, icmp };

/// Why a flow is `unrecognized` now.
enum class BudgetEnd : std::uint8_t { none, bytes, time, flow_end };  // bytes: or packets

/// One cell.
struct alignas(64) Fact {
  FactKey key;
  FactKind kind = FactKind::watermark;
  std::uint8_t detail_cells = 0;
  std::uint32_t oldest = 0;  ///< a watermark's: number of the oldest set of rules that the worker still goes by
  std::uint8_t tail[32]{};
};
static_assert(sizeof(Fact) == 64);

// FlowDetail::marks
inline constexpr std::uint16_t kOneSided = 1U << 0U;
inline constexpr std::uint16_t kJoined = 1U << 1U;     ///< no SYN was seen
inline constexpr std::uint16_t kTruncated = 1U << 2U;  ///< payload was on the wire but not in the capture
inline constexpr std::uint16_t kGap = 1U << 3U;        ///< a hole in the head
inline constexpr std::uint16_t kGroup = 1U << 4U;      ///< to a multicast or broadcast address
inline constexpr std::uint16_t kClaimed =
    1U << 6U;  ///< named by the client's words alone, or by a signature that verifies nothing

// FlowDetail::anomalies
inline constexpr std::uint16_t kConflictingData = 1U << 0U;
inline constexpr std::uint16_t kBadChecksum = 1U << 1U;
inline constexpr std::uint16_t kOddFragments = 1U << 2U;  ///< IP fragments as honest hosts do not send them
inline constexpr std::uint16_t kUrgentData = 1U << 3U;
inline constexpr std::uint16_t kDoubtfulClose = 1U << 4U;  ///< a RST, FIN or SYN, and yet the conversation went on
inline constexpr std::uint16_t kDoubtfulSegments =
    1U << 5U;  ///< payload that a receiver may refuse, and that differs from the rest

/// Everything a finding or a flow record says about its flow. 320 bytes, five cells.
struct alignas(64) FlowDetail {
  Address address[2];  ///< by Side: originator, responder
  std::uint16_t port[2]{};
  Transport transport = Transport::tcp;
  RoleBasis basis = RoleBasis::unknown;
  Outcome outcome = Outcome::none;
  std::uint8_t revision = 0;  ///< 1: the flow's first finding, 2: its revision
  bool revises = false;
  ServiceId service = ServiceId::none;
  ServiceId asked = ServiceId::none;
  ServiceId inner = ServiceId::none;
  SignatureIndex signature = kNoSignature;
  SignatureIndex inner_signature = kNoSignature;
  Side side = Side::client;  ///< whose bytes named the service, or whose are shown
  BudgetEnd budget = BudgetEnd::none;
  EndCause cause = EndCause::timeout;
  Answer answer = Answer::none;
  std::uint16_t marks = 0;
  std::uint16_t anomalies = 0;
  std::uint8_t tcp_flags[2]{};  ///< by Side
  std::uint8_t vlans = 0;
  std::uint8_t evidence_length = 0;
  std::uint16_t vlan[2]{};
  std::uint32_t packets[2]{};  ///< by Side
  std::uint16_t payload_packets[2]{};
  std::uint64_t bytes[2]{};
  std::uint64_t payload_bytes[2]{};
  std::uint32_t generation = 0;  ///< number of the set of rules that it went by
  std::uint64_t flow_id = 0;
  std::uint64_t host_flow_id = 0;  ///< HostFlow::id
  std::int64_t start = 0;          ///< true time of the first packet
  std::int64_t end = 0;            ///< stamp of the last one
  std::uint64_t first_number = 0;
  std::uint64_t packet = 0;  ///< evidence: its number and true time
  std::int64_t packet_time = 0;
  TunnelNote tunnel;
  std::uint8_t evidence[64]{};
};
static_assert(sizeof(FlowDetail) == 320 && sizeof(FlowDetail) % sizeof(Fact) == 0);

/// A sum of flows that ended alike within one whole second. The first of them stands for all.
struct alignas(64) TallyDetail {
  Address address[2];  ///< by Side; listeners: only the responder is common to all
  std::uint16_t port[2]{};
  Transport transport = Transport::tcp;
  ServiceId asked = ServiceId::none;
  Answer answer = Answer::none;
  RoleBasis basis = RoleBasis::unknown;
  std::uint32_t flows = 0;
  std::uint64_t flow_id = 0;  ///< of the first flow, as the next
  std::uint64_t host_flow_id = 0;
  std::uint64_t first_number = 0;
  std::int64_t first_stamp = 0;  ///< knocks only
  std::int64_t first_time = 0;   ///< true times of the first and the last first packet
  std::int64_t last_time = 0;
  std::uint64_t packets[2]{};  ///< of the first flow, by Side
  std::uint64_t bytes[2]{};
};
static_assert(sizeof(TallyDetail) == 128 && sizeof(TallyDetail) % sizeof(Fact) == 0);

/// What a worker saw of a session, a call or an exchange.
struct alignas(64) ContextDetail {
  Address address[2];  ///< by Side: the ends of the flow that says so
  std::uint16_t port[2]{};
  Transport transport = Transport::tcp;
  ContextEvent event = ContextEvent::session_up;
  ServiceId service = ServiceId::none;    ///< of that flow; none for an exchange
  ServiceId announced = ServiceId::none;  ///< announced only, as are the next four: rtp, rtcp, h245, appneta-rpp
  Transport announced_transport = Transport::udp;
  std::uint16_t announced_first = 0;  ///< ports, both included
  std::uint16_t announced_last = 0;
  Address announced_address;
  std::uint64_t call = 0;     ///< tells calls apart, equal on all legs of one; 0: the flow has but one, or all of them
  std::uint64_t flow_id = 0;  ///< of the flow that says so
  std::uint64_t packet = 0;   ///< number of the packet that showed it, 0 for a timer
};
static_assert(sizeof(ContextDetail) % sizeof(Fact) == 0);

/// A flow as a sum of one.
[[nodiscard]] inline TallyDetail tally_of(const FlowDetail& detail) noexcept {
  TallyDetail one;
  for (std::size_t i = 0; i < 2; ++i) {
    one.address[i] = detail.address[i];
    one.port[i] = detail.port[i];
    one.packets[i] = detail.packets[i];
    one.bytes[i] = detail.bytes[i];
  }
  one.transport = detail.transport;
  one.basis = detail.basis;
  one.asked = detail.asked;
  one.answer = detail.answer;
  one.flows = 1;
  one.flow_id = detail.flow_id;
  one.host_flow_id = detail.host_flow_id;
  one.first_number = detail.first_number;
  one.first_time = one.last_time = detail.start;
  return one;
}

inline constexpr std::uint8_t kFlowDetailCells = sizeof(FlowDetail) / sizeof(Fact);
inline constexpr std::uint8_t kTallyDetailCells = sizeof(TallyDetail) / sizeof(Fact);
inline constexpr std::uint8_t kContextDetailCells = sizeof(ContextDetail) / sizeof(Fact);
inline constexpr std::uint8_t kMostDetailCells =
    kFlowDetailCells > kTallyDetailCells ? kFlowDetailCells : kTallyDetailCells;

}  // namespace ghostport
