#include "dataplane/live_sensor.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>

#include "tests/detection/recording_sink.h"
#include "tests/detection/rules_for_tests.h"
#include "tests/packet_builder.h"
#include "tests/resident_memory.h"

namespace ghostport {
namespace live_sensor_test {

using packets::Capture;
using packets::client;
using packets::server;
using packets::TcpConversation;
using packets::UdpConversation;

/// A wire that the test holds the other end of.
class TestWire {
 public:
  void put(const Capture& capture) {
    const std::lock_guard lock(mutex_);
    for (const auto& packet : capture.frames()) frames_.push_back(packet.bytes);
    given_ += capture.frames().size();
  }
  [[nodiscard]] std::uint64_t given() const { return given_; }
  [[nodiscard]] std::uint64_t passed() const { return passed_; }
  [[nodiscard]] std::uint64_t blocked() const { return blocked_; }
  [[nodiscard]] std::uint64_t rejects() const { return rejects_; }

  void adopt_thread() noexcept {}
  void leave_thread() noexcept {}
  void receive(PacketBatch& batch, Tick& tick) noexcept {
    batch.count = 0;
    {
      const std::lock_guard lock(mutex_);
      while (batch.count < PacketBatch::kMost && !frames_.empty()) {
        packets::ByteString& kept = out_.emplace_back(std::move(frames_.front()));
        frames_.pop_front();
        Packet& packet = batch.packets[batch.count++];
        packet = Packet{};
        packet.data = kept.data();
        packet.captured = packet.length = static_cast<std::uint32_t>(kept.size());
        packet.frame = &kept;
        stamps_.stamp(packet.at, now_ += 1000);
      }
    }
    if (batch.count == 0) {
      stamps_.advance(now_ += 1'000'000);
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    tick = stamps_.tick(ending_ && batch.count == 0);
  }
  void dispose(std::span<const Packet> packets, const Disposal& disposal) noexcept {
    for (std::size_t i = 0; i < packets.size(); ++i) {
      if (packets[i].frame == nullptr) continue;
      ((disposal.blocked >> i & 1U) != 0 ? blocked_ : passed_) += 1;
    }
    rejects_ += disposal.reject_count;
  }
  void release(std::uint64_t number) noexcept {
    while (released_ < number && !out_.empty()) {
      out_.pop_front();
      ++released_;
    }
  }
  void end() noexcept { ending_ = true; }
  [[nodiscard]] const Counters& counters() noexcept { return counters_; }

 private:
  std::mutex mutex_;
  std::deque<packets::ByteString> frames_;  // guarded by mutex_
  std::deque<packets::ByteString> out_;     // that the sensor has
  std::uint64_t released_ = 0;
  LiveStamps stamps_;
  std::int64_t now_ = 1'790'000'000 * kSecond;
  bool ending_ = false;
  Counters counters_;
  std::uint64_t given_ = 0;
  std::atomic<std::uint64_t> passed_{0};
  std::atomic<std::uint64_t> blocked_{0};
  std::atomic<std::uint64_t> rejects_{0};
};

/// Waits, within reason.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

std::shared_ptr<Rules> without_exceptions() {
  auto rules = rules_watching("ghost");
  rules->log_expected = true;
  return rules;
}
std::shared_ptr<Rules> with_ssh_allowed() {
  auto rules = without_exceptions();
  Exception exception;
  exception.port = 3238;
  exception.service = find_service("ssh").value();
  exception.why = "lab";
  rules->exceptions.push_back(exception);
  return rules;
}

constexpr const char* kBanner = "SSH-2.0-OpenSSH_9.2\r\n";

/// An SSH server on 3238 for each of some clients.
Capture ssh_flows(int first, int count) {
  Capture capture;
  for (int i = first; i < first + count; ++i) {
    const std::string host = "10.1." + std::to_string(i / 200 % 200) + '.' + std::to_string(1 + i % 200);
    TcpConversation(capture, client(host, static_cast<std::uint16_t>(20'000 + i / 40'000)), server("10.0.0.9", 3238))
        .handshake()
        .server_says(kBanner)
        .close();
  }
  return capture;
}

class LiveSensors : public testing::TestWithParam<unsigned> {
 protected:
  void start(LiveSensor& sensor, TestWire& wire) {
    if (GetParam() == 1) {
      sensor.start<TestWire>({&wire});
    } else {
      sensor.start_dealing(wire);
    }
  }
  static LiveSettings settings() {
    LiveSettings result;
    result.workers = GetParam();
    return result;
  }
};

TEST_P(LiveSensors, SaysWhatIsPendingWhenItStops) {
  RecordingSink sink;
  TestWire wire;
  wire.put(ssh_flows(0, 500));
  Capture open;
  UdpConversation(open, client("10.0.0.5", 5000), server("10.0.0.9", 3237)).client_says("knock");
  wire.put(open);
  LiveSensor sensor(without_exceptions(), settings(), sink);
  start(sensor, wire);
  sensor.stop();
  EXPECT_EQ(sink.findings.size(), 501U);
  EXPECT_EQ(sink.findings.back().judgement.verdict, Verdict::probe);
  const PipelineSummary summary = sensor.summary();
  EXPECT_EQ(summary.total.at(Counter::packets), wire.given());
  EXPECT_EQ(wire.passed(), wire.given());
  EXPECT_EQ(summary.facts_lost, 0U);
  EXPECT_EQ(summary.worker_packets.size(), GetParam());
}

TEST_P(LiveSensors, AFlowKeepsTheRulesThatItBeganWithUntilItIsDecided) {
  RecordingSink sink;
  TestWire wire;
  Capture before;
  TcpConversation first(before, client("10.0.0.5", 5000), server("10.0.0.9", 3238));
  first.handshake();
  const std::size_t at_reload = before.frames().size();
  first.server_says(kBanner);
  Capture early;
  Capture late;
  for (std::size_t i = 0; i < before.frames().size(); ++i) (i < at_reload ? early : late).add(before.frames()[i].bytes);
  wire.put(early);
  LiveSensor sensor(without_exceptions(), settings(), sink);
  start(sensor, wire);
  ASSERT_TRUE(eventually([&] { return sensor.summary().total.at(Counter::packets) == wire.given(); }));
  ASSERT_TRUE(sensor.reload(with_ssh_allowed()));
  wire.put(late);
  wire.put(ssh_flows(0, 1));
  ASSERT_TRUE(eventually([&] { return sensor.summary().total.at(Counter::packets) == wire.given(); }));
  sensor.stop();
  ASSERT_EQ(sink.findings.size(), 2U);
  EXPECT_EQ(sink.findings[0].judgement.verdict, Verdict::unexpected) << "began before the reload";
  EXPECT_EQ(sink.findings[1].judgement.verdict, Verdict::expected);
  EXPECT_EQ(sink.findings[1].judgement.exception, "lab");
}

TEST_P(LiveSensors, ReloadsUnderLoadLoseNothing) {
  RecordingSink sink;
  TestWire wire;
  LiveSensor sensor(without_exceptions(), settings(), sink);
  start(sensor, wire);
  constexpr int kFlows = 200;
  int flows = 0;
  for (int i = 0; i < 10; ++i) {
    wire.put(ssh_flows(flows, kFlows));
    flows += kFlows;
    ASSERT_TRUE(sensor.reload(i % 2 == 0 ? with_ssh_allowed() : without_exceptions()));
  }
  wire.put(ssh_flows(flows, kFlows));
  flows += kFlows;
  sensor.stop();
  const PipelineSummary summary = sensor.summary();
  EXPECT_EQ(summary.total.at(Counter::packets), wire.given());
  EXPECT_EQ(wire.passed(), wire.given());
  EXPECT_EQ(summary.facts_lost, 0U);
  EXPECT_EQ(sink.findings.size(), static_cast<std::size_t>(flows));
  std::size_t expected = 0;
  for (const Finding& finding : sink.findings) {
    expected += finding.judgement.verdict == Verdict::expected ? 1 : 0;
    EXPECT_EQ(finding.judgement.verdict == Verdict::expected, finding.judgement.exception == "lab");
  }
  EXPECT_GT(expected, 0U);
  EXPECT_LT(expected, sink.findings.size());
}

TEST_P(LiveSensors, ASumIsJudgedAndWrittenByTheNewestRules) {
  RecordingSink sink;
  TestWire wire;
  Capture knock;
  UdpConversation(knock, client("10.0.0.5", 5000), server("10.0.0.9", 3237)).client_says("knock");
  wire.put(knock);
  LiveSensor sensor(without_exceptions(), settings(), sink);
  start(sensor, wire);
  ASSERT_TRUE(eventually([&] { return sensor.summary().total.at(Counter::packets) == wire.given(); }));
  const auto newest = with_ssh_allowed();
  ASSERT_TRUE(sensor.reload(newest));
  sensor.stop();
  ASSERT_EQ(sink.findings.size(), 1U);
  EXPECT_EQ(sink.findings[0].judgement.verdict, Verdict::probe);
  EXPECT_EQ(sink.findings[0].rules, newest.get());
}

class CountingSink final : public FindingSink {
 public:
  void finding(const Finding&) override { ++count; }
  void flow(const FlowDetail&) override {}
  std::uint64_t count = 0;
};

/// GHOSTPORT_RELOADS: more than the ten of every check.
TEST_P(LiveSensors, ReloadsLeaveNoMemoryBehind) {
  const char* const asked = std::getenv("GHOSTPORT_RELOADS");
  const int reloads = asked == nullptr ? 10 : std::atoi(asked);
  CountingSink sink;
  TestWire wire;
  LiveSensor sensor(without_exceptions(), settings(), sink);
  start(sensor, wire);
  constexpr int kFlows = 100;
  const Capture capture = ssh_flows(0, kFlows);
  std::size_t early = 0;
  for (int i = 0; i < 2 * reloads; ++i) {
    wire.put(capture);
    ASSERT_TRUE(sensor.reload(i % 2 == 0 ? with_ssh_allowed() : without_exceptions()));
    if (i == reloads - 1) early = resident_bytes() / 1024;
  }
  const std::size_t late = resident_bytes() / 1024;
  sensor.stop();
  EXPECT_EQ(sensor.summary().total.at(Counter::packets), wire.given());
  EXPECT_EQ(wire.passed(), wire.given());
  EXPECT_EQ(sink.count, 2U * static_cast<unsigned>(reloads) * kFlows);
  if (!kSanitized) {
    EXPECT_LE(late, early + early / 20) << "KiB, of twice as many reloads";
  }
}

TEST_P(LiveSensors, InlineEveryFrameIsAccountedFor) {
  RecordingSink sink;
  TestWire wire;
  LiveSettings inline_settings = settings();
  inline_settings.enforces = inline_settings.rejects = true;
  inline_settings.overload = Overload::forward;
  wire.put(ssh_flows(0, 500));  // any worker's queue has room for all of them
  LiveSensor sensor(without_exceptions(), inline_settings, sink);
  start(sensor, wire);
  sensor.stop();
  EXPECT_EQ(wire.passed() + wire.blocked(), wire.given());
  const PipelineSummary summary = sensor.summary();
  ASSERT_EQ(summary.total.at(Counter::overload_forwarded), 0U);
  EXPECT_EQ(sink.findings.size(), 500U);
  EXPECT_EQ(summary.total.at(Counter::blocked_packets), wire.blocked());
  EXPECT_EQ(summary.total.at(Counter::blocked_flows), 500U);
  EXPECT_GT(wire.rejects(), 0U);
}

TEST_P(LiveSensors, WhatWorkersHaveNoRoomForIsCountedAndInlinePassesOn) {
  for (const Overload overload : {Overload::forward, Overload::drop}) {
    CountingSink sink;
    TestWire wire;
    LiveSettings inline_settings = settings();
    inline_settings.enforces = true;
    inline_settings.overload = overload;
    wire.put(ssh_flows(0, 5000));  // all at once, more than any queue holds
    LiveSensor sensor(without_exceptions(), inline_settings, sink);
    start(sensor, wire);
    sensor.stop();
    const PipelineSummary summary = sensor.summary();
    const std::uint64_t passed_over =
        summary.total.at(Counter::overload_forwarded) + summary.total.at(Counter::overload_dropped);
    std::uint64_t seen = 0;
    for (const std::uint64_t packets : summary.worker_packets) seen += packets;
    EXPECT_EQ(summary.total.at(Counter::packets), wire.given());
    EXPECT_EQ(seen + passed_over, wire.given());
    EXPECT_EQ(wire.passed() + wire.blocked(), wire.given());
    EXPECT_EQ(wire.blocked(), summary.total.at(Counter::blocked_packets) + summary.total.at(Counter::overload_dropped));
    EXPECT_EQ(summary.total.at(overload == Overload::forward ? Counter::overload_dropped : Counter::overload_forwarded),
              0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, LiveSensors, testing::Values(1, 2, 4));

}  // namespace live_sensor_test
}  // namespace ghostport
