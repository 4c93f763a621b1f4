// Look-ups, and the life of a flow from its insertion to its timeout, with as many live flows as the argument says.
#include <benchmark/benchmark.h>

#include <vector>

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
  for (auto _ : state) {
    which = (which + 7919) % flows;  // a prime step: no help from the cache
    benchmark::DoNotOptimize(table.find(keys[which], table.hash(keys[which])));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find)->Arg(1'000)->Arg(100'000);

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
