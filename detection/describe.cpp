#include <algorithm>

#include "detection/detector.h"

namespace ghostport {
namespace {

constexpr std::uint64_t kFlowIdMask = (std::uint64_t{1} << 51U) - 1;  // Suricata's width, exact in a JavaScript number

}  // namespace

std::uint64_t Detector::flow_id(const Flow& flow) const noexcept {
  const std::uint64_t id =
      mix(mix(file_tag_, flow.first_number), static_cast<std::uint64_t>(flow.first_time) ^ hash_of(flow.key, 0));
  return (id & kFlowIdMask) == 0 ? 1 : id & kFlowIdMask;
}

Identification Detector::names_of(const Flow& flow, const Inspection& inspection) const noexcept {
  const auto matches = [&](Side side) -> const SideMatches& {
    return inspection.talker[flow.direction_of(side)].matches[static_cast<std::size_t>(side)];
  };
  if (matches(Side::client).count == 0 && matches(Side::server).count == 0) return {};
  return identify(scanner().set(), matches(Side::client), matches(Side::server));
}

void Detector::describe(const Flow& flow, const Inspection* inspection, FlowDetail& detail) const noexcept {
  detail.flow_id = flow_id(flow);
  if (host_flows_ != nullptr) detail.host_flow_id = host_flows_[&flow - flows_].id;
  detail.generation = generations_.now().number;
  detail.transport = flow.key.transport;
  detail.basis = flow.bits.basis;
  detail.service = flow.service;
  detail.asked = flow.asked;
  detail.inner = flow.inner;
  detail.start = flow.first_time;
  detail.end = flow.last;
  detail.first_number = flow.first_number;
  detail.packet = flow.first_number;
  detail.packet_time = flow.first_time;
  for (const Side side : {Side::client, Side::server}) {
    const auto i = static_cast<std::size_t>(side);
    const Direction direction = flow.direction_of(side);
    detail.address[i] = flow.key.end(direction);
    detail.port[i] = flow.key.port[direction];
    detail.packets[i] = flow.packets[direction];
    detail.bytes[i] = flow.sent[direction].bytes;
    detail.tcp_flags[i] = flow.sent[direction].tcp_flags;
    if (inspection != nullptr) {
      const Talker& talker = inspection->talker[direction];
      detail.payload_packets[i] = talker.payload_packets;
      detail.payload_bytes[i] = talker.payload_bytes;
      if (talker.cut) detail.marks |= kTruncated;
      if (talker.head.has_gap() || lost_bytes(talker, flow.sent[direction].tcp_flags)) detail.marks |= kGap;
    }
  }
  if (flow.key.transport == Transport::tcp && !flow.bits.tcp_flags_seen) detail.marks |= kJoined;
  if (flow.bits.group) detail.marks |= kGroup;
  if (flow.bits.conflicting_data) detail.anomalies |= kConflictingData;
  if (flow.bits.bad_checksum) detail.anomalies |= kBadChecksum;
  if (flow.bits.urgent_data) detail.anomalies |= kUrgentData;
  if (flow.bits.doubtful_close) detail.anomalies |= kDoubtfulClose;
  if (flow.bits.doubtful_segments) detail.anomalies |= kDoubtfulSegments;
  if (inspection != nullptr) {
    detail.vlans = inspection->vlans;
    detail.vlan[0] = inspection->vlan[0];
    detail.vlan[1] = inspection->vlan[1];
    detail.tunnel = inspection->tunnel;
    detail.anomalies = static_cast<std::uint16_t>(detail.anomalies | inspection->anomalies);
    if (detail.asked == ServiceId::none && flow.service == ServiceId::none) {
      const SignatureIndex words = names_of(flow, *inspection).client_words;
      if (words != kNoSignature) detail.asked = scanner().set().at(words).service;
    }
  }
}

/// The packet and the bytes that a finding shows: of the side that is its ground.
void Detector::describe_evidence(const Flow& flow, const Inspection& inspection, const Decision& decision,
                                 FlowDetail& detail) const noexcept {
  const Talker* talker = &inspection.talker[flow.direction_of(decision.side)];
  detail.side = decision.side;
  if (talker->first_payload.number == 0 &&
      inspection.talker[flow.direction_of(other(decision.side))].first_payload.number != 0 &&
      decision.outcome >= Outcome::unrecognized) {
    detail.side = other(decision.side);
    talker = &inspection.talker[flow.direction_of(detail.side)];
  }
  PacketMark mark = talker->first_packet;
  if (decision.outcome == Outcome::identified && talker->match.number != 0) {
    mark = talker->match;
  } else if (decision.outcome >= Outcome::unrecognized && talker->first_payload.number != 0) {
    mark = talker->first_payload;
  }
  if (mark.number != 0 && decision.outcome != Outcome::probe) {
    detail.packet = mark.number;
    detail.packet_time = mark.time;
  }
  const bool shown = decision.outcome >= Outcome::unrecognized ||
                     (decision.outcome == Outcome::listener && detail.side == Side::client);
  if (!shown) return;
  const Bytes bytes = spoken(*talker);
  const Bytes from = decision.outcome == Outcome::identified
                         ? bytes.subspan(std::min<std::size_t>(talker->match_offset, bytes.size()))
                         : bytes;
  detail.evidence_length = static_cast<std::uint8_t>(std::min<std::size_t>(from.size(), sizeof detail.evidence));
  std::copy_n(from.begin(), detail.evidence_length, detail.evidence);
}

}  // namespace ghostport
