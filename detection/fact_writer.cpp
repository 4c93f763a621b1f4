#include "detection/fact_writer.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "detection/rules.h"

namespace ghostport {
namespace {

/// What tells sums apart: knocks by source, target, answer and what was asked; listeners by the responder and what was
/// asked; the mark of a second's first silent answer by the responder alone.
bool same_sum(FactKind kind, const TallyDetail& a, const TallyDetail& b) noexcept {
  return a.address[1] == b.address[1] && a.port[1] == b.port[1] && a.transport == b.transport &&
         (kind == FactKind::finding || a.asked == b.asked) &&
         (kind != FactKind::knocks || (a.address[0] == b.address[0] && a.answer == b.answer));
}

std::uint64_t sum_hash(std::uint64_t seed, FactKind kind, std::int64_t second, const TallyDetail& one) noexcept {
  const auto words = [seed](const Address& address) {
    std::uint64_t two[2];
    std::memcpy(two, address.bytes.data(), sizeof two);
    return mix(two[0] ^ seed ^ address.family, two[1] ^ other_secret(seed));
  };
  std::uint64_t hash =
      mix(seed ^ static_cast<std::uint64_t>(second) ^ (static_cast<std::uint64_t>(kind) << 60U), words(one.address[1]));
  hash = mix(hash, one.port[1] * 2U + static_cast<unsigned>(one.transport));
  if (kind != FactKind::finding) hash = mix(hash, static_cast<std::uint64_t>(one.asked));
  if (kind == FactKind::knocks) hash = mix(hash ^ static_cast<std::uint64_t>(one.answer), words(one.address[0]));
  return hash;
}

}  // namespace

FactWriter::FactWriter(FactRing& ring, Bell& bell, WhenFull when_full, std::function<void()> adjudicate,
                       std::size_t sums)
    : ring_(ring),
      bell_(bell),
      when_full_(when_full),
      adjudicate_(std::move(adjudicate)),
      most_sums_(sums),
      slots_(std::bit_ceil(2 * sums)),
      seed_(random_seed()) {
  kept_.reserve(16'384);
  cells_.reserve(65'536);
  sums_.reserve(most_sums_);
}

template <class Detail>
void FactWriter::keep(FactKind kind, const FactKey& key, const Detail& detail, bool listener) noexcept {
  constexpr auto kCells = static_cast<std::uint8_t>(sizeof(Detail) / sizeof(Fact));
  const auto at = static_cast<std::uint32_t>(cells_.size());
  cells_.resize(cells_.size() + kCells);
  std::memcpy(static_cast<void*>(&cells_[at]), &detail, sizeof detail);
  kept_.push_back({key, kind, kCells, at, listener});
}

template void FactWriter::keep<FlowDetail>(FactKind, const FactKey&, const FlowDetail&, bool) noexcept;
template void FactWriter::keep<ContextDetail>(FactKind, const FactKey&, const ContextDetail&, bool) noexcept;

FactWriter::Sum& FactWriter::sum_of(FactKind kind, std::int64_t second, const TallyDetail& one, bool& made) noexcept {
  std::size_t slot = sum_hash(seed_, kind, second, one) & (slots_.size() - 1);
  while (slots_[slot] != 0) {
    Sum& sum = sums_[slots_[slot] - 1];
    if (sum.kind == kind && sum.second == second && same_sum(kind, sum.detail, one)) {
      made = false;
      return sum;
    }
    slot = (slot + 1) & (slots_.size() - 1);
  }
  sums_.push_back({kind, second, one});
  slots_[slot] = static_cast<std::uint32_t>(sums_.size());
  oldest_second_ = std::min(oldest_second_, second);
  made = true;
  return sums_.back();
}

void FactWriter::add_to_sum(FactKind kind, std::int64_t stamp, const TallyDetail& one) noexcept {
  const std::int64_t second = stamp / kSecond;
  if (sums_.size() >= most_sums_) {
    ++sums_full_;
    if (late_.size() < kLate * most_sums_) {
      late_.push_back({kind, second, one});
    } else {
      ++lost_;
    }
    return;
  }
  bool made = false;
  TallyDetail& sum = sum_of(kind, second, one, made).detail;
  if (made) return;
  const TallyDetail before = sum;
  if (one.first_number < sum.first_number) sum = one;  // the earliest flow stands for all
  sum.flows = before.flows + one.flows;
  sum.last_time = std::max(before.last_time, one.last_time);
}

void FactWriter::knock(std::int64_t stamp, const TallyDetail& one) noexcept {
  add_to_sum(FactKind::knocks, stamp, one);
}

void FactWriter::listener(const FactKey& key, const FlowDetail& detail) noexcept {
  keep(FactKind::finding, key, detail, true);
  listeners_kept_ = true;
}

/// In the one order, so that the first of a second does not depend on how flows are spread over workers.
void FactWriter::sum_listeners(const FactKey& watermark) noexcept {
  std::size_t left = 0;
  listeners_kept_ = false;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (kept_[i].listener && watermark < kept_[i].key) {
      listeners_kept_ = true;
    } else if (kept_[i].listener) {
      kept_[i].listener = false;
      FlowDetail detail;
      std::memcpy(static_cast<void*>(&detail), &cells_[kept_[i].at], sizeof detail);
      const TallyDetail tally = tally_of(detail);
      bool first = true;
      if (sums_.size() < most_sums_) (void)sum_of(FactKind::finding, kept_[i].key.time / kSecond, tally, first);
      if (!first) {
        add_to_sum(FactKind::listeners, kept_[i].key.time, tally);
        continue;
      }
    }
    kept_[left++] = kept_[i];
  }
  kept_.resize(left);
}

/// Where sums_[index] stands. Valid while no slot has been cleared in front of it: the table is cleared as a whole.
std::size_t FactWriter::slot_of(std::size_t index) const noexcept {
  std::size_t slot = sum_hash(seed_, sums_[index].kind, sums_[index].second, sums_[index].detail) & (slots_.size() - 1);
  while (slots_[slot] != index + 1) slot = (slot + 1) & (slots_.size() - 1);
  return slot;
}

void FactWriter::keep_sums_below(std::int64_t stamp) noexcept {
  std::erase_if(late_, [&](const Sum& one) {
    if (sum_time(one.second) >= stamp) return false;
    keep(one.kind, {sum_time(one.second), 2, one.detail.first_number}, one.detail);
    return true;
  });
  if (sums_.empty() || sum_time(oldest_second_) >= stamp) return;
  for (std::size_t i = 0; i < sums_.size(); ++i) slots_[slot_of(i)] = 0;
  std::size_t left = 0;
  oldest_second_ = kNoSecond;
  for (const Sum& sum : sums_) {
    const std::int64_t due = sum_time(sum.second);
    if (due >= stamp) {
      oldest_second_ = std::min(oldest_second_, sum.second);
      sums_[left++] = sum;
    } else if (sum.kind != FactKind::finding) {
      keep(sum.kind, {due, 2, sum.detail.first_number}, sum.detail);
    }
  }
  sums_.resize(left);
  for (std::size_t i = 0; i < left; ++i) {
    std::size_t slot = sum_hash(seed_, sums_[i].kind, sums_[i].second, sums_[i].detail) & (slots_.size() - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

void FactWriter::push(const Fact& fact, const void* detail) noexcept {
  // Where not everything can be told, what a flood of senders makes many of goes first.
  const bool of_many = fact.kind == FactKind::knocks || fact.kind == FactKind::listeners || fact.kind == FactKind::flow;
  if (when_full_ == WhenFull::drop && of_many && ring_.is_crowded()) {
    ++lost_;
    return;
  }
  while (!ring_.try_push(fact, detail)) {
    const bool is_end = fact.kind == FactKind::watermark && fact.key.time == kEndOfTime;
    if (when_full_ == WhenFull::drop &&
        !is_end) {  // live, no worker waits; the next watermark says all that this one does
      lost_ += fact.kind == FactKind::watermark ? 0 : 1;
      bell_.ring();
      return;
    }
    if (adjudicate_) {
      adjudicate_();
    } else {
      bell_.ring();
    }
    ring_.wait_for_room();
  }
}

void FactWriter::sort_kept() noexcept {
  std::sort(kept_.begin(), kept_.end(), [](const Kept& a, const Kept& b) {
    return a.key != b.key ? a.key < b.key : a.at < b.at;  // a flow's finding before its record
  });
}

/// Drops the first `count` kept facts; the cells of the others move to the front.
void FactWriter::forget(std::size_t count) noexcept {
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(count));
  if (kept_.empty()) {
    cells_.clear();
    return;
  }
  std::vector<Fact> left;
  for (Kept& one : kept_) {
    const auto from = cells_.begin() + static_cast<std::ptrdiff_t>(one.at);
    one.at = static_cast<std::uint32_t>(left.size());
    left.insert(left.end(), from, from + one.detail_cells);
  }
  cells_.swap(left);
}

void FactWriter::publish(const FactKey& watermark) noexcept {
  sort_kept();
  if (listeners_kept_) sum_listeners(watermark);
  const std::size_t before = kept_.size();
  keep_sums_below(watermark.time);
  if (kept_.size() != before) sort_kept();
  std::size_t sent = 0;
  for (; sent < kept_.size() && kept_[sent].key <= watermark; ++sent) {
    Fact said;
    said.key = kept_[sent].key;
    said.kind = kept_[sent].kind;
    said.detail_cells = kept_[sent].detail_cells;
    push(said, &cells_[kept_[sent].at]);
  }
  forget(sent);
  Fact fact;
  fact.key = watermark;
  fact.oldest = oldest_;
  push(fact, nullptr);
  if (!adjudicate_) {
    bell_.ring();
  } else if (ring_.is_crowded()) {
    adjudicate_();
  }
}

}  // namespace ghostport
