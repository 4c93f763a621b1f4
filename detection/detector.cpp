#include "detection/detector.h"

#include <algorithm>

#include "detection/roles.h"

namespace ghostport {
namespace {

constexpr std::size_t kHeadBudget = std::size_t{256} << 20U;  // bytes of each size class of stream heads, per worker
constexpr std::uint8_t kEagerScans = 16;                      // a head is scanned at each of its first segments, ...

// ... and later whenever it has grown by a quarter: the bytes scanned stay within a constant factor of the head.
bool scan_is_due(const Talker& talker, std::uint32_t length) noexcept {
  return length > talker.scanned && (talker.scans < kEagerScans || length >= talker.scanned + talker.scanned / 4);
}

bool is_done(const Talker& talker, Transport transport) noexcept {
  if (talker.head.full()) return true;
  return talker.payload_packets >= kPacketBudget &&
         (transport == Transport::udp || talker.head.contiguous() >= kStreamPacketBudgetBytes);
}

// A single byte that never goes on, in a flow joined midway, is a keep-alive (RFC 9293 section 3.8.4).
bool is_payload(const Talker& talker, bool joined) noexcept {
  if (talker.payload_packets == 0) return false;
  return !(joined && !talker.cut && talker.head.contiguous() <= 1 && !talker.head.has_gap());
}

}  // namespace

Detector::Detector(std::shared_ptr<const Rules> rules, FactWriter& writer)
    : rules_(std::move(rules)),
      writer_(writer),
      scanner_(rules_->signatures),
      inspections_(rules_->flow_limit),
      heads_(rules_->head_bytes, kHeadBudget) {}

void Detector::begin(std::uint64_t file_tag) noexcept {
  file_tag_ = file_tag;
  memory_.forget_all();
}

bool Detector::is_judged(const Flow& flow) const noexcept {
  const std::uint16_t port = flow.key.port[flow.direction_of(Side::server)];
  return (rules_->watch.at(flow.key.transport, port) & WatchTable::kJudged) != 0;
}

/// UDP that only a judged port has sent: whether that is the server's is known at the end (docs/verdicts.md, row 9).
bool Detector::may_be_flipped(const Flow& flow, const Inspection& inspection) const noexcept {
  if (flow.key.transport != Transport::udp || is_judged(flow)) return false;
  const Direction server = flow.direction_of(Side::server);
  const Direction client = flow.direction_of(Side::client);
  return !inspection.talker[server].spoke && !flow.bits.group && !is_known_server_port(flow.key.port[server]) &&
         (rules_->watch.at(flow.key.transport, flow.key.port[client]) & WatchTable::kJudged) != 0;
}

void Detector::attach(Flow& flow, std::uint32_t index, Direction direction, bool group, const PacketTime& at) noexcept {
  flow.first_stamp = flow.last = at.stamp;
  flow.first_time = at.true_time;
  flow.first_number = at.number;
  flow.bits = {};
  flow.bits.live = true;
  flow.bits.group = group;
  flow.inspection = kNoIndex;
  flow.service = flow.asked = flow.inner = ServiceId::none;
  flow.tcp_flags[0] = flow.tcp_flags[1] = 0;
  flow.next_sequence[0] = flow.next_sequence[1] = 0;
  flow.packets[0] = flow.packets[1] = 0;
  flow.bytes[0] = flow.bytes[1] = 0;
  roles_by_ports(flow, direction, rules_->watch);
  if (flow.key.transport == Transport::udp) improve_roles(flow, direction, RoleBasis::first_packet);

  const bool judged_port = ((rules_->watch.at(flow.key.transport, flow.key.port[0]) |
                             rules_->watch.at(flow.key.transport, flow.key.port[1])) &
                            WatchTable::kJudged) != 0;
  if (!judged_port && !rules_->flow_records) return;
  flow.inspection = inspections_.take();
  if (flow.inspection == kNoIndex) return;
  Inspection& inspection = inspections_[flow.inspection];
  inspection.flow = index;
  if (flow.key.transport == Transport::udp && judged_port) {
    const VerdictMemory::Entry* before = memory_.find(flow.key, at.stamp);
    if (before != nullptr && before->outcome == Outcome::probe) inspection.earlier_datagrams = before->datagrams;
  }
}

void Detector::note_vlans(Flow& flow, const std::uint16_t* tags, std::uint8_t count) noexcept {
  if (flow.inspection == kNoIndex) return;
  Inspection& inspection = inspections_[flow.inspection];
  inspection.vlans = std::min<std::uint8_t>(count, 2);
  for (std::uint8_t i = 0; i < inspection.vlans; ++i) inspection.vlan[i] = tags[i];
}

void Detector::signal(Flow& flow, Direction direction, Signal signal, const PacketTime& at) noexcept {
  Inspection* inspection = flow.inspection == kNoIndex ? nullptr : &inspections_[flow.inspection];
  if (inspection != nullptr && signal != Signal::icmp_unreachable) {
    Talker& talker = inspection->talker[direction];
    if (signal != Signal::reset) talker.spoke = true;
    if (talker.first_packet.number == 0) talker.first_packet = {at.number, at.true_time};
  }
  const auto opposite = static_cast<Direction>(direction ^ 1U);
  const auto flags = [&](std::uint8_t seen) {
    flow.tcp_flags[direction] = static_cast<std::uint8_t>(flow.tcp_flags[direction] | seen);
  };
  switch (signal) {
    case Signal::syn:
      flags(kTcpSyn);
      flow.bits.tcp_flags_seen = true;
      improve_roles(flow, direction, RoleBasis::syn);
      break;
    case Signal::syn_ack:
      flags(kTcpSyn | kTcpAck);
      flow.bits.tcp_flags_seen = true;
      improve_roles(flow, opposite, RoleBasis::syn_ack);
      break;
    case Signal::icmp_unreachable:
      if (inspection != nullptr) inspection->refused = true;
      break;
    case Signal::empty:
      if (inspection != nullptr && inspection->talker[direction].empty_datagrams < 0xFFFF) {
        ++inspection->talker[direction].empty_datagrams;
      }
      break;
    case Signal::ack:
      if (flow.key.transport == Transport::tcp) flags(kTcpAck);
      break;
    case Signal::reset:
      flags(kTcpReset);
      break;
    case Signal::fin:
      flags(kTcpFin | kTcpAck);
      break;
  }
}

Action Detector::feed(Flow& flow, Direction direction, std::uint32_t offset, Bytes bytes, const PacketTime& at) noexcept {
  if (flow.inspection == kNoIndex || inspections_[flow.inspection].idle) return Action::decided;
  Inspection& inspection = inspections_[flow.inspection];
  Talker& talker = inspection.talker[direction];
  if (talker.payload_packets < 0xFFFF) ++talker.payload_packets;
  talker.payload_bytes += bytes.size();
  return take_bytes(flow, inspection, direction, offset, bytes, Trust::good, at);
}

Action Detector::take_bytes(Flow& flow, Inspection& inspection, Direction direction, std::uint32_t offset, Bytes bytes, Trust trust,
                            const PacketTime& at) noexcept {
  Talker& talker = inspection.talker[direction];
  if (!inspection.budget_started) start_time_budget(inspection, flow.inspection, at.stamp);
  talker.spoke = true;
  if (talker.first_payload.number == 0) talker.first_payload = {at.number, at.true_time};

  if (flow.key.transport == Transport::udp) {
    if (talker.datagrams < kPacketBudget && !bytes.empty()) {
      talker.head.add(heads_, talker.head.contiguous(), bytes, Trust::good);
      talker.datagram_end[talker.datagrams++] = static_cast<std::uint16_t>(talker.head.contiguous());
    }
  } else {
    const bool conflict_before = talker.head.conflict();
    talker.head.add(heads_, offset, bytes, trust);
    if (talker.head.conflict() && !conflict_before) {
      flow.bits.conflicting_data = true;
      ++counters_.conflicts;
    }
  }
  scan(flow, inspection, direction, false, {at.number, at.true_time});
  return evaluate(flow, inspection, {at.stamp, 0, at.number}, at.stamp, false);
}

void Detector::start_time_budget(Inspection& inspection, std::uint32_t index, std::int64_t stamp) noexcept {
  inspection.first_payload_stamp = stamp;
  inspection.in_queue = inspection.budget_started = true;
  inspection.previous_deadline = last_deadline_;
  inspection.next_deadline = kNoIndex;
  if (last_deadline_ == kNoIndex) {
    first_deadline_ = index;
  } else {
    inspections_[last_deadline_].next_deadline = index;
  }
  last_deadline_ = index;
}

void Detector::leave_queue(Inspection& inspection) noexcept {
  if (!inspection.in_queue) return;
  inspection.in_queue = false;
  if (inspection.previous_deadline == kNoIndex) {
    first_deadline_ = inspection.next_deadline;
  } else {
    inspections_[inspection.previous_deadline].next_deadline = inspection.next_deadline;
  }
  if (inspection.next_deadline == kNoIndex) {
    last_deadline_ = inspection.previous_deadline;
  } else {
    inspections_[inspection.next_deadline].previous_deadline = inspection.previous_deadline;
  }
}

void Detector::pass_time(Flow& flow, std::int64_t stamp) noexcept {
  if (flow.inspection == kNoIndex) return;
  Inspection& inspection = inspections_[flow.inspection];
  if (inspection.in_queue && inspection.first_payload_stamp + kTimeBudget < stamp) end_time_budget(flow, inspection);
}

void Detector::end_time_budget(Flow& flow, Inspection& inspection) noexcept {
  const std::int64_t due = inspection.first_payload_stamp + kTimeBudget;
  leave_queue(inspection);
  inspection.budget_over = true;
  for (Direction direction = 0; direction < 2; ++direction) scan(flow, inspection, direction, true, {});
  (void)evaluate(flow, inspection, {due, 1, flow.first_number}, due, false);
}

void Detector::release(Flow& flow) noexcept {
  if (flow.inspection == kNoIndex) return;
  Inspection& inspection = inspections_[flow.inspection];
  leave_queue(inspection);
  for (Talker& talker : inspection.talker) talker.head.clear(heads_);
  inspections_.give_back(flow.inspection);
  flow.inspection = kNoIndex;
}

SideMatches Detector::scan_payload(const Flow& flow, Talker& talker, Side side, bool final) noexcept {
  Payload payload;
  payload.complete = final;
  if (flow.key.transport == Transport::udp) {
    Bytes datagrams[kPacketBudget];
    const Bytes all = talker.head.version(0);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < talker.datagrams; ++i) {
      datagrams[i] = all.subspan(begin, talker.datagram_end[i] - begin);
      begin = talker.datagram_end[i];
    }
    payload.datagrams = {datagrams, talker.datagrams};
    payload.bytes = datagrams[talker.datagrams - 1];
    return scanner_.scan(Transport::udp, side, payload);
  }
  payload.bytes = talker.head.version(0);
  SideMatches matches;
  if (!payload.bytes.empty()) matches = scanner_.scan(Transport::tcp, side, payload);
  // The second version counts where good bytes contradict each other, where the receiver took what looked wrong, or where
  // nothing better will come.
  const bool second_counts = talker.head.conflict() || final || talker.head.acknowledged() > payload.bytes.size();
  if (matches.count == 0 && talker.head.has_second() && second_counts) {
    payload.bytes = talker.head.version(1);
    matches = scanner_.scan(Transport::tcp, side, payload);
    talker.scanned_second = matches.count != 0;
  }
  return matches;
}

void Detector::scan(Flow& flow, Inspection& inspection, Direction direction, bool final, const PacketMark& mark) noexcept {
  Talker& talker = inspection.talker[direction];
  const bool udp = flow.key.transport == Transport::udp;
  // A datagram is one unit; a stream is scanned again as it grows. A second version can change without growing.
  const std::uint32_t length = udp ? talker.datagrams : talker.head.contiguous();
  if (length == 0) return;
  const bool changed = talker.head.has_second() && !talker.scanned_second && talker.scans < kEagerScans;
  if (final ? length <= talker.scanned && !changed : !(udp ? length > talker.scanned : scan_is_due(talker, length) || changed)) return;
  talker.scanned = length;
  if (talker.scans < 0xFF) ++talker.scans;

  const bool sure = flow.bits.basis >= RoleBasis::first_packet;
  for (const Side side : {Side::client, Side::server}) {
    if (sure && flow.side_of(direction) != side && !may_be_flipped(flow, inspection)) continue;
    SideMatches& kept = talker.matches[static_cast<std::size_t>(side)];
    const bool had = kept.count != 0;
    const SideMatches found = scan_payload(flow, talker, side, final);
    if (found.count == 0 && (udp || had)) continue;
    kept = found;
    if (!had && found.count != 0 && talker.match.number == 0 && mark.number != 0) {
      talker.match = mark;
      if (udp && talker.datagrams > 1) talker.match_offset = talker.datagram_end[talker.datagrams - 2];
    }
  }
  if (flow.bits.basis < RoleBasis::payload) prove_roles(flow, inspection, direction);
}

/// Bytes that only a server, or only a client, would say.
void Detector::prove_roles(Flow& flow, Inspection& inspection, Direction direction) noexcept {
  const Talker& talker = inspection.talker[direction];
  const SignatureSet& set = scanner_.set();
  const auto strongest = [&](Side side) {
    const SideMatches& matches = talker.matches[static_cast<std::size_t>(side)];
    return matches.count == 0 ? SignatureSide::either : set.at(matches.indices[0]).side;
  };
  const auto opposite = static_cast<Direction>(direction ^ 1U);
  if (strongest(Side::server) == SignatureSide::server && talker.matches[0].count == 0) {
    improve_roles(flow, opposite, RoleBasis::payload);
  } else if (strongest(Side::client) == SignatureSide::client && talker.matches[1].count == 0) {
    improve_roles(flow, direction, RoleBasis::payload);
  }
}

FlowSeen Detector::seen(const Flow& flow, const Inspection& inspection, std::int64_t now, bool flow_over) const noexcept {
  const Direction client = flow.direction_of(Side::client);
  const Direction server = flow.direction_of(Side::server);
  FlowSeen seen;
  seen.transport = flow.key.transport;
  seen.joined = seen.transport == Transport::tcp && !flow.bits.tcp_flags_seen;
  const auto side = [&](Direction direction) {
    const Talker& talker = inspection.talker[direction];
    SideSeen one;
    one.spoke = talker.spoke;
    one.reset = (flow.tcp_flags[direction] & kTcpReset) != 0;
    one.payload = is_payload(talker, seen.joined) || (talker.spoke && lost_bytes(talker, flow.tcp_flags[direction]));
    one.done = is_done(talker, seen.transport);
    one.acknowledged = talker.ack_known && talker.base_known ? talker.acknowledged - talker.base : 0;
    return one;
  };
  seen.client = side(client);
  seen.server = side(server);
  const bool client_acknowledged = (flow.tcp_flags[client] & (kTcpSyn | kTcpAck)) == (kTcpSyn | kTcpAck);
  seen.handshake = inspection.handshake || client_acknowledged;
  seen.refused = inspection.refused;
  seen.group = flow.bits.group;
  seen.time_over = inspection.budget_over;
  seen.flow_over = flow_over;
  const Talker& asking = inspection.talker[client];
  seen.datagrams = static_cast<std::uint32_t>(asking.payload_packets + asking.empty_datagrams + inspection.earlier_datagrams);
  if (asking.datagram_seen) seen.span = std::min(now, asking.last_datagram_stamp) - asking.first_datagram_stamp;
  seen.names = identify(scanner_.set(), asking.matches[static_cast<std::size_t>(Side::client)],
                        inspection.talker[server].matches[static_cast<std::size_t>(Side::server)]);
  return seen;
}

Action Detector::evaluate(Flow& flow, Inspection& inspection, const FactKey& key, std::int64_t now, bool flow_over) noexcept {
  if (flow.bits.outcome == Outcome::identified) {
    look_inside(flow, inspection, key, flow_over);
    return flow.inspection == kNoIndex ? Action::decided : Action::inspect;
  }
  if (!flow_over && may_be_flipped(flow, inspection)) return Action::inspect;
  const FlowSeen now_seen = seen(flow, inspection, now, flow_over);
  const Decision decision = decide(now_seen);
  if (decision.outcome == Outcome::none || decision.outcome <= flow.bits.outcome) return Action::inspect;
  say(flow, inspection, decision, now_seen.names, key);
  if (flow.bits.outcome == Outcome::identified && !flow.bits.said_twice && flow.key.transport == Transport::tcp &&
      scanner_.set().is_carrier(flow.service)) {
    look_inside(flow, inspection, key, flow_over);
  } else if (flow.bits.outcome == Outcome::identified || flow.bits.said_twice ||
             (decision.outcome == Outcome::unrecognized && decision.budget == BudgetEnd::bytes)) {
    release(flow);
  }
  return flow.inspection == kNoIndex ? Action::decided : Action::inspect;
}

void Detector::say(Flow& flow, Inspection& inspection, const Decision& decision, const Identification& names,
                   const FactKey& key) noexcept {
  const SignatureSet& set = scanner_.set();
  const SignatureIndex signature = decision.side == Side::server ? names.server : names.client;
  const bool is_named = decision.outcome == Outcome::identified;
  flow.bits.outcome = decision.outcome;
  if (is_named) {
    flow.service = set.at(signature).service;
    inspection.named_by = signature;
  }
  if (names.client_words != kNoSignature && set.at(names.client_words).service != flow.service) {
    flow.asked = set.at(names.client_words).service;
  }
  const Talker& ground = inspection.talker[flow.direction_of(decision.side)];
  flow.bits.bad_checksum = is_named && ground.scanned_second && !ground.head.conflict();
  if (is_named) ++counters_.identified;
  if (decision.outcome == Outcome::unrecognized) ++counters_.unrecognized;
  if (!is_judged(flow)) return;

  if (!inspection.handshake) {
    const VerdictMemory::Entry* earlier = memory_.find(flow.key, key.time);
    if (earlier != nullptr && (decision.outcome < earlier->outcome ||
                               (decision.outcome == earlier->outcome && flow.service == earlier->service))) {
      ++counters_.inherited;
      flow.bits.outcome = std::max(earlier->outcome, decision.outcome);
      return;
    }
  }
  FlowDetail detail;
  describe(flow, &inspection, detail);
  detail.outcome = decision.outcome;
  detail.signature = is_named ? signature : kNoSignature;
  detail.budget = decision.budget;
  detail.answer = decision.answer;
  detail.revises = flow.bits.said;
  detail.revision = detail.revises ? 2 : 1;
  if (decision.one_sided) detail.marks |= kOneSided;
  if (is_named && (decision.side == Side::client || !set.at(signature).verified)) detail.marks |= kClaimed;
  describe_evidence(flow, inspection, decision, detail);
  if (decision.outcome == Outcome::probe) {
    TallyDetail knock = tally_of(detail);
    knock.first_stamp = flow.first_stamp;
    writer_.knock(key.time, knock);
  } else if (decision.outcome == Outcome::listener) {
    writer_.listener(key, detail);
  } else {
    writer_.finding(key, detail);
  }
  flow.bits.said = true;
  flow.bits.said_twice = detail.revises;
}

/// Inside a carrier: finds where the inner protocol begins, then names it.
void Detector::look_inside(Flow& flow, Inspection& inspection, const FactKey& key, bool flow_over) noexcept {
  const SignatureSet& set = scanner_.set();
  Talker& client = inspection.talker[flow.direction_of(Side::client)];
  Talker& server = inspection.talker[flow.direction_of(Side::server)];
  const bool spent = (is_done(client, flow.key.transport) && is_done(server, flow.key.transport)) || flow_over;
  const Bytes client_bytes = client.head.version(0);
  const Bytes server_bytes = server.head.version(0);
  if (!inspection.upgraded) {
    const auto point = scanner_.find_upgrade(flow.service, client_bytes, server_bytes);
    if (point) {
      inspection.upgraded = true;
      inspection.inner_offset[flow.direction_of(Side::client)] = point->client_offset;
      inspection.inner_offset[flow.direction_of(Side::server)] = point->server_offset;
    }
  }
  if (inspection.upgraded) {
    const auto inside = [&](Direction direction, Bytes bytes, Side side) {
      const std::uint32_t offset = inspection.inner_offset[direction];
      if (offset >= bytes.size()) return SideMatches{};
      Payload payload;
      payload.bytes = bytes.subspan(offset);
      payload.complete = flow_over;
      return scanner_.scan(flow.key.transport, side, payload);
    };
    const SideMatches asks = inside(flow.direction_of(Side::client), client_bytes, Side::client);
    const SideMatches answers = inside(flow.direction_of(Side::server), server_bytes, Side::server);
    const Identification names = identify(set, asks, answers);
    const bool answered = server_bytes.size() > inspection.inner_offset[flow.direction_of(Side::server)];
    SignatureIndex inner = names.server;
    if (inner == kNoSignature && answered && spent) inner = names.client;
    if (inner != kNoSignature && set.at(inner).service != flow.service) {
      flow.inner = set.at(inner).service;
      if (is_judged(flow) && !flow.bits.said_twice) {
        FlowDetail detail;
        describe(flow, &inspection, detail);
        detail.outcome = Outcome::identified;
        detail.inner = flow.inner;
        detail.signature = inspection.named_by;
        detail.inner_signature = inner;
        detail.revises = flow.bits.said;
        detail.revision = detail.revises ? 2 : 1;
        const Side side = inner == names.server ? Side::server : Side::client;
        Decision ground;
        ground.outcome = Outcome::identified;
        ground.side = side;
        describe_evidence(flow, inspection, ground, detail);
        const std::uint32_t offset = inspection.inner_offset[flow.direction_of(side)];
        const Bytes shown = (side == Side::server ? server_bytes : client_bytes).subspan(offset);
        detail.evidence_length = static_cast<std::uint8_t>(std::min<std::size_t>(shown.size(), sizeof detail.evidence));
        std::copy_n(shown.begin(), detail.evidence_length, detail.evidence);
        if (key.timer == 0) detail.packet = key.number;
        writer_.finding(key, detail);
        flow.bits.said_twice = true;
      }
      release(flow);
      return;
    }
  }
  if (spent) release(flow);
}

void Detector::finish(Flow& flow, EndCause cause, std::int64_t stamp, const PacketTime* at) noexcept {
  const FactKey key = at != nullptr ? FactKey{at->stamp, 0, at->number} : FactKey{stamp, 1, flow.first_number};
  std::uint32_t one_way = 0;
  if (flow.inspection != kNoIndex) {
    Inspection& inspection = inspections_[flow.inspection];
    for (Direction direction = 0; direction < 2; ++direction) scan(flow, inspection, direction, true, {});
    if (may_be_flipped(flow, inspection)) {
      flow.bits.originator = !flow.bits.originator;
      flow.bits.basis = RoleBasis::unknown;
      prove_roles(flow, inspection, flow.direction_of(Side::server));
    }
    const FlowSeen last = seen(flow, inspection, flow.last, true);
    one_way = last.datagrams;
    (void)evaluate(flow, inspection, key, flow.last, true);
  }
  const bool judged = is_judged(flow);
  if (judged && flow.bits.outcome != Outcome::none) memory_.remember(flow.key, stamp, flow.bits.outcome, flow.service, one_way);
  if (rules_->flow_records || (judged && flow.bits.outcome == Outcome::none)) {
    FlowDetail detail;
    describe(flow, flow.inspection == kNoIndex ? nullptr : &inspections_[flow.inspection], detail);
    detail.cause = cause;
    detail.outcome = flow.bits.outcome;
    if (judged && flow.bits.outcome == Outcome::none) {  // no inspection was to be had: say so rather than nothing
      detail.outcome = Outcome::unrecognized;
      detail.marks |= kTruncated;
      detail.revision = 1;
      writer_.finding(key, detail);
      detail.outcome = Outcome::none;
    }
    if (rules_->flow_records) writer_.flow(key, detail);
  }
  release(flow);
  flow.bits.live = false;
}

}  // namespace ghostport
