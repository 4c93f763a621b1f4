// The part of the detector that turns raw TCP segments and datagrams into signals and stream offsets
// (docs/evasions.md).
#include <algorithm>

#include "detection/detector.h"
#include "detection/roles.h"

namespace ghostport {
namespace {

constexpr std::uint32_t kMostMoved = 61'440;           // bytes moved because earlier ones turned up: bounds the work
constexpr std::int64_t kDuplicateWithin = 10'000'000;  // a mirror's second copy follows within 10 ms

constexpr std::int32_t kMostWindow = 0xFFFF;  // a RST so far ahead may lie in a window, without scaling

void add_initial_sequence(Talker& talker, std::uint32_t sequence) noexcept {
  for (std::uint8_t i = 0; i < talker.initial_sequences; ++i) {
    if (talker.initial_sequence[i] == sequence) return;
  }
  if (talker.initial_sequences < 2) ++talker.initial_sequences;
  talker.initial_sequence[talker.initial_sequences - 1] = sequence;
}

/// `peer_sent` 0: nothing was seen.
Standing standing_of(const Talker& peer, std::uint32_t peer_sent) noexcept {
  Standing standing;
  standing.peer_sent = peer_sent;
  standing.peer_sent_known = peer_sent != 0;
  standing.peer_acknowledged = peer.acknowledged;
  standing.peer_acknowledged_known = peer.ack_known;
  standing.peer_base = peer.base;
  standing.peer_base_known = peer.base_firm;
  return standing;
}

/// A FIN takes one number past the data.
bool is_beyond_window(const Manner& receiver, std::uint32_t end) noexcept {
  return receiver.window_known && distance(end, receiver.window_edge) > 1;
}

bool is_ahead(std::uint32_t value, std::uint32_t of) noexcept {
  const std::int32_t ahead = distance(value, of);
  return ahead > 0 && ahead < kMostJump;
}

}  // namespace

/// Is this a packet that its receiver takes? A doubtful one is dropped whole, an ambiguous one perhaps.
Trust Detector::judge_packet(Inspection& inspection, Direction direction, const TcpSegment& segment) noexcept {
  Talker& talker = inspection.talker[direction];
  const Talker& peer = inspection.talker[direction ^ 1U];
  // A right checksum from this side shows that it does not leave checksums to its network card; then a wrong one is
  // no packet that the receiver takes, and none was.
  if (!segment.checksum_good) {
    ++counters_.bad_checksums;
    if (talker.good_checksum) return Trust::doubtful;
    talker.corrupt_taken = talker.corrupt_taken || segment.payload_length != 0;
  } else if (!talker.good_checksum && (segment.flags & kTcpReset) == 0) {  // a kernel sums its resets itself
    talker.good_checksum = true;
    if (talker.corrupt_taken && talker.head.acknowledged() < talker.head.version(0).size()) {
      talker.head.distrust(heads_);
      inspection.upgrades = {};
      talker.scanned = talker.second_scanned = 0;
      talker.matches[0] = talker.matches[1] = {};
      talker.match = {};
      talker.corrupt = true;
    }
  }
  const TcpOptions options = segment.options.empty() ? TcpOptions() : read_tcp_options(segment.options);
  const Trust trust = trust_packet(talker.manner, peer.manner, segment, options);
  if ((segment.flags & kTcpReset) != 0) return trust == Trust::doubtful ? trust : Trust::good;
  if (trust == Trust::good) {
    std::optional<std::uint32_t> acknowledged;
    if (talker.ack_known) {
      acknowledged = talker.acknowledged;
    } else if (talker.base_firm) {
      acknowledged = talker.base;
    }
    learn(talker.manner, peer.manner, acknowledged, segment, options);
  }
  return trust;
}

/// A packet that its receiver drops: only what it carries is kept apart.
Action Detector::take_refused(Flow& flow, Inspection& inspection, Direction direction, const TcpSegment& segment,
                              const PacketTime& at) noexcept {
  const bool reset = (segment.flags & kTcpReset) != 0;
  const bool syn = (segment.flags & kTcpSyn) != 0;
  if (reset || (segment.flags & kTcpFin) != 0) remember_close(flow, inspection, direction, segment);
  if (segment.payload.empty() || reset || syn || (segment.flags & kTcpAck) == 0) return Action::inspect;
  Talker& talker = inspection.talker[direction];
  if (segment.checksum_good) {  // clang 14 cannot choose between bit-fields
    talker.refused = true;
  } else {
    talker.corrupt = true;
  }
  return take_payload(flow, inspection, direction, segment, Trust::doubtful, at);
}

Action Detector::segment(Flow& flow, Direction direction, const TcpSegment& segment, const PacketTime& at) noexcept {
  use_rules_of(flow);
  const bool syn = (segment.flags & kTcpSyn) != 0;
  const bool ack = (segment.flags & kTcpAck) != 0;
  const bool reset = (segment.flags & kTcpReset) != 0;
  Inspection* inspection = flow.inspection == kNoIndex ? nullptr : &inspections_[flow.inspection];
  const bool inspected = inspection != nullptr && !inspection->idle;
  Trust packet_trust = Trust::good;
  if (inspected) {
    packet_trust = judge_packet(*inspection, direction, segment);
    if (packet_trust == Trust::doubtful) return take_refused(flow, *inspection, direction, segment, at);
  }
  flow.sent[direction].tcp_flags = static_cast<std::uint8_t>(flow.sent[direction].tcp_flags | segment.flags);
  if (inspected) {
    if (syn) {
      const Talker& talker = inspection->talker[direction];
      const bool late = !ack && talker.base_firm && inspection->talker[direction ^ 1U].base_firm;
      if (late && segment.sequence + 1 != talker.base) remember_close(flow, *inspection, direction, segment);
      handshake_segment(flow, *inspection, direction, segment, at);
    } else if (ack && !reset) {
      Talker& talker = inspection->talker[direction];
      if (!talker.acknowledges) talker.first_ack = segment.acknowledgment;
      talker.ack_moved = talker.ack_moved || segment.acknowledgment != talker.first_ack;
      talker.spoke = talker.acknowledges = true;  // what Signal::ack says
      if (talker.first_packet.number == 0) talker.first_packet = {at.number, at.true_time};
      if (packet_trust == Trust::good) take_acknowledgment(flow, *inspection, direction, segment);
    }
  }
  if ((segment.flags & (kTcpReset | kTcpFin)) != 0)
    note_close(flow, inspected ? inspection : nullptr, direction, segment, at);

  Action action = flow.inspection == kNoIndex ? Action::decided : Action::inspect;
  const bool taken = segment.payload_length != 0 && !reset && (ack || syn);
  if (segment.payload_length != 0 && !taken) ++counters_.ignored_segments;
  if (taken && inspected) action = take_payload(flow, *inspection, direction, segment, packet_trust, at);
  if (taken && flow.inspection != kNoIndex && inspection->follower != kNoIndex &&
      (segment.checksum_good || !inspection->talker[direction].good_checksum))
    follow_stream(flow, *inspection, direction, segment.sequence + (syn ? 1U : 0U), segment.payload, at);

  const std::uint32_t end =
      segment.sequence + segment.payload_length + (syn ? 1U : 0U) + ((segment.flags & kTcpFin) != 0 ? 1U : 0U);
  std::uint32_t& next = flow.next_sequence[direction];
  const std::int32_t ahead = distance(end, next);
  const bool refused = inspected && !syn && is_beyond_window(inspection->talker[direction ^ 1U].manner, end);
  if (!reset && (ack || syn) && !refused && (next == 0 || (ahead > 0 && ahead < kMostJump))) next = end;
  return action;
}

bool Detector::hold_back(Flow& flow, const TcpSegment& segment, std::uint32_t length, const PacketTime& at) noexcept {
  if (!flow.is_closed() || (segment.flags & (kTcpSyn | kTcpAck)) != kTcpSyn) return false;
  if (flow.inspection == kNoIndex) {
    flow.inspection = take_inspection();
    if (flow.inspection == kNoIndex) return false;
    inspections_[flow.inspection].idle = true;
  }
  Inspection& inspection = inspections_[flow.inspection];
  inspection.reopening = true;
  inspection.reopen = {segment.sequence, length, at};
  return true;
}

std::optional<HeldSyn> Detector::reopens(const Flow& flow, const TcpSegment& segment) noexcept {
  if (flow.inspection == kNoIndex || (segment.flags & (kTcpSyn | kTcpAck)) != (kTcpSyn | kTcpAck)) return std::nullopt;
  const Inspection& inspection = inspections_[flow.inspection];
  if (!inspection.reopening || segment.acknowledgment != inspection.reopen.sequence + 1) return std::nullopt;
  return inspection.reopen;
}

void Detector::handshake_segment(Flow& flow, Inspection& inspection, Direction direction, const TcpSegment& segment,
                                 const PacketTime& at) noexcept {
  Talker& talker = inspection.talker[direction];
  Talker& peer = inspection.talker[direction ^ 1U];
  const bool under_way = talker.first_payload.number != 0 && peer.first_payload.number != 0;
  if (under_way) return;  // a SYN into a running conversation changes nothing

  const bool ack = (segment.flags & kTcpAck) != 0;
  signal(flow, direction, ack ? Signal::syn_ack : Signal::syn, at);
  add_initial_sequence(talker, segment.sequence);
  if (!talker.base_firm) {
    if (talker.base_known && talker.base != segment.sequence + 1) restart(talker, heads_);
    talker.base = segment.sequence + 1;
    talker.base_known = true;
  }
  if (!ack) return;
  for (std::uint8_t i = 0; i < peer.initial_sequences; ++i) {
    const std::uint32_t base = peer.initial_sequence[i] + 1;
    const std::int32_t taken = distance(segment.acknowledgment, base);
    if (taken < 0 || static_cast<std::uint32_t>(taken) > peer.head.contiguous()) continue;
    const bool moves = peer.base != base;
    if (moves && peer.base_firm && peer.first_payload.number != 0) continue;  // its stream has begun elsewhere
    if (moves || (!peer.base_firm && taken == 0)) restart(peer, heads_);      // the server left the SYN's data aside
    peer.base = base;
    peer.base_known = peer.base_firm = true;
    inspection.handshake = true;
    return;
  }
}

void Detector::take_acknowledgment(Flow& flow, Inspection& inspection, Direction direction,
                                   const TcpSegment& segment) noexcept {
  const auto opposite = static_cast<Direction>(direction ^ 1U);
  Talker& peer = inspection.talker[opposite];
  const std::uint32_t value = segment.acknowledgment;
  if (!peer.base_firm) {
    for (std::uint8_t i = 0; i < peer.initial_sequences; ++i) {
      const std::uint32_t base = peer.initial_sequence[i] + 1;
      const std::int32_t ahead = distance(value, base);
      if (ahead != 0 && (peer.initial_sequences != 1 || ahead < 0 || ahead >= kMostJump)) continue;
      if (peer.base != base) restart(peer, heads_);
      peer.base = base;
      peer.base_known = peer.base_firm = true;
      break;
    }
    if (!peer.base_known) {
      peer.base = value;
      peer.base_known = peer.base_firm = true;
    }
  }
  // A side that acknowledges what came behind its reset lives on; so does one whose bytes behind a close are taken.
  if (peer.close.open && peer.close.went_on && is_ahead(value, peer.close.edge)) goes_on(flow, peer, opposite);
  Talker& talker = inspection.talker[direction];
  if (talker.close.open && !talker.close.finish && is_ahead(value, talker.close.peer_edge))
    goes_on(flow, talker, direction);
  const std::int32_t offset = distance(value, peer.base);
  const bool plausible = flow.next_sequence[opposite] == 0 || distance(value, flow.next_sequence[opposite]) < kMostJump;
  if (offset < 0 || !plausible) return;
  if (!peer.ack_known || distance(value, peer.acknowledged) > 0) peer.acknowledged = value;
  peer.ack_known = true;
  peer.head.acknowledge(static_cast<std::uint32_t>(offset));
}

void Detector::note_close(Flow& flow, Inspection* inspection, Direction direction, const TcpSegment& segment,
                          const PacketTime& at) noexcept {
  const auto opposite = static_cast<Direction>(direction ^ 1U);
  if ((segment.flags & kTcpReset) != 0) {
    signal(flow, direction, Signal::reset, at);
    if (inspection != nullptr) remember_close(flow, *inspection, direction, segment);
    const bool at_the_edge = segment.sequence == flow.next_sequence[direction];
    const bool as_acknowledged = inspection != nullptr && inspection->talker[direction].ack_known &&
                                 segment.sequence == inspection->talker[direction].acknowledged;
    const bool refuses = flow.next_sequence[direction] == 0 && (segment.flags & kTcpAck) != 0 &&
                         segment.acknowledgment == flow.next_sequence[opposite];
    if (at_the_edge || as_acknowledged || refuses) flow.bits.reset = true;
  }
  if ((segment.flags & kTcpFin) != 0 && (segment.flags & (kTcpAck | kTcpReset | kTcpSyn)) == kTcpAck) {
    signal(flow, direction, Signal::fin, at);
    if (inspection != nullptr) remember_close(flow, *inspection, direction, segment);
    const std::uint32_t expected = flow.next_sequence[direction];
    if (distance(segment.sequence, expected) <= 0 &&
        distance(segment.sequence + segment.payload_length, expected) >= 0) {
      flow.bits.fin_low = flow.bits.fin_low || direction == 0;
      flow.bits.fin_high = flow.bits.fin_high || direction == 1;
    }
  }
}

/// A RST, FIN or SYN within what a receiver may hold to be its window: whether it ended anything shows in what follows.
void Detector::remember_close(const Flow& flow, Inspection& inspection, Direction direction,
                              const TcpSegment& segment) noexcept {
  Talker& talker = inspection.talker[direction];
  const std::uint32_t edge = flow.next_sequence[direction];
  if (edge == 0 || talker.close.open) return;
  const bool finish = (segment.flags & (kTcpFin | kTcpReset | kTcpSyn)) == kTcpFin;
  const std::uint32_t place = segment.sequence + (finish ? segment.payload_length : 0U);
  const std::uint32_t least = talker.ack_known ? talker.acknowledged : edge;
  if (distance(place, least) < 0 || distance(place, edge) > kMostWindow) return;
  talker.close = {true, finish, false, place, edge, flow.next_sequence[direction ^ 1U]};
}

/// Payload of the side up to `end`, behind a close. Behind one that its place made no exact one, the peer's word is
/// waited for: packets may have been captured out of order.
void Detector::note_more(Flow& flow, Talker& talker, Direction direction, std::uint32_t end) noexcept {
  Close& close = talker.close;
  if (close.finish) {
    if (is_ahead(end, close.place + 1)) goes_on(flow, talker, direction);  // one byte there may be a keep-alive's
  } else if (is_ahead(end, close.edge)) {
    close.went_on = true;
    if (distance(close.place, close.edge) <= 0 || is_ahead(end, close.place)) goes_on(flow, talker, direction);
  }
}

/// Its side has gone on behind it: some receivers have hung up by now, others have not.
void Detector::goes_on(Flow& flow, Talker& talker, Direction direction) noexcept {
  flow.bits.doubtful_close = true;
  talker.close.open = false;
  if (talker.close.finish) {
    if (direction == 0) flow.bits.fin_low = false;
    if (direction == 1) flow.bits.fin_high = false;
  } else {
    flow.bits.reset = false;
  }
}

Action Detector::take_payload(Flow& flow, Inspection& inspection, Direction direction, const TcpSegment& segment,
                              Trust trust, const PacketTime& at) noexcept {
  Talker& talker = inspection.talker[direction];
  const std::uint32_t sequence = segment.sequence + ((segment.flags & kTcpSyn) != 0 ? 1U : 0U);
  if (!talker.base_known) {
    talker.base = sequence;
    talker.base_known = true;
  }
  const std::int32_t offset = distance(sequence, talker.base);
  if (trust != Trust::doubtful) {
    if (talker.close.open) note_more(flow, talker, direction, sequence + segment.payload_length);
    if ((segment.flags & kTcpUrgent) != 0) {
      // RFC 6093 section 3: the pointer is one past the urgent byte on most hosts. It may lie in a later segment.
      flow.bits.urgent_data = true;
      const std::int64_t urgent = std::int64_t{offset} + (segment.urgent == 0 ? 0 : segment.urgent - 1);
      if (urgent >= 0 && urgent < UrgentBytes::kMost) talker.urgent.add(static_cast<std::uint32_t>(urgent));
    }
    const Talker& peer = inspection.talker[direction ^ 1U];
    const Standing standing = standing_of(peer, flow.next_sequence[direction ^ 1U]);
    if ((segment.flags & kTcpSyn) == 0)
      trust = std::max(trust, trust_place(talker.manner, peer.manner, standing, segment));
    if (trust == Trust::doubtful) talker.refused = true;
    if (trust == Trust::ambiguous) talker.uncertain = true;
  }
  const bool shifts = offset < 0 && talker.moved + talker.head.extent() <= kMostMoved && !talker.base_firm &&
                      !talker.ack_known && -static_cast<std::int64_t>(offset) <= rules().head_bytes;
  if (!shifts && distance(sequence + segment.payload_length, talker.base) <= 0)
    return Action::inspect;  // a keep-alive, or nothing new
  if (trust != Trust::doubtful) {
    const std::int32_t ahead = distance(sequence + segment.payload_length, flow.next_sequence[direction]);
    if (talker.payload_packets == 0 || (ahead > 0 && ahead < kMostJump && talker.payload_packets < 0xFFFF))
      ++talker.payload_packets;
    talker.payload_bytes += segment.payload_length;
    if (segment.payload.size() < segment.payload_length) talker.cut = true;
  }
  Bytes bytes = segment.payload;
  std::uint32_t place = static_cast<std::uint32_t>(offset);
  if (offset < 0) {
    const auto before = static_cast<std::uint32_t>(-static_cast<std::int64_t>(offset));
    place = 0;
    const std::uint32_t moved = talker.head.extent();
    if (shifts && talker.head.shift(heads_, before)) {
      talker.base = sequence;
      talker.scanned = talker.second_scanned = 0;
      talker.urgent.shift(before);
      talker.moved = static_cast<std::uint16_t>(talker.moved + moved + 1);
    } else {
      bytes = bytes.subspan(std::min<std::size_t>(before, bytes.size()));
    }
  }
  return take_bytes(flow, inspection, direction, place, bytes, trust, at);
}

Action Detector::datagram(Flow& flow, Direction direction, const Datagram& datagram, const PacketTime& at) noexcept {
  if (flow.inspection == kNoIndex) return Action::decided;
  use_rules_of(flow);
  Inspection& inspection = inspections_[flow.inspection];
  const bool followed = inspection.follower != kNoIndex;
  if (inspection.idle && !followed) return Action::decided;
  Talker& talker = inspection.talker[direction];
  if (!datagram.checksum_good) {
    ++counters_.bad_checksums;
    if (talker.good_checksum) return Action::inspect;
  } else {
    talker.good_checksum = true;
  }
  // A mirror that copies both ways shows every packet twice: each counts once.
  if (!talker.repeated && talker.datagram_seen && datagram.fingerprint == talker.last_datagram &&
      at.stamp - talker.last_datagram_stamp <= kDuplicateWithin) {
    talker.repeated = true;
    return Action::inspect;
  }
  talker.repeated = false;
  talker.last_datagram = datagram.fingerprint;
  talker.last_datagram_stamp = at.stamp;
  if (!talker.datagram_seen) talker.first_datagram_stamp = at.stamp;
  talker.datagram_seen = true;

  if (followed) follow_datagram(flow, inspection, direction, datagram.payload, at);
  if (inspection.idle) return Action::decided;
  if (datagram.payload_length == 0) {
    signal(flow, direction, Signal::empty, at);
    return evaluate(flow, inspection, at);
  }
  signal(flow, direction, Signal::ack, at);
  if (talker.payload_packets < 0xFFFF) ++talker.payload_packets;
  talker.payload_bytes += datagram.payload_length;
  if (datagram.payload.size() < datagram.payload_length) talker.cut = true;
  return take_bytes(flow, inspection, direction, 0, datagram.payload, Trust::good, at);
}

}  // namespace ghostport
