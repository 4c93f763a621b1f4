// Rewrites a capture so that the same conversations arrive differently: smaller segments, another order, copies.
// Called by the metamorphic tests of the replayer and by tests/trials. Errors throw std::runtime_error.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/capture_file.h"
#include "dataplane/packet_parser.h"
#include "tests/packet_builder.h"

namespace ghostport {

/// A frame with its time in nanoseconds.
struct RewrittenFrame {
  std::int64_t time = 0;
  std::uint32_t wire_length = 0;
  packets::ByteString bytes;
  std::uint16_t link_type = kLinkEthernet;
};
using Frames = std::vector<RewrittenFrame>;

[[nodiscard]] inline Frames read_frames(const std::string& path) {
  Frames frames;
  CaptureFileSource source;
  if (!source.open(path)) throw std::runtime_error(path + ' ' + source.problem());
  Packet packet;
  while (source.read(&packet, 1) == 1) {
    frames.push_back(
        {packet.at.true_time, packet.length, {packet.data, packet.data + packet.captured}, packet.link_type});
  }
  return frames;
}

/// A capture file; all frames are taken to be of the first one's link type.
[[nodiscard]] inline packets::ByteString pcap_of(const Frames& frames) {
  packets::ByteWriter out;
  out.le32(0xA1B23C4D).le16(2).le16(4).le32(0).le32(0).le32(262'144);
  out.le32(frames.empty() ? kLinkEthernet : frames.front().link_type);
  for (const RewrittenFrame& frame : frames) {
    const auto time = static_cast<std::uint64_t>(frame.time);
    out.le32(time / 1'000'000'000U)
        .le32(time % 1'000'000'000U)
        .le32(frame.bytes.size())
        .le32(frame.wire_length)
        .add(frame.bytes);
  }
  return out.bytes();
}

/// The parser's view of a frame; its data lies in the frame.
[[nodiscard]] inline Packet parsed(const RewrittenFrame& frame) {
  Packet packet;
  packet.data = frame.bytes.data();
  packet.captured = static_cast<std::uint32_t>(frame.bytes.size());
  packet.length = frame.wire_length;
  packet.link_type = frame.link_type;
  Counters counters;
  parse_packet(packet, counters);
  return packet;
}

/// A whole TCP segment with payload, without SYN, RST or URG, in no tunnel: what a sender may as well send in pieces.
[[nodiscard]] inline bool may_be_cut(const RewrittenFrame& frame) {
  const Packet packet = parsed(frame);
  return packet.kind == PacketKind::tcp && packet.payload_length != 0 && packet.tunnels == 0 &&
         packet.payload_captured == packet.payload_length &&
         (packet.tcp_flags & (packets::kSyn | packets::kRst | packets::kUrg)) == 0;
}

/// Some place in a stream has two different bytes: what they come to depends on their order.
[[nodiscard]] inline bool contradicts_itself(const Frames& frames) {
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::uint8_t> said;
  for (const RewrittenFrame& frame : frames) {
    if (!may_be_cut(frame)) continue;
    const Packet packet = parsed(frame);
    const std::uint64_t stream = hash_of(packet.key, packet.direction);
    std::uint32_t at = 0;
    for (std::size_t i = 4; i < 8; ++i) at = at << 8U | frame.bytes[packet.transport_offset + i];
    for (std::uint32_t i = 0; i < packet.payload_length; ++i) {
      const std::uint8_t byte = frame.bytes[packet.payload_offset + i];
      if (said.emplace(std::pair{stream, at + i}, byte).first->second != byte) return true;
    }
  }
  return false;
}

/// `size` payload bytes from `offset` on, as a segment of their own. A wrong checksum stays wrong.
[[nodiscard]] inline RewrittenFrame piece_of(const RewrittenFrame& frame, std::uint32_t offset, std::uint32_t size) {
  const Packet packet = parsed(frame);
  const bool good = checksums_good(packet);
  RewrittenFrame piece{
      frame.time, 0, {frame.bytes.begin(), frame.bytes.begin() + packet.payload_offset}, frame.link_type};
  const auto from = frame.bytes.begin() + packet.payload_offset + offset;
  piece.bytes.insert(piece.bytes.end(), from, from + size);
  piece.wire_length = static_cast<std::uint32_t>(piece.bytes.size());

  const auto set = [&](std::size_t at, std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i)
      piece.bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
  };
  const auto get32 = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8U | piece.bytes[at + i];
    return value;
  };
  const std::size_t ip = packet.ip_offset;
  const std::size_t tcp = packet.transport_offset;
  set(tcp + 4, get32(tcp + 4) + offset, 4);
  if (offset + size != packet.payload_length)
    piece.bytes[tcp + 13] &= static_cast<std::uint8_t>(~(packets::kFin | packets::kPsh));
  packets::ByteString pseudo;
  if (packet.key.family == 4) {
    set(ip + 2, piece.bytes.size() - ip, 2);
    set(ip + 10, 0, 2);
    set(ip + 10,
        packets::internet_checksum({piece.bytes.begin() + static_cast<std::ptrdiff_t>(ip),
                                    piece.bytes.begin() + static_cast<std::ptrdiff_t>(tcp)}),
        2);
    pseudo.assign(piece.bytes.begin() + static_cast<std::ptrdiff_t>(ip) + 12,
                  piece.bytes.begin() + static_cast<std::ptrdiff_t>(ip) + 20);
  } else {
    set(ip + 4, piece.bytes.size() - ip - 40, 2);
    pseudo.assign(piece.bytes.begin() + static_cast<std::ptrdiff_t>(ip) + 8,
                  piece.bytes.begin() + static_cast<std::ptrdiff_t>(ip) + 40);
  }
  set(tcp + 16, 0, 2);
  const std::size_t length = piece.bytes.size() - tcp;
  pseudo = packets::ByteWriter().add(pseudo).u32(length).u32(6).bytes();
  const std::uint16_t checksum = packets::internet_checksum(
      packets::joined(pseudo, {piece.bytes.begin() + static_cast<std::ptrdiff_t>(tcp), piece.bytes.end()}));
  set(tcp + 16, good ? checksum : checksum ^ 0x5555U, 2);
  return piece;
}

/// Every TCP payload in pieces of the sizes that `next_size()` gives, a microsecond apart but never behind the next
/// frame. What follows the first `most` bytes of a direction stays as it is.
template <class NextSize>
[[nodiscard]] Frames in_pieces(const Frames& frames, NextSize&& next_size,
                               std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
  Frames out;
  std::uint64_t cut[2]{};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const RewrittenFrame& frame = frames[i];
    const Packet packet = parsed(frame);
    if (!may_be_cut(frame) || cut[packet.direction] >= most) {
      out.push_back(frame);
      continue;
    }
    cut[packet.direction] += packet.payload_length;
    const std::int64_t latest = std::max(frame.time, i + 1 < frames.size() ? frames[i + 1].time : frame.time);
    std::int64_t time = frame.time;
    for (std::uint32_t at = 0; at < packet.payload_length;) {
      const auto size = std::min<std::uint32_t>(next_size(), packet.payload_length - at);
      out.push_back(piece_of(frame, at, size));
      out.back().time = std::min(time, latest);
      time += 1000;
      at += size;
    }
  }
  return out;
}

/// Every TCP payload in segments of at most `largest` bytes.
[[nodiscard]] inline Frames in_segments_of(const Frames& frames, std::uint32_t largest) {
  return in_pieces(frames, [largest] { return largest; });
}

/// Every TCP payload in segments of 1 to `largest` bytes, small ones as often as large ones.
[[nodiscard]] inline Frames in_random_splits(const Frames& frames, std::uint32_t largest, std::uint64_t seed,
                                             std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
  const auto next_size = [&]() -> std::uint32_t {
    seed = mix(seed, 1);
    const auto bound = static_cast<std::uint32_t>(2U << (seed % 11));
    return 1 + static_cast<std::uint32_t>((seed >> 32U) % std::min(bound, largest));
  };
  return in_pieces(frames, next_size, most);
}

/// Neighbouring data segments of one direction in a random order; nothing passes a packet of another kind.
[[nodiscard]] inline Frames in_random_order(Frames frames, std::uint64_t seed) {
  const auto may_move = [&](std::size_t at) {
    return may_be_cut(frames[at]) && (parsed(frames[at]).tcp_flags & packets::kFin) == 0;
  };
  for (std::size_t begin = 0; begin < frames.size();) {
    std::size_t end = begin + 1;
    if (may_move(begin)) {
      const Packet first = parsed(frames[begin]);
      while (end < frames.size() && may_move(end) && parsed(frames[end]).key == first.key &&
             parsed(frames[end]).direction == first.direction)
        ++end;
    }
    for (std::size_t left = end - begin; left > 1; --left) {  // the bytes move, the times stay
      seed = mix(seed, left);
      RewrittenFrame& one = frames[begin + left - 1];
      RewrittenFrame& other = frames[begin + seed % left];
      std::swap(one.bytes, other.bytes);
      std::swap(one.wire_length, other.wire_length);
    }
    begin = end;
  }
  return frames;
}

/// Every TCP packet twice.
[[nodiscard]] inline Frames with_copies(const Frames& frames) {
  Frames out;
  for (const RewrittenFrame& frame : frames) {
    out.push_back(frame);
    if (parsed(frame).kind == PacketKind::tcp) out.push_back(frame);
  }
  return out;
}

}  // namespace ghostport
