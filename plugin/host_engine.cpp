#include "plugin/host_engine.h"

#include <algorithm>
#include <utility>

#include "dataplane/packet_parser.h"
#include "dataplane/udp_tunnels.h"

namespace ghostport {
namespace {

constexpr std::uint32_t kRingCells = 8192;         // 512 KiB a shard; whoever finds it full adjudicates
constexpr std::uint64_t kFileTag = 1;              // in flow ids: there is but one capture
constexpr std::int64_t kPatience = 200'000'000;    // ns: live, a thread that is so far behind is taken for silent
constexpr std::int64_t kSettleInterval = kSecond;  // timers fire with the packet that comes so much later
constexpr std::int64_t kRetryInterval = 10'000'000;
/// Facts of one shard that wait for a thread which is behind. With more it is waited for no longer: what it brings then
/// comes late, and may revise.
constexpr std::size_t kMostWaiting = 16'384;

// What the inline gate reads as plain memory.
static_assert(sizeof(std::atomic<std::uint8_t>) == 1 && sizeof(std::atomic<std::uint32_t>) == 4);

bool is_before(const Tick& a, const Tick& b) noexcept {
  return a.stamp != b.stamp ? a.stamp < b.stamp : a.number < b.number;
}

}  // namespace

/// Findings become records, and the flow's shard hears of its verdict.
class HostEngine::Sink final : public FindingSink {
 public:
  explicit Sink(HostEngine& engine) : engine_(engine) {}

  void finding(const Finding& finding) override {
    const Judgement& judgement = finding.judgement;
    if (finding.count == 0 && !finding.probe) {
      const FlowCommand command = command_for(finding.detail, judgement.verdict);
      Shard& shard = *engine_.shards_[shard_of(pair_hash(command.key), engine_.shards_.size())];
      const std::lock_guard lock(shard.inbox_mutex);
      shard.inbox.push_back(command);
      shard.has_mail.store(true, std::memory_order_release);
    }
    const RecordContext context{engine_.rules_.get(), engine_.capture_, false};
    HostFinding said{std::string(write_finding(line_, finding, context)), judgement.verdict, judgement.severity};
    const std::lock_guard lock(engine_.findings_mutex_);
    if (engine_.findings_.size() == kMostFindings) {
      engine_.findings_lost_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    engine_.findings_.push_back(std::move(said));
    engine_.waiting_.store(static_cast<std::uint32_t>(engine_.findings_.size()), std::memory_order_relaxed);
  }
  void flow(const FlowDetail&) override {}  // the host has flow records of its own

 private:
  HostEngine& engine_;
  JsonLine line_;
};

HostEngine::HostEngine(std::shared_ptr<const Rules> rules, Settings settings)
    : settings_(settings), sink_(std::make_unique<Sink>(*this)), rules_(rules) {
  std::vector<FactRing*> rings;
  for (unsigned i = 0; i < settings_.shards; ++i) {
    auto shard = std::make_unique<Shard>();
    shard->ring = std::make_unique<FactRing>(kRingCells);
    rings.push_back(shard->ring.get());
    shard->tracker =
        std::make_unique<FlowTracker>(rules, *shard->ring, bell_, WhenFull::wait, [this] { adjudicate(); });
    shard->tracker->serve_host(announced_);
    shards_.push_back(std::move(shard));
  }
  adjudicator_ = std::make_unique<Adjudicator>(std::move(rules), rings, *sink_);
  copy_watch(*rules_);
  threads_.reserve(kMostThreads);
  begin();
}

HostEngine::~HostEngine() = default;

/// What nobody cares for is 0. Ports that signalling has announced stay.
void HostEngine::copy_watch(const Rules& rules) noexcept {
  constexpr unsigned kCares = WatchTable::kWatched | WatchTable::kCompanion;
  for (const Transport transport : {Transport::tcp, Transport::udp}) {
    auto& care = care_[static_cast<std::size_t>(transport)];
    for (unsigned port = 0; port < 65'536; ++port) {
      const auto number = static_cast<std::uint16_t>(port);
      unsigned flags = rules.watch.at(transport, number) & kCares;
      if (transport == Transport::udp && is_tunnel_port(number)) flags |= kTunnel;
      flags |= care[port].load(std::memory_order_relaxed) & kAnnounced;
      care[port].store(static_cast<std::uint8_t>(flags), std::memory_order_relaxed);
    }
  }
}

void HostEngine::begin() {
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    shard->tracker->begin(kFileTag);
  }
  const std::lock_guard lock(judge_mutex_);
  adjudicator_->begin();
  settled_ = {-1, 0, false};
}

HostThread* HostEngine::open() {
  const std::shared_ptr<const Rules> current = rules();
  const std::lock_guard lock(threads_mutex_);
  HostThread* thread = nullptr;
  for (const auto& one : threads_) {
    if (!one->open_.load(std::memory_order_relaxed)) thread = one.get();
  }
  if (thread == nullptr) {
    if (threads_.size() == kMostThreads) return nullptr;
    threads_.push_back(std::make_unique<HostThread>(*current));
    thread = threads_.back().get();
    thread_count_.store(static_cast<unsigned>(threads_.size()), std::memory_order_release);
  }
  thread->stamp_.store(-1, std::memory_order_relaxed);
  thread->number_.store(0, std::memory_order_relaxed);
  thread->next_try_ = 0;
  thread->gate_ = {sizeof(gp_gate),
                   GP_VERSION,
                   {reinterpret_cast<const std::uint8_t*>(care_[0]), reinterpret_cast<const std::uint8_t*>(care_[1])},
                   reinterpret_cast<const std::uint32_t*>(&open_count_),
                   reinterpret_cast<const std::uint32_t*>(&waiting_),
                   0,
                   thread->gate_.passed};
  thread->open_.store(true, std::memory_order_release);
  open_count_.fetch_add(1, std::memory_order_release);
  return thread;
}

void HostEngine::close(HostThread& thread) {
  const std::lock_guard lock(threads_mutex_);
  {
    const std::lock_guard counting(thread.mutex_);
    thread.intake_.end();
  }
  thread.open_.store(false, std::memory_order_release);
  if (open_count_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    end();
    begin();
  }
}

/// Every flow that is still open ends at the last stamp.
void HostEngine::end() {
  Tick last{0, 0, true};
  for (const auto& thread : threads_) {
    last.stamp = std::max(last.stamp, thread->stamp_.load(std::memory_order_acquire));
    last.number = std::max(last.number, thread->number_.load(std::memory_order_acquire));
  }
  (void)settle(last);
}

/// How far all threads have got.
Tick HostEngine::floor() const noexcept {
  Tick least{kEndOfTime, 0, false};
  std::int64_t newest = -1;
  const unsigned count = thread_count_.load(std::memory_order_acquire);
  for (unsigned i = 0; i < count; ++i) {
    const HostThread& thread = *threads_.data()[i];  // never moves: the room was reserved
    if (!thread.open_.load(std::memory_order_acquire)) continue;
    Tick at;
    at.stamp = thread.stamp_.load(std::memory_order_acquire);  // first: its packets with that stamp end with the number
    at.number = thread.number_.load(std::memory_order_relaxed);
    newest = std::max(newest, at.stamp);
    if (is_before(at, least)) least = at;
  }
  if (settings_.live && newest - least.stamp > kPatience) return {newest - kPatience, 0, false};
  return least;
}

void HostEngine::look_for_settling(HostThread& thread, std::int64_t stamp, std::size_t facts) noexcept {
  const Tick tick = facts > kMostWaiting ? Tick{stamp, thread.number_.load(std::memory_order_relaxed), false} : floor();
  thread.next_try_ = stamp + (settle(tick) ? kSettleInterval : kRetryInterval);
}

/// False where something still waits for a thread that is behind.
bool HostEngine::settle(const Tick& tick) noexcept {
  const std::lock_guard turn(settle_mutex_);
  if (!tick.end && !is_before(settled_, tick)) return false;
  settled_ = tick;
  bool all = true;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    obey(*shard);
    shard->tracker->settle(tick);
    all = all && shard->tracker->facts().waiting() == 0;
  }
  adjudicate();
  return all;
}

void HostEngine::adjudicate() noexcept {
  const std::lock_guard lock(judge_mutex_);
  while (adjudicator_->run_once()) {
  }
}

/// The shard is locked.
void HostEngine::obey(Shard& shard) noexcept {
  if (shard.next) (void)shard.tracker->adopt(shard.next);
  if (!shard.has_mail.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(shard.inbox_mutex);
  for (const FlowCommand& command : shard.inbox) shard.tracker->command(command);
  shard.inbox.clear();
  shard.has_mail.store(false, std::memory_order_relaxed);
}

HostEngine::State HostEngine::state_of(FlowTracker& tracker, const Packet& packet) noexcept {
  const std::optional<HostFlow> flow = tracker.host_flow(packet);
  if (!flow) return {};
  return {flow->judged, flow->verdict, flow->service};
}

HostEngine::State HostEngine::track(HostThread& thread, Packet& packet) noexcept {
  packet.located = true;
  PacketBatch& batch = thread.batch_;
  batch.count = 1;
  batch.packets[0] = packet;
  return with_shard(thread, batch.packets[0], shard_hash(packet), [&](Shard& shard) {
    shard.tracker->track(batch);
    keep(shard, batch.packets[0]);
    track_kept(shard);
  });
}

/// Keeps the packet where nobody cares for it now, but may soon.
void HostEngine::keep(Shard& shard, const Packet& packet) noexcept {
  constexpr unsigned kCaredFor = WatchTable::kWatched | WatchTable::kCompanion;
  if (packet.kind != PacketKind::tcp || (packet.watch & kCaredFor) != 0 || packet.captured > Kept::kMostBytes ||
      packet.payload_captured < 4 ||
      !may_be_announced_later(Bytes(packet.data + packet.payload_offset, packet.payload_captured)) ||
      shard.tracker->expects(packet))
    return;
  Kept& kept = shard.kept[shard.kept_end++ % kMostKept];
  kept.packet = packet;
  std::copy_n(packet.data, packet.captured, kept.bytes);
  kept.packet.data = kept.bytes;
  kept.taken = false;
}

/// Signalling has caught up: what it announced meanwhile comes in, in its order.
void HostEngine::track_kept(Shard& shard) noexcept {
  if (shard.kept_end == 0 || !shard.tracker->tells()) return;
  const std::uint32_t begin = shard.kept_end > kMostKept ? shard.kept_end - kMostKept : 0;
  for (std::uint32_t i = begin; i < shard.kept_end; ++i) {
    Kept& kept = shard.kept[i % kMostKept];
    if (kept.taken || !shard.tracker->expects(kept.packet)) continue;
    kept.taken = true;
    shard.kept_batch.count = 1;
    shard.kept_batch.packets[0] = kept.packet;
    shard.tracker->track(shard.kept_batch);
  }
}

/// Some of a host's packets are its own and have no number: those count as the one before them.
void HostEngine::stamp(HostThread& thread, Packet& packet) noexcept {
  packet.at.stamp = std::max(packet.at.true_time, thread.stamp_.load(std::memory_order_relaxed));
  if (packet.at.number != 0) {
    thread.numbered_ = true;
  } else if (thread.numbered_) {
    packet.at.number = thread.number_.load(std::memory_order_relaxed);
  } else {
    packet.at.number = next_number_.fetch_add(1, std::memory_order_relaxed) + 1;
  }
}

HostEngine::State HostEngine::packet(HostThread& thread, Packet& packet) noexcept {
  stamp(thread, packet);
  Reach reach = Reach::nothing;
  {
    const std::lock_guard lock(thread.mutex_);
    thread.counters_.add(Counter::packets);
    thread.counters_.add(Counter::bytes, packet.length);
    reach = read_network(packet, thread.counters_);
    if (reach == Reach::fragment) thread.counters_.add(Counter::fragments);
  }
  if (reach == Reach::network) return track(thread, packet);
  advance(thread, packet.at.stamp, packet.at.number, 0);
  return {};
}

HostEngine::State HostEngine::frame(HostThread& thread, Packet& packet, bool reassembles) noexcept {
  if (!may_hold_ip(packet)) {
    __atomic_store_n(&thread.gate_.passed, thread.gate_.passed + 1, __ATOMIC_RELAXED);
    advance(thread, packet.at.true_time, packet.at.number, 0);
    return {};
  }
  stamp(thread, packet);
  std::span<Packet> whole;
  Reach reach = Reach::nothing;
  {
    const std::lock_guard lock(thread.mutex_);
    reach = thread.intake_.locate(packet);
    if (reach == Reach::network) {
      whole = {&packet, 1};
    } else if (reach == Reach::fragment && (!reassembles || packet.tunnels != 0)) {
      whole = thread.intake_.reassemble(packet);
    }
  }
  State state;
  for (Packet& one : whole) state = track(thread, one);
  if (whole.empty()) advance(thread, packet.at.stamp, packet.at.number, 0);
  if (reach == Reach::fragment) {
    const std::lock_guard lock(thread.mutex_);
    thread.intake_.release(packet.at.number);
  }
  return state;
}

bool HostEngine::take(HostFinding& finding) {
  const std::lock_guard lock(findings_mutex_);
  if (findings_.empty()) return false;
  finding = std::move(findings_.front());
  findings_.pop_front();
  waiting_.store(static_cast<std::uint32_t>(findings_.size()), std::memory_order_relaxed);
  return true;
}

bool HostEngine::reload(std::shared_ptr<const Rules> rules) {
  const std::lock_guard turn(settle_mutex_);
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    obey(*shard);
    if (shard->next) return false;
  }
  {
    const std::lock_guard lock(judge_mutex_);
    ++generation_;
    adjudicator_->adopt(rules, generation_);
    rules_ = rules;
  }
  for (const auto& shard : shards_) {
    auto next = std::make_unique<Generation>(rules, generation_);
    const std::lock_guard lock(shard->mutex);
    shard->next = std::move(next);
    obey(*shard);
  }
  copy_watch(*rules);
  return true;
}

void HostEngine::name_capture(std::string_view path) {
  const std::lock_guard lock(judge_mutex_);
  capture_ = path;
}

std::shared_ptr<const Rules> HostEngine::rules() {
  const std::lock_guard lock(judge_mutex_);
  return rules_;
}

PipelineSummary HostEngine::summary() {
  PipelineSummary all;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    all.add(*shard->tracker);
  }
  {
    const std::lock_guard lock(threads_mutex_);
    for (const auto& thread : threads_) {
      const std::lock_guard counting(thread->mutex_);
      all.total += thread->counters_;
      all.total.add(Counter::packets, __atomic_load_n(&thread->gate_.passed, __ATOMIC_RELAXED));
    }
  }
  const std::lock_guard lock(judge_mutex_);
  all.add(*adjudicator_);
  all.facts_lost += findings_lost_.load(std::memory_order_relaxed);
  return all;
}

}  // namespace ghostport
