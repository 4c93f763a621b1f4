#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "dataplane/ip_header.h"
#include "dataplane/reject.h"
#include "dataplane/udp_tunnels.h"
#include "dataplane/worker.h"

namespace ghostport {
namespace {

constexpr std::size_t kMostWaiting = 4096;  // facts that may wait for a watermark: a burst of endings goes in portions

constexpr std::uint32_t kTcpHeader = 20;  // without options

/// Live, the adjudicator hears that often how far a worker has got, and at once where there are facts.
constexpr std::int64_t kSettleInterval = 1'000'000;  // ns of packet time

std::uint32_t get32(const std::uint8_t* at) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}

TcpSegment segment_of(const Packet& packet) noexcept {
  const std::uint8_t* header = packet.data + packet.transport_offset;
  TcpSegment segment;
  segment.sequence = get32(header + 4);
  segment.acknowledgment = get32(header + 8);
  segment.flags = packet.tcp_flags;
  segment.payload_length = packet.payload_length;
  return segment;
}

/// What tells a decoy from a segment that its receiver takes.
void add_manner(TcpSegment& segment, const Packet& packet) noexcept {
  const std::uint8_t* header = packet.data + packet.transport_offset;
  const std::uint8_t* network = packet.data + packet.ip_offset;
  segment.checksum_good = checksums_good(packet);
  segment.hop_limit = network[packet.key.family == 4 ? 8 : 7];
  segment.window = get16(header + 14);
  segment.urgent = get16(header + 18);
  segment.window_known = packet.payload_offset <= packet.captured;  // else options are cut
  if (segment.window_known)
    segment.options = {header + kTcpHeader, packet.payload_offset - packet.transport_offset - kTcpHeader};
  if (packet.link_type == kLinkEthernet && packet.tunnels == 0 && packet.frames == 1)
    segment.link_destination = std::uint64_t{get16(packet.data)} << 32U | get32(packet.data + 2);
}

}  // namespace

FlowTracker::FlowTracker(std::shared_ptr<const Rules> rules, FactRing& ring, Bell& bell, WhenFull when_full,
                         std::function<void()> adjudicate)
    : rules_(std::move(rules)),
      writer_(ring, bell, when_full, std::move(adjudicate), rules_->within(FactWriter::kMostSums)),
      detector_(rules_, writer_),
      flows_(rules_->flow_limit, random_seed()),
      timeouts_(flows_, *rules_),
      intake_(counters_, *rules_),
      live_(when_full == WhenFull::drop),
      fingerprint_seed_(random_seed()) {}

void FlowTracker::enforce(bool reject) noexcept {
  detector_.enforce();
  rejects_ = reject;
}

bool FlowTracker::adopt(std::unique_ptr<Generation>& next) noexcept {
  const std::shared_ptr<const Rules> rules = next->rules;
  if (!detector_.adopt(next)) return false;
  rules_ = rules;
  return true;
}

void FlowTracker::command(const FlowCommand& command) noexcept {
  const std::uint32_t index = flows_.find(command.key, flows_.hash(command.key));
  if (index != kNoIndex) detector_.command(flows_[index], command);
}

void FlowTracker::begin(std::uint64_t file_tag) noexcept {
  detector_.begin(file_tag);
  timeouts_.begin();
  intake_.begin();
}

/// A plain frame with good headers, on ports that nothing looks at: most of what a tap sees, and all that is done about
/// it. What is in any way otherwise goes through the layers.
bool FlowTracker::passes_by(const Packet& packet, const PlainHeaders& plain) noexcept {
  const std::uint8_t* const header = packet.data + plain.transport;
  const std::uint16_t ports[2] = {get16(header), get16(header + 2)};
  const bool tcp = plain.protocol == kTcp;
  const Transport kind = tcp ? Transport::tcp : Transport::udp;
  if ((rules_->watch.at(kind, ports[0]) | rules_->watch.at(kind, ports[1])) != 0) return false;
  if (tcp) {
    const std::uint32_t size = (header[12] >> 4U) * 4U;
    // A connection that signalling has announced, or may have in a packet of this batch that was not handled yet.
    const bool told = gated_count_ != 0 && (companions_waiting_ || detector_.follows());
    if (size < 20 || plain.transport + size > plain.wire_end || told || detector_.may_expect(ports[0], ports[1]))
      return false;
  } else if (get16(header + 4) < 8 || plain.transport + 8 > plain.wire_end) {
    return false;
  }
  intake_.count(packet);
  return true;
}

void FlowTracker::track(PacketBatch& batch) noexcept {
  received_ += batch.count;
  disposal_ = &batch.disposal;
  disposal_->blocked = 0;
  disposal_->reject_count = 0;
  for (std::size_t i = 0; i < batch.count; ++i) {
    Packet& packet = batch.packets[i];
    packet.place = static_cast<std::uint8_t>(i);
    const PlainHeaders plain = packet.located ? PlainHeaders() : plain_headers(packet);
    if (plain.family != 0) {
      if (passes_by(packet, plain)) continue;
      intake_.locate(packet, plain);
      gate(packet);
      continue;
    }
    const Reach reach = packet.located ? Reach::network : intake_.locate(packet);
    if (reach == Reach::network) {
      gate(packet);
    } else if (reach == Reach::fragment) {
      for (const Packet& whole : intake_.reassemble(packet)) {
        if (reassembled_count_ == reassembled_.size()) handle_gated();
        reassembled_[reassembled_count_] = whole;
        reassembled_[reassembled_count_].place = packet.place;
        gate(reassembled_[reassembled_count_++]);
      }
    }
  }
  handle_gated();
  if (batch.count == 0) return;
  last_packet_ = batch.packets[batch.count - 1].at.stamp;
  intake_.release(batch.packets[batch.count - 1].at.number);
}

void FlowTracker::gate(Packet& packet) noexcept {
  parse_transport(packet, counters_);
  if (packet.kind == PacketKind::none) return;
  packet.watch = static_cast<std::uint8_t>(rules_->watch.at(packet.key.transport, packet.key.port[0]) |
                                           rules_->watch.at(packet.key.transport, packet.key.port[1]));
  if ((packet.watch & WatchTable::kWatched) != 0) {
    counters_.add(Counter::watched_packets);
  } else {
    if ((packet.watch & WatchTable::kNearby) != 0) counters_.add(Counter::nearby_packets);
    const bool companion = (packet.watch & WatchTable::kCompanion) != 0;
    if (!companion && (packet.kind != PacketKind::tcp || !is_expected(packet))) return;
    counters_.add(Counter::companion_packets);
    companions_waiting_ = companions_waiting_ || companion;
  }
  packet.hash = flows_.hash(packet.key);
  flows_.prefetch_slot(packet.hash);
  if (gated_count_ == gated_.size()) handle_gated();
  gated_[gated_count_++] = &packet;
}

/// Has signalling announced this connection? That may stand in a packet of this batch that has not been handled.
bool FlowTracker::is_expected(const Packet& packet) noexcept {
  if (gated_count_ != 0 && (companions_waiting_ || detector_.follows())) handle_waiting();
  return detector_.expects(packet.key, packet.at.stamp);
}

void FlowTracker::handle_gated() noexcept {
  handle_waiting();
  reassembled_count_ = 0;
}

void FlowTracker::handle_waiting() noexcept {
  for (std::size_t i = 0; i < gated_count_; ++i) flows_.prefetch_flow(gated_[i]->hash);
  for (std::size_t i = 0; i < gated_count_; ++i) handle(*gated_[i]);
  gated_count_ = 0;
  companions_waiting_ = false;
}

void FlowTracker::handle_error(const Packet& packet) noexcept {
  const std::uint32_t index = flows_.find(packet.key, packet.hash);
  if (index == kNoIndex || packet.at.stamp > timeouts_.due(flows_[index])) {
    counters_.add(Counter::icmp_without_flow);
    return;
  }
  detector_.pass_time(flows_[index], packet.at.stamp);
  detector_.signal(flows_[index], packet.direction, Signal::icmp_unreachable, packet.at);
}

std::uint32_t FlowTracker::create(const Packet& packet) noexcept {
  std::uint32_t index = flows_.insert(packet.key, packet.hash);
  if (index == kNoIndex) {
    counters_.add(Counter::flow_table_full);
    const std::uint32_t oldest = flows_.victim();
    detector_.finish(flows_[oldest], EndCause::table_full, packet.at.stamp, nullptr);
    timeouts_.remove(oldest);
    flows_.erase(oldest);
    index = flows_.insert(packet.key, packet.hash);
  }
  return index;
}

void FlowTracker::count_flow(const Packet& packet) noexcept {
  counters_.add((packet.watch & WatchTable::kWatched) != 0 ? Counter::flows : Counter::companion_flows);
}

void FlowTracker::start(Flow& flow, std::uint32_t index, const Packet& packet, Direction direction,
                        const PacketTime& at) noexcept {
  count_flow(packet);
  if (host_flows_.size() != 0) host_flows_[index] = {packet.host_flow};
  detector_.attach(flow, index, direction, packet.group, at);
  note_carriers(flow, packet);
  timeouts_.schedule(index);
}

/// What a record says of how the first packet came.
void FlowTracker::note_carriers(Flow& flow, const Packet& packet) noexcept {
  if (packet.vlans != 0) detector_.note_vlans(flow, packet.vlan, packet.vlans);
  if (packet.tunnels != 0) detector_.note_tunnel(flow, tunnel_note(packet));
}

void FlowTracker::handle(Packet& packet) noexcept {
  if (packet.kind == PacketKind::icmp_error) {
    handle_error(packet);
    return;
  }
  const std::uint32_t index = enter(packet);
  deliver(flows_[index], index, packet);
}

/// The packet's flow, which begins with it where there is none, or where its time had run out.
std::uint32_t FlowTracker::enter(const Packet& packet) noexcept {
  std::uint32_t index = flows_.find(packet.key, packet.hash);
  if (index == kNoIndex) {
    index = create(packet);
    start(flows_[index], index, packet, packet.direction, packet.at);
  } else {
    Flow& flow = flows_[index];
    const std::int64_t due = timeouts_.due(flow);
    if (packet.at.stamp > due) {
      detector_.pass_time(flow, due);
      detector_.finish(flow, flow.is_closed() ? EndCause::closed : EndCause::timeout, due, nullptr);
      start(flow, index, packet, packet.direction, packet.at);
    } else {
      detector_.pass_time(flow, packet.at.stamp);
    }
  }
  return index;
}

void FlowTracker::account(Flow& flow, Direction direction, std::uint32_t frames, std::uint32_t length,
                          std::int64_t stamp) noexcept {
  flow.last = stamp;
  flow.packets[direction] += frames;
  flow.sent[direction].bytes += length;
}

void FlowTracker::deliver(Flow& flow, std::uint32_t index, const Packet& packet) noexcept {
  const bool inspected = flow.inspection != kNoIndex;
  if (packet.anomalies != 0) detector_.note_anomalies(flow, packet.anomalies);
  const Bytes payload{packet.data + packet.payload_offset, packet.payload_captured};
  if (packet.kind == PacketKind::udp) {
    const bool blocked_before = flow.bits.blocked;
    account(flow, packet.direction, packet.frames, packet.length, packet.at.stamp);
    if (inspected) {
      Datagram datagram;
      datagram.checksum_good = checksums_good(packet);
      datagram.fingerprint = datagram_fingerprint(packet, fingerprint_seed_);
      datagram.payload = payload;
      datagram.payload_length = packet.payload_length;
      (void)detector_.datagram(flow, packet.direction, datagram, packet.at);
    }
    if (flow.bits.blocked) block(flow, packet, !blocked_before);
    return;
  }
  TcpSegment segment = segment_of(packet);
  segment.payload = payload;
  if (inspected) add_manner(segment, packet);
  deliver_segment(flow, index, packet, segment);
}

void FlowTracker::deliver_segment(Flow& flow, std::uint32_t index, const Packet& packet,
                                  const TcpSegment& segment) noexcept {
  if (detector_.hold_back(flow, segment, packet.length, packet.at)) return;
  if (const auto syn = detector_.reopens(flow, segment)) reopen(flow, packet, *syn);
  const bool blocked_before = flow.bits.blocked;
  account(flow, packet.direction, packet.frames, packet.length, packet.at.stamp);
  const bool closed_before = flow.is_closed();
  (void)detector_.segment(flow, packet.direction, segment, packet.at);
  if (!closed_before && flow.is_closed()) timeouts_.schedule(index);  // its end has come nearer
  if (flow.bits.blocked) block(flow, packet, !blocked_before);
}

/// The packet that decided, and all later ones of its flow.
void FlowTracker::block(const Flow& flow, const Packet& packet, bool first) noexcept {
  counters_.add(Counter::blocked_packets);
  if (first) counters_.add(Counter::blocked_flows);
  disposal_->blocked |= std::uint64_t{1} << packet.place;
  if (!rejects_) return;
  // Whoever still sends is told each time; the other end once.
  const bool is_reset = (packet.tcp_flags & kTcpReset) != 0;
  if (packet.kind == PacketKind::tcp && is_reset) return;
  for (const bool onward : {false, true}) {
    if (onward && (!first || packet.kind != PacketKind::tcp)) continue;
    if (disposal_->reject_count == Disposal::kMostRejects) return;
    RejectFrame& reject = disposal_->rejects[disposal_->reject_count];
    reject.port = packet.port;
    reject.onward = onward;
    const std::uint32_t acknowledgment = flow.next_sequence[packet.direction];
    reject.length =
        onward ? make_reset_onward(packet, reject.bytes) : make_reject(packet, acknowledgment, reject.bytes);
    if (reject.length == 0) return;
    ++disposal_->reject_count;
    counters_.add(Counter::rejects);
  }
}

/// A SYN-ACK takes up the SYN that came on a closed connection: the old flow ends, a new one begins with that SYN.
void FlowTracker::reopen(Flow& flow, const Packet& packet, const HeldSyn& held) noexcept {
  detector_.finish(flow, EndCause::closed, packet.at.stamp, &packet.at);
  const std::uint32_t index = flows_.find(packet.key, packet.hash);
  const auto client = static_cast<Direction>(packet.direction ^ 1U);
  start(flow, index, packet, client, held.at);
  TcpSegment syn;
  syn.sequence = held.sequence;
  syn.flags = kTcpSyn;
  account(flow, client, 1, held.length, held.at.stamp);
  (void)detector_.segment(flow, client, syn, held.at);
}

void FlowTracker::settle(const Tick& tick) noexcept {
  if (live_ && !tick.end && writer_.waiting() == 0 && tick.stamp - settled_ < kSettleInterval) return;
  settled_ = tick.stamp;
  detector_.settle();
  const auto by_index = [this](std::uint32_t index) -> Flow& { return flows_[index]; };
  timeouts_.expire(tick.stamp, [&](std::uint32_t index, std::int64_t due) {
    flows_.prefetch_slot(flows_.hash(flows_[index].key));  // for erase()
    if (writer_.waiting() >= kMostWaiting) {
      detector_.advance(due, by_index);
      writer_.publish({due, 0, 0});  // flows end in order of due: nothing earlier is left
    }
    detector_.pass_time(flows_[index], due);
    detector_.finish(flows_[index], flows_[index].is_closed() ? EndCause::closed : EndCause::timeout, due, nullptr);
    flows_.erase(index);
  });
  detector_.advance(tick.stamp, by_index);
  if (!tick.end) {
    writer_.publish({tick.stamp, 0, tick.number});
    return;
  }
  intake_.end();
  end_captured(tick);
  writer_.publish({kEndOfTime, 0, tick.number});
}

/// The capture is over: what is still open ends, in the order of first packets.
void FlowTracker::end_captured(const Tick& tick) noexcept {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> open;
  open.reserve(flows_.live());
  for (std::uint32_t index = 0; index < flows_.high_water(); ++index) {
    if (flows_[index].bits.live) open.emplace_back(std::uint64_t{flows_[index].first_number}, index);
  }
  std::sort(open.begin(), open.end());
  for (const auto& [number, index] : open) {
    if (writer_.waiting() >= kMostWaiting) writer_.publish({tick.stamp, 1, number - 1});
    Flow& flow = flows_[index];
    detector_.finish(flow, flow.is_closed() ? EndCause::closed : EndCause::capture_end, tick.stamp, nullptr);
    timeouts_.remove(index);
    flows_.erase(index);
  }
}

}  // namespace ghostport
