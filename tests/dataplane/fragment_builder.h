// IP fragments with any field wrong on request, and a defragmenter with what it gave: bytes copied out at once.
// Called by the tests and the fuzzer of the defragmenter.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/defragmenter.h"
#include "detection/fact.h"
#include "tests/packet_builder.h"

namespace ghostport {

struct FragmentSpec {
  std::uint32_t offset = 0;  ///< bytes
  packets::ByteString bytes;
  bool more = true;
  unsigned family = 4;
  std::uint32_t identification = 7;
  std::uint8_t protocol = 253;  ///< for experiments (RFC 3692): no checksum that could be looked at
  packets::IpAddress source = "10.0.0.5";
  packets::IpAddress destination = "10.0.0.9";
  std::uint8_t life = 64;
  std::uint8_t service = 0;  ///< the whole byte
  bool dont_fragment = false;
  packets::ByteString options{};  ///< IPv4, a multiple of 4
  packets::ByteString chain{};    ///< IPv6, extension headers before the fragment header
  std::uint8_t chain_type = 60;   ///< protocol number of the first of these
  std::optional<std::uint16_t> checksum{};
  packets::ByteString before = packets::ByteString(14, 0xEE);  ///< what stands before the IP header
  packets::ByteString padding{};                               ///< behind the packet
  std::uint8_t tunnels = 0;
};

/// The packet, and where things are in it.
struct FragmentFrame {
  packets::ByteString bytes;
  std::uint32_t fragment_header = 0;
  std::uint32_t wire_end = 0;
};

inline FragmentFrame frame_of(const FragmentSpec& spec) {
  using packets::ByteWriter;
  ByteWriter out;
  out.add(spec.before);
  FragmentFrame frame;
  if (spec.family == 4) {
    ByteWriter ip;
    const std::size_t header = 20 + spec.options.size();
    ip.u8(0x40U | header / 4).u8(spec.service).u16(header + spec.bytes.size()).u16(spec.identification);
    ip.u16((spec.dont_fragment ? 0x4000U : 0U) | (spec.more ? 0x2000U : 0U) | spec.offset / 8);
    ip.u8(spec.life).u8(spec.protocol).u16(0).add(spec.source.bytes).add(spec.destination.bytes).add(spec.options);
    packets::ByteString bytes = ip.bytes();
    const std::uint16_t sum = spec.checksum.value_or(packets::internet_checksum(bytes));
    bytes[10] = static_cast<std::uint8_t>(sum >> 8U);
    bytes[11] = static_cast<std::uint8_t>(sum);
    out.add(bytes);
  } else {
    out.u32(0x60000000U | static_cast<std::uint32_t>(spec.service) << 20U);
    out.u16(spec.chain.size() + 8 + spec.bytes.size()).u8(spec.chain.empty() ? 44 : spec.chain_type).u8(spec.life);
    out.add(spec.source.bytes).add(spec.destination.bytes).add(spec.chain);
    frame.fragment_header = static_cast<std::uint32_t>(out.size());
    out.u8(spec.protocol).u8(0).u16((spec.offset & 0xFFF8U) | (spec.more ? 1U : 0U)).u32(spec.identification);
  }
  out.add(spec.bytes);
  frame.wire_end = static_cast<std::uint32_t>(out.size());
  out.add(spec.padding);
  frame.bytes = out.bytes();
  return frame;
}

/// A datagram that came out.
struct WholeDatagram {
  packets::ByteString bytes;  ///< what was fragmented
  packets::ByteString header;
  packets::ByteString before;
  Packet packet;  ///< its data is gone

  [[nodiscard]] std::string text() const { return {bytes.begin(), bytes.end()}; }
  [[nodiscard]] bool conflict() const { return (packet.anomalies & kConflictingData) != 0; }
  [[nodiscard]] bool odd() const { return (packet.anomalies & kOddFragments) != 0; }
  [[nodiscard]] std::uint32_t declared() const {  ///< what the header says of the bytes' number
    return header.size() == 40 && header[0] >> 4U == 6
               ? static_cast<std::uint32_t>(header[4] << 8U | header[5])
               : static_cast<std::uint32_t>(header[2] << 8U | header[3]) - static_cast<std::uint32_t>(header.size());
  }
};

/// Feeds fragments from exact-size copies, so that a sanitizer sees what is read beyond them.
class FragmentFeeder {
 public:
  explicit FragmentFeeder(const DefragmenterLimits& limits = {}) : defragmenter(limits) {}

  std::vector<WholeDatagram> add(const FragmentSpec& spec, std::optional<std::uint32_t> snap = {}) {
    const FragmentFrame frame = frame_of(spec);
    const auto size = static_cast<std::uint32_t>(frame.bytes.size());
    const std::uint32_t captured = snap && *snap < size ? *snap : size;
    const std::unique_ptr<std::uint8_t[]> copy(new std::uint8_t[captured]);
    std::copy_n(frame.bytes.begin(), captured, copy.get());
    Packet packet;
    packet.data = copy.get();
    packet.captured = captured;
    packet.end = std::min(captured, frame.wire_end);
    packet.length = size;
    packet.at = {now, now, ++number};
    packet.family = static_cast<std::uint8_t>(spec.family);
    packet.tunnels = spec.tunnels;
    packet.ip_offset = static_cast<std::uint16_t>(spec.before.size());
    Packet ready[Defragmenter::kMostReady];
    const std::size_t count = defragmenter.add(packet, frame.fragment_header, frame.wire_end, ready, counters);
    std::vector<WholeDatagram> whole;
    for (std::size_t i = 0; i < count; ++i) whole.push_back(copied(ready[i]));
    if (releasing) defragmenter.release(number);
    return whole;
  }
  /// All of them, and everything that came out.
  std::vector<WholeDatagram> add_all(const std::vector<FragmentSpec>& specs) {
    std::vector<WholeDatagram> all;
    for (const FragmentSpec& spec : specs) {
      for (WholeDatagram& one : add(spec)) all.push_back(std::move(one));
    }
    return all;
  }
  [[nodiscard]] std::uint64_t counted(Counter counter) const { return counters.at(counter); }

  Defragmenter defragmenter;
  Counters counters;
  std::int64_t now = 1'000'000'000;
  std::uint64_t number = 0;
  bool releasing = true;

 private:
  static WholeDatagram copied(const Packet& ready) {
    WholeDatagram whole;
    const std::uint8_t* ip = ready.data + ready.ip_offset;
    const std::size_t header = ready.family == 4 ? (ip[0] & 0x0FU) * 4U : 40U;
    whole.before.assign(ready.data, ip);
    whole.header.assign(ip, ip + header);
    whole.bytes.assign(ip + header, ready.data + ready.captured);
    whole.packet = ready;
    whole.packet.data = nullptr;
    return whole;
  }
};

/// [from, to) of the bytes as a fragment like `like`; the last one where `to` is their end.
inline FragmentSpec part_of(const packets::ByteString& bytes, std::size_t from, std::size_t to,
                            FragmentSpec like = {}) {
  like.offset = static_cast<std::uint32_t>(from);
  like.bytes.assign(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.begin() + static_cast<std::ptrdiff_t>(to));
  like.more = to != bytes.size();
  return like;
}

/// The bytes in fragments of `size`.
inline std::vector<FragmentSpec> parts_of(const packets::ByteString& bytes, std::size_t size,
                                          const FragmentSpec& like = {}) {
  std::vector<FragmentSpec> parts;
  for (std::size_t at = 0; at < bytes.size(); at += size)
    parts.push_back(part_of(bytes, at, std::min(bytes.size(), at + size), like));
  return parts;
}

inline FragmentSpec ipv6_like() {
  FragmentSpec like;
  like.family = 6;
  like.source = "2001:db8::5";
  like.destination = "2001:db8::9";
  return like;
}

/// A UDP header with the right checksum over these addresses, and the payload.
inline packets::ByteString udp_bytes(const packets::Data& payload, const FragmentSpec& like = {}) {
  packets::PacketBuilder packet;
  packet.between(like.source, like.destination).udp({.source_port = 40'000, .destination_port = 3238}).payload(payload);
  packets::ByteString bytes = packet.datagram();
  bytes.erase(bytes.begin(), bytes.begin() + (like.family == 4 ? 20 : 40));
  return bytes;
}

}  // namespace ghostport
