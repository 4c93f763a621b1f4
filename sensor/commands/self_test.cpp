#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <string_view>

#include "dataplane/internet_sum.h"
#include "dataplane/live_sensor.h"
#include "sensor/commands/commands.h"
#include "sensor/terminal.h"

namespace ghostport {
namespace {

constexpr std::string_view kBanner = "SSH-2.0-ghostport-self-test\r\n";
constexpr unsigned kClientPort = 49'152;  // and the next ones, one a ghost port

/// One frame of a TCP conversation between two addresses that are kept for documentation (RFC 5737), on Ethernet.
struct Frame {
  std::array<std::uint8_t, 128> bytes{};
  std::size_t size = 0;
};

void put16(std::uint8_t* at, unsigned value) {
  at[0] = static_cast<std::uint8_t>(value >> 8U);
  at[1] = static_cast<std::uint8_t>(value);
}
void put32(std::uint8_t* at, std::uint32_t value) {
  put16(at, value >> 16U);
  put16(at + 2, value & 0xFFFFU);
}
void put_sum(std::uint8_t* at, std::uint64_t sum) {
  const auto value = static_cast<std::uint16_t>(~folded(sum));
  std::memcpy(at, &value, sizeof value);
}

Frame make_frame(bool from_server, unsigned client_port, unsigned server_port, std::uint32_t sequence,
                 std::uint32_t acknowledgment, std::uint8_t flags, std::string_view payload) {
  constexpr std::uint8_t kClient[] = {192, 0, 2, 1};
  constexpr std::uint8_t kServer[] = {192, 0, 2, 2};
  Frame frame;
  std::uint8_t* const link = frame.bytes.data();
  std::uint8_t* const ip = link + 14;
  std::uint8_t* const tcp = ip + 20;
  link[0] = link[6] = 0x02;  // locally administered
  link[from_server ? 5 : 11] = 1;
  put16(link + 12, 0x0800);
  ip[0] = 0x45;
  put16(ip + 2, static_cast<unsigned>(40 + payload.size()));
  ip[8] = 64;
  ip[9] = 6;
  std::memcpy(ip + 12, from_server ? kServer : kClient, 4);
  std::memcpy(ip + 16, from_server ? kClient : kServer, 4);
  put_sum(ip + 10, internet_sum(ip, 20));
  put16(tcp, from_server ? server_port : client_port);
  put16(tcp + 2, from_server ? client_port : server_port);
  put32(tcp + 4, sequence);
  put32(tcp + 8, acknowledgment);
  tcp[12] = 0x50;
  tcp[13] = flags;
  put16(tcp + 14, 65'535);
  std::memcpy(tcp + 20, payload.data(), payload.size());
  std::uint8_t tail[4] = {0, 6};
  put16(tail + 2, static_cast<unsigned>(20 + payload.size()));
  put_sum(tcp + 16,
          internet_sum(tcp, 20 + payload.size()) + internet_sum(ip + 12, 8) + internet_sum(tail, sizeof tail));
  frame.size = 54 + payload.size();
  return frame;
}

/// An SSH server's first words on each ghost port, as packets of a live source.
class KnownFlows {
 public:
  explicit KnownFlows(const std::vector<unsigned>& ports) {
    unsigned client = kClientPort;
    for (const unsigned port : ports) {
      frames_.push_back(make_frame(false, client, port, 100, 0, 0x02, ""));
      frames_.push_back(make_frame(true, client, port, 900, 101, 0x12, ""));
      frames_.push_back(make_frame(false, client, port, 101, 901, 0x10, ""));
      frames_.push_back(make_frame(true, client, port, 901, 101, 0x18, kBanner));
      frames_.push_back(
          make_frame(false, client, port, 101, 901 + static_cast<std::uint32_t>(kBanner.size()), 0x10, ""));
      ++client;
    }
  }

  void adopt_thread() noexcept {}
  void leave_thread() noexcept {}
  void receive(PacketBatch& batch, Tick& tick) noexcept {
    for (batch.count = 0; batch.count < PacketBatch::kMost && next_ < frames_.size(); ++next_) {
      Packet& packet = batch.packets[batch.count++];
      packet = Packet{};
      packet.data = frames_[next_].bytes.data();
      packet.captured = packet.length = static_cast<std::uint32_t>(frames_[next_].size);
      stamps_.stamp(packet.at, clock_now());
    }
    tick = stamps_.tick(batch.count == 0);
  }
  void dispose(std::span<const Packet>, const Disposal&) noexcept {}
  void release(std::uint64_t) noexcept {}
  void end() noexcept {}
  [[nodiscard]] const Counters& counters() noexcept { return counters_; }

 private:
  std::vector<Frame> frames_;
  std::size_t next_ = 0;
  LiveStamps stamps_;
  Counters counters_;
};

class FoundPorts final : public FindingSink {
 public:
  void finding(const Finding& finding) override {
    found[finding.detail.port[1]] = std::string(verdict_name(finding.judgement.verdict)) + ' ' +
                                    std::string(service_name(finding.detail.service)) + ": " + finding.judgement.reason;
    if (service_name(finding.detail.service) == "ssh") named.push_back(finding.detail.port[1]);
  }
  void flow(const FlowDetail&) override {}
  std::map<unsigned, std::string> found;
  std::vector<unsigned> named;
};

}  // namespace

int run_command(const SelfTestOptions& options, std::chrono::steady_clock::time_point) {
  auto configured = configuration_of(options.configuration);
  if (!configured) return kWrongUsage;
  Configuration& configuration = *configured;
  configuration.log_expected = true;  // an exception may allow what is sent
  const auto rules = rules_of(configuration);
  if (!rules) return kWrongUsage;
  std::vector<unsigned> ports;
  for (const PortEntry& entry : rules->registry.entries()) {
    if (entry.ghost && (rules->watch.at(Transport::tcp, entry.port) & WatchTable::kJudged) != 0)
      ports.push_back(entry.port);
  }
  FoundPorts sink;
  KnownFlows source(ports);
  LiveSettings settings;
  settings.workers = std::min(configuration.capture ? configuration.capture->workers.value_or(2) : 2, 64U);
  {
    LiveSensor sensor(rules, settings, sink);
    sensor.start_dealing(source);
    sensor.stop();
  }
  int status = ports.empty() ? kFailed : kDone;
  if (ports.empty()) std::fputs("ghostport: the configuration judges no ghost port over TCP\n", stderr);
  for (const unsigned port : ports) {
    const bool good = std::find(sink.named.begin(), sink.named.end(), port) != sink.named.end();
    const auto found = sink.found.find(port);
    const std::string what =
        found == sink.found.end() ? "an SSH server was sent there, and nothing was found" : found->second;
    std::printf("%-4s %u/tcp  %s\n", good ? "ok" : "FAIL", port, for_terminal(what).c_str());
    if (!good) status = kFailed;
  }
  return status;
}

}  // namespace ghostport
