// The live pipeline: N workers sharded by address pair, each with a source of its own or all behind one reader, and one
// adjudicator on its thread. Made, asked and stopped on the main thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "dataplane/live_reader.h"
#include "dataplane/pipeline_summary.h"
#include "detection/finding.h"

namespace ghostport {

struct LiveSettings {
  unsigned workers = 1;                ///< 1 to 64
  bool enforces = false;               ///< inline: flows that are `unexpected` are blocked
  bool rejects = false;                ///< and their ends told
  Overload overload = Overload::drop;  ///< what becomes of a frame that a worker has no room for, inline
  std::vector<unsigned> cores;         ///< of reader and workers, in this order; those past its end run anywhere
};

class LiveSensor {
 public:
  static constexpr std::uint32_t kBatches = 64;  ///< that may be under way from a reader to each worker

  /// Throws std::bad_alloc where tables cannot be had. Findings come to the sink on the adjudicator's thread.
  LiveSensor(std::shared_ptr<const Rules> rules, LiveSettings settings, FindingSink& sink);
  ~LiveSensor();
  LiveSensor(const LiveSensor&) = delete;
  LiveSensor& operator=(const LiveSensor&) = delete;

  /// Every worker reads its own source; there are as many as workers, and they outlive the sensor. The packets of one
  /// address pair must come from one of them.
  template <LiveSource Source>
  void start(const std::vector<Source*>& sources) {
    begin();
    for (std::size_t i = 0; i < sources.size(); ++i) {
      add_thread([this, i, source = sources[i]](Desk& desk) { read_alone(*lanes_[i], *source, desk); });
    }
  }
  /// One source, whose packets a reader deals to the workers by address pair.
  template <LiveSource Source>
  void start_dealing(Source& source) {
    begin();
    std::vector<ShardQueue*> queues;
    for (const auto& lane : lanes_) {
      lane->queue = std::make_unique<ShardQueue>(kBatches);
      queues.push_back(lane->queue.get());
    }
    add_thread([this, &source, queues](Desk& desk) { deal(source, queues, desk); });
    for (const auto& lane : lanes_) {
      add_thread([this, &lane = *lane](Desk& desk) { work(lane, desk); });
    }
  }

  /// Takes what the sources still hold, ends every flow and says all that is pending. No thread runs afterwards.
  void stop();

  /// Swaps the rules without losing a packet: a flow keeps the set that it began with until it is decided. Limits and
  /// timeouts stay those of the start. Between start and stop alone. False where the workers still go by too many
  /// earlier sets: the old set stays.
  [[nodiscard]] bool reload(std::shared_ptr<const Rules> rules);

  /// What everybody has counted, a moment ago; takes some milliseconds. Where a thread does not answer in time, what it
  /// said last.
  [[nodiscard]] PipelineSummary summary();

 private:
  struct Lane {
    std::unique_ptr<FactRing> ring;
    std::unique_ptr<FlowTracker> tracker;
    std::unique_ptr<ShardQueue> queue;  // where one reader deals
    CommandRing commands;
    std::atomic<Generation*> next{nullptr};  // rules that the worker is to adopt; its own from then on
    ~Lane() { delete next.load(); }
  };
  /// Where one thread leaves what it has counted, when somebody asks.
  class Desk {
   public:
    template <class Count>
    void answer(std::uint32_t wanted, Count&& count) {
      if (wanted == answered_.load(std::memory_order_relaxed)) return;
      {
        const std::lock_guard lock(mutex_);
        summary_ = {};
        count(summary_);
      }
      answered_.store(wanted, std::memory_order_release);
    }
    [[nodiscard]] bool has_answered(std::uint32_t wanted) const noexcept {
      return answered_.load(std::memory_order_acquire) >= wanted;
    }
    [[nodiscard]] PipelineSummary take() {
      const std::lock_guard lock(mutex_);
      return summary_;
    }

   private:
    std::atomic<std::uint32_t> answered_{0};
    std::mutex mutex_;
    PipelineSummary summary_;  // guarded by mutex_
  };
  class EnforcingSink;

  void begin();
  void add_thread(std::function<void(Desk&)> run);
  void adjudicate(Desk& desk);
  void take_reloaded();
  void work(Lane& lane, Desk& desk);
  void obey(Lane& lane) noexcept {
    if (Generation* const next = lane.next.load(std::memory_order_acquire); next != nullptr) {
      std::unique_ptr<Generation> owned(next);
      const bool adopted = lane.tracker->adopt(owned);
      if (adopted) lane.next.store(nullptr, std::memory_order_release);
      (void)owned.release();  // adopted, or tried again before the next batch
    }
    lane.commands.drain([&lane](const FlowCommand& command) { lane.tracker->command(command); });
  }
  [[nodiscard]] std::uint32_t wanted() const noexcept { return wanted_.load(std::memory_order_relaxed); }

  template <LiveSource Source>
  void read_alone(Lane& lane, Source& source, Desk& desk) {
    source.adopt_thread();
    Worker worker(source, *lane.tracker);
    for (bool more = true; more;) {
      if (stopping_.load(std::memory_order_relaxed)) source.end();
      obey(lane);
      more = worker.run_once();
      source.release(kEverything);
      desk.answer(more ? wanted() : kLast, [&](PipelineSummary& summary) {
        summary.add(*lane.tracker);
        summary.total += source.counters();
      });
    }
    source.leave_thread();
  }
  template <LiveSource Source>
  void deal(Source& source, const std::vector<ShardQueue*>& queues, Desk& desk) {
    source.adopt_thread();
    LiveReader reader(source, queues, settings_.overload, *at_start_);
    std::uint32_t asked = 0;
    for (bool more = true; more;) {
      if (stopping_.load(std::memory_order_relaxed)) source.end();
      const std::uint32_t now = wanted();
      more = reader.run_once(now != asked);  // workers that sleep are to answer too
      asked = now;
      desk.answer(more ? wanted() : kLast, [&](PipelineSummary& summary) { summary.total = reader.counters(); });
    }
    source.leave_thread();
  }

  static constexpr std::uint64_t kEverything = ~std::uint64_t{0};
  static constexpr std::uint32_t kLast = 0xFFFFFFFF;  // what is asked of a thread that ends

  const LiveSettings settings_;
  const std::shared_ptr<const Rules> at_start_;
  std::vector<std::shared_ptr<const Rules>> sets_;  // kept until nobody else has them: freed on the main thread
  Bell bell_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::unique_ptr<EnforcingSink> enforcing_;
  std::unique_ptr<Adjudicator> adjudicator_;
  std::vector<std::unique_ptr<Desk>> desks_;  // one a thread
  std::vector<std::thread> threads_;
  GenerationNumber generation_ = 0;
  std::mutex reload_mutex_;
  std::shared_ptr<const Rules> reloaded_;  // guarded by reload_mutex_: for the adjudicator to adopt
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint32_t> wanted_{0};
};

}  // namespace ghostport
