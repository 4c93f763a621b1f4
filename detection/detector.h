// What happens to one flow, on the worker that owns it: the door that every host uses. attach, then signals and bytes
// (or raw segments and datagrams, which the detector orders itself), then finish; advance lets packet time pass. Hosts
// with ordered bytes call signal and feed; hosts with packets call segment and datagram. Nothing here throws,
// allocates, or reads a clock.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "detection/decision.h"
#include "detection/doubt.h"
#include "detection/fact_writer.h"
#include "detection/flow_command.h"
#include "detection/flow_observer.h"
#include "detection/following.h"
#include "detection/generation.h"
#include "detection/host_flow.h"
#include "detection/inspection.h"
#include "detection/rules.h"
#include "detection/verdict_memory.h"
#include "signatures/scanner.h"

namespace ghostport {

enum class Signal : std::uint8_t { syn, syn_ack, ack, reset, fin, icmp_unreachable, empty };

/// What the host may do with the flow from now on.
enum class Action : std::uint8_t {
  inspect,  ///< the detector wants to see more
  decided   ///< nothing more is needed
};

struct Datagram {
  bool checksum_good = true;
  std::uint64_t fingerprint = 0;  ///< of header and payload: equal for a mirror's duplicate
  Bytes payload;
  std::uint32_t payload_length = 0;
};

/// One row per counter of the detector, shown in the summary.
struct DetectorCounters {
  /// Packets of flows under inspection with a wrong checksum, malformed IPv4 options, or more bytes claimed than sent.
  std::uint64_t bad_checksums = 0;
  std::uint64_t ignored_segments = 0;  ///< payload that no receiver takes: no ACK flag, SYN or RST with data
  std::uint64_t conflicts = 0;         ///< flows whose bytes contradicted each other
  std::uint64_t identified = 0;        ///< flows
  std::uint64_t unrecognized = 0;
  std::uint64_t signalling_lost = 0;  ///< places where signalling could not be read on: bytes missing, or too many news
  std::uint64_t inherited = 0;        ///< decisions kept back because the tuple's verdict stands

  DetectorCounters& operator+=(const DetectorCounters& more) noexcept {
    bad_checksums += more.bad_checksums;
    ignored_segments += more.ignored_segments;
    conflicts += more.conflicts;
    identified += more.identified;
    unrecognized += more.unrecognized;
    signalling_lost += more.signalling_lost;
    inherited += more.inherited;
    return *this;
  }
};

class Detector {
 public:
  /// Throws std::bad_alloc.
  Detector(std::shared_ptr<const Rules> rules, FactWriter& writer);

  /// Is told of every decision from now on; null: nobody.
  void observe(FlowObserver* observer) noexcept { observer_ = observer; }

  /// Inline: sets Flow::bits.blocked where a verdict is `unexpected` and no context can change it.
  void enforce() noexcept { enforces_ = true; }
  /// A foreign host: what it is told of each flow, beside the table of the flows, and of announced connections. All
  /// outlive the detector.
  void serve(const Flow* flows, HostFlow* host_flows, AnnouncedPorts* announced) noexcept {
    flows_ = flows;
    host_flows_ = host_flows;
    announced_ = announced;
  }
  /// What the adjudicator decided of a flow.
  void command(Flow& flow, const FlowCommand& command) const noexcept;

  /// Between batches: what begins from now on goes by these rules. False where too many sets are in use: try again.
  [[nodiscard]] bool adopt(std::unique_ptr<Generation>& next) noexcept;
  /// Between batches, before facts are published.
  void settle() noexcept;

  /// A new capture begins; the tag makes flow ids differ between files.
  void begin(std::uint64_t file_tag) noexcept;

  /// The flow's key is set; fills in the rest. `direction` and `group` (to a multicast or broadcast
  /// address) are those of the first packet.
  void attach(Flow& flow, std::uint32_t index, Direction direction, bool group, const PacketTime& at) noexcept;

  /// Before the host counts a packet of the flow: what was due by then happens first.
  void pass_time(Flow& flow, std::int64_t stamp) noexcept;

  void signal(Flow& flow, Direction direction, Signal signal, const PacketTime& at) noexcept;
  /// Stream bytes at an offset (TCP), or one datagram (UDP, offset ignored), as the receiver takes them.
  Action feed(Flow& flow, Direction direction, std::uint32_t offset, Bytes bytes, const PacketTime& at) noexcept;

  Action segment(Flow& flow, Direction direction, const TcpSegment& segment, const PacketTime& at) noexcept;
  Action datagram(Flow& flow, Direction direction, const Datagram& datagram, const PacketTime& at) noexcept;
  /// The VLAN tags of a flow's packets are data for the record: the first packet's.
  void note_vlans(Flow& flow, const std::uint16_t* tags, std::uint8_t count) noexcept;
  /// So is the tunnel around them.
  void note_tunnel(Flow& flow, const TunnelNote& tunnel) noexcept;
  /// What a packet's IP layer showed: kConflictingData, kOddFragments.
  void note_anomalies(Flow& flow, std::uint16_t anomalies) noexcept;

  /// The flow is over. `stamp`: when its timer ran out, or the last stamp; `at` is null where no packet ended it.
  void finish(Flow& flow, EndCause cause, std::int64_t stamp, const PacketTime* at) noexcept;

  /// Ends every time budget that was due before `stamp`. Flow is found through `flows`.
  template <class FlowsByIndex>
  void advance(std::int64_t stamp, FlowsByIndex&& flows) noexcept {
    while (first_deadline_ != kNoIndex) {
      Inspection& inspection = inspections_[first_deadline_];
      if (inspection.first_payload_stamp + kTimeBudget >= stamp) return;
      end_time_budget(flows(inspection.flow), inspection);
    }
  }

  /// Before the host counts a segment: a SYN on a closed connection is kept aside (docs/verdicts.md, row 32). True: it
  /// was.
  [[nodiscard]] bool hold_back(Flow& flow, const TcpSegment& segment, std::uint32_t length,
                               const PacketTime& at) noexcept;
  /// The SYN kept aside, where this segment takes it up: the host finishes the flow and attaches a new one that begins
  /// with it.
  [[nodiscard]] std::optional<HeldSyn> reopens(const Flow& flow, const TcpSegment& segment) noexcept;

  /// Has signalling between these two hosts announced such a connection?
  [[nodiscard]] bool expects(const FiveTuple& key, std::int64_t stamp) const noexcept {
    return pinholes_.holds(key, stamp);
  }

  /// False: expects() has nothing to say of a connection with these ports.
  [[nodiscard]] bool may_expect(std::uint16_t one, std::uint16_t other) const noexcept {
    return pinholes_.has_port(one, other);
  }

  /// Is any signalling being read, or a connection awaited that it announced?
  [[nodiscard]] bool tells() const noexcept { return follows() || pinholes_.any(); }
  /// Is any signalling being read?
  [[nodiscard]] bool follows() const noexcept { return followers_.live() != 0; }

  [[nodiscard]] const DetectorCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] std::uint64_t scans() const noexcept { return generations_.scans(); }
  /// Flows that found no inspection or no head block: a limit was hit.
  [[nodiscard]] std::uint64_t inspections_exhausted() const noexcept { return inspections_.exhausted(); }
  [[nodiscard]] std::uint64_t heads_exhausted() const noexcept { return heads_.exhausted(); }
  [[nodiscard]] std::uint64_t followers_exhausted() const noexcept { return followers_.exhausted(); }
  [[nodiscard]] std::uint64_t pinholes_displaced() const noexcept { return pinholes_.displaced(); }
  [[nodiscard]] std::uint64_t memory_displaced() const noexcept { return memory_.displaced(); }

 private:
  /// When something is said: its place in the one order, and the packet behind it (number 0 where there is none).
  struct Moment {
    FactKey key;
    std::int64_t now = 0;
    PacketMark mark;
    bool flow_over = false;
  };

  [[nodiscard]] const Rules& rules() const noexcept { return *generations_.now().rules; }
  [[nodiscard]] Scanner& scanner() const noexcept { return generations_.now().scanner; }
  void use_rules_of(const Flow& flow) noexcept {
    if (!generations_.several()) return;
    if (flow.inspection == kNoIndex) {
      generations_.use_newest();
    } else {
      generations_.use(inspections_[flow.inspection].generation);
    }
  }
  [[nodiscard]] std::uint32_t take_inspection() noexcept;

  // detector.cpp: the door and the decisions
  Action take_bytes(Flow& flow, Inspection& inspection, Direction direction, std::uint32_t offset, Bytes bytes,
                    Trust trust, const PacketTime& at) noexcept;
  [[nodiscard]] bool has_judged_port(const Flow& flow) const noexcept;
  [[nodiscard]] bool is_judged(const Flow& flow) const noexcept;
  void note_manner_of(Talker& talker) const noexcept;
  [[nodiscard]] bool speaks_as_server(const Flow& flow, const Inspection& inspection) const noexcept;
  [[nodiscard]] bool may_be_flipped(const Flow& flow, const Inspection& inspection) const noexcept;
  [[nodiscard]] bool may_be_answers(const Flow& flow, const Inspection& inspection) const noexcept;
  [[nodiscard]] bool are_answers(const Flow& flow, const Inspection& inspection, Outcome outcome) const noexcept;
  void end_time_budget(Flow& flow, Inspection& inspection) noexcept;
  void start_time_budget(Inspection& inspection, std::uint32_t index, std::int64_t stamp) noexcept;
  void leave_queue(Inspection& inspection) noexcept;
  void release(Flow& flow) noexcept;
  Action evaluate(Flow& flow, Inspection& inspection, const PacketTime& at) noexcept;
  Action evaluate(Flow& flow, Inspection& inspection, const Moment& moment) noexcept;
  void say(Flow& flow, Inspection& inspection, const Decision& decision, const Identification& names,
           const Moment& moment) noexcept;
  void enforce_on(Flow& flow, const FlowDetail& detail) const noexcept;
  void tell_host(const Flow& flow, Verdict verdict, ServiceId service) const noexcept;
  [[nodiscard]] FlowSeen seen(const Flow& flow, const Inspection& inspection, const Identification& names,
                              const Moment& moment) const noexcept;

  // identification.cpp: scanning heads, and carriers' insides
  void scan(Flow& flow, Inspection& inspection, Direction direction, bool final, const PacketMark& mark) noexcept;
  [[nodiscard]] SideMatches scan_payload(const Flow& flow, Talker& talker, Side side, bool final) noexcept;
  [[nodiscard]] SideMatches scan_stream(Talker& talker, Side side, bool final) noexcept;
  [[nodiscard]] Bytes without_urgent(const Talker& talker, Bytes bytes) noexcept;
  void prove_roles(Flow& flow, Inspection& inspection, Direction direction) noexcept;
  [[nodiscard]] bool may_hold_more(const Flow& flow) const noexcept;
  void look_further(Flow& flow, Inspection& inspection, const Moment& moment) noexcept;
  void look_inside(Flow& flow, Inspection& inspection, const Moment& moment) noexcept;
  void look_beside(Flow& flow, Inspection& inspection, const Moment& moment) noexcept;
  void look_behind_header(Flow& flow, Inspection& inspection, const Identification& names) noexcept;
  [[nodiscard]] Identification name_inside(const Flow& flow, const Inspection& inspection, bool flow_over) noexcept;
  void say_inside(Flow& flow, Inspection& inspection, ServiceId inner, SignatureIndex signature, Side side,
                  const Moment& moment) noexcept;

  // following.cpp: what the flow says of others
  [[nodiscard]] ContextDetail context_of(const Flow& flow, ContextEvent event, std::uint64_t packet) const noexcept;
  [[nodiscard]] bool is_companion(const Flow& flow) const noexcept;
  [[nodiscard]] bool is_watched(const Flow& flow) const noexcept;
  void tell_identified(Flow& flow, Inspection& inspection, const Moment& moment) noexcept;
  void read_head(Flow& flow, Inspection& inspection, Direction direction, const Moment& moment) noexcept;
  void follow_datagram(Flow& flow, Inspection& inspection, Direction direction, Bytes bytes,
                       const PacketTime& at) noexcept;
  void follow_stream(Flow& flow, Inspection& inspection, Direction direction, std::uint32_t sequence, Bytes bytes,
                     const PacketTime& at) noexcept;
  void follow_piece(Flow& flow, Inspection& inspection, Direction direction, std::uint32_t sequence, Bytes bytes,
                    const PacketTime& at) noexcept;
  void tell_news(const Flow& flow, const NewsList& news, const PacketTime& at) noexcept;
  void tell_exchange(Flow& flow, const PacketTime& at) noexcept;
  void tell_end(Flow& flow, const FactKey& key) noexcept;

  // story.cpp: what an observer is told
  void tell_story(const Flow& flow, const Inspection& inspection, const Identification& names, bool flow_over);

  // describe.cpp: filling in what a record says
  [[nodiscard]] std::uint64_t flow_id(const Flow& flow) const noexcept;
  [[nodiscard]] Identification names_of(const Flow& flow, const Inspection& inspection) const noexcept;
  void describe(const Flow& flow, const Inspection* inspection, FlowDetail& detail) const noexcept;
  void describe_evidence(const Flow& flow, const Inspection& inspection, const Decision& decision,
                         FlowDetail& detail) const noexcept;

  // segments.cpp: TCP sequence numbers to signals and offsets
  [[nodiscard]] Trust judge_packet(Inspection& inspection, Direction direction, const TcpSegment& segment) noexcept;
  Action take_refused(Flow& flow, Inspection& inspection, Direction direction, const TcpSegment& segment,
                      const PacketTime& at) noexcept;
  void handshake_segment(Flow& flow, Inspection& inspection, Direction direction, const TcpSegment& segment,
                         const PacketTime& at) noexcept;
  void take_acknowledgment(Flow& flow, Inspection& inspection, Direction direction, const TcpSegment& segment) noexcept;
  void note_close(Flow& flow, Inspection* inspection, Direction direction, const TcpSegment& segment,
                  const PacketTime& at) noexcept;
  static void remember_close(const Flow& flow, Inspection& inspection, Direction direction,
                             const TcpSegment& segment) noexcept;
  static void note_more(Flow& flow, Talker& talker, Direction direction, std::uint32_t end) noexcept;
  static void goes_on(Flow& flow, Talker& talker, Direction direction) noexcept;
  Action take_payload(Flow& flow, Inspection& inspection, Direction direction, const TcpSegment& segment, Trust trust,
                      const PacketTime& at) noexcept;

  Generations generations_;
  FactWriter& writer_;
  InspectionPool inspections_;
  HeadPool heads_;
  Bytes passing_datagram_;                     // UDP: the newest datagram, where the head has no room for it
  std::vector<std::uint8_t> urgent_left_out_;  // room for a head
  ServiceId stun_;
  ServiceId session_services_[2];  // citrix-ica, citrix-cgp
  bool enforces_ = false;
  const Flow* flows_ = nullptr;     // in a foreign host: the first of the flow table
  HostFlow* host_flows_ = nullptr;  // and what it is told, by the same index
  AnnouncedPorts* announced_ = nullptr;
  FollowerPool followers_;
  Pinholes pinholes_;
  VerdictMemory memory_;
  DetectorCounters counters_;
  FlowObserver* observer_ = nullptr;
  std::uint64_t file_tag_ = 0;
  std::uint32_t first_deadline_ = kNoIndex;
  std::uint32_t last_deadline_ = kNoIndex;
};

}  // namespace ghostport
