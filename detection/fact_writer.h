// A worker's way to the adjudicator: sorts the facts of a batch, sums knocks and silent answers by whole seconds, then
// sends them and the watermark. One per worker; its only link to another thread is the ring.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "detection/fact.h"
#include "detection/fact_ring.h"
#include "detection/reserved_array.h"

namespace ghostport {

/// What to do where the ring is full.
enum class WhenFull : std::uint8_t { wait, drop };

class FactWriter {
 public:
  /// `adjudicate` empties the ring, or has whoever is at it do so again: called where the ring fills, and before
  /// waiting where it is full. Where it is null another thread does that, woken by the bell. `sums`: the most different
  /// sums of one second; kLate times as many are sent each by itself, further ones are lost.
  FactWriter(FactRing& ring, Bell& bell, WhenFull when_full, std::function<void()> adjudicate = {},
             std::size_t sums = kMostSums);
  static constexpr std::size_t kMostSums = 65'536;
  static constexpr std::size_t kLate = 8;
  /// The most that one with so many sums keeps, besides what it reserves.
  [[nodiscard]] static constexpr std::size_t most_bytes(std::size_t sums) noexcept;

  void finding(const FactKey& key, const FlowDetail& detail) noexcept { keep(FactKind::finding, key, detail); }
  void flow(const FactKey& key, const FlowDetail& detail) noexcept { keep(FactKind::flow, key, detail); }
  void context(const FactKey& key, const ContextDetail& detail) noexcept { keep(FactKind::context, key, detail); }

  /// A knock on a watched port came to nothing.
  void knock(std::int64_t stamp, const TallyDetail& one) noexcept;
  /// A silent answer: the first of (host, port, transport) in its second goes as a finding, the others are summed.
  void listener(const FactKey& key, const FlowDetail& detail) noexcept;

  /// Sends everything up to the watermark, in order, and then the watermark itself: nothing below it will come. Sums of
  /// whole seconds that are over by then go with it.
  void publish(const FactKey& watermark) noexcept;
  /// The oldest set of rules in use; goes with the next watermark.
  void set_oldest(std::uint32_t number) noexcept { oldest_ = number; }
  /// Facts that wait for the next watermark.
  [[nodiscard]] std::size_t waiting() const noexcept { return kept_.size(); }

  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  [[nodiscard]] std::uint64_t sums_full() const noexcept { return sums_full_; }

 private:
  static constexpr std::int64_t kNoSecond = std::int64_t{1} << 32;  // past every time stamp of a capture

  struct Kept {
    FactKey key;
    FactKind kind;
    std::uint8_t detail_cells;
    std::uint32_t at;  // first detail cell in cells_
    bool listener;     // becomes part of a sum unless it is the first of its second
  };
  struct Sum {
    FactKind kind;        // `finding` marks that the first silent answer of that second has been sent
    std::int64_t second;  // of packet time
    TallyDetail detail;
  };

  template <class Detail>
  void keep(FactKind kind, const FactKey& key, const Detail& detail, bool listener = false) noexcept;
  /// The sum that `one` belongs to: found or made.
  Sum& sum_of(FactKind kind, std::int64_t second, const TallyDetail& one, bool& made) noexcept;
  void add_to_sum(FactKind kind, std::int64_t stamp, const TallyDetail& one) noexcept;
  void sort_kept() noexcept;
  void sum_listeners(const FactKey& watermark) noexcept;
  [[nodiscard]] std::size_t slot_of(std::size_t index) const noexcept;
  void keep_sums_below(std::int64_t stamp) noexcept;
  void forget(std::size_t count) noexcept;
  void push(const Fact& fact, const void* detail) noexcept;

  FactRing& ring_;
  Bell& bell_;
  WhenFull when_full_;
  std::function<void()> adjudicate_;
  std::vector<Kept> kept_;
  bool listeners_kept_ = false;
  std::uint32_t oldest_ = 0;
  std::vector<Fact> cells_;
  std::vector<Sum> sums_;
  std::vector<Sum> late_;  // past the most sums: each by itself, at its second's end
  const std::size_t most_sums_;
  ReservedArray<std::uint32_t> slots_;  // open addressing into sums_: index + 1
  std::uint64_t seed_;
  std::int64_t oldest_second_ = kNoSecond;
  std::uint64_t lost_ = 0;
  std::uint64_t sums_full_ = 0;
};

constexpr std::size_t FactWriter::most_bytes(std::size_t sums) noexcept {
  constexpr std::size_t kWithout = std::size_t{6} << 20U;  // facts of a batch, and of a burst of endings
  constexpr std::size_t kGrowth = 2;                       // of a vector that grows
  return kWithout + (1 + kLate) * sums * (sizeof(Sum) + kGrowth * (sizeof(Kept) + sizeof(TallyDetail)));
}

}  // namespace ghostport
