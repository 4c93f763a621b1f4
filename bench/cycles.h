// Cycles of an item beside its time: of the time stamp counter, which runs at the processor's nominal speed.
#pragma once

#include <benchmark/benchmark.h>
#include <x86intrin.h>

namespace ghostport {

/// From its making to its end; `items` of each iteration of the state's loop.
class Cycles {
 public:
  explicit Cycles(benchmark::State& state, double items = 1) : state_(state), items_(items), start_(__rdtsc()) {}
  ~Cycles() {
    const auto cycles = static_cast<double>(__rdtsc() - start_);
    state_.counters["cycles"] = cycles / (static_cast<double>(state_.iterations()) * items_);
    state_.SetItemsProcessed(static_cast<std::int64_t>(static_cast<double>(state_.iterations()) * items_));
  }
  Cycles(const Cycles&) = delete;
  Cycles& operator=(const Cycles&) = delete;

 private:
  benchmark::State& state_;
  double items_;
  unsigned long long start_;
};

}  // namespace ghostport
