// Does context stay bounded, and cheap? Flows that speak for each other, exchanges, calls, control exchanges and media,
// of a million hosts, through the whole worker and the adjudicator. Prints processor time and memory for each tenth;
// fails where memory outgrows its bounds. Usage: context_flood FLOWS
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "dataplane/worker.h"
#include "detection/adjudicator.h"
#include "tests/detection/rules_for_tests.h"
#include "tests/resident_memory.h"

namespace ghostport {
namespace {

constexpr std::uint32_t kHosts = 1'000'000;
constexpr std::uint32_t kServers = 4096;
constexpr std::int64_t kPace = 2'000'000;         // a flow each 2 ms: ten million take five and a half hours
constexpr std::size_t kMostMebibytes = 3 * 1024;  // tables of one worker at their limits, and all context
constexpr std::uint16_t kLinkRaw = 101;

/// Flows one after the other, four datagrams each.
class FloodSource {
 public:
  explicit FloodSource(std::uint64_t flows) : flows_(flows), frames_(PacketBatch::kMost) {}

  void receive(PacketBatch& batch, Tick& tick) noexcept {
    batch.count = 0;
    while (batch.count + kOfFlow <= PacketBatch::kMost && flow_ < flows_) make_flow(batch);
    tick = {stamp_, number_, flow_ == flows_};
  }
  void dispose(std::span<const Packet>, const Disposal&) noexcept {}
  [[nodiscard]] std::uint64_t flow() const { return flow_; }

 private:
  static constexpr std::size_t kOfFlow = 4;
  using Frame = std::array<std::uint8_t, 600>;

  void make_flow(PacketBatch& batch) noexcept {
    const std::uint64_t random = mix(flow_, 0x9E3779B97F4A7C15U);
    const auto host = static_cast<std::uint32_t>(random % kHosts);
    const auto server = static_cast<std::uint32_t>((random >> 32U) % kServers);
    const auto from = static_cast<std::uint16_t>(20'000 + flow_ % 40'000);
    const auto media = static_cast<std::uint16_t>(3224 + 2 * (flow_ % 50));
    char text[500];
    for (unsigned i = 0; i < kOfFlow; ++i) {
      const bool answers = i % 2 == 1;
      std::uint16_t to = media;
      int size = 0;
      switch (flow_ % 4) {
        case 0:  // bytes that nobody knows
          for (size = 0; size < 96; size += 8) {
            const std::uint64_t word = mix(random + i, static_cast<std::uint64_t>(size)) | 0x80;
            std::memcpy(text + size, &word, 8);
          }
          break;
        case 1:
          to = 5060;
          size = std::snprintf(
              text, sizeof text,
              "%s\r\nVia: SIP/2.0/UDP 10.0.0.1\r\nFrom: <sip:a@a>\r\nTo: <sip:b@b>\r\nCall-ID: %llu\r\n"
              "CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 %s\r\n"
              "m=audio %u RTP/AVP 0\r\n",
              answers ? "SIP/2.0 200 OK" : "INVITE sip:b@b SIP/2.0", static_cast<unsigned long long>(flow_),
              address_of(answers ? server : host, answers).text().c_str(), unsigned{media});
          break;
        case 2: {
          to = 3239;
          const std::uint8_t response[] = {0x80,
                                           0x82,
                                           0,
                                           static_cast<std::uint8_t>(i),
                                           0,
                                           0,
                                           0,
                                           1,
                                           0,
                                           0,
                                           0,
                                           7,
                                           7,
                                           6,
                                           0,
                                           0,
                                           0,
                                           1,
                                           1,
                                           10,
                                           0,
                                           0,
                                           0,
                                           7,
                                           static_cast<std::uint8_t>(media >> 8U),
                                           static_cast<std::uint8_t>(media),
                                           0,
                                           0};
          std::memcpy(text, response, sizeof response);
          size = sizeof response;
          break;
        }
        default: {
          const std::uint8_t rtp[] = {0x80, 0, 0, static_cast<std::uint8_t>(i + 1), 0, 0, 0, 160,
                                      1,    2, 3, static_cast<std::uint8_t>(host)};
          std::memset(text, 0x55, 172);
          std::memcpy(text, rtp, sizeof rtp);
          size = 172;
          break;
        }
      }
      Frame& frame = frames_[batch.count];
      write(frame, address_of(host, false), address_of(server, true), from, to, answers, text,
            static_cast<std::size_t>(size));
      Packet& packet = batch.packets[batch.count++];
      packet = Packet{};
      packet.data = frame.data();
      packet.captured = packet.length = static_cast<std::uint32_t>(28 + size);
      packet.link_type = kLinkRaw;
      stamp_ += kPace / kOfFlow;
      packet.at = {stamp_, stamp_, ++number_};
    }
    ++flow_;
  }

  static Address address_of(std::uint32_t which, bool is_server) noexcept {
    const std::uint8_t bytes[4] = {static_cast<std::uint8_t>(is_server ? 172 : 10),
                                   static_cast<std::uint8_t>(which >> 16U), static_cast<std::uint8_t>(which >> 8U),
                                   static_cast<std::uint8_t>(which)};
    return Address::v4(bytes);
  }
  static void write(Frame& frame, const Address& client, const Address& server, std::uint16_t from, std::uint16_t to,
                    bool answers, const char* payload, std::size_t size) noexcept {
    std::uint8_t* at = frame.data();
    const auto put = [&at](std::uint32_t value, unsigned bytes) {
      while (bytes-- > 0) *at++ = static_cast<std::uint8_t>(value >> (8 * bytes));
    };
    put(0x4500, 2);
    put(static_cast<std::uint32_t>(28 + size), 2);
    put(0, 4);
    put(0x4011, 2);
    put(0, 2);
    for (const bool source : {true, false}) {
      const Address& address = source != answers ? client : server;
      std::memcpy(at, address.bytes.data(), 4);
      at += 4;
    }
    put(answers ? to : from, 2);
    put(answers ? from : to, 2);
    put(static_cast<std::uint32_t>(8 + size), 2);
    put(0, 2);  // no checksum
    std::memcpy(at, payload, size);
  }

  std::uint64_t flows_;
  std::uint64_t flow_ = 0;
  std::uint64_t number_ = 0;
  std::int64_t stamp_ = 1'795'168'800 * kSecond;
  std::vector<Frame> frames_;
};

class CountingSink final : public FindingSink {
 public:
  void finding(const Finding& finding) override { ++verdicts[static_cast<std::size_t>(finding.judgement.verdict)]; }
  void flow(const FlowDetail&) override {}
  std::array<std::uint64_t, 6> verdicts{};
};

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int run(std::uint64_t flows) {
  const auto rules = rules_watching("range");
  rules->assets["citrix-vda"] = AddressSet({*AddressRange::parse("172.0.0.0/20")});
  FactRing ring(1U << 16U);
  Bell bell;
  CountingSink sink;
  Adjudicator adjudicator(rules, {&ring}, sink);
  FlowTracker tracker(rules, ring, bell, WhenFull::wait, [&] { adjudicator.run_once(); });
  FloodSource source(flows);
  Worker worker(source, tracker);
  tracker.begin(1);
  adjudicator.begin();
  std::size_t most = 0;
  double before = processor_seconds();
  std::uint64_t next = flows / 10;
  for (bool more = true; more;) {
    more = worker.run_once();
    adjudicator.run_once();
    if (source.flow() < next) continue;
    const double now = processor_seconds();
    most = std::max(most, resident_bytes() >> 20U);
    std::printf("%10llu flows: %.2f s for this tenth, %zu MiB\n", static_cast<unsigned long long>(source.flow()),
                now - before, (resident_bytes() >> 20U));
    std::fflush(stdout);
    before = now;
    next += flows / 10;
  }
  while (adjudicator.run_once()) {
  }
  std::uint64_t findings = 0;
  for (const std::uint64_t count : sink.verdicts) findings += count;
  std::printf("%llu findings; forgotten: %llu calls and announcements, %llu sessions and exchanges; %llu not held\n",
              static_cast<unsigned long long>(findings),
              static_cast<unsigned long long>(adjudicator.context_counters().calls_forgotten),
              static_cast<unsigned long long>(adjudicator.context_counters().exchanges_forgotten),
              static_cast<unsigned long long>(adjudicator.counters().held_full));
  if (!adjudicator.ended() || findings == 0) return 1;
  return most <= kMostMebibytes ? 0 : 1;
}

}  // namespace
}  // namespace ghostport

int main(int argc, char** argv) {
  const std::uint64_t flows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
  return ghostport::run(flows < 10 ? 10 : flows);
}
