#include "dataplane/kernel_gate.h"

#include "dataplane/packet_filter.h"
#include "tests/dataplane/temporary_file.h"
#include "tests/detection/rules_for_tests.h"
#include "tests/live/live_run.h"
#include "tests/packet_builder.h"

namespace ghostport::live {
namespace {

struct Filtered {
  RecordingSink sink;
  ReadOutcome outcome;
};

Filtered replayed_through(const std::shared_ptr<const Rules>& rules, const std::string& capture) {
  Filtered result;
  const auto filter = PacketFilter::compile(kernel_gate(*rules));
  EXPECT_TRUE(filter.ok()) << kernel_gate(*rules);
  Replay replay(rules, 1, result.sink);
  result.outcome = replay.run(capture, {}, filter.value().get());
  return result;
}

TEST(KernelGate, NoCaseSaysAnythingElseBehindIt) {
  const std::vector<LiveCase> cases = ethernet_cases();
  ASSERT_GT(cases.size(), 500U);
  std::uint64_t left_out = 0;
  for (const LiveCase& one : cases) {
    if (kernel_gate(*one.rules).empty()) continue;
    SCOPED_TRACE(one.name);
    const Filtered filtered = replayed_through(one.rules, one.capture);
    left_out += filtered.outcome.filtered_out;
    expect_same(sayings(replayed(one.rules, one.capture).sink), sayings(filtered.sink));
  }
  EXPECT_GT(left_out, 0U);
}

TEST(KernelGate, WithoutSignallingToFollowItLeavesOutTcpToo) {
  const auto rules = rules_watching("8080/tcp");
  packets::Capture capture;
  for (const std::uint16_t port : {std::uint16_t{8080}, std::uint16_t{443}}) {
    packets::TcpConversation(capture, packets::client("10.0.0.5", 5000), packets::server("10.0.0.9", port))
        .handshake()
        .server_says("SSH-2.0-OpenSSH_9.2\r\n");
    packets::UdpConversation(capture, packets::client("10.0.0.5", 5000), packets::server("10.0.0.9", port))
        .client_says("x");
  }
  const TemporaryFile file(capture.pcap());
  const Filtered filtered = replayed_through(rules, file.path());
  ASSERT_EQ(filtered.sink.findings.size(), 1U);
  EXPECT_EQ(filtered.sink.findings[0].detail.port[1], 8080);
  EXPECT_GT(filtered.outcome.filtered_out, capture.last_packet() / 3);
}

TEST(KernelGate, LeavesOutNothingWhereEverythingIsWatched) { EXPECT_EQ(kernel_gate(*rules_watching("all")), ""); }

}  // namespace
}  // namespace ghostport::live
