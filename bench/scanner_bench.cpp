// One scan of what a side said with the shipped signatures: named, and random bytes of the argument's length that are
// not.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/cycles.h"
#include "signatures/scanner.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace {

void scan(benchmark::State& state, Transport transport, Side side, Bytes bytes) {
  Scanner scanner(shipped_signatures());
  Payload payload;
  payload.bytes = bytes;
  if (transport == Transport::udp) payload.datagrams = {&payload.bytes, 1};
  const Cycles cycles(state);
  for (auto _ : state) benchmark::DoNotOptimize(scanner.scan(transport, side, payload));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

void scan_ssh_banner(benchmark::State& state) {
  scan(state, Transport::tcp, Side::server, bytes_of("SSH-2.0-OpenSSH_9.2\r\n"));
}
void scan_http_request(benchmark::State& state) {
  scan(state, Transport::tcp, Side::client, bytes_of("GET / HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n"));
}
void scan_dns_query(benchmark::State& state) {
  using namespace std::string_view_literals;
  scan(state, Transport::udp, Side::client, bytes_of("\x12\x34\x01\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1"sv));
}
void scan_random_bytes(benchmark::State& state) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(state.range(0)));
  std::uint32_t seed = 1;
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>((seed = seed * 1'664'525U + 1'013'904'223U) >> 24U);
  scan(state, Transport::tcp, Side::server, bytes);
}
BENCHMARK(scan_ssh_banner);
BENCHMARK(scan_http_request);
BENCHMARK(scan_dns_query);
BENCHMARK(scan_random_bytes)->Arg(64)->Arg(1460)->Arg(4096);

}  // namespace
}  // namespace ghostport
