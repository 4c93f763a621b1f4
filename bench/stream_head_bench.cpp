// The first 4096 bytes of a stream in segments of the argument's size: in order, backwards, and with a conflict in
// each.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/cycles.h"
#include "detection/stream_head.h"

namespace ghostport {
namespace {

constexpr std::uint32_t kHead = 4096;

enum class Arrival : std::uint8_t { in_order, backwards, twice_with_a_conflict };

void fill_head(benchmark::State& state, Arrival arrival) {
  const auto size = static_cast<std::uint32_t>(state.range(0));
  HeadPool pool(kHead, std::size_t{1} << 20U);
  const std::vector<std::uint8_t> bytes(size, 'x');
  std::vector<std::uint8_t> other = bytes;
  other.back() = 'y';
  const Cycles cycles(state);
  for (auto _ : state) {
    StreamHead head;
    for (std::uint32_t at = 0; at < kHead; at += size) {
      head.add(pool, arrival == Arrival::backwards ? kHead - size - at : at, bytes, Trust::good);
      if (arrival == Arrival::twice_with_a_conflict) head.add(pool, at, other, Trust::good);
    }
    benchmark::DoNotOptimize(head.contiguous());
    head.clear(pool);
  }
  state.SetBytesProcessed(state.iterations() * kHead);
}
BENCHMARK_CAPTURE(fill_head, in_order, Arrival::in_order)->Arg(1)->Arg(64)->Arg(1024);
BENCHMARK_CAPTURE(fill_head, backwards, Arrival::backwards)->Arg(1)->Arg(64)->Arg(1024);
BENCHMARK_CAPTURE(fill_head, twice_with_a_conflict, Arrival::twice_with_a_conflict)->Arg(1)->Arg(64)->Arg(1024);

}  // namespace
}  // namespace ghostport
