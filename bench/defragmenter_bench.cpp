// What a fragment costs: datagrams in order and backwards in fragments of the argument's size, a flood of first
// fragments that never end, identifications used again, and the dearest of all, a whole datagram rewritten unit by
// unit.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "tests/dataplane/fragment_builder.h"

namespace ghostport {
namespace {

struct Frames {
  std::vector<FragmentFrame> frames;
  explicit Frames(const std::vector<FragmentSpec>& specs) {
    for (const FragmentSpec& spec : specs) frames.push_back(frame_of(spec));
  }
};

/// Feeds frames one microsecond apart; counts what comes out.
struct Loop {
  void add(FragmentFrame& frame) {
    Packet packet;
    packet.data = frame.bytes.data();
    packet.captured = packet.end = packet.length = static_cast<std::uint32_t>(frame.bytes.size());
    packet.at = {now += 1000, now, ++number};
    packet.family = 4;
    packet.ip_offset = 14;
    Packet ready[Defragmenter::kMostReady];
    whole += static_cast<std::int64_t>(defragmenter.add(packet, 0, frame.wire_end, ready, counters));
    if (number % 64 == 0) defragmenter.release(number);
  }
  Defragmenter defragmenter;
  Counters counters;
  std::int64_t now = 1'000'000'000;
  std::uint64_t number = 0;
  std::int64_t whole = 0;
};

void number_ip(FragmentFrame& frame, std::uint32_t identification, std::uint32_t source) {
  frame.bytes[14 + 4] = static_cast<std::uint8_t>(identification >> 8U);
  frame.bytes[14 + 5] = static_cast<std::uint8_t>(identification);
  frame.bytes[14 + 10] = frame.bytes[14 + 11] = 0;  // no checksum to compute anew
  for (unsigned i = 0; i < 3; ++i) frame.bytes[14 + 13 + i] = static_cast<std::uint8_t>(source >> (16 - 8 * i));
}

FragmentSpec udp_like() {
  FragmentSpec spec;
  spec.protocol = 17;
  return spec;
}

void reassemble(benchmark::State& state, std::size_t total, bool backwards, std::uint32_t identifications) {
  std::vector<FragmentSpec> parts = parts_of(udp_bytes(packets::ByteString(total, 'x'), udp_like()),
                                             static_cast<std::size_t>(state.range(0)), udp_like());
  if (backwards) std::reverse(parts.begin(), parts.end());
  Frames frames(parts);
  Loop loop;
  std::uint32_t identification = 0;
  for (auto _ : state) {
    identification = (identification + 1) % identifications;
    for (FragmentFrame& frame : frames.frames) {
      number_ip(frame, identification, 1);
      loop.add(frame);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(frames.frames.size()));
  if (loop.whole < state.iterations()) state.SkipWithError("not every datagram came out");
}
BENCHMARK_CAPTURE(reassemble, in_order, std::size_t{3000}, false, 60'000U)->Arg(8)->Arg(256)->Arg(1480);
BENCHMARK_CAPTURE(reassemble, backwards, std::size_t{3000}, true, 60'000U)->Arg(8)->Arg(1480);
BENCHMARK_CAPTURE(reassemble, large, std::size_t{60'000}, false, 60'000U)->Arg(8)->Arg(1480);
BENCHMARK_CAPTURE(reassemble, identification_again, std::size_t{3000}, false, 100U)->Arg(1480);

void first_fragments_only(benchmark::State& state) {
  Frames frames({part_of(packets::ByteString(3000, 'x'), 0, static_cast<std::size_t>(state.range(0)))});
  Loop loop;
  std::uint32_t source = 0;
  for (auto _ : state) {
    number_ip(frames.frames[0], 7, ++source);
    loop.add(frames.frames[0]);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(first_fragments_only)->Arg(8)->Arg(1480);

/// Each fragment contradicts a whole datagram of 60,000 bytes.
void rewritten(benchmark::State& state) {
  const packets::ByteString bytes(60'000, 'x');
  Frames whole(parts_of(bytes, 1480));
  Frames others(parts_of(packets::ByteString(60'000, 'y'), 8));
  for (auto _ : state) {
    state.PauseTiming();
    Loop loop;
    for (FragmentFrame& frame : whole.frames) loop.add(frame);
    state.ResumeTiming();
    for (std::size_t i = 0; i + 1 < others.frames.size(); ++i) loop.add(others.frames[i]);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(others.frames.size() - 1));
}
BENCHMARK(rewritten);

}  // namespace
}  // namespace ghostport
