// What follows once an expression has matched: the structural checks, the verdict, the record. One thread, in memory.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/cycles.h"
#include "detection/finding_json.h"
#include "detection/judge.h"
#include "signatures/builtin_signatures.h"
#include "signatures/check.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace {

/// Every check of a shipped signature on each of its own examples that match.
void checks(benchmark::State& state) {
  struct One {
    const NamedCheck* check;
    Side side;
    std::vector<Bytes> datagrams;
    Transport transport;
  };
  std::vector<One> all;
  for (const Signature& signature : shipped_signatures()->signatures()) {
    if (signature.check == nullptr) continue;
    for (const Example& example : signature.match) {
      One& one = all.emplace_back();
      one.check = signature.check;
      one.side = signature.side == SignatureSide::server ? Side::server : Side::client;
      one.transport = signature.transport;
      for (const std::string& text : example.datagrams)
        one.datagrams.emplace_back(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    }
  }
  const Cycles cycles(state, static_cast<double>(all.size()));
  for (auto _ : state) {
    for (const One& one : all) {
      Payload payload;
      payload.bytes = one.datagrams.back();
      if (one.transport == Transport::udp) payload.datagrams = one.datagrams;
      payload.complete = true;
      benchmark::DoNotOptimize(one.check->function(payload, one.side));
    }
  }
}
BENCHMARK(checks);

FlowDetail ssh_flow(std::uint16_t port) {
  FlowDetail detail;
  detail.address[0] = *Address::parse("10.0.0.5");
  detail.address[1] = *Address::parse("10.0.0.9");
  detail.port[0] = 51514;
  detail.port[1] = port;
  detail.basis = RoleBasis::syn;
  detail.outcome = Outcome::identified;
  detail.service = *find_service("ssh");
  detail.signature = 0;
  detail.packets[0] = detail.packets[1] = 2;
  detail.bytes[0] = detail.bytes[1] = 200;
  detail.start = detail.packet_time = 1'795'168'800 * kSecond;
  detail.end = detail.start + kSecond;
  return detail;
}

void rule(benchmark::State& state) {
  const auto rules = rules_watching("ghost");
  const FlowDetail detail = ssh_flow(3238);
  const Cycles cycles(state);
  for (auto _ : state) benchmark::DoNotOptimize(rule_on(*rules, detail));
}
BENCHMARK(rule);

void judgement(benchmark::State& state) {
  const auto rules = rules_watching("ghost");
  const FlowDetail detail = ssh_flow(3238);
  const Cycles cycles(state);
  for (auto _ : state) benchmark::DoNotOptimize(judge(*rules, detail));
}
BENCHMARK(judgement);

void record_of_a_finding(benchmark::State& state) {
  const auto rules = rules_watching("ghost");
  Finding finding;
  finding.detail = ssh_flow(3238);
  finding.judgement = judge(*rules, finding.detail);
  finding.rules = rules.get();
  const RecordContext context{rules.get(), "a.pcap"};
  JsonLine line;
  const Cycles cycles(state);
  for (auto _ : state) benchmark::DoNotOptimize(write_finding(line, finding, context));
}
BENCHMARK(record_of_a_finding);

void record_of_a_flow(benchmark::State& state) {
  const auto rules = rules_watching("all");
  const FlowDetail detail = ssh_flow(22);
  const RecordContext context{rules.get(), "a.pcap"};
  JsonLine line;
  const Cycles cycles(state);
  for (auto _ : state) benchmark::DoNotOptimize(write_flow(line, detail, context));
}
BENCHMARK(record_of_a_flow);

}  // namespace
}  // namespace ghostport
