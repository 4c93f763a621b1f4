// THE packet loop: one worker, one thread, its own flows. Templated on the source, so that replay and live capture, tap
// and inline share it. run_once() is the one place where the order of a packet's journey is decided.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "dataplane/flow_table.h"
#include "dataplane/flow_timeouts.h"
#include "dataplane/intake.h"
#include "dataplane/packet_parser.h"
#include "detection/detector.h"
#include "detection/flow_command.h"

namespace ghostport {

/// A source gives batches and, with each, how far it has got; a tick may come without packets. It gets each batch back
/// with what is to become of its frames, before it gives the next one.
template <class Source>
concept PacketSource = requires(Source source, PacketBatch& batch, Tick& tick, const Disposal& disposal) {
  { source.receive(batch, tick) }
  noexcept;
  { source.dispose(std::span<const Packet>(), disposal) }
  noexcept;
};

/// What a worker does to the packets of a source: flows, detection, expiry.
class FlowTracker {
 public:
  /// Throws std::bad_alloc.
  FlowTracker(std::shared_ptr<const Rules> rules, FactRing& ring, Bell& bell, WhenFull when_full,
              std::function<void()> adjudicate = {});

  void observe(FlowObserver* observer) noexcept { detector_.observe(observer); }
  /// Inline: from now on flows whose verdict is `unexpected` are blocked, and answered where `reject` is true.
  void enforce(bool reject) noexcept;
  /// A foreign host: flows are enforced without reject, and what the host is told of them is kept. `announced` outlives
  /// the tracker. Throws std::bad_alloc.
  void serve_host(AnnouncedPorts& announced);
  /// Of the flow that a packet belongs to, after it was tracked; nothing where it has none.
  [[nodiscard]] std::optional<HostFlow> host_flow(const Packet& packet) noexcept;
  // A foreign host that tracks flows and orders bytes itself brings no packets. A place has key, direction, kind,
  // length (0: no packet is counted with the call) and time, and no bytes.
  /// Before any of the following: false where nobody cares for the flow.
  [[nodiscard]] bool admit(Packet& place) noexcept;
  void attach(const Packet& place) noexcept;
  void signal(const Packet& place, Signal signal) noexcept;
  void feed(const Packet& place, std::uint32_t offset, Bytes bytes) noexcept;
  void segment(const Packet& place, const TcpSegment& segment) noexcept;
  void finish(const Packet& place, EndCause cause) noexcept;
  /// Has signalling announced this packet's connection? After it was tracked.
  [[nodiscard]] bool expects(const Packet& packet) const noexcept {
    return detector_.expects(packet.key, packet.at.stamp);
  }
  /// Does some flow speak for connections on ports that nobody watches?
  [[nodiscard]] bool tells() const noexcept { return detector_.tells(); }
  /// Between batches: what begins from now on goes by these rules; limits and timeouts stay those of the start. False
  /// where too many sets are in use: try again.
  [[nodiscard]] bool adopt(std::unique_ptr<Generation>& next) noexcept;
  /// What the adjudicator decided of a flow; nothing where this worker does not have it.
  void command(const FlowCommand& command) noexcept;
  /// A new capture begins; the tag goes into flow ids.
  void begin(std::uint64_t file_tag) noexcept;
  void track(PacketBatch& batch) noexcept;
  /// Ends what was due before the tick, sends facts and watermark; at the end of the capture ends everything.
  void settle(const Tick& tick) noexcept;

  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  /// Packets, and reassembled datagrams, that came to this worker.
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  /// Stamp of the newest of them.
  [[nodiscard]] std::int64_t last_packet() const noexcept { return last_packet_; }
  [[nodiscard]] std::uint32_t live_flows() const noexcept { return flows_.live(); }
  [[nodiscard]] const Detector& detector() const noexcept { return detector_; }
  [[nodiscard]] const FactWriter& facts() const noexcept { return writer_; }

 private:
  void end_captured(const Tick& tick) noexcept;
  [[nodiscard]] bool passes_by(const Packet& packet, const PlainHeaders& plain) noexcept;
  void gate(Packet& packet) noexcept;
  [[nodiscard]] bool is_expected(const Packet& packet) noexcept;
  void handle_gated() noexcept;
  void handle_waiting() noexcept;
  void handle(Packet& packet) noexcept;
  [[nodiscard]] std::uint32_t enter(const Packet& packet) noexcept;
  void handle_error(const Packet& packet) noexcept;
  [[nodiscard]] std::uint32_t create(const Packet& packet) noexcept;
  void count_flow(const Packet& packet) noexcept;
  void start(Flow& flow, std::uint32_t index, const Packet& packet, Direction direction, const PacketTime& at) noexcept;
  void deliver(Flow& flow, std::uint32_t index, const Packet& packet) noexcept;
  void deliver_segment(Flow& flow, std::uint32_t index, const Packet& packet, const TcpSegment& segment) noexcept;
  void account(const Packet& place, std::uint32_t index) noexcept;
  void note_carriers(Flow& flow, const Packet& packet) noexcept;
  void account(Flow& flow, Direction direction, std::uint32_t frames, std::uint32_t length,
               std::int64_t stamp) noexcept;
  void reopen(Flow& flow, const Packet& packet, const HeldSyn& held) noexcept;
  void block(const Flow& flow, const Packet& packet, bool first) noexcept;

  std::shared_ptr<const Rules> rules_;
  FactWriter writer_;
  Detector detector_;
  FlowTable flows_;
  ReservedArray<HostFlow> host_flows_;  // by the same index; empty but for a foreign host
  FlowTimeouts timeouts_;
  Counters counters_;
  Intake intake_;
  std::uint64_t received_ = 0;
  std::int64_t last_packet_ = 0;
  bool live_;
  bool rejects_ = false;
  std::uint64_t fingerprint_seed_;
  std::int64_t settled_ = 0;      // live: stamp of the last watermark
  Disposal* disposal_ = nullptr;  // of the running batch
  Disposal spare_disposal_;       // where there is none
  // Packets of the running batch that passed the gate, and those of them that are reassembled datagrams.
  std::array<Packet*, PacketBatch::kMost> gated_{};
  std::size_t gated_count_ = 0;
  std::array<Packet, PacketBatch::kMost> reassembled_;
  std::size_t reassembled_count_ = 0;
  bool companions_waiting_ = false;  // among the gated ones
};

template <PacketSource Source>
class Worker {
 public:
  Worker(Source& source, FlowTracker& tracker) : source_(source), tracker_(tracker) {}

  /// One batch. False after the end of the capture.
  bool run_once() noexcept {
    Tick tick;
    source_.receive(batch_, tick);
    tracker_.track(batch_);
    source_.dispose(std::span<const Packet>(batch_.packets.data(), batch_.count), batch_.disposal);
    tracker_.settle(tick);
    return !tick.end;
  }

 private:
  Source& source_;
  FlowTracker& tracker_;
  PacketBatch batch_;
};

}  // namespace ghostport
