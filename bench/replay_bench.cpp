// Packets a second of a whole replay, from a capture that lies in memory: on watched ports, and beside them.
#include <benchmark/benchmark.h>

#include "dataplane/replay.h"
#include "tests/dataplane/temporary_file.h"
#include "tests/detection/rules_for_tests.h"
#include "tests/packet_builder.h"

namespace ghostport {
namespace {

class CountingSink : public FindingSink {
 public:
  void finding(const Finding&) override { ++findings; }
  void flow(const FlowDetail&) override {}
  std::int64_t findings = 0;
};

/// Conversations that an SSH banner names, with `more` segments behind the banner.
packets::Capture conversations(std::uint16_t port, std::uint32_t count, std::uint32_t more) {
  packets::Capture capture;
  const packets::ByteString payload(1000, 'x');
  for (std::uint32_t which = 0; which < count; ++which) {
    const std::string source = "10.1." + std::to_string(which / 250 % 250) + '.' + std::to_string(which % 250 + 1);
    const std::string host = "10.2.0." + std::to_string(which % 100 + 1);
    packets::TcpConversation talk(capture, packets::client(source, 51514), packets::server(host, port));
    talk.handshake().server_sends("SSH-2.0-OpenSSH_9.2\r\n");
    for (std::uint32_t i = 0; i < more; ++i) talk.server_sends(payload);
  }
  return capture;
}

void replay(benchmark::State& state, std::uint16_t port, std::uint32_t flows, std::uint32_t more) {
  const packets::Capture capture = conversations(port, flows, more);
  const TemporaryFile file(capture.pcap());
  CountingSink sink;
  Replay replay(rules_watching("ghost"), static_cast<unsigned>(state.range(0)), sink);
  for (auto _ : state) {
    if (!replay.run(file.path()).complete) state.SkipWithError("the capture was not read to its end");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(capture.last_packet()));
  state.counters["findings"] = static_cast<double>(sink.findings) / static_cast<double>(state.iterations());
}
BENCHMARK_CAPTURE(replay, short_watched_flows, 3238, 5'000U, 0U)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(replay, long_watched_flows, 3238, 100U, 300U)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(replay, unwatched_flows, 443, 100U, 300U)->Arg(1)->Arg(2)->UseRealTime();

}  // namespace
}  // namespace ghostport
