#include "dataplane/replay.h"

#include <algorithm>
#include <atomic>
#include <span>
#include <thread>

#include "dataplane/capture_file.h"
#include "dataplane/shard_source.h"
#include "dataplane/worker.h"

namespace ghostport {
namespace {

constexpr std::uint32_t kRingCells = 4096;      // 256 KiB per worker
constexpr std::uint32_t kRingCellsAlone = 512;  // 32 KiB: what one thread writes and reads stays in its cache

}  // namespace

struct Replay::State {
  struct Lane {
    CaptureFileSource capture;
    std::unique_ptr<PacketFilter> filter;
    std::unique_ptr<FactRing> ring;
    std::unique_ptr<FlowTracker> tracker;
    // Where there are several workers.
    std::unique_ptr<ShardSource> shard;
    Counters unused;  // what all count alike counts once: the first one's
  };

  State(std::shared_ptr<const Rules> rules, unsigned workers, FindingSink& sink) : lanes(workers), pace(workers) {
    std::vector<FactRing*> rings;
    for (Lane& lane : lanes) {
      lane.ring = std::make_unique<FactRing>(workers == 1 ? kRingCellsAlone : kRingCells);
      rings.push_back(lane.ring.get());
    }
    adjudicator = std::make_unique<Adjudicator>(rules, rings, sink);
    for (Lane& lane : lanes)
      lane.tracker = std::make_unique<FlowTracker>(rules, *lane.ring, bell, WhenFull::wait, [this] { adjudicate(); });
    for (std::size_t i = 0; workers != 1 && i < workers; ++i) {
      lanes[i].shard = std::make_unique<ShardSource>(lanes[i].capture, pace, i == 0 ? counters : lanes[i].unused,
                                                     *rules, i, workers, [this] { adjudicate(); });
    }
  }

  /// Any worker does it, one at a time: nobody waits for a thread of its own to wake. What is there by now is judged on
  /// return, or will be at once by whoever is at it.
  void adjudicate() noexcept {
    wanted.store(true);
    while (wanted.load() && !judging.exchange(true)) {
      wanted.store(false);
      while (adjudicator->run_once()) {
      }
      judging.store(false);
    }
  }

  /// The capture is open in every lane.
  void run(std::uint64_t file_tag, const PacketFilter* filter, const Progress& progress) {
    adjudicator->begin();
    pace.begin();
    for (Lane& lane : lanes) {
      lane.tracker->begin(file_tag);
      lane.filter = filter == nullptr ? nullptr : filter->another();
      lane.capture.set_filter(lane.filter.get());
    }
    if (lanes.size() == 1) {
      read(Worker(lanes[0].capture, *lanes[0].tracker), lanes[0].capture, progress);
    } else {
      std::vector<std::thread> threads;
      for (Lane& lane : std::span(lanes).subspan(1)) threads.emplace_back([this, &lane] { read_shard(lane, {}); });
      read_shard(lanes[0], progress);
      for (std::thread& thread : threads) thread.join();
    }
    adjudicate();
  }
  void read_shard(Lane& lane, const Progress& progress) {
    lane.shard->begin();
    read(Worker(*lane.shard, *lane.tracker), lane.capture, progress);
  }
  template <class Source>
  void read(Worker<Source> worker, const CaptureFileSource& capture, const Progress& progress) {
    // Of several workers whoever is ahead adjudicates now and then. What comes from a pipe is not kept waiting.
    const bool at_once = lanes.size() == 1 || capture.size() == 0;
    for (bool more = true; more;) {
      more = worker.run_once();
      if (at_once) adjudicate();
      if (progress) progress(capture.consumed(), capture.size());
    }
  }

  Bell bell;  // nobody listens
  std::vector<Lane> lanes;
  Counters counters;  // what several workers count in front of their trackers
  Pace pace;
  std::unique_ptr<Adjudicator> adjudicator;
  std::atomic<bool> wanted = false;   // facts may have come since the adjudicator last looked
  std::atomic<bool> judging = false;  // who has set it has the adjudicator
};

Replay::Replay(std::shared_ptr<const Rules> rules, unsigned workers, FindingSink& sink)
    : state_(std::make_unique<State>(std::move(rules), workers, sink)) {}

Replay::~Replay() = default;

void Replay::observe(FlowObserver& observer) noexcept { state_->lanes[0].tracker->observe(&observer); }

ReadOutcome Replay::run(const std::string& path, const Progress& progress, const PacketFilter* filter) {
  ReadOutcome outcome;
  outcome.path = path;
  std::vector<State::Lane>& lanes = state_->lanes;
  CaptureFileSource& first = lanes[0].capture;
  // A plain file each worker reads for itself: a copy from the page cache costs less than what lies in another core's
  // cache. All else is read once.
  const bool each = lanes.size() > 1 && is_plain_file(path);
  if (first.open(path, each ? 1 : static_cast<unsigned>(lanes.size()))) {
    for (State::Lane& lane : std::span(lanes).subspan(1)) {
      if (each) {
        (void)lane.capture.open(path);
      } else {
        lane.capture.join(first);
      }
    }
    state_->run(first.tag(), filter, progress);
  }
  outcome.problem = first.problem();
  for (const State::Lane& lane : lanes) {
    if (lane.capture.packets() == first.packets() && lane.capture.problem() == first.problem()) continue;
    outcome.problem += std::string(outcome.problem.empty() ? "" : "; ") + "changed while it was read";
    if (!lane.capture.problem().empty()) outcome.problem += " (another worker: " + lane.capture.problem() + ')';
    break;
  }
  outcome.complete = outcome.problem.empty();
  outcome.packets = first.packets();
  outcome.filtered_out = first.filtered_out();
  outcome.bytes = first.size() != 0 ? first.size() : first.consumed();
  return outcome;
}

PipelineSummary Replay::summary() const {
  PipelineSummary summary;
  summary.total = state_->counters;
  for (const State::Lane& lane : state_->lanes) summary.add(*lane.tracker);
  summary.add(*state_->adjudicator);
  return summary;
}

}  // namespace ghostport
