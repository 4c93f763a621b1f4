// What a live source of packets is: libpcap or DPDK, chosen at compile time. Opened on the main thread, then used by
// one thread alone: a worker, or the reader in front of many.
#pragma once

#include <concepts>
#include <cstdint>

#include "dataplane/counters.h"
#include "dataplane/worker.h"

namespace ghostport {

/// adopt_thread and leave_thread are the first and the last call of the thread that uses it. After end() nothing new is
/// waited for, and some batch then carries the end. release(number): packets up to this one are finished. counters()
/// brings them up to date.
// clang-format off
template <class Source>
concept LiveSource = PacketSource<Source> && requires(Source source, std::uint64_t number) {
  { source.adopt_thread() } noexcept;
  { source.leave_thread() } noexcept;
  { source.end() } noexcept;
  { source.release(number) } noexcept;
  { source.counters() } noexcept -> std::same_as<const Counters&>;
};
// clang-format on

/// Stamps the packets of a live source: times that never go back, and numbers that no other source of the sensor gives.
class LiveStamps {
 public:
  /// This source is number `place` of `sources`. Where there are several, numbers follow the microseconds since
  /// `start`, so that over all of them what came first has the lower number, as nearly as clocks tell.
  void number_as(std::uint64_t place, std::uint64_t sources, std::int64_t start) noexcept {
    number_ = place;
    step_ = sources;
    start_ = start;
  }
  void stamp(PacketTime& at, std::int64_t true_time) noexcept {
    advance(true_time);
    number_ += step_;
    if (step_ > 1 && stamp_ > start_) {
      const auto since = static_cast<std::uint64_t>(stamp_ - start_) / 1000;
      if (since > number_) number_ += (since - number_ + step_ - 1) / step_ * step_;
    }
    at = {stamp_, true_time, number_};
  }
  /// Time passes without a packet.
  void advance(std::int64_t now) noexcept {
    if (now > stamp_) stamp_ = now;
  }
  [[nodiscard]] Tick tick(bool end) const noexcept { return {stamp_, number_, end}; }

 private:
  std::int64_t stamp_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t step_ = 1;
  std::int64_t start_ = 0;
};

/// The machine's clock, in nanoseconds since 1970-01-01 UTC.
[[nodiscard]] std::int64_t clock_now() noexcept;

}  // namespace ghostport
