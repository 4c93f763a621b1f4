// Look-ups, and the life of a flow from its insertion to its timeout, with as many live flows as the argument says.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "bench/cycles.h"
#include "dataplane/flow_table.h"
#include "dataplane/flow_timeouts.h"

namespace ghostport {
namespace {

FiveTuple key_of(std::uint32_t which) {
  FiveTuple key;
  const std::uint8_t source[4] = {10, static_cast<std::uint8_t>(which >> 16U), static_cast<std::uint8_t>(which >> 8U),
                                  static_cast<std::uint8_t>(which)};
  const std::uint8_t destination[4] = {192, 0, 2, 1};
  (void)make_five_tuple(key, 4, Transport::tcp, source, destination, static_cast<std::uint16_t>(which), 3238);
  return key;
}

std::uint32_t insert(FlowTable& table, std::uint32_t which) {
  const FiveTuple key = key_of(which);
  const std::uint32_t index = table.insert(key, table.hash(key));
  table[index].bits.live = true;
  return index;
}

void find(benchmark::State& state) {
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  FlowTable table(flows, 1);
  std::vector<FiveTuple> keys;
  for (std::uint32_t which = 0; which < flows; ++which) keys.push_back(table[insert(table, which)].key);
  std::uint32_t which = 0;
  const Cycles cycles(state);
  for (auto _ : state) {
    which = (which + 7919) % flows;  // a prime step: no help from the cache
    benchmark::DoNotOptimize(table.find(keys[which], table.hash(keys[which])));
  }
}
BENCHMARK(find)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

/// Batches of 64 with the worker's two stages of prefetch; flows in turn, or as often as Zipf's law has it.
void find_batch(benchmark::State& state, bool zipf) {
  constexpr std::size_t kBatch = 64;
  constexpr std::size_t kOrder = std::size_t{1} << 20U;
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  FlowTable table(flows, 1);
  std::vector<FiveTuple> keys;
  for (std::uint32_t which = 0; which < flows; ++which) keys.push_back(table[insert(table, which)].key);
  std::vector<FiveTuple> order;  // as packets come: their keys lie in them, one after the other
  order.reserve(kOrder);
  std::uint64_t state_of_random = 1;
  for (std::size_t i = 0; i < kOrder; ++i) {
    state_of_random = mix(state_of_random, i);
    const double share = static_cast<double>(state_of_random >> 11U) / static_cast<double>(1ULL << 53U);
    // Zipf with exponent 1: rank is flows to the power of an even share.
    const auto rank = static_cast<std::uint32_t>(std::pow(static_cast<double>(flows), share)) - 1;
    order.push_back(keys[zipf ? std::min(rank, flows - 1) * 7919ULL % flows : i * 7919 % flows]);
  }
  std::size_t at = 0;
  std::uint32_t hashes[kBatch];
  const Cycles cycles(state, kBatch);
  for (auto _ : state) {
    const FiveTuple* const batch = &order[at];
    at = (at + kBatch) % kOrder;
    for (std::size_t i = 0; i < kBatch; ++i) table.prefetch_slot(hashes[i] = table.hash(batch[i]));
    for (std::size_t i = 0; i < kBatch; ++i) table.prefetch_flow(hashes[i]);
    for (std::size_t i = 0; i < kBatch; ++i) benchmark::DoNotOptimize(table.find(batch[i], hashes[i]));
  }
}
BENCHMARK_CAPTURE(find_batch, in_turn, false)->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Arg(4'000'000);
BENCHMARK_CAPTURE(find_batch, zipf, true)->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Arg(4'000'000);

void hash(benchmark::State& state) {
  const FlowTable table(16, random_seed());
  std::vector<FiveTuple> keys;
  for (std::uint32_t which = 0; which < 64; ++which) keys.push_back(key_of(which));
  const Cycles cycles(state, 64);
  for (auto _ : state) {
    for (const FiveTuple& key : keys) benchmark::DoNotOptimize(table.hash(key));
  }
}
BENCHMARK(hash);

void insert_and_expire(benchmark::State& state) {
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  Rules rules;
  FlowTable table(flows, 1);
  FlowTimeouts timeouts(table, rules);
  std::int64_t now = 1'795'168'800 * kSecond;
  for (auto _ : state) {
    for (std::uint32_t which = 0; which < flows; ++which) {
      const std::uint32_t index = insert(table, which);
      table[index].last = now + which * 1000;
      timeouts.schedule(index);
    }
    now += 3600 * kSecond;
    timeouts.expire(now, [&](std::uint32_t index, std::int64_t) { table.erase(index); });
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(insert_and_expire)->Arg(1'000)->Arg(100'000);

}  // namespace
}  // namespace ghostport
