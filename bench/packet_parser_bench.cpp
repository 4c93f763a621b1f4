// The parts of parsing that dataplane_bench does not tell apart: long header chains, sharding, checksums.
#include <benchmark/benchmark.h>

#include "bench/cycles.h"
#include "dataplane/packet_parser.h"
#include "tests/packet_builder.h"

namespace ghostport {
namespace {

using packets::PacketBuilder;

PacketBuilder tcp(std::size_t payload) {
  return PacketBuilder()
      .between("10.0.0.5", "10.0.0.9")
      .tcp({.source_port = 51514, .destination_port = 3238})
      .payload(packets::ByteString(payload, 'x'));
}
PacketBuilder udp6(std::size_t extensions) {
  PacketBuilder packet;
  packet.between("2001:db8::5", "2001:db8::9")
      .udp({.source_port = 51514, .destination_port = 3238})
      .payload("datagram");
  packet.ipv6().extensions.assign(extensions, packets::destination_options());
  return packet;
}

Packet packet_of(const packets::ByteString& frame) {
  Packet packet;
  packet.data = frame.data();
  packet.captured = packet.length = static_cast<std::uint32_t>(frame.size());
  return packet;
}

/// state.range(0): extension headers.
void parse_ipv6(benchmark::State& state) {
  const packets::ByteString frame = udp6(static_cast<std::size_t>(state.range(0))).frame();
  Packet packet = packet_of(frame);
  Counters counters;
  const Cycles cycles(state);
  for (auto _ : state) {
    parse_packet(packet, counters);
    benchmark::DoNotOptimize(packet);
  }
}
BENCHMARK(parse_ipv6)->Arg(0)->Arg(2)->Arg(24);

void shard(benchmark::State& state) {
  const packets::ByteString frame = tcp(0).frame();
  Packet packet = packet_of(frame);
  Counters counters;
  parse_packet(packet, counters);
  const Cycles cycles(state);
  for (auto _ : state) benchmark::DoNotOptimize(shard_hash(packet));
}
BENCHMARK(shard);

/// state.range(0): payload bytes.
void verify_checksums(benchmark::State& state) {
  const packets::ByteString frame = tcp(static_cast<std::size_t>(state.range(0))).frame();
  Packet packet = packet_of(frame);
  Counters counters;
  parse_packet(packet, counters);
  const Cycles cycles(state);
  for (auto _ : state) benchmark::DoNotOptimize(checksums_good(packet));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(verify_checksums)->Arg(64)->Arg(1460);

}  // namespace
}  // namespace ghostport
