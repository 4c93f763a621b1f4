// Merges the facts of all workers in the one order, sums probes and silent listeners, judges, and says each finding
// once. One per capture pipeline, used by one thread at a time: live by its own, of a capture by the workers in turn.
// Only its rings are shared.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "detection/context.h"
#include "detection/fact_ring.h"
#include "detection/finding.h"
#include "detection/generation.h"
#include "detection/rules.h"

namespace ghostport {

/// What became of one exception: findings that it decided, and findings that it would have decided before its end.
struct ExceptionCount {
  std::uint64_t allowed = 0;
  std::uint64_t ended = 0;
};

/// A ghost port of the registry on one transport; port 0 stands for all that are none.
struct FindingPlace {
  Transport transport = Transport::tcp;
  std::uint16_t port = 0;
  friend auto operator<=>(const FindingPlace&, const FindingPlace&) = default;
};

/// One row per counter, shown in the summary.
struct AdjudicatorCounters {
  using ByVerdict = std::array<std::uint64_t, 6>;
  ByVerdict findings{};                           ///< `expected` counts also where it is not logged
  std::map<FindingPlace, ByVerdict> findings_at;  ///< the same, by the responder's port; of a probe's sum the first
  std::uint64_t facts = 0;
  std::uint64_t sources_full = 0;          ///< probe sources past the bound of a minute
  std::uint64_t listeners_full = 0;        ///< silent listeners past the bound, each said by itself
  std::uint64_t groups_full = 0;           ///< flows to groups past the bound, each said by itself
  std::uint64_t held_full = 0;             ///< findings judged without waiting for context, because too many waited
  std::vector<ExceptionCount> exceptions;  ///< by place in Rules::exceptions
};

class Adjudicator {
 public:
  Adjudicator(std::shared_ptr<const Rules> rules, std::vector<FactRing*> rings, FindingSink& sink);

  /// Takes everything out of the rings, whatever the watermarks, then says all that is certain. True if anything was
  /// taken.
  bool run_once();
  /// Every worker has reached the end of time and all is said.
  [[nodiscard]] bool ended() const noexcept;
  /// A new capture begins: nothing crosses.
  void begin();
  /// From now on facts may go by this set of rules too, and what goes by none goes by it. Before any worker adopts it.
  void adopt(std::shared_ptr<const Rules> rules, GenerationNumber number);

  [[nodiscard]] const AdjudicatorCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] const ContextCounters& context_counters() const noexcept { return context_.counters(); }

 private:
  /// Of one ring: facts, each followed by its detail cells. In blocks, which are not moved and are used again: fresh
  /// pages cost more than all else here.
  class Cells {
   public:
    [[nodiscard]] bool empty() const noexcept { return blocks_.empty(); }
    [[nodiscard]] const Fact& front() const noexcept { return blocks_.front()->cells[begin_]; }
    void push(const Fact& fact, const Fact* detail) {
      if (blocks_.empty() || kBlock - blocks_.back()->used <= fact.detail_cells) add_block();
      Block& block = *blocks_.back();
      block.cells[block.used] = fact;
      std::copy_n(detail, fact.detail_cells, &block.cells[block.used + 1U]);
      block.used += 1U + fact.detail_cells;
    }
    void pop() {
      begin_ += 1U + front().detail_cells;
      if (begin_ != blocks_.front()->used) return;
      if (spare_.size() < kMostSpare) spare_.push_back(std::move(blocks_.front()));
      blocks_.pop_front();
      begin_ = 0;
    }

   private:
    static constexpr std::uint32_t kBlock = 512;    // 32 KiB
    static constexpr std::size_t kMostSpare = 128;  // 4 MiB
    struct Block {
      std::uint32_t used = 0;
      std::array<Fact, kBlock> cells;
    };
    void add_block() {
      if (spare_.empty()) spare_.push_back(std::make_unique<Block>());
      blocks_.push_back(std::move(spare_.back()));
      spare_.pop_back();
      blocks_.back()->used = 0;
    }

    std::deque<std::unique_ptr<Block>> blocks_;  // none is empty
    std::vector<std::unique_ptr<Block>> spare_;
    std::uint32_t begin_ = 0;  // in the first block
  };
  struct Queue {
    Cells cells;
    FactKey watermark{-1, 0, 0};
    GenerationNumber oldest = 0;  // set of rules that the worker still goes by
  };
  /// One group of knocks that becomes one finding.
  struct Knocks {
    TallyDetail first;
    ProbeSum sum;
    std::set<Address> hosts;
    std::set<std::uint32_t> ports;
    std::set<ServiceId> asked;
    std::set<Address> sources;  // only where several are summed
  };
  struct Source {
    std::int64_t start = 0;
    bool first_said = false;
    Knocks first;
    Knocks later;
  };
  struct ListenerKey {
    Address host;
    std::uint16_t port = 0;
    Transport transport = Transport::tcp;
    friend auto operator<=>(const ListenerKey&, const ListenerKey&) = default;
  };
  struct Listener {
    std::uint64_t count = 0;
    TallyDetail first;
    std::set<ServiceId> asked;
  };
  /// Datagrams to a multicast or broadcast address, alike in what they are.
  struct GroupKey {
    Address group;
    std::uint16_t port = 0;
    ServiceId service = ServiceId::none;
    ServiceId inner = ServiceId::none;
    friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
  };
  struct GroupSum {
    std::uint64_t count = 0;
    FlowDetail first;
  };
  enum class TimerKind : std::uint8_t {
    source_minute,
    source_hour,
    rest_of_minute,
    listener_hour,
    group_hour,
    held_finding,  // waited for context
    exchange       // is judged
  };
  struct Timer {
    TimerKind kind;
    Address source;
    ListenerKey listener;
    GroupKey group;
    std::uint64_t flow = 0;  // held_finding, exchange
  };
  /// A finding that waits for context.
  struct Held {
    FlowDetail detail;
    std::uint64_t timer = 0;  // order of the timer that says it; 0: the exchange's
  };

  void take(Queue& queue, const Fact& fact, const void* detail);
  void merge();
  void process(const Fact& fact, const Fact* detail);
  void fire(const Timer& timer, const std::pair<std::int64_t, std::uint64_t>& due);
  void on_finding(const FactKey& key, const FlowDetail& said);
  [[nodiscard]] bool is_further_of_group(const FactKey& key, const FlowDetail& detail);
  void say_group(const GroupSum& sum);
  void on_context(const FactKey& key, const ContextDetail& detail);
  void judge_or_hold(const FactKey& key, const FlowDetail& said);
  void say_held(std::uint64_t flow, std::uint64_t timer);
  void say_flow(const FlowDetail& detail, Judgement judgement);
  void on_listeners(const FactKey& key, const TallyDetail& tally);
  void on_knocks(const FactKey& key, const TallyDetail& tally);
  template <class Set, class Item>
  void tell_apart(Set& set, const Item& item, bool& at_least);
  void add(Knocks& knocks, const TallyDetail& tally);
  void add(Listener& listener, const TallyDetail& tally);
  void say(Finding finding);
  void count(const Finding& finding);
  void count_exception(const Judgement& judgement);
  void say_knocks(Knocks& knocks);
  void say_listener(const Listener& listener);
  void set_timer(std::int64_t due, Timer timer);

  struct RuleSet {
    GenerationNumber number = 0;
    std::shared_ptr<const Rules> rules;
  };
  /// By which a flow is judged. Where its set is gone, the newest; its signatures then mean nothing.
  [[nodiscard]] const Rules& rules_for(FlowDetail& detail) const;
  void forget_old_rules();
  void list_ghost_ports();
  [[nodiscard]] FlowDetail stand_in(const TallyDetail& first, Outcome outcome) const;

  std::deque<RuleSet> sets_;            // newest at the end
  std::shared_ptr<const Rules> rules_;  // the newest
  std::vector<FactRing*> rings_;
  FindingSink& sink_;
  std::vector<Queue> queues_;
  AdjudicatorCounters counters_;

  std::map<std::pair<std::int64_t, std::uint64_t>, Timer> timers_;  // by due time, then by order of setting
  std::uint64_t timers_set_ = 0;
  std::map<Address, Source> sources_;
  std::size_t told_apart_ = 0;  // hosts and ports held for all sources
  std::int64_t minute_ = -1;    // in which new sources are counted
  std::uint64_t sources_in_minute_ = 0;
  Knocks rest_;  // knocks of sources past the bound in that minute
  std::map<ListenerKey, Listener> listeners_;
  std::map<GroupKey, GroupSum> groups_;
  Context context_;
  std::map<std::uint64_t, Held> held_;  // by flow
};

}  // namespace ghostport
