// A flood of SYNs to a ghost port from ever new senders, against the live pipeline with a bounded flow table; now and
// then an SSH server speaks among them. Fails where one of its flows is not found, an eviction not counted, or memory
// not bounded.
//   syn_flood [SYNS [TABLE [WORKERS]]]

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <vector>

#include "dataplane/live_sensor.h"
#include "tests/detection/rules_for_tests.h"
#include "tests/packet_builder.h"
#include "tests/resident_memory.h"

namespace ghostport {
namespace {

constexpr std::uint64_t kSynsBetween = 10'000;  // two conversations with the server
constexpr std::int64_t kPace = 2'000;           // ns: half a million packets a second, so that nothing times out early
constexpr std::size_t kFlowBytes = 1400;        // a live flow under inspection may cost that much
constexpr std::size_t kMostMebibytes = 400;     // besides the flows: rings, sums of a second's knocks, everything else

class Flood {
 public:
  explicit Flood(std::uint64_t syns) : syns_(syns), frames_(kRing) {
    packets::Capture capture;
    packets::TcpConversation(capture, packets::client("10.0.0.5", 5000), packets::server("10.0.0.9", 3238))
        .handshake()
        .server_says("SSH-2.0-OpenSSH_9.2\r\n");
    for (const auto& frame : capture.frames()) conversation_.push_back(frame.bytes);
  }

  void adopt_thread() noexcept {}
  void leave_thread() noexcept {}
  void receive(PacketBatch& batch, Tick& tick) noexcept {
    batch.count = 0;
    while (batch.count < PacketBatch::kMost && !done() && number_ - released_ < kRing - PacketBatch::kMost) next(batch);
    tick = stamps_.tick(done() && batch.count == 0);
  }
  void dispose(std::span<const Packet>, const Disposal&) noexcept {}
  void release(std::uint64_t number) noexcept { released_ = std::min(number, number_); }
  void end() noexcept {}
  [[nodiscard]] const Counters& counters() noexcept { return counters_; }
  [[nodiscard]] bool done() const noexcept { return syn_ >= syns_ && step_ == 0; }
  [[nodiscard]] std::uint64_t given() const noexcept { return number_; }
  [[nodiscard]] std::uint64_t conversations() const noexcept { return conversations_; }

 private:
  static constexpr std::uint64_t kRing = 1U << 16U;
  using Frame = std::array<std::uint8_t, 128>;

  void next(PacketBatch& batch) noexcept {
    Frame& frame = frames_[number_ % kRing];
    std::size_t size = 0;
    if (step_ == 0 && syn_ % kSynsBetween != kSynsBetween - 1) {
      size = put_frame(frame, 0, 0x0A000000U + static_cast<std::uint32_t>(mix(syn_, 7) & 0xFFFFFFU),
                       static_cast<std::uint16_t>(1024 + mix(syn_, 9) % 60'000));
      ++syn_;
    } else {
      size = put_frame(frame, step_, 0x0B000000U + static_cast<std::uint32_t>(conversations_), 5000);
      step_ = (step_ + 1) % conversation_.size();
      if (step_ == 0) {
        ++conversations_;
        ++syn_;
      }
    }
    Packet& packet = batch.packets[batch.count++];
    packet = Packet{};
    packet.data = frame.data();
    packet.captured = packet.length = static_cast<std::uint32_t>(size);
    ++number_;
    stamps_.stamp(packet.at, now_ += kPace);
  }
  /// A packet of the conversation with another client: checksums are then those of a capture on the sender's host.
  std::size_t put_frame(Frame& frame, std::size_t step, std::uint32_t client, std::uint16_t port) noexcept {
    const packets::ByteString& bytes = conversation_[step];
    std::memcpy(frame.data(), bytes.data(), bytes.size());
    const bool answers = std::memcmp(bytes.data() + 26, "\x0a\x00\x00\x09", 4) == 0;
    std::uint8_t* const address = frame.data() + (answers ? 30 : 26);
    for (int i = 0; i < 4; ++i) address[i] = static_cast<std::uint8_t>(client >> (24 - 8 * i));
    std::uint8_t* const at = frame.data() + (answers ? 36 : 34);
    at[0] = static_cast<std::uint8_t>(port >> 8U);
    at[1] = static_cast<std::uint8_t>(port);
    return bytes.size();
  }

  std::uint64_t syns_;
  std::vector<packets::ByteString> conversation_;
  std::vector<Frame> frames_;
  LiveStamps stamps_;
  std::int64_t now_ = 1'790'000'000 * kSecond;
  std::uint64_t number_ = 0;
  std::uint64_t released_ = 0;
  std::uint64_t syn_ = 0;
  std::size_t step_ = 0;
  std::uint64_t conversations_ = 0;
  Counters counters_;
};

class FoundServers final : public FindingSink {
 public:
  void finding(const Finding& finding) override {
    if (finding.detail.outcome == Outcome::identified) clients.insert(finding.detail.address[0]);
  }
  void flow(const FlowDetail&) override {}
  std::set<Address> clients;
};

int run(std::uint64_t syns, std::uint32_t table, unsigned workers) {
  const auto rules = rules_watching("ghost");
  rules->flow_limit = table;
  FoundServers sink;
  Flood flood(syns);
  LiveSettings settings;
  settings.workers = workers;
  const std::size_t before = resident_bytes() >> 20U;
  LiveSensor sensor(rules, settings, sink);
  if (workers == 1) {
    sensor.start<Flood>({&flood});
  } else {
    sensor.start_dealing(flood);
  }
  std::size_t most = 0;
  PipelineSummary summary;
  do {
    summary = sensor.summary();
    most = std::max(most, resident_bytes() >> 20U);
  } while (summary.total.at(Counter::packets) < syns);
  sensor.stop();
  summary = sensor.summary();
  const std::uint64_t dropped = summary.total.at(Counter::overload_dropped);
  std::printf(
      "%llu packets, %llu given up because a worker was too slow; %llu flows, %llu ended early; %zu of %llu servers "
      "found; %llu facts lost; at most %zu MiB, %zu before\n",
      static_cast<unsigned long long>(summary.total.at(Counter::packets)), static_cast<unsigned long long>(dropped),
      static_cast<unsigned long long>(summary.total.at(Counter::flows)),
      static_cast<unsigned long long>(summary.total.at(Counter::flow_table_full)), sink.clients.size(),
      static_cast<unsigned long long>(flood.conversations()), static_cast<unsigned long long>(summary.facts_lost), most,
      before);
  bool good = summary.total.at(Counter::packets) == flood.given();
  good = good && summary.total.at(Counter::flow_table_full) != 0;
  good = good && most - before <= kMostMebibytes + (std::size_t{table} * workers * kFlowBytes >> 20U);
  // A packet that was given up may be one of the server's.
  good = good && (sink.clients.size() == flood.conversations() || dropped != 0);
  return good ? 0 : 1;
}

}  // namespace
}  // namespace ghostport

int main(int argc, char** argv) {
  const auto number = [&](int place, std::uint64_t otherwise) {
    return argc > place ? std::strtoull(argv[place], nullptr, 10) : otherwise;
  };
  return ghostport::run(number(1, 200'000), static_cast<std::uint32_t>(number(2, 20'000)),
                        static_cast<unsigned>(number(3, 1)));
}
