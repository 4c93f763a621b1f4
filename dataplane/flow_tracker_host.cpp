// What a FlowTracker does for a foreign host: its flows' verdicts, and the doors for hosts that track flows themselves.
#include "dataplane/worker.h"

namespace ghostport {

void FlowTracker::serve_host(AnnouncedPorts& announced) {
  host_flows_ = ReservedArray<HostFlow>(rules_->flow_limit);
  detector_.serve(&flows_[0], host_flows_.data(), &announced);
  enforce(false);
}

std::optional<HostFlow> FlowTracker::host_flow(const Packet& packet) noexcept {
  if (packet.kind != PacketKind::tcp && packet.kind != PacketKind::udp) return std::nullopt;
  const std::uint32_t index = flows_.find(packet.key, flows_.hash(packet.key));
  if (index == kNoIndex) return std::nullopt;
  return host_flows_[index];
}

bool FlowTracker::admit(Packet& place) noexcept {
  place.watch = static_cast<std::uint8_t>(rules_->watch.at(place.key.transport, place.key.port[0]) |
                                          rules_->watch.at(place.key.transport, place.key.port[1]));
  if ((place.watch & (WatchTable::kWatched | WatchTable::kCompanion)) == 0 &&
      !detector_.expects(place.key, place.at.stamp))
    return false;
  place.hash = flows_.hash(place.key);
  disposal_ = &spare_disposal_;
  return true;
}

void FlowTracker::attach(const Packet& place) noexcept { account(place, enter(place)); }

void FlowTracker::signal(const Packet& place, Signal signal) noexcept {
  const std::uint32_t index = enter(place);
  account(place, index);
  detector_.signal(flows_[index], place.direction, signal, place.at);
}

void FlowTracker::feed(const Packet& place, std::uint32_t offset, Bytes bytes) noexcept {
  const std::uint32_t index = enter(place);
  account(place, index);
  Flow& flow = flows_[index];
  if (flow.key.transport == Transport::tcp) {
    (void)detector_.feed(flow, place.direction, offset, bytes, place.at);
  } else if (flow.inspection != kNoIndex) {
    Datagram datagram;
    datagram.fingerprint = place.at.number;  // the host shows each but once
    datagram.payload = bytes;
    datagram.payload_length = static_cast<std::uint32_t>(bytes.size());
    (void)detector_.datagram(flow, place.direction, datagram, place.at);
  }
}

void FlowTracker::segment(const Packet& place, const TcpSegment& segment) noexcept {
  const std::uint32_t index = enter(place);
  deliver_segment(flows_[index], index, place, segment);
}

void FlowTracker::finish(const Packet& place, EndCause cause) noexcept {
  const std::uint32_t index = flows_.find(place.key, place.hash);
  if (index == kNoIndex) return;
  Flow& flow = flows_[index];
  detector_.pass_time(flow, place.at.stamp);
  detector_.finish(flow, cause, place.at.stamp, nullptr);
  timeouts_.remove(index);
  flows_.erase(index);
}

void FlowTracker::account(const Packet& place, std::uint32_t index) noexcept {
  account(flows_[index], place.direction, place.length == 0 ? 0 : 1, place.length, place.at.stamp);
}

}  // namespace ghostport
