#include "detection/detector.h"

#include <algorithm>

#include "detection/judge.h"
#include "detection/roles.h"

namespace ghostport {
namespace {

constexpr std::size_t kHeadBudget = std::size_t{256} << 20U;  // bytes of each size class of stream heads, per worker

// A single byte that never goes on, in a flow joined midway, is a keep-alive (RFC 9293 section 3.8.4).
bool is_payload(const Talker& talker, bool joined) noexcept {
  if (talker.payload_packets == 0) return false;
  return !(joined && !talker.cut && talker.head.contiguous() <= 1 && !talker.head.has_gap());
}

/// Datagrams of the client, those before the flow's last expiry among them.
std::uint32_t datagrams_of(const Flow& flow, const Inspection& inspection) noexcept {
  const Talker& client = inspection.talker[flow.direction_of(Side::client)];
  return std::uint32_t{client.payload_packets} + client.empty_datagrams + inspection.earlier_datagrams;
}

/// All that the server said is what the client said before: no word of its own.
bool is_echo(const Talker& client, const Talker& server) noexcept {
  const Bytes asked = spoken(client);
  const Bytes answered = spoken(server);
  return client.first_payload.number < server.first_payload.number && client.first_payload.number != 0 &&
         answered.size() <= asked.size() && std::equal(answered.begin(), answered.end(), asked.begin());
}

}  // namespace

Detector::Detector(std::shared_ptr<const Rules> rules, FactWriter& writer)
    : generations_(std::make_unique<Generation>(rules, GenerationNumber{0})),
      writer_(writer),
      inspections_(rules->flow_limit),
      heads_(rules->head_bytes, rules->within(kHeadBudget)),
      urgent_left_out_(rules->head_bytes),
      stun_(find_service("stun").value_or(ServiceId::none)),
      session_services_{find_service("citrix-ica").value_or(ServiceId::none),
                        find_service("citrix-cgp").value_or(ServiceId::none)},
      followers_(rules->within(FollowerPool::kMost)),
      memory_(rules->within(VerdictMemory::kSets)) {}

bool Detector::adopt(std::unique_ptr<Generation>& next) noexcept { return generations_.adopt(next); }

void Detector::settle() noexcept {
  generations_.free_unused();
  writer_.set_oldest(generations_.oldest());
}

std::uint32_t Detector::take_inspection() noexcept {
  const std::uint32_t index = inspections_.take();
  if (index == kNoIndex) return index;
  inspections_[index].generation = generations_.newest();
  ++generations_.at(generations_.newest()).inspections;
  return index;
}

void Detector::begin(std::uint64_t file_tag) noexcept {
  file_tag_ = file_tag;
  memory_.forget_all();
  pinholes_.forget_all();
}

bool Detector::is_judged(const Flow& flow) const noexcept {
  const std::uint16_t port = flow.key.port[flow.direction_of(Side::server)];
  return (rules().watch.at(flow.key.transport, port) & WatchTable::kJudged) != 0;
}

bool Detector::has_judged_port(const Flow& flow) const noexcept {
  return ((rules().watch.at(flow.key.transport, flow.key.port[0]) |
           rules().watch.at(flow.key.transport, flow.key.port[1])) &
          WatchTable::kJudged) != 0;
}

/// UDP that only a judged port has sent: whether that is the server's is known at the end (docs/verdicts.md, row 9).
bool Detector::may_be_flipped(const Flow& flow, const Inspection& inspection) const noexcept {
  if (flow.key.transport != Transport::udp || is_judged(flow)) return false;
  const Direction server = flow.direction_of(Side::server);
  const Direction client = flow.direction_of(Side::client);
  return !inspection.talker[server].spoke && !is_known_server_port(flow.key.port[server]) &&
         (rules().watch.at(flow.key.transport, flow.key.port[client]) & WatchTable::kJudged) != 0;
}

/// UDP to a judged port that has not answered: perhaps itself the answers to a client whose half is not captured.
bool Detector::may_be_answers(const Flow& flow, const Inspection& inspection) const noexcept {
  return flow.key.transport == Transport::udp && !flow.bits.group && is_judged(flow) &&
         !inspection.talker[flow.direction_of(Side::server)].spoke;
}

/// What is said is what only a server says; from a usual server's port also what either side says, and no more of what
/// nobody knows than a knock may be. A client's request from a well-chosen port is none of these.
bool Detector::are_answers(const Flow& flow, const Inspection& inspection, Outcome outcome) const noexcept {
  if (!may_be_answers(flow, inspection)) return false;
  const Direction sender = flow.direction_of(Side::client);
  const Talker& talker = inspection.talker[sender];
  if (talker.asked || talker.payload_packets == 0) return false;
  if (talker.answered || !is_known_server_port(flow.key.port[sender])) return talker.answered;
  return outcome == Outcome::probe || outcome == Outcome::identified;
}

/// Keeps in mind whether a datagram was what only a client, or only a server, would say.
void Detector::note_manner_of(Talker& talker) const noexcept {
  const auto says_as = [&](Side side, bool weakly) {
    const SideMatches& matches = talker.matches[static_cast<std::size_t>(side)];
    return std::any_of(matches.indices, matches.indices + matches.count, [&](SignatureIndex index) {
      const Signature& one = scanner().set().at(index);
      return one.usually == static_cast<SignatureSide>(side) && (weakly || !one.both_directions);
    });
  };
  const bool asks = says_as(Side::client, true);
  const bool answers = says_as(Side::server, false);
  talker.asked = talker.asked || (asks && !answers);
  talker.answered = talker.answered || (answers && !asks);
}

/// Does what the supposed client said to a group prove a service?
bool Detector::speaks_as_server(const Flow& flow, const Inspection& inspection) const noexcept {
  const SideMatches& matches = inspection.talker[flow.direction_of(Side::client)].matches[1];
  return std::any_of(matches.indices, matches.indices + matches.count,
                     [this](SignatureIndex index) { return !scanner().set().at(index).both_directions; });
}

void Detector::attach(Flow& flow, std::uint32_t index, Direction direction, bool group, const PacketTime& at) noexcept {
  generations_.use_newest();
  flow.first_stamp = flow.last = at.stamp;
  flow.first_time = at.true_time;
  flow.first_number = at.number & Flow::kNumbers;
  flow.bits = {};
  flow.bits.live = true;
  flow.bits.group = group;
  flow.inspection = kNoIndex;
  flow.service = flow.asked = flow.inner = ServiceId::none;
  flow.sent[0] = flow.sent[1] = {};
  flow.next_sequence[0] = flow.next_sequence[1] = 0;
  flow.packets[0] = flow.packets[1] = 0;
  roles_by_ports(flow, direction, rules().watch);
  if (flow.key.transport == Transport::udp) improve_roles(flow, direction, RoleBasis::first_packet);

  const bool judged_port = has_judged_port(flow);
  if (!judged_port && !rules().flow_records && !is_companion(flow)) return;
  flow.inspection = take_inspection();
  flow.bits.not_inspected = flow.inspection == kNoIndex;
  if (flow.inspection == kNoIndex) return;
  Inspection& inspection = inspections_[flow.inspection];
  inspection.flow = index;
  if (flow.key.transport == Transport::udp && judged_port) {
    const VerdictMemory::Entry* before = memory_.find(flow.key, at.stamp);
    if (before != nullptr && before->outcome == Outcome::probe) inspection.earlier_datagrams = before->datagrams;
    if (before != nullptr && before->roles_known) flow.bits.originator = before->originator;
  }
}

void Detector::note_vlans(Flow& flow, const std::uint16_t* tags, std::uint8_t count) noexcept {
  if (flow.inspection == kNoIndex) return;
  Inspection& inspection = inspections_[flow.inspection];
  inspection.vlans = std::min<std::uint8_t>(count, 2);
  for (std::uint8_t i = 0; i < inspection.vlans; ++i) inspection.vlan[i] = tags[i];
}

void Detector::note_tunnel(Flow& flow, const TunnelNote& tunnel) noexcept {
  if (flow.inspection != kNoIndex) inspections_[flow.inspection].tunnel = tunnel;
}

void Detector::note_anomalies(Flow& flow, std::uint16_t anomalies) noexcept {
  if (flow.inspection == kNoIndex) return;
  Inspection& inspection = inspections_[flow.inspection];
  inspection.anomalies = static_cast<std::uint16_t>(inspection.anomalies | anomalies);
}

void Detector::signal(Flow& flow, Direction direction, Signal signal, const PacketTime& at) noexcept {
  use_rules_of(flow);
  Inspection* inspection = flow.inspection == kNoIndex ? nullptr : &inspections_[flow.inspection];
  if (inspection != nullptr && signal != Signal::icmp_unreachable) {
    Talker& talker = inspection->talker[direction];
    if (signal != Signal::reset) talker.spoke = true;
    if (talker.first_packet.number == 0) talker.first_packet = {at.number, at.true_time};
  }
  const auto opposite = static_cast<Direction>(direction ^ 1U);
  const auto flags = [&](std::uint8_t seen) {
    flow.sent[direction].tcp_flags = static_cast<std::uint8_t>(flow.sent[direction].tcp_flags | seen);
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
      if (inspection != nullptr) inspection->talker[direction].acknowledges = true;
      break;
    case Signal::reset: flags(kTcpReset); break;
    case Signal::fin: flags(kTcpFin | kTcpAck); break;
  }
}

Action Detector::feed(Flow& flow, Direction direction, std::uint32_t offset, Bytes bytes,
                      const PacketTime& at) noexcept {
  if (flow.inspection == kNoIndex || inspections_[flow.inspection].idle) return Action::decided;
  use_rules_of(flow);
  Inspection& inspection = inspections_[flow.inspection];
  Talker& talker = inspection.talker[direction];
  if (talker.payload_packets < 0xFFFF) ++talker.payload_packets;
  talker.payload_bytes += bytes.size();
  return take_bytes(flow, inspection, direction, offset, bytes, Trust::good, at);
}

Action Detector::take_bytes(Flow& flow, Inspection& inspection, Direction direction, std::uint32_t offset, Bytes bytes,
                            Trust trust, const PacketTime& at) noexcept {
  Talker& talker = inspection.talker[direction];
  if (!inspection.budget_started) start_time_budget(inspection, flow.inspection, at.stamp);
  const bool was_full = talker.head.full();
  talker.spoke = true;
  if (talker.first_payload.number == 0) talker.first_payload = {at.number, at.true_time};

  if (flow.key.transport == Transport::udp) {
    const std::uint32_t before = talker.head.contiguous();
    if (talker.datagrams < kPacketBudget && !bytes.empty()) {
      talker.head.add(heads_, before, bytes, Trust::good);
      // What the head had to cut is no whole datagram; it is looked at now or never.
      const std::uint32_t end = talker.head.contiguous();
      if (end - before == bytes.size() && end <= 0xFFFF) {
        talker.datagram_end[talker.datagrams++] = static_cast<std::uint16_t>(end);
      } else {
        passing_datagram_ = bytes;
      }
    }
  } else {
    const bool conflict_before = talker.head.conflict();
    talker.head.add(heads_, offset, bytes, trust);
    if (talker.head.doubt_differs() && (talker.refused || talker.uncertain)) flow.bits.doubtful_segments = true;
    if (talker.head.conflict() && !conflict_before) {
      flow.bits.conflicting_data = true;
      ++counters_.conflicts;
    }
  }
  // With the last that is kept, checks must say yes or no.
  const bool last = (!was_full && talker.head.full()) ||
                    (flow.key.transport == Transport::udp && talker.payload_packets == kPacketBudget);
  // A stream that has its name is kept for what may be inside it alone.
  if (flow.key.transport == Transport::udp || flow.bits.outcome != Outcome::identified)
    scan(flow, inspection, direction, last, {at.number, at.true_time});
  const bool answers = generations_.now().tells && flow.key.transport == Transport::udp &&
                       flow.side_of(direction) == Side::server &&
                       inspection.talker[direction ^ 1U].first_payload.number != 0;
  const Action action = evaluate(flow, inspection, at);
  passing_datagram_ = {};
  if (answers) tell_exchange(flow, at);
  return action;
}

void Detector::start_time_budget(Inspection& inspection, std::uint32_t index, std::int64_t stamp) noexcept {
  inspection.first_payload_stamp = stamp;
  inspection.in_queue = inspection.budget_started = true;
  // In order of stamp: in a foreign host one thread's packets may be behind another's.
  std::uint32_t before = last_deadline_;
  while (before != kNoIndex && inspections_[before].first_payload_stamp > stamp)
    before = inspections_[before].previous_deadline;
  const std::uint32_t after = before == kNoIndex ? first_deadline_ : inspections_[before].next_deadline;
  inspection.previous_deadline = before;
  inspection.next_deadline = after;
  (before == kNoIndex ? first_deadline_ : inspections_[before].next_deadline) = index;
  (after == kNoIndex ? last_deadline_ : inspections_[after].previous_deadline) = index;
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
  use_rules_of(flow);
  const std::int64_t due = inspection.first_payload_stamp + kTimeBudget;
  leave_queue(inspection);
  inspection.budget_over = true;
  for (Direction direction = 0; direction < 2; ++direction) scan(flow, inspection, direction, true, {});
  (void)evaluate(flow, inspection, Moment{{due, 1, flow.first_number}, due, {}, false});
}

void Detector::release(Flow& flow) noexcept {
  if (flow.inspection == kNoIndex) return;
  Inspection& inspection = inspections_[flow.inspection];
  leave_queue(inspection);
  for (Talker& talker : inspection.talker) talker.head.clear(heads_);
  if (inspection.follower != kNoIndex && flow.bits.live) {
    inspection.idle = true;
    return;
  }
  // What the flow record will say of its carriers is kept until then.
  if (rules().flow_records && flow.bits.live &&
      (inspection.vlans != 0 || inspection.tunnel.depth != 0 || inspection.anomalies != 0)) {
    inspection.idle = true;
    return;
  }
  --generations_.at(inspection.generation).inspections;
  inspections_.give_back(flow.inspection);
  flow.inspection = kNoIndex;
}

FlowSeen Detector::seen(const Flow& flow, const Inspection& inspection, const Identification& names,
                        const Moment& moment) const noexcept {
  const Direction client = flow.direction_of(Side::client);
  const Direction server = flow.direction_of(Side::server);
  FlowSeen seen;
  seen.transport = flow.key.transport;
  seen.joined = seen.transport == Transport::tcp && !flow.bits.tcp_flags_seen;
  const auto side = [&](SideSeen& one, Direction direction) {
    const Talker& talker = inspection.talker[direction];
    one.spoke = talker.spoke;
    one.reset = (flow.sent[direction].tcp_flags & kTcpReset) != 0;
    one.payload =
        is_payload(talker, seen.joined) || (talker.spoke && lost_bytes(talker, flow.sent[direction].tcp_flags));
    one.done = is_done(talker, seen.transport);
    one.acknowledges = talker.acknowledges;
    one.acknowledged = talker.ack_known && talker.base_known ? talker.acknowledged - talker.base : 0;
    if (one.acknowledged != 0 && (flow.sent[direction].tcp_flags & kTcpFin) != 0)
      --one.acknowledged;  // a FIN counts for one
    // What anybody may send into nothing, in however many segments; more, or a moving ACK, is a conversation.
    const auto sent = static_cast<std::int32_t>(flow.next_sequence[direction] - talker.base);
    one.goes_on =
        talker.ack_moved || talker.head.full() || (talker.base_known && sent > static_cast<std::int32_t>(kJudgedBytes));
  };
  side(seen.client, client);
  side(seen.server, server);
  seen.handshake = inspection.handshake || ((flow.sent[client].tcp_flags & kTcpSyn) != 0 && seen.client.acknowledges);
  seen.refused = inspection.refused;
  seen.group = flow.bits.group;
  seen.time_over = inspection.budget_over;
  seen.flow_over = moment.flow_over;
  const Talker& asking = inspection.talker[client];
  seen.datagrams = datagrams_of(flow, inspection);
  if (asking.datagram_seen) seen.span = std::min(moment.now, asking.last_datagram_stamp) - asking.first_datagram_stamp;
  seen.names = names;
  if (seen.names.server != kNoSignature && is_echo(asking, inspection.talker[server])) seen.names.server = kNoSignature;
  return seen;
}

Action Detector::evaluate(Flow& flow, Inspection& inspection, const PacketTime& at) noexcept {
  return evaluate(flow, inspection, Moment{{at.stamp, 0, at.number}, at.stamp, {at.number, at.true_time}, false});
}

Action Detector::evaluate(Flow& flow, Inspection& inspection, const Moment& moment) noexcept {
  if (flow.bits.outcome == Outcome::identified) {
    look_further(flow, inspection, moment);
    return flow.inspection == kNoIndex ? Action::decided : Action::inspect;
  }
  const Identification names = names_of(flow, inspection);
  if (!moment.flow_over) {
    if (may_be_flipped(flow, inspection)) return Action::inspect;
    // With budgets left decide() says nothing yet without a proof.
    if (names.server == kNoSignature && !names.header && !inspection.budget_over &&
        !is_done(inspection.talker[0], flow.key.transport) && !is_done(inspection.talker[1], flow.key.transport))
      return Action::inspect;
  }
  const FlowSeen now_seen = seen(flow, inspection, names, moment);
  const Decision decision = decide(now_seen);
  if (decision.outcome == Outcome::none || decision.outcome <= flow.bits.outcome) return Action::inspect;
  if (are_answers(flow, inspection, decision.outcome)) {
    flow.bits.originator = !flow.bits.originator;
    flow.bits.basis = RoleBasis::port_rank;
    return evaluate(flow, inspection, moment);
  }
  say(flow, inspection, decision, now_seen.names, moment);
  if (flow.bits.outcome == Outcome::identified && !flow.bits.said_twice && may_hold_more(flow)) {
    look_further(flow, inspection, moment);
  } else if (flow.bits.outcome == Outcome::identified || flow.bits.said_twice ||
             (decision.outcome == Outcome::unrecognized && decision.budget == BudgetEnd::bytes)) {
    release(flow);
  }
  return flow.inspection == kNoIndex ? Action::decided : Action::inspect;
}

void Detector::say(Flow& flow, Inspection& inspection, const Decision& decision, const Identification& names,
                   const Moment& moment) noexcept {
  const FactKey& key = moment.key;
  const SignatureSet& set = scanner().set();
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
  if (!is_named && names.header) look_behind_header(flow, inspection, names);
  const Talker& ground = inspection.talker[flow.direction_of(decision.side)];
  if (is_named && ground.scanned_second && !ground.head.conflict()) {
    flow.bits.bad_checksum = ground.corrupt;
    flow.bits.doubtful_segments = flow.bits.doubtful_segments || ground.refused;
  }
  if (is_named) ++counters_.identified;
  if (decision.outcome == Outcome::unrecognized) ++counters_.unrecognized;
  if (observer_ != nullptr) tell_story(flow, inspection, names, moment.flow_over);
  if (is_named) tell_identified(flow, inspection, moment);
  if (!is_judged(flow)) return;

  if (!inspection.handshake) {
    const VerdictMemory::Entry* earlier = memory_.find(flow.key, key.time);
    if (earlier != nullptr && (decision.outcome < earlier->outcome ||
                               (decision.outcome == earlier->outcome && flow.service == earlier->service))) {
      ++counters_.inherited;
      flow.bits.blocked = earlier->blocked;
      if (earlier->blocked) tell_host(flow, Verdict::unexpected, earlier->service);
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
  if (enforces_) enforce_on(flow, detail);
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

/// What context may change yet goes on until the adjudicator has decided.
void Detector::enforce_on(Flow& flow, const FlowDetail& detail) const noexcept {
  if (detail.outcome != Outcome::identified) return;
  const Ruling ruling = rule_on(rules(), detail);
  if (ruling.may_change) return;
  flow.bits.blocked = ruling.verdict == Verdict::unexpected;
  tell_host(flow, ruling.verdict, detail.service);
}

void Detector::tell_host(const Flow& flow, Verdict verdict, ServiceId service) const noexcept {
  if (host_flows_ == nullptr) return;
  HostFlow& told = host_flows_[&flow - flows_];
  told.judged = true;
  told.verdict = verdict;
  told.service = service;
}

void Detector::command(Flow& flow, const FlowCommand& command) const noexcept {
  if (flow_id(flow) != command.flow_id) return;
  flow.bits.blocked = command.block;
  tell_host(flow, command.verdict, command.service);
}

void Detector::finish(Flow& flow, EndCause cause, std::int64_t stamp, const PacketTime* at) noexcept {
  use_rules_of(flow);
  const FactKey key = at != nullptr ? FactKey{at->stamp, 0, at->number} : FactKey{stamp, 1, flow.first_number};
  std::uint32_t one_way = 0;
  if (flow.inspection != kNoIndex && !inspections_[flow.inspection].idle) {
    Inspection& inspection = inspections_[flow.inspection];
    for (Direction direction = 0; direction < 2; ++direction) scan(flow, inspection, direction, true, {});
    const Talker& sender = inspection.talker[flow.direction_of(Side::client)];
    if (may_be_flipped(flow, inspection) && (!sender.asked || sender.answered) &&
        (!flow.bits.group || speaks_as_server(flow, inspection))) {
      flow.bits.originator = !flow.bits.originator;
      flow.bits.basis = RoleBasis::unknown;
      prove_roles(flow, inspection, flow.direction_of(Side::server));
    }
    one_way = datagrams_of(flow, inspection);
    (void)evaluate(flow, inspection, Moment{key, flow.last, {}, true});
  }
  const bool judged = is_judged(flow);
  const bool spoke_both =
      flow.key.transport == Transport::udp && flow.packets[0] != 0 && flow.packets[1] != 0 && has_judged_port(flow);
  if (spoke_both || (judged && flow.bits.outcome != Outcome::none))
    memory_.remember(flow.key, stamp, judged ? flow.bits.outcome : Outcome::none, flow.service, flow.inner, one_way);
  if (spoke_both) memory_.remember_roles(flow.key, flow.bits.originator);
  if (flow.bits.blocked) memory_.remember_blocked(flow.key);
  const bool recorded = rules().flow_records && (is_watched(flow) || !is_companion(flow));
  const bool unseen = judged && flow.bits.not_inspected && flow.bits.outcome == Outcome::none;
  if (recorded || unseen) {
    FlowDetail detail;
    describe(flow, flow.inspection == kNoIndex ? nullptr : &inspections_[flow.inspection], detail);
    detail.cause = cause;
    detail.outcome = flow.bits.outcome;
    if (unseen) {  // no inspection was to be had: say so rather than nothing
      detail.outcome = Outcome::unrecognized;
      detail.marks |= kTruncated;
      detail.revision = 1;
      writer_.finding(key, detail);
      detail.outcome = Outcome::none;
    }
    if (recorded) writer_.flow(key, detail);
  }
  tell_end(flow, key);
  flow.bits.live = false;
  release(flow);
}

}  // namespace ghostport
