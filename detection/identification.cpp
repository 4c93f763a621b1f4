// The part of the detector that runs signatures over heads, and looks for the protocol inside a carrier.
#include <algorithm>

#include "detection/detector.h"
#include "detection/roles.h"

namespace ghostport {
namespace {

constexpr std::uint8_t kEagerScans = 16;  // a head is scanned at each of its first segments, ...

// ... and later whenever it has grown by half: the bytes scanned stay within a constant factor of the head.
bool has_grown(std::uint32_t length, std::uint32_t scanned, std::uint8_t scans) noexcept {
  return length > scanned && (scans < kEagerScans || length >= scanned + scanned / 2);
}

/// RFC 7983 section 7: by the first octet. An empty datagram is not kept.
bool is_stun(Bytes datagram) noexcept { return datagram.front() < 4; }

}  // namespace

SideMatches Detector::scan_payload(const Flow& flow, Talker& talker, Side side, bool final) noexcept {
  Payload payload;
  payload.complete = final;
  if (flow.key.transport == Transport::udp) {
    Bytes datagrams[kPacketBudget + 1];
    const Bytes all = talker.head.version(0);
    std::size_t begin = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < talker.datagrams; ++i) {
      const Bytes one = all.subspan(begin, talker.datagram_end[i] - begin);
      begin = talker.datagram_end[i];
      if (flow.service != stun_ || !is_stun(one)) datagrams[count++] = one;
    }
    if (!passing_datagram_.empty()) datagrams[count++] = passing_datagram_;
    if (count == 0) return {};
    payload.datagrams = {datagrams, count};
    payload.bytes = datagrams[count - 1];
    return scanner().scan(Transport::udp, side, payload);
  }
  return scan_stream(talker, side, final);
}

/// One stream in up to three readings: what is good and came first, the second version, and without urgent bytes. The
/// first that proves anything counts, else the first that names anything.
SideMatches Detector::scan_stream(Talker& talker, Side side, bool final) noexcept {
  const SignatureSet& set = scanner().set();
  const StreamHead& head = talker.head;
  SideMatches best;
  const auto proven = [&] { return best.count != 0 && !set.at(best.indices[0]).both_directions; };
  const auto read = [&](Bytes bytes) {
    if (bytes.empty() || proven()) return false;
    Payload payload;
    payload.bytes = bytes;
    payload.complete = final;
    const SideMatches matches = scanner().scan(Transport::tcp, side, payload);
    const bool better = matches.count != 0 && (best.count == 0 || !set.at(matches.indices[0]).both_directions);
    if (better || best.count == 0) best = matches;
    return better;
  };
  (void)read(head.version(0));
  // The second version counts where it holds what may be true, where the receiver took what looked wrong, or where
  // nothing better will come.
  const bool second_counts =
      head.conflict() || head.ambiguous() || final || head.acknowledged() > head.version(0).size();
  if (head.has_second() && second_counts && read(head.version(1))) talker.scanned_second = true;
  if (talker.urgent.any()) (void)read(without_urgent(talker, spoken(talker)));
  return best;
}

Bytes Detector::without_urgent(const Talker& talker, Bytes bytes) noexcept {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < std::min(bytes.size(), urgent_left_out_.size()); ++at) {
    if (!talker.urgent.holds(static_cast<std::uint32_t>(at))) urgent_left_out_[kept++] = bytes[at];
  }
  return Bytes(urgent_left_out_).first(kept);
}

void Detector::scan(Flow& flow, Inspection& inspection, Direction direction, bool final,
                    const PacketMark& mark) noexcept {
  Talker& talker = inspection.talker[direction];
  const bool udp = flow.key.transport == Transport::udp;
  // A datagram is one unit; a stream is scanned again as it grows. A second version can change without growing.
  const std::uint32_t length = udp ? talker.datagrams : static_cast<std::uint32_t>(talker.head.version(0).size());
  const std::uint32_t second = udp ? 0 : static_cast<std::uint32_t>(talker.head.version(1).size());
  const bool passing = !passing_datagram_.empty();
  if (length == 0 && second == 0 && !passing) return;
  const bool changed = talker.head.has_second() && !talker.scanned_second && (final || talker.scans < kEagerScans);
  const bool longer = length > talker.scanned || second > talker.second_scanned || passing;
  const bool grown =
      udp ? longer
          : has_grown(length, talker.scanned, talker.scans) || has_grown(second, talker.second_scanned, talker.scans);
  // A check that wanted more is asked once again when nothing more will come.
  const bool waiting = final && (talker.matches[0].more || talker.matches[1].more);
  if (!changed && !waiting && !(final ? longer : grown)) return;
  talker.scanned = length;
  talker.second_scanned = second;
  if (talker.scans < 0xFF) ++talker.scans;

  const bool sure = flow.bits.basis >= RoleBasis::first_packet;
  for (const Side side : {Side::client, Side::server}) {
    const bool open = may_be_flipped(flow, inspection) || may_be_answers(flow, inspection);
    if (sure && flow.side_of(direction) != side && !open) continue;
    SideMatches& kept = talker.matches[static_cast<std::size_t>(side)];
    const bool had = kept.count != 0;
    const ServiceId before = had ? scanner().set().at(kept.indices[0]).service : ServiceId::none;
    const SideMatches found = scan_payload(flow, talker, side, final);
    kept.more = found.more;
    if (found.count == 0 && (udp || had)) continue;
    kept = found;
    // The packet that first gave the name; a weaker one for another is forgotten.
    const bool another = found.count != 0 && scanner().set().at(found.indices[0]).service != before;
    if (another && mark.number != 0) {
      talker.match = mark;
      const std::size_t count = talker.datagrams + (passing ? 1U : 0U);  // with the newest
      if (udp && count > 1) talker.match_offset = talker.datagram_end[count - 2];
    }
  }
  if (udp) note_manner_of(talker);
  if (flow.bits.basis < RoleBasis::payload) prove_roles(flow, inspection, direction);
}

/// Bytes that only a server, or only a client, would say; of weak ones anybody may.
void Detector::prove_roles(Flow& flow, Inspection& inspection, Direction direction) noexcept {
  const Talker& talker = inspection.talker[direction];
  const SignatureSet& set = scanner().set();
  const auto strongest = [&](Side side) -> std::optional<SignatureSide> {
    const SideMatches& matches = talker.matches[static_cast<std::size_t>(side)];
    for (std::size_t i = 0; i < matches.count; ++i) {
      if (!set.at(matches.indices[i]).both_directions) return set.at(matches.indices[i]).side;
    }
    return std::nullopt;
  };
  const auto opposite = static_cast<Direction>(direction ^ 1U);
  if (strongest(Side::server) == SignatureSide::server && !strongest(Side::client)) {
    improve_roles(flow, opposite, RoleBasis::payload);
  } else if (strongest(Side::client) == SignatureSide::client && !strongest(Side::server)) {
    improve_roles(flow, direction, RoleBasis::payload);
  }
}

/// A carrier, of which something else may be inside, or on the same five-tuple.
bool Detector::may_hold_more(const Flow& flow) const noexcept {
  return flow.key.transport == Transport::tcp ? scanner().set().is_carrier(flow.service) : flow.service == stun_;
}

void Detector::look_further(Flow& flow, Inspection& inspection, const Moment& moment) noexcept {
  if (flow.key.transport == Transport::tcp) {
    look_inside(flow, inspection, moment);
  } else {
    look_beside(flow, inspection, moment);
  }
}

/// STUN opens the way for what shares its five-tuple, told apart by the first octet (RFC 7983): DTLS, RTP, RTCP.
void Detector::look_beside(Flow& flow, Inspection& inspection, const Moment& moment) noexcept {
  const Talker& client = inspection.talker[flow.direction_of(Side::client)];
  const Talker& server = inspection.talker[flow.direction_of(Side::server)];
  const bool spent = (is_done(client, flow.key.transport) && is_done(server, flow.key.transport)) || moment.flow_over;
  const SignatureSet& set = scanner().set();
  const auto beside = [&](const Talker& talker, Side side) {
    const SideMatches& matches = talker.matches[static_cast<std::size_t>(side)];
    return matches.count != 0 && set.at(matches.indices[0]).service != stun_ ? matches : SideMatches{};
  };
  const Identification names = identify(set, beside(client, Side::client), beside(server, Side::server));
  const Side side = names.server != kNoSignature ? Side::server : Side::client;
  const SignatureIndex inner = side == Side::server ? names.server : spent ? names.client : kNoSignature;
  if (inner != kNoSignature) {
    const Direction speaker = flow.direction_of(side);
    inspection.inner_offset[speaker] = inspection.talker[speaker].match_offset;
    say_inside(flow, inspection, set.at(inner).service, inner, side, moment);
  }
  if (inner != kNoSignature || spent) release(flow);
}

/// Inside a carrier: finds where the inner protocol begins, then names it.
void Detector::look_inside(Flow& flow, Inspection& inspection, const Moment& moment) noexcept {
  const Talker& client = inspection.talker[flow.direction_of(Side::client)];
  const Talker& server = inspection.talker[flow.direction_of(Side::server)];
  const bool spent = (is_done(client, flow.key.transport) && is_done(server, flow.key.transport)) || moment.flow_over;
  const auto length = static_cast<std::uint32_t>(spoken(client).size() + spoken(server).size());
  if (!spent && !has_grown(length, inspection.inside_scanned, inspection.inside_scans)) return;
  inspection.inside_scanned = length;
  if (inspection.inside_scans < 0xFF) ++inspection.inside_scans;

  if (!inspection.upgraded) {
    // What was read may yet become something else where its beginning is a guess, or there are two versions.
    const auto is_settled = [](const Talker& talker) { return talker.base_firm && !talker.head.has_second(); };
    if (!is_settled(client) || !is_settled(server)) inspection.upgrades = {};
    const auto point = inspection.upgrades.none_left
                           ? std::optional<UpgradePoint>()
                           : scanner().find_upgrade(flow.service, spoken(client), spoken(server), inspection.upgrades);
    if (point && scanner().set().upgrades()[point->upgrade].inner != ServiceId::none) {
      say_inside(flow, inspection, scanner().set().upgrades()[point->upgrade].inner, kNoSignature, Side::server,
                 moment);
      release(flow);
      return;
    }
    if (point) {
      inspection.upgraded = true;
      inspection.inner_offset[flow.direction_of(Side::client)] = point->client_offset;
      inspection.inner_offset[flow.direction_of(Side::server)] = point->server_offset;
    }
  }
  if (inspection.upgraded) {
    const Identification names = name_inside(flow, inspection, moment.flow_over);
    const bool answered = spoken(server).size() > inspection.inner_offset[flow.direction_of(Side::server)];
    const Side side = names.server != kNoSignature ? Side::server : Side::client;
    const SignatureIndex inner = side == Side::server ? names.server : answered && spent ? names.client : kNoSignature;
    if (inner != kNoSignature && scanner().set().at(inner).service != flow.service) {
      say_inside(flow, inspection, scanner().set().at(inner).service, inner, side, moment);
      release(flow);
      return;
    }
  }
  if (spent) release(flow);
}

Identification Detector::name_inside(const Flow& flow, const Inspection& inspection, bool flow_over) noexcept {
  const auto inside = [&](Side side) {
    const Direction direction = flow.direction_of(side);
    const Bytes bytes = spoken(inspection.talker[direction]);
    if (inspection.inner_offset[direction] >= bytes.size()) return SideMatches{};
    Payload payload;
    payload.bytes = bytes.subspan(inspection.inner_offset[direction]);
    payload.complete = flow_over;
    return scanner().scan(flow.key.transport, side, payload);
  };
  const SideMatches asks = inside(Side::client);
  return identify(scanner().set(), asks, inside(Side::server));
}

/// Nothing but the client's words names the header and what follows it: both were asked for.
void Detector::look_behind_header(Flow& flow, Inspection& inspection, const Identification& names) noexcept {
  const Direction client = flow.direction_of(Side::client);
  const ServiceId header = scanner().set().at(names.client).service;
  const auto point = scanner().find_upgrade(header, spoken(inspection.talker[client]), {});
  if (!point) return;
  inspection.inner_offset[client] = point->client_offset;
  const Identification inside = name_inside(flow, inspection, true);
  if (inside.client != kNoSignature) flow.inner = scanner().set().at(inside.client).service;
}

void Detector::say_inside(Flow& flow, Inspection& inspection, ServiceId inner, SignatureIndex signature, Side side,
                          const Moment& moment) noexcept {
  flow.inner = inner;
  if (!is_judged(flow) || flow.bits.said_twice) return;
  if (!inspection.handshake) {
    const VerdictMemory::Entry* earlier = memory_.find(flow.key, moment.key.time);
    if (earlier != nullptr && earlier->service == flow.service && earlier->inner == flow.inner) {
      ++counters_.inherited;
      flow.bits.blocked = earlier->blocked;
      if (earlier->blocked) tell_host(flow, Verdict::unexpected, earlier->service);
      return;
    }
  }
  FlowDetail detail;
  describe(flow, &inspection, detail);
  detail.outcome = Outcome::identified;
  detail.signature = inspection.named_by;
  detail.inner_signature = signature;
  detail.revises = flow.bits.said;
  detail.revision = detail.revises ? 2 : 1;
  Decision ground;
  ground.outcome = Outcome::identified;
  ground.side = side;
  describe_evidence(flow, inspection, ground, detail);
  const Direction direction = flow.direction_of(side);
  const Bytes shown = spoken(inspection.talker[direction]).subspan(inspection.inner_offset[direction]);
  detail.evidence_length = static_cast<std::uint8_t>(std::min<std::size_t>(shown.size(), sizeof detail.evidence));
  std::copy_n(shown.begin(), detail.evidence_length, detail.evidence);
  if (moment.mark.number != 0) {
    detail.packet = moment.mark.number;
    detail.packet_time = moment.mark.time;
  }
  if (enforces_) enforce_on(flow, detail);
  writer_.finding(moment.key, detail);
  flow.bits.said = true;
  flow.bits.said_twice = detail.revises;
}

}  // namespace ghostport
