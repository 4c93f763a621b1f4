// Any frame, in a heap block of exactly its size: the parser counts it or gives offsets that lie within it.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "dataplane/packet_parser.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ghostport;
  const auto frame = std::make_unique<std::uint8_t[]>(size);
  std::copy_n(data, size, frame.get());
  for (const std::uint32_t missing : {0U, 1500U}) {  // whole, and cut by a snap length
    Packet packet;
    packet.data = frame.get();
    packet.captured = static_cast<std::uint32_t>(size);
    packet.length = packet.captured + missing;
    Counters counters;
    parse_packet(packet, counters);
    if (packet.kind != PacketKind::none) (void)shard_hash(packet);
    (void)tunnel_note(packet);
    if (packet.kind != PacketKind::tcp && packet.kind != PacketKind::udp) continue;
    require(packet.payload_captured <= packet.payload_length);
    require(packet.payload_captured == 0 || packet.payload_offset + packet.payload_captured <= packet.captured);
    require(packet.transport_offset + (packet.kind == PacketKind::tcp ? 20U : 8U) <= packet.captured);
    (void)checksums_good(packet);
    (void)datagram_fingerprint(packet, 1);
  }
  return 0;
}
