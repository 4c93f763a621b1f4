// What the detector remembers of a flow until it is decided: both sides' heads, what matched, and how TCP stands.
// Taken from a bounded pool of the worker at the first packet, given back at the decision.
#pragma once

#include <cstdint>
#include <memory>

#include "detection/doubt.h"
#include "detection/flow.h"
#include "detection/reserved_array.h"
#include "detection/rules.h"
#include "detection/stream_head.h"
#include "detection/tunnel.h"
#include "signatures/scanner.h"

namespace ghostport {

/// A packet that a record may point to.
struct PacketMark {
  std::uint64_t number = 0;  ///< 0: none
  std::int64_t time = 0;     ///< true time
};

/// Stream offsets of bytes that were sent as urgent (RFC 6093): a receiver may take them out of the stream.
class UrgentBytes {
 public:
  static constexpr std::uint32_t kMost = 256;  ///< offsets at or past it are not kept

  void add(std::uint32_t offset) noexcept {
    if (offset < kMost) words_[offset / 64] |= std::uint64_t{1} << (offset % 64);
  }
  [[nodiscard]] bool any() const noexcept { return (words_[0] | words_[1] | words_[2] | words_[3]) != 0; }
  [[nodiscard]] bool holds(std::uint32_t offset) const noexcept {
    return offset < kMost && (words_[offset / 64] >> (offset % 64) & 1U) != 0;
  }
  /// The stream begins `distance` bytes earlier than supposed.
  void shift(std::uint32_t distance) noexcept {
    const UrgentBytes before = *this;
    *this = {};
    for (std::uint32_t at = 0; at + distance < kMost; ++at) {
      if (before.holds(at)) add(at + distance);
    }
  }

 private:
  std::uint64_t words_[kMost / 64]{};
};

/// A RST, FIN or SYN that may have ended what one side says: if the side goes on, receivers may differ about it.
struct Close {
  bool open = false;            ///< it has been seen, and the side has not gone on since
  bool finish = false;          ///< a FIN
  bool went_on = false;         ///< bytes behind `edge` have been seen, of which its peer must tell
  std::uint32_t place = 0;      ///< its sequence number
  std::uint32_t edge = 0;       ///< next sequence number of the side at that time
  std::uint32_t peer_edge = 0;  ///< and of its peer
};

/// One direction of a flow under inspection.
struct Talker {
  StreamHead head;
  UrgentBytes urgent;
  Manner manner;
  Close close;
  std::uint16_t datagram_end[kPacketBudget]{};  ///< UDP: ends of the kept datagrams in the head
  std::uint8_t datagrams = 0;
  std::uint8_t scans = 0;
  std::uint16_t moved = 0;  ///< bytes that had to make room for earlier ones
  std::uint8_t initial_sequences = 0;
  bool base_known : 1 = false;      ///< TCP: `base` is the sequence number of stream offset 0
  bool base_firm : 1 = false;       ///< from a handshake or the peer's ACK, not guessed from the first payload
  bool good_checksum : 1 = false;   ///< a packet of this side had a right checksum: wrong ones are not offloading
  bool spoke : 1 = false;           ///< sent a packet that is not a bare RST
  bool cut : 1 = false;             ///< the capture holds less of a payload than was on the wire
  bool scanned_second : 1 = false;  ///< `matches` come from the second version of the head
  bool acknowledges : 1 = false;    ///< sent an ACK without SYN or RST
  bool ack_moved : 1 = false;       ///< and later another value: something came between
  bool repeated : 1 = false;        ///< the last datagram has been seen twice
  bool datagram_seen : 1 = false;
  bool corrupt_taken : 1 = false;  ///< payload with a wrong checksum was taken, because all checksums were wrong so far
  bool corrupt : 1 = false;        ///< payload with a wrong checksum is in doubt
  bool refused : 1 = false;        ///< payload that no right receiver takes is in doubt
  bool asked : 1 = false;          ///< UDP: said what only a client would say
  bool answered : 1 = false;       ///< UDP: said what only a server would say
  bool uncertain : 1 = false;      ///< payload that some receivers take is in the second version
  std::uint16_t payload_packets = 0;  ///< without duplicates
  std::uint16_t empty_datagrams = 0;
  std::uint32_t initial_sequence[2]{};
  std::uint32_t base = 0;
  std::uint32_t first_ack = 0;
  std::uint32_t acknowledged = 0;  ///< highest ACK value that the peer sent for this side, where `ack_known`
  bool ack_known = false;
  std::uint32_t scanned = 0;  ///< contiguous bytes of the first version at the last scan
  std::uint32_t second_scanned = 0;
  std::uint64_t payload_bytes = 0;  ///< on the wire, retransmissions included
  std::uint64_t last_datagram = 0;  ///< fingerprint, to know a mirror's duplicate
  std::int64_t last_datagram_stamp = 0;
  std::int64_t first_datagram_stamp = 0;
  SideMatches matches[2]{};  ///< as the client's words and as the server's, by Side
  PacketMark first_packet;
  PacketMark first_payload;
  PacketMark match;                ///< packet that completed the first match
  std::uint32_t match_offset = 0;  ///< UDP: where the matching datagram begins in the head
};

/// The budget of a side in bytes or packets is spent.
[[nodiscard]] inline bool is_done(const Talker& talker, Transport transport) noexcept {
  return talker.head.full() || (transport == Transport::udp && talker.payload_packets >= kPacketBudget);
}

/// Forgets what was said so far: the stream begins elsewhere than supposed.
inline void restart(Talker& talker, HeadPool& pool) noexcept {
  talker.head.clear(pool);
  talker.scanned = talker.second_scanned = 0;
  talker.urgent = {};
  talker.corrupt_taken = talker.corrupt = talker.refused = talker.uncertain = false;
  talker.matches[0] = talker.matches[1] = {};
  talker.match = {};
  talker.scanned_second = false;
}

/// The bytes that stand for a side: those that named it, or whatever there is.
[[nodiscard]] inline Bytes spoken(const Talker& talker) noexcept {
  return talker.head.version(talker.scanned_second || talker.head.version(0).empty() ? 1 : 0);
}

/// The peer acknowledged stream bytes that the capture does not hold; a FIN counts for one.
[[nodiscard]] inline bool lost_bytes(const Talker& talker, std::uint8_t tcp_flags) noexcept {
  if (!talker.ack_known || !talker.base_firm) return false;
  return talker.acknowledged - talker.base > talker.head.contiguous() + ((tcp_flags & 0x01) != 0 ? 1U : 0U) &&
         !talker.head.full();
}

/// A SYN that may begin the next flow of its tuple.
struct HeldSyn {
  std::uint32_t sequence = 0;
  std::uint32_t length = 0;  ///< frame bytes
  PacketTime at;
};

struct Inspection {
  Talker talker[2];  ///< by direction
  std::uint32_t flow = kNoIndex;
  std::uint32_t next_deadline = kNoIndex;  ///< queue of time budgets, in order of first payload
  std::uint32_t previous_deadline = kNoIndex;
  std::uint8_t generation = 0;  ///< the rules that it goes by
  bool in_queue = false;
  bool budget_started = false;
  bool budget_over = false;          ///< the time budget has passed
  bool handshake = false;            ///< a SYN-ACK acknowledged a SYN of this flow
  bool refused = false;              ///< ICMP said so
  std::uint32_t inside_scanned = 0;  ///< bytes of both heads at the last look inside the carrier
  std::uint8_t inside_scans = 0;
  UpgradeMemory upgrades;                  ///< what those looks have found out
  std::uint32_t follower = kNoIndex;       ///< reads the flow's signalling to its end
  SignatureIndex named_by = kNoSignature;  ///< what named the carrier
  bool upgraded = false;                   ///< the inner protocol begins at `inner_offset`
  std::int64_t first_payload_stamp = 0;
  std::uint16_t earlier_datagrams = 0;  ///< one-way datagrams of the same tuple before the flow's last expiry
  std::uint32_t inner_offset[2]{};      ///< by direction
  std::uint16_t vlan[2]{};
  std::uint8_t vlans = 0;
  std::uint16_t anomalies = 0;  ///< of the packets' IP layer, as in FlowDetail
  TunnelNote tunnel;
  // A SYN on a closed connection: the next flow's first packet, should a SYN-ACK take it up.
  bool reopening = false;
  bool idle = false;  ///< taken only to remember that SYN: the flow itself is decided
  HeldSyn reopen;
};

/// Fixed pool with a free list.
class InspectionPool {
 public:
  explicit InspectionPool(std::uint32_t count) : storage_(count) {}

  [[nodiscard]] std::uint32_t take() noexcept {
    if (free_ != kNoIndex) {
      const std::uint32_t index = free_;
      free_ = storage_[index].next_deadline;
      if (free_ != kNoIndex) prefetch(free_);
      std::construct_at(&storage_[index]);  // in place: an assignment would copy it all
      return index;
    }
    if (used_ >= storage_.size()) {
      ++exhausted_;
      return kNoIndex;
    }
    std::construct_at(&storage_[used_]);
    if (used_ + 1 < storage_.size()) prefetch(used_ + 1);
    return used_++;
  }
  void give_back(std::uint32_t index) noexcept {
    storage_[index].next_deadline = free_;
    free_ = index;
  }
  [[nodiscard]] Inspection& operator[](std::uint32_t index) noexcept { return storage_[index]; }
  [[nodiscard]] std::uint64_t exhausted() const noexcept { return exhausted_; }

 private:
  /// The next one to be taken: all of it is written then.
  void prefetch(std::uint32_t index) const noexcept {
    const auto* const bytes = reinterpret_cast<const char*>(&storage_[index]);
    for (std::size_t at = 0; at < sizeof(Inspection); at += 64) __builtin_prefetch(bytes + at, 1);
  }

  ReservedArray<Inspection> storage_;
  std::uint32_t used_ = 0;
  std::uint32_t free_ = kNoIndex;
  std::uint64_t exhausted_ = 0;
};

}  // namespace ghostport
