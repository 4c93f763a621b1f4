#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <rte_ring.h>

#include <map>

#include "dataplane/intake.h"
#include "dataplane/packet_parser.h"
#include "tests/dataplane/read_capture.h"
#include "tests/live/live_run.h"

namespace ghostport::live {
namespace {

constexpr unsigned kRing = 4096;

/// A port whose queues are rings in memory, filled before the sensor starts. Address pairs keep to one queue.
class RingPort {
 public:
  explicit RingPort(unsigned queues) {
    if (time_offset() < 0) throw std::runtime_error("no field for packet times");
    pool_ = rte_pktmbuf_pool_create("feed", 16'383, 0, 0, 10'240, SOCKET_ID_ANY);
    for (unsigned i = 0; i < queues; ++i) {
      rings_.push_back(
          rte_ring_create(("feed" + std::to_string(i)).c_str(), kRing, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ));
    }
    number_ = rte_eth_from_rings("feed", rings_.data(), queues, rings_.data(), queues, 0);
    if (pool_ == nullptr || number_ < 0) throw std::runtime_error("no ring port");
  }
  ~RingPort() {
    for (rte_ring* ring : rings_) rte_ring_free(ring);
    rte_mempool_free(pool_);
  }
  RingPort(const RingPort&) = delete;
  RingPort& operator=(const RingPort&) = delete;

  void put(const CaptureContent::One& one, std::uint64_t shard) {
    rte_mbuf* const frame = rte_pktmbuf_alloc(pool_);
    ASSERT_NE(frame, nullptr);
    std::memcpy(rte_pktmbuf_append(frame, static_cast<std::uint16_t>(one.bytes.size())), one.bytes.data(),
                one.bytes.size());
    *RTE_MBUF_DYNFIELD(frame, time_offset(), rte_mbuf_timestamp_t*) =
        static_cast<rte_mbuf_timestamp_t>(one.at.true_time);
    frame->ol_flags |= flag_;
    ASSERT_EQ(rte_ring_enqueue(rings_[shard % rings_.size()], frame), 0);
  }
  [[nodiscard]] std::uint16_t number() const { return static_cast<std::uint16_t>(number_); }

 private:
  int time_offset() {
    static int offset = -1;
    if (offset < 0) (void)rte_mbuf_dyn_rx_timestamp_register(&offset, &flag_);
    return offset;
  }
  static inline std::uint64_t flag_ = 0;
  rte_mempool* pool_ = nullptr;
  std::vector<rte_ring*> rings_;
  int number_ = -1;
};

/// The shard of a packet; a fragment goes where its outermost addresses are. Nothing where the packet has none.
std::uint64_t shard_of(const CaptureContent::One& one) {
  Packet packet;
  Counters counters;
  Intake intake(counters);
  packet.data = one.bytes.data();
  packet.captured = packet.length = static_cast<std::uint32_t>(one.bytes.size());
  return intake.locate(packet) == Reach::nothing ? 0 : shard_hash(packet);
}

/// What every host of any kind must agree on.
std::vector<std::string> outcomes(const RecordingSink& sink) {
  std::map<std::string, std::string> last;
  for (const Finding& finding : sink.findings) {
    const FlowDetail& detail = finding.detail;
    std::string who;
    for (std::size_t side = 0; side < 2; ++side)
      who += detail.address[side].text() + ' ' + std::to_string(detail.port[side]) + ' ';
    who += std::string(transport_name(detail.transport)) + ' ' + std::to_string(detail.start) + ' ' +
           std::to_string(finding.count != 0);
    last[who] = who + ": " + std::string(verdict_name(finding.judgement.verdict)) + ' ' +
                std::string(service_name(detail.service)) + ' ' + std::to_string(static_cast<int>(detail.side));
  }
  std::vector<std::string> words;
  for (const auto& [who, what] : last) words.push_back(what);
  return words;
}

TEST(DpdkRings, TwoQueuesThatKeepAddressPairsGiveTheSameFindings) {
  const std::vector<LiveCase> cases = ethernet_cases();
  ASSERT_GT(cases.size(), 500U);
  std::uint64_t packets[2]{};
  (void)dpdk();
  for (const LiveCase& one : cases) {
    SCOPED_TRACE(one.name);
    const Ran replay = replayed(one.rules, one.capture);
    const auto content = read_file(one.capture).packets;
    if (content.empty() || content.size() >= kRing) continue;
    RingPort feed(2);
    for (const auto& packet : content) feed.put(packet, shard_of(packet));
    Ports ports({});
    ports.add(feed.number(), 2);
    std::vector<std::unique_ptr<DpdkSource>> sources;
    Ran ran;
    LiveSettings settings;
    settings.workers = 2;
    {
      std::vector<DpdkSource*> both;
      for (std::uint16_t queue = 0; queue < 2; ++queue) {
        sources.push_back(std::make_unique<DpdkSource>(ports.ports, queue, Pairs{}));
        sources.back()->number_as(queue, 2, content.front().at.true_time);
        both.push_back(sources.back().get());
      }
      LiveSensor sensor(one.rules, settings, ran.sink);
      sensor.start(both);
      sensor.stop();
      ran.summary = sensor.summary();
    }
    expect_same(outcomes(replay.sink), outcomes(ran.sink));
    ASSERT_EQ(ran.summary.worker_packets.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) packets[i] += ran.summary.worker_packets[i];
    EXPECT_EQ(ran.summary.worker_packets[0] + ran.summary.worker_packets[1], content.size());
  }
  EXPECT_GT(packets[0], 1000U);
  EXPECT_GT(packets[1], 1000U);
}

}  // namespace
}  // namespace ghostport::live
