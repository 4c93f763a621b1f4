// What a worker's thread allocates, counted over every case: nothing while packets come, once its own vectors have
// grown.
#include <gtest/gtest.h>

#include "dataplane/worker.h"
#include "detection/adjudicator.h"
#include "tests/counted_allocations.h"
#include "tests/dataplane/every_capture.h"
#include "tests/dataplane/read_capture.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace {

class CountingSink final : public FindingSink {
 public:
  void finding(const Finding&) override { ++findings; }
  void flow(const FlowDetail&) override {}
  std::size_t findings = 0;
};

TEST(HotPath, AllocatesNothingOnceItIsWarm) {
  const auto rules = rules_watching("all");
  rules->flow_records = true;
  FactRing ring(65'536);
  Bell bell;
  CountingSink sink;
  Adjudicator adjudicator(rules, {&ring}, sink);
  FlowTracker tracker(rules, ring, bell, WhenFull::wait, [&] { adjudicator.run_once(); });
  std::vector<CaptureContent> captures;
  for (const std::string& path : every_capture()) captures.push_back(read_file(path, PacketBatch::kMost));
  ASSERT_GT(captures.size(), 800U);

  PacketBatch batch;
  std::size_t packets = 0;
  /// The worker's own allocations: a batch as Worker::run_once does it, the judgement behind it apart.
  const auto replay = [&](const CaptureContent& capture) {
    std::size_t counted = 0;
    tracker.begin(capture.tag);
    adjudicator.begin();
    Tick tick;
    for (std::size_t at = 0; !tick.end;) {
      for (batch.count = 0; batch.count < PacketBatch::kMost && at < capture.packets.size(); ++batch.count, ++at) {
        const CaptureContent::One& one = capture.packets[at];
        Packet& packet = batch.packets[batch.count];
        packet = Packet{};
        packet.data = one.bytes.data();
        packet.captured = static_cast<std::uint32_t>(one.bytes.size());
        packet.length = one.length;
        packet.link_type = one.link_type;
        packet.at = one.at;
        tick = {one.at.stamp, one.at.number, false};
        ++packets;
      }
      tick.end = at == capture.packets.size();
      const std::size_t before = allocations;
      tracker.track(batch);
      tracker.settle({tick.stamp, tick.number, false});
      counted += allocations - before;
      if (tick.end) tracker.settle(tick);  // puts the flows in order, in a list of its own
      adjudicator.run_once();
    }
    while (adjudicator.run_once()) {
    }
    return counted;
  };
  for (const CaptureContent& capture : captures) (void)replay(capture);
  const std::size_t found = sink.findings;
  EXPECT_GT(found, 900U);
  packets = 0;
  std::size_t counted = 0;
  for (const CaptureContent& capture : captures) counted += replay(capture);
  EXPECT_EQ(counted, 0U) << "in " << packets << " packets";
  EXPECT_EQ(sink.findings, 2 * found);
  EXPECT_GT(packets, 15'000U);
  const std::size_t before = allocations;
  (void)std::make_unique<int>(1);
  EXPECT_GT(allocations, before) << "the counter counts";
}

}  // namespace
}  // namespace ghostport
