// The part of the detector that tells what a flow says of others: sessions, exchanges and signalling (fact.h).
#include <algorithm>
#include <cstdlib>

#include "detection/detector.h"

namespace ghostport {
namespace {

constexpr std::uint64_t kLongestStep = std::uint64_t{1} << 30U;  // farther away is no place in the same stream

}  // namespace

ContextDetail Detector::context_of(const Flow& flow, ContextEvent event, std::uint64_t packet) const noexcept {
  ContextDetail detail;
  for (const Side side : {Side::client, Side::server}) {
    const auto i = static_cast<std::size_t>(side);
    const Direction direction = flow.direction_of(side);
    detail.address[i] = flow.key.end(direction);
    detail.port[i] = flow.key.port[direction];
  }
  detail.transport = flow.key.transport;
  detail.event = event;
  detail.service = flow.service;
  detail.flow_id = flow_id(flow);
  detail.packet = packet;
  return detail;
}

bool Detector::is_companion(const Flow& flow) const noexcept {
  const std::uint8_t watch = static_cast<std::uint8_t>(rules().watch.at(flow.key.transport, flow.key.port[0]) |
                                                       rules().watch.at(flow.key.transport, flow.key.port[1]));
  return (watch & WatchTable::kCompanion) != 0 || pinholes_.holds(flow.key, flow.first_stamp);
}

bool Detector::is_watched(const Flow& flow) const noexcept {
  return ((rules().watch.at(flow.key.transport, flow.key.port[0]) |
           rules().watch.at(flow.key.transport, flow.key.port[1])) &
          WatchTable::kWatched) != 0;
}

/// The flow has just been identified.
void Detector::tell_identified(Flow& flow, Inspection& inspection, const Moment& moment) noexcept {
  if (!generations_.now().tells) return;
  if (flow.bits.exchange)
    writer_.context(moment.key, context_of(flow, ContextEvent::exchange_named, moment.mark.number));
  if (flow.service == session_services_[0] || flow.service == session_services_[1]) {
    flow.bits.session = true;
    writer_.context(moment.key, context_of(flow, ContextEvent::session_up, moment.mark.number));
  }
  if (!is_signalling(flow.service) || moment.flow_over) return;
  inspection.follower = followers_.take();
  if (inspection.follower == kNoIndex) return;
  Follower& follower = followers_[inspection.follower];
  follower.reader = SignallingReader(flow.service, flow.key.end(flow.direction_of(Side::client)),
                                     flow.key.end(flow.direction_of(Side::server)));
  for (const Side side : {Side::client, Side::server}) read_head(flow, inspection, flow.direction_of(side), moment);
}

/// What a head holds already, from the stream's first byte or the first datagram.
void Detector::read_head(Flow& flow, Inspection& inspection, Direction direction, const Moment& moment) noexcept {
  Follower& follower = followers_[inspection.follower];
  Talker& talker = inspection.talker[direction];
  const PacketTime at{moment.key.time, moment.mark.time, moment.mark.number};
  if (flow.key.transport == Transport::udp) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < talker.datagrams; ++i) {
      follow_datagram(flow, inspection, direction,
                      talker.head.version(0).subspan(begin, talker.datagram_end[i] - begin), at);
      begin = talker.datagram_end[i];
    }
    if (!passing_datagram_.empty() && talker.last_datagram_stamp == at.stamp)
      follow_datagram(flow, inspection, direction, passing_datagram_, at);
    return;
  }
  follower.next[direction] = talker.base;
  const unsigned best = talker.scanned_second ? 1 : 0;  // what named it comes first
  for (const unsigned which : {best, 1 - best}) {
    talker.head.pieces(which, [&](std::uint32_t offset, Bytes bytes) {
      follow_stream(flow, inspection, direction, talker.base + offset, bytes, at);
    });
  }
}

void Detector::follow_datagram(Flow& flow, Inspection& inspection, Direction direction, Bytes bytes,
                               const PacketTime& at) noexcept {
  NewsList news;
  followers_[inspection.follower].reader.read_datagram(flow.side_of(direction), bytes, news);
  tell_news(flow, news, at);
}

void Detector::follow_stream(Flow& flow, Inspection& inspection, Direction direction, std::uint32_t sequence,
                             Bytes bytes, const PacketTime& at) noexcept {
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(bytes.size(), StreamWindow::kBytes / 2);
    follow_piece(flow, inspection, direction, sequence, bytes.first(size), at);
    bytes = bytes.subspan(size);
    sequence += static_cast<std::uint32_t>(size);
  }
}

void Detector::follow_piece(Flow& flow, Inspection& inspection, Direction direction, std::uint32_t sequence,
                            Bytes bytes, const PacketTime& at) noexcept {
  Follower& follower = followers_[inspection.follower];
  StreamWindow& window = follower.window[direction];
  const Side side = flow.side_of(direction);
  const std::int32_t ahead = distance(sequence, follower.next[direction]);
  if (ahead + static_cast<std::int64_t>(bytes.size()) <= 0) return;
  if (static_cast<std::uint64_t>(std::abs(std::int64_t{ahead})) > kLongestStep) return;
  if (!window.add(ahead, bytes)) {  // a hole that nothing fills
    ++counters_.signalling_lost;
    window.clear();
    follower.reader.lost(side);
    follower.next[direction] = sequence;
    (void)window.add(0, bytes);
  }
  while (!window.ready().empty()) {
    NewsList news;
    const Bytes ready = window.ready();
    const auto used = static_cast<std::uint32_t>(
        std::min(ready.size(), follower.reader.read_stream(side, ready, window.full(), news)));
    tell_news(flow, news, at);
    if (used == 0) return;
    window.use(used);
    follower.next[direction] += used;
  }
}

void Detector::tell_news(const Flow& flow, const NewsList& news, const PacketTime& at) noexcept {
  if (news.overflow) ++counters_.signalling_lost;
  for (const News& one : news.all()) {
    ContextDetail detail = context_of(flow, one.event, at.number);
    detail.announced = one.service;
    detail.announced_transport = one.transport;
    detail.announced_first = one.first;
    detail.announced_last = one.last;
    detail.announced_address = one.address;
    detail.call = one.call;
    writer_.context({at.stamp, 0, at.number}, detail);
    const bool between_them = one.address == detail.address[0] || one.address == detail.address[1];
    if (one.event == ContextEvent::announced && is_signalling(one.service) && one.transport == Transport::tcp &&
        between_them) {
      pinholes_.open(flow.key, one.first, at.stamp);
      if (announced_ != nullptr) announced_->announce(one.first, at.stamp + Pinholes::kLife);
    }
  }
}

/// Both ends have spoken where a service without a wire format may be, and nothing is named yet.
void Detector::tell_exchange(Flow& flow, const PacketTime& at) noexcept {
  if (flow.bits.exchange || flow.bits.outcome == Outcome::identified || flow.bits.group) return;
  const std::uint16_t port = flow.key.port[flow.direction_of(Side::server)];
  if ((rules().watch.at(flow.key.transport, port) & WatchTable::kExchange) == 0) return;
  flow.bits.exchange = true;
  writer_.context({at.stamp, 0, at.number}, context_of(flow, ContextEvent::exchange_up, at.number));
}

/// The flow is over, and with it all that it told.
void Detector::tell_end(Flow& flow, const FactKey& key) noexcept {
  if (flow.bits.session) writer_.context(key, context_of(flow, ContextEvent::session_down, 0));
  if (flow.bits.exchange) writer_.context(key, context_of(flow, ContextEvent::exchange_down, 0));
  if (flow.inspection == kNoIndex || inspections_[flow.inspection].follower == kNoIndex) return;
  writer_.context(key, context_of(flow, ContextEvent::call_down, 0));
  followers_.give_back(inspections_[flow.inspection].follower);
  inspections_[flow.inspection].follower = kNoIndex;
}

}  // namespace ghostport
