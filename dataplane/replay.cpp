#include "dataplane/replay.h"

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "dataplane/pcap_file_source.h"
#include "dataplane/shard_queue.h"
#include "dataplane/worker.h"

namespace ghostport {
namespace {

constexpr std::uint32_t kRingCells = 8192;  // 512 KiB per worker

/// Flow ids differ between files of other names, and are the same wherever the file lies.
std::uint64_t tag_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a
  for (std::size_t i = slash == std::string::npos ? 0 : slash + 1; i < path.size(); ++i) {
    hash = (hash ^ static_cast<std::uint8_t>(path[i])) * 0x100000001B3U;
  }
  return hash;
}

}  // namespace

struct Replay::State {
  struct Lane {
    std::unique_ptr<FactRing> ring;
    std::unique_ptr<ShardQueue> queue;  // only with several workers
    std::unique_ptr<FlowTracker> tracker;
    std::thread thread;
  };

  State(std::shared_ptr<const Rules> rules, unsigned workers, FindingSink& sink)
      : lanes(workers), open(workers), intake(counters) {
    std::vector<FactRing*> rings;
    for (Lane& lane : lanes) {
      lane.ring = std::make_unique<FactRing>(kRingCells);
      rings.push_back(lane.ring.get());
    }
    adjudicator = std::make_unique<Adjudicator>(rules, rings, sink);
    const bool alone = workers == 1;
    for (Lane& lane : lanes) {
      std::function<void()> on_full;
      if (alone) on_full = [this] { adjudicator->run_once(); };
      lane.tracker = std::make_unique<FlowTracker>(rules, *lane.ring, bell, WhenFull::wait, on_full);
    }
    if (alone) return;
    for (Lane& lane : lanes) {
      lane.queue = std::make_unique<ShardQueue>();
      lane.thread = std::thread([&lane] { work(lane); });
    }
    judge = std::thread([this] { adjudicate(); });
  }

  ~State() {
    for (Lane& lane : lanes) {
      if (!lane.thread.joinable()) continue;
      lane.queue->claim().kind = ShardQueue::Kind::stop;
      lane.queue->send();
      lane.thread.join();
    }
    if (judge.joinable()) {
      {
        const std::lock_guard lock(mutex);
        stopping = true;
      }
      turn.notify_all();
      judge.join();
    }
  }

  static void work(Lane& lane) {
    Worker worker(*lane.queue, *lane.tracker);
    for (;;) {
      const ShardQueue::Message& message = lane.queue->next();
      if (message.kind == ShardQueue::Kind::stop) return;
      if (message.kind == ShardQueue::Kind::begin) {
        lane.tracker->begin(message.file_tag);
        lane.queue->done();
        continue;
      }
      worker.run_once();
    }
  }

  void adjudicate() {
    std::unique_lock lock(mutex);
    for (;;) {
      turn.wait(lock, [this] { return running || stopping; });
      if (stopping) return;
      lock.unlock();
      for (;;) {
        const std::uint32_t seen = bell.now();
        if (adjudicator->run_once()) continue;
        if (adjudicator->ended()) break;
        bell.wait(seen);
      }
      lock.lock();
      running = false;
      turn.notify_all();
    }
  }

  void run_alone(PcapFileSource& source, std::uint64_t tag, const Progress& progress) {
    FlowTracker& tracker = *lanes[0].tracker;
    tracker.begin(tag);
    adjudicator->begin();
    Worker worker(source, tracker);
    while (worker.run_once()) {
      adjudicator->run_once();
      if (progress) progress(source.offset(), source.size());
    }
    while (adjudicator->run_once()) {
    }
  }

  /// One message for every lane: packets up to the first full message, then the tick behind them. False at the end.
  bool deal_round(PcapFileSource& source, std::uint64_t round) {
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      open[i] = &lanes[i].queue->claim();
      open[i]->kind = ShardQueue::Kind::packets;
      open[i]->count = 0;
    }
    // Every lane has had room for this message: it has taken the one that many before, and is done with all earlier.
    std::uint64_t& last_of_round = round_ends[round % kRounds];
    if (round >= kRounds) intake.release(last_of_round);
    bool more = true;
    for (bool full = false; !full;) {
      Packet packet;
      if (source.read(&packet, 1) == 0) {
        more = false;
        intake.end();
        break;
      }
      switch (intake.locate(packet)) {
        case Reach::nothing: break;
        case Reach::network: full = deal(packet); break;
        case Reach::fragment: {
          Packet whole[Intake::kMostWhole];
          const std::size_t count = intake.reassemble(packet, whole);
          for (std::size_t i = 0; i < count; ++i) full = deal(whole[i]) || full;
          break;
        }
      }
    }
    last_of_round = source.packets();
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      open[i]->tick = {source.last_stamp(), source.packets(), !more};
      lanes[i].queue->send();
    }
    return more;
  }

  /// Puts a packet into the message of its lane. True where that may have no room for all of the next one.
  bool deal(Packet& packet) noexcept {
    packet.located = true;
    ShardQueue::Message& message = *open[shard_hash(packet) % lanes.size()];
    message.packets[message.count++] = packet;
    return message.count > PacketBatch::kMost - Intake::kMostWhole;
  }

  void run_sharded(PcapFileSource& source, std::uint64_t tag, const Progress& progress) {
    adjudicator->begin();
    {
      const std::lock_guard lock(mutex);
      running = true;
    }
    turn.notify_all();
    for (Lane& lane : lanes) {
      ShardQueue::Message& message = lane.queue->claim();
      message.kind = ShardQueue::Kind::begin;
      message.file_tag = tag;
      lane.queue->send();
    }
    intake.begin();
    for (std::uint64_t round = 0; deal_round(source, round); ++round) {
      if (progress) progress(source.offset(), source.size());
    }
    if (progress) progress(source.offset(), source.size());
    std::unique_lock lock(mutex);
    turn.wait(lock, [this] { return !running; });
  }

  static constexpr std::size_t kRounds = ShardQueue::kMessages + 1;

  Bell bell;
  std::vector<Lane> lanes;
  std::vector<ShardQueue::Message*> open;           // of the running round, by lane
  std::array<std::uint64_t, kRounds> round_ends{};  // number of the last packet of each round in flight
  Counters counters;                                // what the reader counts in front of several workers
  Intake intake;
  std::unique_ptr<Adjudicator> adjudicator;
  std::thread judge;
  std::mutex mutex;  // guards running and stopping
  std::condition_variable turn;
  bool running = false;
  bool stopping = false;
};

Replay::Replay(std::shared_ptr<const Rules> rules, unsigned workers, FindingSink& sink)
    : state_(std::make_unique<State>(std::move(rules), workers, sink)) {}

Replay::~Replay() = default;

ReadOutcome Replay::run(const std::string& path, const Progress& progress) {
  ReadOutcome outcome;
  outcome.path = path;
  PcapFileSource source;
  if (source.open(path)) {
    if (state_->lanes.size() == 1) {
      state_->run_alone(source, tag_of(path), progress);
    } else {
      state_->run_sharded(source, tag_of(path), progress);
    }
  }
  outcome.problem = source.problem();
  outcome.complete = outcome.problem.empty();
  outcome.packets = source.packets();
  outcome.bytes = source.size();
  return outcome;
}

ReplaySummary Replay::summary() const {
  ReplaySummary summary;
  summary.total = state_->counters;
  for (const State::Lane& lane : state_->lanes) {
    const Detector& detector = lane.tracker->detector();
    const DetectorCounters& counters = detector.counters();
    summary.total += lane.tracker->counters();
    summary.worker_packets.push_back(lane.tracker->received());
    summary.detector.bad_checksums += counters.bad_checksums;
    summary.detector.ignored_segments += counters.ignored_segments;
    summary.detector.conflicts += counters.conflicts;
    summary.detector.identified += counters.identified;
    summary.detector.unrecognized += counters.unrecognized;
    summary.detector.inherited += counters.inherited;
    summary.scans += detector.scans();
    summary.inspections_full += detector.inspections_exhausted();
    summary.heads_full += detector.heads_exhausted();
    summary.sums_full += lane.tracker->facts().sums_full();
    summary.memory_displaced += detector.memory_displaced();
  }
  summary.adjudicator = state_->adjudicator->counters();
  return summary;
}

}  // namespace ghostport
