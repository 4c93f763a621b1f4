// The live pipeline from memory: every worker has a source of its own that hands out frames without a copy, as a card's
// queue does, and everything behind it is what runs in a sensor. Synthetic traffic, named so; the source alone is
// measured in the same run. Usage: pipeline --help
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "configuration/make_rules.h"
#include "dataplane/live_sensor.h"
#include "registry/port.h"

namespace ghostport {
namespace {

using Clock = std::chrono::steady_clock;

struct Shape {
  std::string traffic = "track";
  std::uint32_t flows = 100'000;  // of each worker
  std::uint64_t packets = 20'000'000;
  std::uint32_t size = 64;
  std::uint16_t port = 443;
  bool mixed = false;  // IMIX: 7 of 64, 4 of 576, 1 of 1,500 bytes
};

/// Ethernet, IPv4 and TCP in one frame; without checksums, which a tap does not ask for once a flow is decided.
struct Frame {
  static constexpr std::size_t kHeaders = 14 + 20 + 20;
  std::uint8_t bytes[64];
};

void put16(std::uint8_t* at, std::uint32_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8U);
  at[1] = static_cast<std::uint8_t>(value);
}
void put32(std::uint8_t* at, std::uint32_t value) {
  put16(at, value >> 16U);
  put16(at + 2, value);
}

enum Flags : std::uint8_t { kSynFlag = 0x02, kSynAckFlags = 0x12, kAckFlag = 0x10, kPushFlags = 0x18 };

/// Flow `which` of worker `worker`; `to_server`: from the client.
void build(Frame& frame, std::uint32_t worker, std::uint32_t which, std::uint16_t port, bool to_server, Flags flags,
           std::uint32_t sequence, std::string_view payload = {}) {
  std::uint8_t* const at = frame.bytes;
  std::memset(at, 0, sizeof frame.bytes);
  put16(at + 12, 0x0800);
  std::uint8_t* const ip = at + 14;
  ip[0] = 0x45;
  put16(ip + 2, static_cast<std::uint32_t>(40 + payload.size()));
  ip[8] = 64;
  ip[9] = 6;
  const std::uint32_t client = 0x0A000000U + (worker << 20U ^ which % 0xFFFFFU);
  const std::uint32_t server = 0xC6120000U + which % 0xFFFFU;
  put32(ip + 12, to_server ? client : server);
  put32(ip + 16, to_server ? server : client);
  const auto client_port = 1024U + which / 0xFFFFFU;
  put16(ip + 20, to_server ? client_port : port);
  put16(ip + 22, to_server ? port : client_port);
  put32(ip + 24, sequence);
  ip[32] = 0x50;
  ip[33] = flags;
  put16(ip + 34, 0xFFFF);
  std::memcpy(ip + 40, payload.data(), payload.size());
}

/// What one worker reads: first what makes its flows known and decided, then the packets that are timed.
class MemorySource {
 public:
  MemorySource(const Shape& shape, std::uint32_t worker) : shape_(shape), storm_(shape.traffic == "storm") {
    stamps_.number_as(worker, 1, 0);
    stamps_.advance(1'700'000'000 * kSecond);
    if (storm_) {
      frames_.resize(kStormFrames);
      for (std::uint32_t i = 0; i < kStormFrames; ++i) build(frames_[i], worker, i, shape.port, true, kSynFlag, 1);
      return;
    }
    frames_.resize(shape.flows);
    // Neighbours in time are no neighbours in any table.
    for (std::uint32_t i = 0; i < shape.flows; ++i) build(frames_[i], worker, i, shape.port, i % 2 == 0, kAckFlag, 100);
    if (shape.traffic != "track") return;
    constexpr std::string_view kBanner = "SSH-2.0-a\n";
    known_.resize(std::size_t{shape.flows} * 3);
    for (std::uint32_t i = 0; i < shape.flows; ++i) {
      build(known_[i * std::size_t{3}], worker, i, shape.port, true, kSynFlag, 99);
      build(known_[i * std::size_t{3} + 1], worker, i, shape.port, false, kSynAckFlags, 99);
      build(known_[i * std::size_t{3} + 2], worker, i, shape.port, false, kPushFlags, 100, kBanner);
    }
  }

  void receive(PacketBatch& batch, Tick& tick) noexcept {
    const bool warm = warmed_ == known_.size();
    if (warm && sent_ == 0) begin_ = Clock::now();
    for (batch.count = 0; batch.count < kBurst; ++batch.count) {
      Packet& packet = batch.packets[batch.count];
      if (!warm) {
        if (warmed_ == known_.size()) break;
        give(packet, known_[warmed_++], 64);
      } else {
        if (sent_ == shape_.packets) break;
        give(packet, next(), length());
        ++sent_;
      }
    }
    if (sent_ == shape_.packets && end_ == Clock::time_point()) end_ = Clock::now();
    tick = stamps_.tick(sent_ == shape_.packets && batch.count == 0);
  }
  void dispose(std::span<const Packet>, const Disposal&) noexcept {}
  void adopt_thread() noexcept {}
  void leave_thread() noexcept {}
  void end() noexcept {}
  void release(std::uint64_t) noexcept {}
  [[nodiscard]] const Counters& counters() noexcept { return counters_; }

  [[nodiscard]] bool has_ended() const noexcept { return sent_ == shape_.packets; }
  [[nodiscard]] Clock::time_point begun() const noexcept { return begin_; }
  [[nodiscard]] Clock::time_point ended() const noexcept { return end_; }

 private:
  static constexpr std::size_t kBurst = 32;
  static constexpr std::uint32_t kStormFrames = 1U << 14U;

  Frame& next() noexcept {
    Frame& frame = frames_[at_];
    at_ = at_ + 1 < frames_.size() ? at_ + 1 : 0;
    __builtin_prefetch(frames_.data() + at_ + 8);
    if (storm_) {  // another client each time
      put32(frame.bytes + 26, 0x0A000000U + (++client_ & 0x00FFFFFFU));
      put16(frame.bytes + 34, 1024 + (client_ >> 24U));
    }
    return frame;
  }
  std::uint32_t length() noexcept {
    if (!shape_.mixed) return shape_.size;
    constexpr std::uint32_t kLengths[12] = {64, 64, 64, 576, 64, 576, 64, 1500, 64, 576, 64, 576};
    return kLengths[sent_ % 12];
  }
  void give(Packet& packet, const Frame& frame, std::uint32_t length) noexcept {
    packet.data = frame.bytes;
    packet.captured = sizeof frame.bytes;
    packet.length = length;
    packet.link_type = kLinkEthernet;
    packet.frames = 1;
    packet.located = false;
    stamps_.stamp(packet.at, now_ += 200);
  }

  const Shape& shape_;
  const bool storm_;
  std::vector<Frame> frames_;
  std::vector<Frame> known_;
  std::size_t at_ = 0;
  std::size_t warmed_ = 0;
  std::uint64_t sent_ = 0;
  std::uint32_t client_ = 0;
  std::int64_t now_ = 1'700'000'000 * kSecond;
  LiveStamps stamps_;
  Counters counters_;
  Clock::time_point begin_;
  Clock::time_point end_;
};
static_assert(LiveSource<MemorySource>);

class CountingSink final : public FindingSink {
 public:
  void finding(const Finding&) override { ++findings; }
  void flow(const FlowDetail&) override {}
  std::uint64_t findings = 0;
};

double nanoseconds_alone(const Shape& shape) {
  MemorySource source(shape, 0);
  PacketBatch batch;
  Tick tick;
  std::uint64_t sum = 0;
  do {
    source.receive(batch, tick);
    for (std::size_t i = 0; i < batch.count; ++i) sum += batch.packets[i].data[23];
  } while (!tick.end);
  if (sum == 1) std::puts("");  // so that the frames are touched
  return std::chrono::duration<double, std::nano>(source.ended() - source.begun()).count() /
         static_cast<double>(shape.packets);
}

int run(const Shape& shape, const std::string& watch, unsigned workers, std::uint32_t table) {
  Configuration configuration;
  auto list = WatchList::parse(watch);
  if (!list) {
    std::fprintf(stderr, "%s\n", list.problems().front().what.c_str());
    return 2;
  }
  configuration.watch = list.value();
  configuration.limits.flows = table;
  RulesMaker maker;
  auto made = maker.make(configuration, {{}, false});
  if (!made) return 2;
  CountingSink sink;
  LiveSettings settings;
  settings.workers = workers;
  for (unsigned i = 0; i < workers; ++i) settings.cores.push_back(i);
  std::vector<std::unique_ptr<MemorySource>> sources;
  std::vector<MemorySource*> pointers;
  for (unsigned i = 0; i < workers; ++i) {
    sources.push_back(std::make_unique<MemorySource>(shape, i));
    pointers.push_back(sources.back().get());
  }
  LiveSensor sensor(made.value(), settings, sink);
  sensor.start<MemorySource>(pointers);
  sensor.stop();
  const PipelineSummary summary = sensor.summary();
  Clock::time_point begin = sources[0]->begun();
  Clock::time_point end = sources[0]->ended();
  double slowest = 0;
  for (const auto& one : sources) {
    begin = std::min(begin, one->begun());
    end = std::max(end, one->ended());
    slowest = std::max(slowest, std::chrono::duration<double, std::nano>(one->ended() - one->begun()).count());
  }
  const double packets = static_cast<double>(shape.packets) * workers;
  const double seconds = std::chrono::duration<double>(end - begin).count();
  const double alone = nanoseconds_alone(shape);
  const double each = slowest / static_cast<double>(shape.packets);
  std::printf(
      "%-8s %-6s %3u worker(s) %9u flows each, table %9u: %8.2f Mpps, %7.1f ns a packet and worker, source alone %5.1f "
      "ns "
      "(%.2f of its rate); %llu flows, %llu evicted, %llu findings, %llu facts lost\n",
      shape.traffic.c_str(), watch.c_str(), workers, shape.flows, table, packets / seconds / 1e6, each, alone,
      alone / each, static_cast<unsigned long long>(summary.total.at(Counter::flows)),
      static_cast<unsigned long long>(summary.total.at(Counter::flow_table_full)),
      static_cast<unsigned long long>(sink.findings), static_cast<unsigned long long>(summary.facts_lost));
  return 0;
}

}  // namespace
}  // namespace ghostport

int main(int argc, char** argv) {
  ghostport::Shape shape;
  std::string watch = "all";
  unsigned workers = 1;
  std::uint32_t table = 0;
  CLI::App app("The live pipeline on synthetic frames in memory.");
  app.add_option("traffic", shape.traffic,
                 "track: known, decided flows; pass: packets alone, of flows that nobody saw begin; storm: every "
                 "packet begins a flow")
      ->check(CLI::IsMember({"track", "pass", "storm"}));
  app.add_option("--watch", watch, "as for replay");
  app.add_option("--port", shape.port, "of the servers");
  app.add_option("--flows", shape.flows, "of each worker");
  app.add_option("--table", table, "limits.flows; as many as flows where it is left out");
  app.add_option("--packets", shape.packets, "of each worker, that are timed");
  app.add_option("--size", shape.size, "of a frame on the wire; 64 bytes of it are there");
  app.add_flag("--imix", shape.mixed, "sizes of 64, 576 and 1,500 bytes, 7 to 4 to 1");
  app.add_option("--workers", workers)->check(CLI::Range(1, 64));
  CLI11_PARSE(app, argc, argv);
  return ghostport::run(shape, watch, workers, table == 0 ? shape.flows : table);
}
