#include "dataplane/replay.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <span>
#include <thread>

#include "dataplane/capture_file.h"
#include "dataplane/shard_queue.h"
#include "dataplane/shard_source.h"
#include "dataplane/worker.h"

namespace ghostport {
namespace {

constexpr std::uint32_t kRingCells = 8192;      // 512 KiB per worker
constexpr std::uint32_t kRingCellsAlone = 512;  // 32 KiB: what one thread writes and reads stays in its cache

/// A round of messages to the workers ends when the capture has moved on by this much a worker, so that the packets in
/// flight, and with them the memory of the source, stay bounded: 17 rounds.
constexpr std::uint64_t kRoundBytes = std::uint64_t{256} << 10U;

}  // namespace

struct Replay::State {
  struct Lane {
    std::unique_ptr<FactRing> ring;
    std::unique_ptr<ShardQueue> queue;  // of the thread, where the lane has one
    std::unique_ptr<FlowTracker> tracker;
    // Where each worker reads by itself. What all count alike counts once: the first one's.
    std::unique_ptr<CaptureFileSource> capture;  // the first one has `source`
    std::unique_ptr<ShardSource> shard;
    Counters unused;
    std::thread thread;
  };

  State(std::shared_ptr<const Rules> rules, unsigned workers, FindingSink& sink)
      : lanes(workers), open(workers), intake(counters, *rules), pace(workers), at_start(rules) {
    std::vector<FactRing*> rings;
    const bool alone = workers == 1;
    for (Lane& lane : lanes) {
      lane.ring = std::make_unique<FactRing>(alone ? kRingCellsAlone : kRingCells);
      rings.push_back(lane.ring.get());
    }
    adjudicator = std::make_unique<Adjudicator>(rules, rings, sink);
    for (Lane& lane : lanes) {
      std::function<void()> on_full;
      if (alone) on_full = [this] { adjudicator->run_once(); };
      lane.tracker = std::make_unique<FlowTracker>(rules, *lane.ring, bell, WhenFull::wait, on_full);
    }
    if (!alone) judge = std::thread([this] { adjudicate(); });
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

  /// Gives the lane a queue and a thread that serves it, once.
  static void employ(Lane& lane) {
    if (lane.thread.joinable()) return;
    lane.queue = std::make_unique<ShardQueue>();
    lane.thread = std::thread([&lane] { work(lane); });
  }

  static void work(Lane& lane) {
    Worker worker(*lane.queue, *lane.tracker);
    for (;;) {
      const ShardQueue::Message& message = lane.queue->next();
      if (message.kind == ShardQueue::Kind::stop) return;
      if (message.kind == ShardQueue::Kind::begin) {
        lane.tracker->begin(message.file_tag);
      } else if (message.kind == ShardQueue::Kind::capture) {
        Worker reader(*lane.shard, *lane.tracker);
        while (reader.run_once()) {
        }
      } else {
        worker.run_once();
      }
      // Before the message is done: from then on the tracker may be another thread's.
      if (lane.queue->waiting() == 1) lane.tracker->tell();
      lane.queue->done();
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

  void run_alone(const Progress& progress) {
    FlowTracker& tracker = *lanes[0].tracker;
    tracker.begin(source.tag());
    adjudicator->begin();
    Worker worker(source, tracker);
    while (worker.run_once()) {
      adjudicator->run_once();
      if (progress) progress(source.consumed(), source.size());
    }
    while (adjudicator->run_once()) {
    }
  }

  /// Every worker reads the capture for itself. False, and nothing was read, where that cannot be.
  bool open_for_each(const std::string& path) {
    // More workers than cores would read in turn what each of them passes by.
    if (lanes.size() > std::thread::hardware_concurrency() || !source.can_be_read_by_many()) return false;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      Lane& lane = lanes[i];
      if (i != 0 && lane.capture == nullptr) lane.capture = std::make_unique<CaptureFileSource>();
      if (i != 0 && !lane.capture->open(path)) return false;
      if (lane.shard == nullptr)
        lane.shard = std::make_unique<ShardSource>(i == 0 ? source : *lane.capture, pace,
                                                   i == 0 ? counters : lane.unused, *at_start, i, lanes.size());
      lane.shard->begin();
    }
    return true;
  }

  /// The first lane's part is this thread's.
  void run_each(const Progress& progress) {
    pace.begin();
    const std::span<Lane> others = std::span(lanes).subspan(1);
    start(others);
    for (Lane& lane : others) {
      lane.queue->claim().kind = ShardQueue::Kind::capture;
      lane.queue->send();
    }
    lanes[0].tracker->begin(source.tag());
    Worker worker(*lanes[0].shard, *lanes[0].tracker);
    for (bool more = true; more;) {
      more = worker.run_once();
      if (progress) progress(source.consumed(), source.size());
    }
    lanes[0].tracker->tell();
    finish(others);
  }
  /// Of readers who did not all read the same.
  [[nodiscard]] bool has_changed() const {
    return std::ranges::any_of(lanes, [this](const Lane& lane) {
      return lane.capture != nullptr &&
             (lane.capture->packets() != source.packets() || lane.capture->problem() != source.problem());
    });
  }

  void start(std::span<Lane> served) {
    for (Lane& lane : served) employ(lane);
    adjudicator->begin();
    {
      const std::lock_guard lock(mutex);
      running = true;
    }
    turn.notify_all();
    for (Lane& lane : served) {
      ShardQueue::Message& message = lane.queue->claim();
      message.kind = ShardQueue::Kind::begin;
      message.file_tag = source.tag();
      lane.queue->send();
    }
  }
  void finish(std::span<Lane> served) {
    for (Lane& lane : served) lane.queue->drain();
    std::unique_lock lock(mutex);
    turn.wait(lock, [this] { return !running; });
  }

  void run_sharded(const Progress& progress) {
    start(lanes);
    intake.begin();
    // Waking a worker costs more than the packets of a message. From a pipe none waits for others.
    const unsigned rounds_a_wake = source.size() != 0 ? 8 : 1;
    unsigned rounds = 0;
    for (bool more = true; more;) {
      more = send_round(++rounds % rounds_a_wake == 0);
      source.release(finished());
      intake.release(finished());
      if (progress) progress(source.consumed(), source.size());
    }
    finish(lanes);
  }

  /// Every worker has finished its packets up to this number.
  [[nodiscard]] std::uint64_t finished() const noexcept {
    std::uint64_t least = lanes[0].queue->finished();
    for (const Lane& lane : lanes) least = std::min(least, lane.queue->finished());
    return least;
  }

  /// One message to every worker, until one of them is full. False where the capture has ended. `wake`: those that
  /// sleep, in any case at the end.
  bool send_round(bool wake) noexcept {
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      open[i] = &lanes[i].queue->claim();
      open[i]->kind = ShardQueue::Kind::packets;
      open[i]->count = 0;
    }
    using Next = CaptureFileSource::Next;
    const std::uint64_t limit = source.offset() + kRoundBytes * lanes.size();
    Next what = Next::packet;
    Packet packet;
    for (bool full = false; !full && what != Next::end;) {
      what = source.next(packet);
      if (what == Next::packet) full = deal(packet);
      full = full || source.offset() >= limit;
    }
    if (what == Next::end) intake.end();
    const Tick tick{source.last_stamp(), source.packets(), what == Next::end};
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      open[i]->tick = tick;
      lanes[i].queue->send(wake || what == Next::end);
    }
    return what != Next::end;
  }

  /// Gives a packet, or the datagrams that it completes, to the workers of their address pairs. True where one of their
  /// messages may have no room for the next.
  bool deal(Packet& packet) noexcept {
    switch (intake.locate(packet)) {
      case Reach::nothing: return false;
      case Reach::network: return hand_over(packet);
      case Reach::fragment: break;
    }
    bool full = false;
    for (const Packet& whole : intake.reassemble(packet)) full = hand_over(whole) || full;
    return full;
  }
  bool hand_over(const Packet& packet) noexcept {
    ShardQueue::Message& message = *open[shard_of(shard_hash(packet), lanes.size())];
    Packet& place = message.packets[message.count++];
    place = packet;
    place.located = true;
    return message.count > PacketBatch::kMost - Intake::kMostWhole;
  }

  CaptureFileSource source;
  Bell bell;
  std::vector<Lane> lanes;
  std::vector<ShardQueue::Message*> open;  // the messages of a round, by lane
  Counters counters;                       // what the reader counts in front of several workers
  Intake intake;
  Pace pace;
  std::shared_ptr<const Rules> at_start;  // limits of the sources that are made later
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

void Replay::observe(FlowObserver& observer) noexcept { state_->lanes[0].tracker->observe(&observer); }

ReadOutcome Replay::run(const std::string& path, const Progress& progress, PacketFilter* filter) {
  ReadOutcome outcome;
  outcome.path = path;
  CaptureFileSource& source = state_->source;
  bool changed = false;
  if (source.open(path)) {
    source.set_filter(filter);
    if (state_->lanes.size() == 1) {
      state_->run_alone(progress);
    } else if (state_->open_for_each(path)) {
      state_->run_each(progress);
      changed = state_->has_changed();
    } else {
      state_->run_sharded(progress);
    }
  }
  outcome.problem = source.problem();
  if (changed) outcome.problem += std::string(outcome.problem.empty() ? "" : "; ") + "changed while it was read";
  outcome.complete = outcome.problem.empty();
  outcome.packets = source.packets();
  outcome.filtered_out = source.filtered_out();
  outcome.bytes = source.size() != 0 ? source.size() : source.consumed();
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
