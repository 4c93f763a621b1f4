// What a packet costs: parsing alone, and the whole worker on unwatched traffic, on tracked flows and on new ones.
// Synthetic packets of 64 to 1,000 bytes in memory, no reader. Times are of this machine; compare only within one run.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/cycles.h"
#include "dataplane/worker.h"
#include "detection/adjudicator.h"
#include "tests/packet_builder.h"

namespace ghostport {
namespace {

using Frames = std::vector<packets::ByteString>;

/// One TCP segment with payload for each of `flows` client addresses, to `port`.
Frames segments(std::uint32_t flows, std::uint16_t port) {
  Frames frames;
  for (std::uint32_t i = 0; i < flows; ++i) {
    const std::string client =
        "10." + std::to_string(i >> 16U & 255U) + '.' + std::to_string(i >> 8U & 255U) + '.' + std::to_string(i & 255U);
    packets::Capture capture;
    packets::TcpConversation conversation(capture, packets::client(client, 40000), packets::server("192.0.2.9", port));
    conversation.handshake();
    frames.push_back(capture.frames().front().bytes);
  }
  return frames;
}

class DroppingSink final : public FindingSink {
 public:
  void finding(const Finding&) override {}
  void flow(const FlowDetail&) override {}
};

/// Feeds the frames again and again, 64 at a time, a microsecond apart.
struct Loop {
  explicit Loop(Frames all) : frames(std::move(all)) {}
  void fill(PacketBatch& batch) {
    for (batch.count = 0; batch.count < PacketBatch::kMost; ++batch.count) {
      const packets::ByteString& frame = frames[next];
      next = next + 1 < frames.size() ? next + 1 : 0;
      Packet& packet = batch.packets[batch.count];
      packet.data = frame.data();
      packet.captured = packet.length = static_cast<std::uint32_t>(frame.size());
      packet.at = {now += 1000, now, ++number};
    }
  }
  Frames frames;
  std::size_t next = 0;
  std::int64_t now = kSecond;
  std::uint64_t number = 0;
};

void parse(benchmark::State& state) {
  Loop loop(segments(64, 3238));
  PacketBatch batch;
  Counters counters;
  const Cycles cycles(state, PacketBatch::kMost);
  for (auto _ : state) {
    loop.fill(batch);
    for (Packet& packet : batch.packets) parse_packet(packet, counters);
    benchmark::DoNotOptimize(batch);
  }
}

/// state.range(0): flows; state.range(1): port.
void track(benchmark::State& state) {
  auto rules = std::make_shared<Rules>();
  rules->registry = Registry::builtin();
  rules->watch = make_watch_table(rules->registry, {});
  rules->signatures = SignatureSet::builtin();
  DroppingSink sink;
  FactRing ring(8192);
  Bell bell;
  Adjudicator adjudicator(rules, {&ring}, sink);
  FlowTracker tracker(rules, ring, bell, WhenFull::wait, [&] { adjudicator.run_once(); });
  tracker.begin(1);
  Loop loop(segments(static_cast<std::uint32_t>(state.range(0)), static_cast<std::uint16_t>(state.range(1))));
  PacketBatch batch;
  const Cycles cycles(state, PacketBatch::kMost);
  for (auto _ : state) {
    loop.fill(batch);
    tracker.track(batch);
    tracker.settle({loop.now, loop.number, false});
    adjudicator.run_once();
  }
}

BENCHMARK(parse);
BENCHMARK(track)->ArgNames({"flows", "port"})->Args({64, 443})->Args({64, 3238})->Args({10'000, 3238});

}  // namespace
}  // namespace ghostport
