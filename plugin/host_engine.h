// The detector inside a foreign host, whose threads bring packets in no common order: shards by address pair, each with
// its own flows behind a lock, and one adjudicator. Every function may be called on any thread of the host unless it
// says otherwise; none reads a clock.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/pipeline_summary.h"
#include "dataplane/worker.h"
#include "detection/finding_json.h"
#include "plugin/gate.h"

namespace ghostport {

/// One thread of the host: its clock, and what it needs to look at a packet. Used on that thread alone, but for the
/// clock.
class HostThread {
 public:
  explicit HostThread(const Rules& rules) : intake_(counters_, rules) {}

  /// The quick way past packets that concern nobody.
  [[nodiscard]] gp_gate& gate() noexcept { return gate_; }

 private:
  friend class HostEngine;

  // Everything up to here has been dealt with. Written by the thread, read by whoever settles.
  alignas(64) std::atomic<std::int64_t> stamp_{-1};
  std::atomic<std::uint64_t> number_{0};
  std::atomic<bool> open_{false};

  alignas(64) gp_gate gate_{};
  std::int64_t next_try_ = 0;  // stamp at which it looks whether there is something to settle
  bool numbered_ = false;      // the host numbers its packets
  PacketBatch batch_;
  std::mutex mutex_;
  Counters counters_;  // guarded by mutex_, as the next
  Intake intake_;
};

/// A record on its way out.
struct HostFinding {
  std::string line;  ///< EVE, without its line break
  Verdict verdict = Verdict::expected;
  Severity severity = Severity::none;
};

class HostEngine {
 public:
  static constexpr unsigned kMostThreads = 256;

  struct Settings {
    bool live = false;    ///< packet time is the host's time: a thread that is 200 ms behind holds nobody up
    unsigned shards = 4;  ///< a power of two
  };

  /// What is known of a packet's flow now.
  struct State {
    bool judged = false;
    Verdict verdict = Verdict::expected;
    ServiceId service = ServiceId::none;
  };

  /// Throws std::bad_alloc.
  HostEngine(std::shared_ptr<const Rules> rules, Settings settings);
  ~HostEngine();
  HostEngine(const HostEngine&) = delete;
  HostEngine& operator=(const HostEngine&) = delete;

  /// A thread of the host that will bring packets; null where there are too many.
  [[nodiscard]] HostThread* open();
  /// It will bring no more. With the last one all flows end, and everything that is pending is said.
  void close(HostThread& thread);

  enum class Wants : std::uint8_t {
    nothing,  ///< it concerns nobody
    packet,   ///< bring it
    frame     ///< a tunnel may be inside: bring the frame, unless the host has entered it and shows what is inside
  };
  /// A packet went by on this thread.
  [[nodiscard]] Wants pass(HostThread& thread, std::int64_t time, std::uint64_t number, std::uint8_t protocol,
                           std::uint16_t source_port, std::uint16_t destination_port, Bytes payload) noexcept {
    const bool tcp = protocol == 6;
    if (!tcp && protocol != 17) return Wants::packet;
    const unsigned cares = care_[tcp ? 0 : 1][source_port].load(std::memory_order_relaxed) |
                           care_[tcp ? 0 : 1][destination_port].load(std::memory_order_relaxed);
    if ((cares & kTunnel) != 0) return Wants::frame;
    if ((cares & (WatchTable::kWatched | WatchTable::kCompanion)) != 0) return Wants::packet;
    if (tcp && (announced_.holds(source_port, time) || announced_.holds(destination_port, time) ||
                may_be_announced_later(payload)))
      return Wants::packet;
    __atomic_store_n(&thread.gate_.passed, thread.gate_.passed + 1, __ATOMIC_RELAXED);
    advance(thread, time, number, 0);
    return Wants::nothing;
  }
  /// A packet whose IP header the host has found (`packet.ip_offset`), with its fragments put together.
  State packet(HostThread& thread, Packet& packet) noexcept;
  /// A frame as it came, of which the engine finds the IP packet, inside tunnels too. `reassembles`: the host shows
  /// datagrams whose fragments it has put together; then only fragments inside tunnels count here.
  State frame(HostThread& thread, Packet& packet, bool reassembles) noexcept;

  /// A host that tracks flows itself: `act(tracker)` does something to the flow of a place (dataplane/worker.h), with
  /// what it may rely on.
  template <class Act>
  State with_flow(HostThread& thread, Packet& place, Act&& act) noexcept {
    stamp(thread, place);
    return with_shard(thread, place, pair_hash(place.key), [&](Shard& shard) {
      if (shard.tracker->admit(place)) act(*shard.tracker);
    });
  }
  /// Packet time has come so far on this thread.
  void pass_time(HostThread& thread, std::int64_t time) noexcept { advance(thread, time, 0, 0); }

  /// Takes the oldest record that waits. False: there is none.
  [[nodiscard]] bool take(HostFinding& finding);
  [[nodiscard]] bool has_findings() const noexcept { return waiting_.load(std::memory_order_relaxed) != 0; }

  /// What begins from now on goes by these rules; limits and timeouts stay those of the start. False where flows still
  /// go by too many earlier sets: the old set stays.
  [[nodiscard]] bool reload(std::shared_ptr<const Rules> rules);
  /// The file that packets come from now, for the record.
  void name_capture(std::string_view path);

  [[nodiscard]] PipelineSummary summary();
  [[nodiscard]] std::shared_ptr<const Rules> rules();

 private:
  /// A packet of a connection that another thread's signalling, which is behind, may announce yet.
  struct Kept {
    static constexpr std::uint32_t kMostBytes = 2048;
    Packet packet;
    std::uint8_t bytes[kMostBytes];
    bool taken = false;
  };
  static constexpr std::uint32_t kMostKept = 256;

  struct Shard {
    std::mutex mutex;
    std::unique_ptr<FactRing> ring;
    std::unique_ptr<FlowTracker> tracker;  // guarded by mutex, as the next
    std::unique_ptr<Generation> next;      // rules that it is to adopt
    ReservedArray<Kept> kept{kMostKept};   // a ring
    std::uint32_t kept_end = 0;            // counts on and on
    PacketBatch kept_batch;
    std::mutex inbox_mutex;
    std::vector<FlowCommand> inbox;  // guarded by inbox_mutex
    std::atomic<bool> has_mail{false};
  };
  class Sink;

  static constexpr std::uint8_t kTunnel = 0x80;         // beside the flags of WatchTable, as the next
  static constexpr std::uint8_t kAnnounced = 0x40;      // some time
  static constexpr std::int64_t kQuiet = 1'000'000;     // ns by which threads may seem to be behind
  static constexpr std::size_t kMostFindings = 65'536;  // that may wait for somebody who takes them

  void begin();
  void end();
  State track(HostThread& thread, Packet& packet) noexcept;
  /// What H.245 begins with, a TPKT header (RFC 1006 section 6), where threads may run ahead of each other.
  [[nodiscard]] bool may_be_announced_later(Bytes payload) const noexcept {
    return payload.size() >= 4 && payload[0] == 3 && payload[1] == 0 && open_count_.load(std::memory_order_relaxed) > 1;
  }
  void keep(Shard& shard, const Packet& packet) noexcept;
  static void track_kept(Shard& shard) noexcept;
  template <class Act>
  State with_shard(HostThread& thread, const Packet& packet, std::uint64_t hash, Act&& act) noexcept {
    const std::size_t index = shard_of(hash, shards_.size());
    Shard& shard = *shards_[index];
    State state;
    std::size_t facts = 0;
    {
      const std::lock_guard lock(shard.mutex);
      obey(shard);
      act(shard);
      facts = shard.tracker->facts().waiting();
      state = state_of(*shard.tracker, packet);
    }
    advance(thread, packet.at.stamp, packet.at.number, facts);
    if (!shard.has_mail.load(std::memory_order_acquire)) return state;
    const std::lock_guard lock(shard.mutex);
    obey(shard);
    return state_of(*shard.tracker, packet);
  }
  void stamp(HostThread& thread, Packet& packet) noexcept;
  [[nodiscard]] static State state_of(FlowTracker& tracker, const Packet& packet) noexcept;
  void advance(HostThread& thread, std::int64_t time, std::uint64_t number, std::size_t facts) noexcept {
    std::int64_t stamp = thread.stamp_.load(std::memory_order_relaxed);
    stamp = stamp < time ? time : stamp;
    if (number > thread.number_.load(std::memory_order_relaxed))
      thread.number_.store(number, std::memory_order_relaxed);
    thread.stamp_.store(stamp, std::memory_order_release);
    if (facts != 0 || stamp >= thread.next_try_) look_for_settling(thread, stamp, facts);
    const bool alone = open_count_.load(std::memory_order_relaxed) == 1;
    thread.gate_.quiet_until = alone ? thread.next_try_ : std::min(thread.next_try_, stamp + kQuiet);
  }
  void look_for_settling(HostThread& thread, std::int64_t stamp, std::size_t facts) noexcept;
  [[nodiscard]] Tick floor() const noexcept;
  [[nodiscard]] bool settle(const Tick& tick) noexcept;
  void adjudicate() noexcept;
  static void obey(Shard& shard) noexcept;
  void copy_watch(const Rules& rules) noexcept;

  const Settings settings_;
  Bell bell_;
  std::atomic<std::uint8_t> care_[kTransports][65'536];  // flags of the newest rules' WatchTable, and kTunnel
  AnnouncedPorts announced_{care_[0], kAnnounced};
  std::atomic<std::uint64_t> next_number_{0};  // where the host numbers no packets
  std::vector<std::unique_ptr<Shard>> shards_;

  mutable std::mutex threads_mutex_;
  std::vector<std::unique_ptr<HostThread>> threads_;  // grows under threads_mutex_, never shrinks
  std::atomic<unsigned> thread_count_{0};
  std::atomic<std::uint32_t> open_count_{0};

  std::mutex settle_mutex_;  // before a shard's, before judge_mutex_
  Tick settled_{-1, 0, false};

  std::mutex judge_mutex_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Adjudicator> adjudicator_;  // guarded by judge_mutex_, as the next three
  std::shared_ptr<const Rules> rules_;
  GenerationNumber generation_ = 0;
  std::string capture_;

  std::mutex findings_mutex_;
  std::deque<HostFinding> findings_;  // guarded by findings_mutex_
  std::atomic<std::uint32_t> waiting_{0};
  std::atomic<std::uint64_t> findings_lost_{0};
};

}  // namespace ghostport
