#include "tests/conversations.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "tests/tcp_options.h"

namespace ghostport::packets {

Conversation::Conversation(Capture& capture, Endpoint client, Endpoint server)
    : capture_(&capture), client_(std::move(client)), server_(std::move(server)) {}

PacketBuilder Conversation::next_packet(Party from) {
  PacketBuilder packet;
  packet.between(end(from).address, end(other(from)).address);
  if (!packet.is_ipv6()) packet.ipv4().identification = next_identification_[index(from)]++;
  return packet;
}

void Conversation::send(Party from, PacketBuilder packet) {
  if (edit_) edit_(packet, from);
  if (seen_.value_or(from) == from) {
    for (const ByteString& frame : framing_ ? framing_(packet, from) : std::vector<ByteString>{packet.frame()}) {
      capture_->add(frame);
    }
  } else {
    capture_->after(kPacketSpacing);
  }
  last_[index(from)] = std::move(packet);
}

void Conversation::send_unreachable(Unreachable what, const std::optional<IpAddress>& reporter,
                                    std::size_t quoted_bytes) {
  const PacketBuilder& quoted = last_packet(Party::client);
  capture_->add(icmp_unreachable(reporter.value_or(end(Party::server).address), quoted, what, quoted_bytes));
}

TcpConversation::TcpConversation(Capture& capture, Endpoint client, Endpoint server, TcpSettings settings)
    : Conversation(capture, std::move(client), std::move(server)),
      settings_(std::move(settings)),
      next_{settings_.client_isn + 1, settings_.server_isn + 1},
      acknowledged_{settings_.server_isn + 1, settings_.client_isn + 1} {}

TcpConversation& TcpConversation::editing(Edit edit) {
  edit_ = std::move(edit);
  return *this;
}
TcpConversation& TcpConversation::framed(Framing framing) {
  framing_ = std::move(framing);
  return *this;
}
TcpConversation& TcpConversation::only_seen(Party party) {
  seen_ = party;
  return *this;
}
TcpConversation& TcpConversation::after(std::chrono::nanoseconds pause) {
  capture().after(pause);
  return *this;
}

std::uint32_t TcpConversation::first_sequence(Party from) const {
  return (from == Party::client ? settings_.client_isn : settings_.server_isn) + 1;
}

std::uint32_t TcpConversation::sent(Party from) const { return next_[index(from)] - first_sequence(from); }

ByteString TcpConversation::options_of(Party from, std::uint8_t flags) {
  ByteString options = (flags & kSyn) != 0 ? settings_.syn_options : ByteString{};
  if (!settings_.timestamps) return options;
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(capture().now() - capture().start());
  std::uint32_t& own = last_timestamp_[index(from)];
  own = settings_.timestamps->at(index(from)) + static_cast<std::uint32_t>(passed.count());
  const std::uint32_t echo = (flags & kAck) != 0 ? last_timestamp_[index(other(from))] : 0;
  return joined(std::move(options), tcp_timestamps(own, echo));
}

void TcpConversation::send_segment(Party from, std::uint32_t sequence, std::uint8_t flags, const ByteString& data,
                                   const Edit& edit) {
  PacketBuilder packet = next_packet(from);
  packet.tcp({.source_port = end(from).port,
              .destination_port = end(other(from)).port,
              .sequence = sequence,
              .acknowledgment = (flags & kAck) != 0 ? acknowledged_[index(from)] : 0,
              .flags = flags});
  packet.tcp().options = options_of(from, flags);
  packet.payload(data);
  if (edit) edit(packet, from);
  send(from, std::move(packet));
}

TcpConversation& TcpConversation::syn() {
  send_segment(Party::client, settings_.client_isn, kSyn, {});
  return *this;
}

TcpConversation& TcpConversation::syn_ack() {
  send_segment(Party::server, settings_.server_isn, kSyn | kAck, {});
  return *this;
}

TcpConversation& TcpConversation::client_says(const Data& data, const Segmentation& how) {
  return client_sends(data, how).acknowledge(Party::server);
}

TcpConversation& TcpConversation::server_says(const Data& data, const Segmentation& how) {
  return server_sends(data, how).acknowledge(Party::client);
}

TcpConversation& TcpConversation::send_data(Party from, const Data& data, const Segmentation& how) {
  struct Piece {
    std::size_t offset, size;
  };
  std::vector<Piece> pieces;
  std::vector<std::size_t> ends = how.cuts;
  ends.push_back(data.bytes.size());
  std::size_t at = 0;
  for (const std::size_t end : ends) {
    if (end < at || end > data.bytes.size()) throw std::invalid_argument("cuts must rise and lie within the data");
    while (at < end) {
      pieces.push_back({.offset = at, .size = std::min(how.largest, end - at)});
      at += pieces.back().size;
    }
  }
  std::vector<std::size_t> order = how.order;
  if (order.empty()) {
    order.resize(pieces.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
  }
  const std::uint32_t start = next_[index(from)];
  for (const std::size_t which : order) {
    const Piece& piece = pieces.at(which);
    const auto begin = data.bytes.begin() + static_cast<std::ptrdiff_t>(piece.offset);
    const ByteString bytes(begin, begin + static_cast<std::ptrdiff_t>(piece.size));
    const std::uint32_t sequence = start + static_cast<std::uint32_t>(piece.offset);
    const bool last = which + 1 == pieces.size();
    send_segment(from, sequence, static_cast<std::uint8_t>(last ? kPsh | kAck : kAck), bytes);
    last_data_[index(from)] = {sequence, bytes};
  }
  next_[index(from)] += static_cast<std::uint32_t>(data.bytes.size());
  return *this;
}

TcpConversation& TcpConversation::missing(Party from, std::size_t bytes) {
  next_[index(from)] += static_cast<std::uint32_t>(bytes);
  capture().after(kPacketSpacing);
  return acknowledge(other(from));
}

TcpConversation& TcpConversation::acknowledge(Party from, std::optional<std::uint32_t> stream_bytes) {
  const Party peer = other(from);
  acknowledged_[index(from)] = stream_bytes ? first_sequence(peer) + *stream_bytes : next_[index(peer)];
  send_segment(from, next_[index(from)], kAck, {});
  return *this;
}

TcpConversation& TcpConversation::segment(Party from, std::uint32_t offset, const Data& data, const Edit& edit) {
  send_segment(from, first_sequence(from) + offset, kPsh | kAck, data.bytes, edit);
  return *this;
}

TcpConversation& TcpConversation::advance(Party from, std::size_t bytes) {
  next_[index(from)] += static_cast<std::uint32_t>(bytes);
  return *this;
}

TcpConversation& TcpConversation::retransmit(Party from) {
  const auto& [sequence, bytes] = last_data_[index(from)];
  send_segment(from, sequence, kPsh | kAck, bytes);
  return *this;
}

TcpConversation& TcpConversation::keep_alive(Party from, std::size_t garbage) {
  send_segment(from, next_[index(from)] - 1, kAck, ByteString(garbage));
  return acknowledge(other(from));
}

TcpConversation& TcpConversation::fin(Party from) {
  acknowledged_[index(from)] = next_[index(other(from))];
  send_segment(from, next_[index(from)]++, kFin | kAck, {});
  return *this;
}

TcpConversation& TcpConversation::rst(Party from) {
  acknowledged_[index(from)] = next_[index(other(from))];
  send_segment(from, next_[index(from)], kRst | kAck, {});
  return *this;
}

TcpConversation& TcpConversation::unreachable(Unreachable what, const std::optional<IpAddress>& reporter,
                                              std::size_t quoted_bytes) {
  send_unreachable(what, reporter, quoted_bytes);
  return *this;
}

UdpConversation& UdpConversation::editing(Edit edit) {
  edit_ = std::move(edit);
  return *this;
}
UdpConversation& UdpConversation::framed(Framing framing) {
  framing_ = std::move(framing);
  return *this;
}
UdpConversation& UdpConversation::only_seen(Party party) {
  seen_ = party;
  return *this;
}
UdpConversation& UdpConversation::after(std::chrono::nanoseconds pause) {
  capture().after(pause);
  return *this;
}

UdpConversation& UdpConversation::say(Party from, const Data& data) {
  PacketBuilder packet = next_packet(from);
  packet.udp({.source_port = end(from).port, .destination_port = end(other(from)).port}).payload(data);
  send(from, std::move(packet));
  return *this;
}

UdpConversation& UdpConversation::unreachable(Unreachable what, const std::optional<IpAddress>& reporter,
                                              std::size_t quoted_bytes) {
  send_unreachable(what, reporter, quoted_bytes);
  return *this;
}

}  // namespace ghostport::packets
