#include "plugin/c_api.h"

#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "configuration/make_rules.h"
#include "dataplane/ip_header.h"
#include "dataplane/memory_limit.h"
#include "plugin/host_engine.h"
#include "version.h"

using namespace ghostport;

struct gp_engine {
  std::optional<std::string> configuration;
  std::optional<std::uint16_t> community_id_seed;
  std::optional<std::string> sensor_name;
  RulesMaker maker;
  std::unique_ptr<HostEngine> engine;
  std::mutex mutex;
  PipelineSummary counted;  // guarded by mutex
};

struct gp_thread {
  HostEngine& engine;
  HostThread& thread;
};

struct gp_flow {
  gp_thread& thread;
  Packet place;  // of the flow's first packet
};

namespace {

template <class Struct>
bool is_ours(const Struct* given) noexcept {
  return given != nullptr && given->size == sizeof(Struct) && given->version == GP_VERSION;
}

template <class Struct>
gp_status check(const Struct* given) noexcept {
  if (given == nullptr) return GP_INVALID;
  return is_ours(given) ? GP_OK : GP_WRONG_VERSION;
}

/// Nothing is thrown through the interface.
template <class Act>
gp_status guarded(Act&& act) noexcept {
  try {
    return act();
  } catch (const std::bad_alloc&) {
    return GP_NO_MEMORY;
  } catch (...) {
    return GP_INVALID;
  }
}

gp_verdict to_c(Verdict verdict) noexcept { return static_cast<gp_verdict>(static_cast<int>(verdict) + 1); }

void fill(gp_state* state, const HostEngine::State& known) noexcept {
  if (state == nullptr) return;
  state->verdict = known.judged ? to_c(known.verdict) : GP_UNDECIDED;
  state->service = known.service == ServiceId::none ? nullptr : service_name(known.service).data();
}

gp_status say_all(const Problems& problems, gp_say say, void* user) {
  for (const Problem& problem : problems) {
    if (say != nullptr) say(user, problem.text().c_str());
  }
  return GP_INVALID;
}

/// `shards`: of an engine that is being made; a reload keeps the limits that tables were made with.
Result<std::shared_ptr<const Rules>> make_rules(gp_engine& engine, unsigned shards, gp_say say, void* user) {
  Configuration configuration;
  if (engine.configuration) {
    Result<Configuration> read = read_configuration_file(*engine.configuration);
    if (!read) return read.problems();
    configuration = std::move(read).value();
  }
  if (engine.community_id_seed) configuration.community_id_seed = *engine.community_id_seed;
  if (engine.sensor_name) configuration.sensor_id = *engine.sensor_name;
  auto made = engine.maker.make(configuration, {});
  const auto note = [&](const std::string& line) {
    if (say != nullptr && !line.empty()) say(user, line.c_str());
  };
  note(engine.maker.note());
  if (!made || !configuration.limits.memory) return made;
  auto rules = std::make_shared<Rules>(*made.value());
  if (engine.engine != nullptr) {
    rules->flow_limit = engine.engine->rules()->flow_limit;
    rules->memory_share = engine.engine->rules()->memory_share;
    return std::shared_ptr<const Rules>(std::move(rules));
  }
  const auto line = limit_memory(*rules, *configuration.limits.memory, shards);
  if (!line) {
    const Place& place = configuration.limits.memory_place;
    return Problem{configuration.file, place.line, place.column, line.problems().front().what};
  }
  note(line.value());
  return std::shared_ptr<const Rules>(std::move(rules));
}

/// Names and values of everything that is counted, in one order.
class CounterList {
 public:
  CounterList(const PipelineSummary& summary, std::uint32_t index) : index_(index) {
    for (std::size_t i = 0; i < kCounters; ++i) {
      const auto counter = static_cast<Counter>(i);
      if (belongs_to_loops(counter)) continue;
      add(kCounterRows[i].name.data(), summary.total.values[i]);
    }
    static constexpr const char* kFindings[] = {"findings_expected",     "findings_consistent", "findings_unexpected",
                                                "findings_unrecognized", "findings_listener",   "findings_probe"};
    for (std::size_t i = 0; i < std::size(kFindings); ++i) add(kFindings[i], summary.adjudicator.findings[i]);
    add("live_flows", summary.live_flows);
    add("scans", summary.scans);
    add("bad_checksums", summary.detector.bad_checksums);
    add("findings_lost", summary.facts_lost);
    add("inspections_full", summary.inspections_full);
    add("heads_full", summary.heads_full);
    add("sums_full", summary.sums_full);
    add("verdict_memory_displaced", summary.memory_displaced);
    add("not_followed", summary.not_followed);
  }
  const char* name = nullptr;
  std::uint64_t value = 0;

 private:
  /// Counted by packet sources alone.
  static bool belongs_to_loops(Counter counter) noexcept { return counter >= Counter::blocked_packets; }
  void add(const char* one, std::uint64_t its) noexcept {
    if (at_++ != index_) return;
    name = one;
    value = its;
  }
  std::uint32_t index_;
  std::uint32_t at_ = 0;
};

Packet place_of(const gp_flow& flow, int direction, const gp_moment& at) noexcept {
  Packet place = flow.place;
  place.direction = static_cast<Direction>(direction == 0 ? place.direction : place.direction ^ 1U);
  place.at.true_time = at.time;
  place.at.number = at.number;
  place.length = at.length;
  return place;
}

template <class Act>
gp_status on_flow(gp_flow* flow, int direction, const gp_moment* at, gp_state* state, Act&& act) noexcept {
  if (flow == nullptr) return GP_INVALID;
  if (const gp_status status = check(at); status != GP_OK) return status;
  if (state != nullptr && !is_ours(state)) return GP_WRONG_VERSION;
  Packet place = place_of(*flow, direction, *at);
  const HostEngine::State known =
      flow->thread.engine.with_flow(flow->thread.thread, place, [&](FlowTracker& tracker) { act(tracker, place); });
  fill(state, known);
  return GP_OK;
}

}  // namespace

uint32_t gp_version(void) { return GP_VERSION; }

const char* gp_product_version(void) { return GHOSTPORT_VERSION; }

const char* gp_status_text(gp_status status) {
  switch (status) {
    case GP_OK: return "done";
    case GP_NOTHING: return "there is nothing";
    case GP_WRONG_VERSION: return "a struct is of another version of the interface";
    case GP_INVALID: return "an argument or the configuration is wrong";
    case GP_NO_MEMORY: return "there is not enough memory";
    case GP_TOO_MANY: return "there are too many";
  }
  return "an unknown status";
}

const char* gp_verdict_name(gp_verdict verdict) {
  if (verdict < GP_EXPECTED || verdict > GP_PROBE) return "undecided";
  return verdict_name(static_cast<Verdict>(verdict - 1)).data();
}

gp_verdict gp_verdict_of(const char* name, size_t length) {
  const std::string_view word(name, length);
  const auto* const found = std::find(kVerdictNames.begin(), kVerdictNames.end(), word);
  if (found == kVerdictNames.end()) return GP_UNDECIDED;
  return static_cast<gp_verdict>(found - kVerdictNames.begin() + 1);
}

const char* gp_service_name(const char* name, size_t length) {
  const std::optional<ServiceId> service = find_service({name, length});
  return service && *service != ServiceId::none ? service_name(*service).data() : nullptr;
}

gp_status gp_engine_new(const gp_options* options, gp_say say, void* user, gp_engine** engine) {
  if (engine == nullptr) return GP_INVALID;
  *engine = nullptr;
  if (const gp_status status = check(options); status != GP_OK) return status;
  const uint32_t shards = options->shards == 0 ? 4 : options->shards;
  if (shards > 32 || (shards & (shards - 1)) != 0) return GP_INVALID;
  return guarded([&] {
    auto made = std::make_unique<gp_engine>();
    if (options->configuration != nullptr) made->configuration = options->configuration;
    if (options->has_community_id_seed != 0) made->community_id_seed = options->community_id_seed;
    if (options->sensor_name != nullptr) made->sensor_name = options->sensor_name;
    auto rules = make_rules(*made, shards, say, user);
    if (!rules) return say_all(rules.problems(), say, user);
    made->engine = std::make_unique<HostEngine>(rules.value(), HostEngine::Settings{options->live != 0, shards});
    *engine = made.release();
    return GP_OK;
  });
}

void gp_engine_free(gp_engine* engine) { delete engine; }

gp_status gp_engine_reload(gp_engine* engine, gp_say say, void* user) {
  if (engine == nullptr) return GP_INVALID;
  return guarded([&] {
    auto rules = make_rules(*engine, 0, say, user);
    if (!rules) return say_all(rules.problems(), say, user);
    return engine->engine->reload(rules.value()) ? GP_OK : GP_TOO_MANY;
  });
}

size_t gp_engine_describe(gp_engine* engine, char* line, size_t room) {
  if (engine == nullptr) return 0;
  std::string text;
  (void)guarded([&] {
    const std::shared_ptr<const Rules> rules = engine->engine->rules();
    text = "Ghostport " GHOSTPORT_VERSION ": " + std::to_string(rules->signatures->signatures().size()) +
           " signatures, watching ports " + rules->watch.text(WatchTable::kJudged);
    return GP_OK;
  });
  if (room != 0) {
    const std::size_t count = std::min(text.size(), room - 1);
    std::copy_n(text.begin(), count, line);
    line[count] = '\0';
  }
  return text.size();
}

gp_status gp_engine_name_capture(gp_engine* engine, const char* path) {
  if (engine == nullptr) return GP_INVALID;
  return guarded([&] {
    engine->engine->name_capture(path == nullptr ? "" : path);
    return GP_OK;
  });
}

gp_status gp_engine_counter(gp_engine* engine, uint32_t index, const char** name, uint64_t* value) {
  if (engine == nullptr || name == nullptr || value == nullptr) return GP_INVALID;
  return guarded([&] {
    const std::lock_guard lock(engine->mutex);
    if (index == 0) engine->counted = engine->engine->summary();
    const CounterList list(engine->counted, index);
    if (list.name == nullptr) return GP_NOTHING;
    *name = list.name;
    *value = list.value;
    return GP_OK;
  });
}

gp_status gp_thread_open(gp_engine* engine, gp_thread** thread) {
  if (engine == nullptr || thread == nullptr) return GP_INVALID;
  *thread = nullptr;
  return guarded([&] {
    HostThread* const opened = engine->engine->open();
    if (opened == nullptr) return GP_TOO_MANY;
    *thread = new gp_thread{*engine->engine, *opened};
    return GP_OK;
  });
}

void gp_thread_close(gp_thread* thread) {
  if (thread == nullptr) return;
  (void)guarded([&] {
    thread->engine.close(thread->thread);
    return GP_OK;
  });
  delete thread;
}

gp_gate* gp_thread_gate(gp_thread* thread) { return &thread->thread.gate(); }

gp_wants gp_pass(gp_thread* thread, int64_t time, uint64_t number, uint8_t protocol, uint16_t source_port,
                 uint16_t destination_port, const uint8_t* payload, uint32_t payload_length) {
  return static_cast<gp_wants>(thread->engine.pass(thread->thread, time, number, protocol, source_port,
                                                   destination_port, Bytes(payload, payload_length)));
}

gp_status gp_packet_in(gp_thread* thread, const gp_packet* given, gp_state* state) {
  if (thread == nullptr) return GP_INVALID;
  if (const gp_status status = check(given); status != GP_OK) return status;
  if (state != nullptr && !is_ours(state)) return GP_WRONG_VERSION;
  const bool frame = given->network_offset == GP_FRAME;
  if (given->data == nullptr || given->vlans > 2 || (!frame && given->network_offset > 0xFFFF)) return GP_INVALID;
  Packet packet;
  packet.data = given->data;
  packet.captured = given->captured;
  packet.length = given->length;
  packet.link_type = given->link_type;
  packet.frames = given->frames == 0 ? 1 : given->frames;
  packet.at.true_time = given->time;
  packet.at.number = given->number;
  packet.host_flow = given->host_flow;
  if (frame) {
    fill(state, thread->engine.frame(thread->thread, packet, given->host_reassembles != 0));
    return GP_OK;
  }
  packet.ip_offset = static_cast<std::uint16_t>(given->network_offset);
  packet.vlans = given->vlans;
  std::copy_n(given->vlan, given->vlans, packet.vlan);
  fill(state, thread->engine.packet(thread->thread, packet));
  return GP_OK;
}

int gp_has_findings(const gp_engine* engine) { return engine->engine->has_findings() ? 1 : 0; }

gp_status gp_take(gp_engine* engine, char* line, size_t room, gp_finding* finding) {
  if (engine == nullptr || line == nullptr || room < GP_MOST_LINE) return GP_INVALID;
  if (const gp_status status = check(finding); status != GP_OK) return status;
  return guarded([&] {
    HostFinding taken;
    if (!engine->engine->take(taken)) return GP_NOTHING;
    std::copy(taken.line.begin(), taken.line.end(), line);
    finding->verdict = to_c(taken.verdict);
    finding->severity = severity_name(taken.severity).data();
    finding->length = taken.line.size();
    return GP_OK;
  });
}

gp_status gp_flow_attach(gp_thread* thread, const gp_ends* ends, const gp_moment* at, gp_flow** flow) {
  if (thread == nullptr || flow == nullptr) return GP_INVALID;
  *flow = nullptr;
  if (const gp_status status = check(ends); status != GP_OK) return status;
  if (const gp_status status = check(at); status != GP_OK) return status;
  if ((ends->family != 4 && ends->family != 6) || (ends->protocol != 6 && ends->protocol != 17)) return GP_INVALID;
  return guarded([&] {
    auto made = std::make_unique<gp_flow>(gp_flow{*thread, {}});
    const bool tcp = ends->protocol == 6;
    made->place.kind = tcp ? PacketKind::tcp : PacketKind::udp;
    made->place.direction = make_five_tuple(made->place.key, ends->family, tcp ? Transport::tcp : Transport::udp,
                                            ends->source, ends->destination, ends->source_port, ends->destination_port);
    made->place.family = ends->family;
    made->place.group = is_group(ends->destination, ends->family);
    made->place.host_flow = ends->host_flow;
    const gp_status status =
        on_flow(made.get(), 0, at, nullptr, [](FlowTracker& tracker, const Packet& place) { tracker.attach(place); });
    if (status == GP_OK) *flow = made.release();
    return status;
  });
}

gp_status gp_flow_signal(gp_flow* flow, int direction, gp_signal signal, const gp_moment* at, gp_state* state) {
  if (signal < GP_SYN || signal > GP_EMPTY) return GP_INVALID;
  return on_flow(flow, direction, at, state, [&](FlowTracker& tracker, const Packet& place) {
    tracker.signal(place, static_cast<Signal>(signal));
  });
}

gp_status gp_flow_feed(gp_flow* flow, int direction, uint32_t offset, const uint8_t* bytes, size_t count,
                       const gp_moment* at, gp_state* state) {
  if (bytes == nullptr && count != 0) return GP_INVALID;
  return on_flow(flow, direction, at, state,
                 [&](FlowTracker& tracker, const Packet& place) { tracker.feed(place, offset, Bytes(bytes, count)); });
}

gp_status gp_flow_segment(gp_flow* flow, int direction, const gp_segment* given, const gp_moment* at, gp_state* state) {
  if (const gp_status status = check(given); status != GP_OK) return status;
  if (flow == nullptr || flow->place.kind != PacketKind::tcp || given->captured > given->length ||
      (given->payload == nullptr && given->captured != 0))
    return GP_INVALID;
  TcpSegment segment;
  segment.sequence = given->sequence;
  segment.acknowledgment = given->acknowledgment;
  segment.flags = given->flags;
  segment.window = given->window;
  segment.urgent = given->urgent;
  segment.hop_limit = given->hop_limit;
  segment.window_known = given->options != nullptr;
  if (segment.window_known) segment.options = Bytes(given->options, given->options_length);
  segment.checksum_good = given->bad_checksum == 0;
  segment.payload = Bytes(given->payload, given->captured);
  segment.payload_length = given->length;
  return on_flow(flow, direction, at, state,
                 [&](FlowTracker& tracker, const Packet& place) { tracker.segment(place, segment); });
}

void gp_flow_finish(gp_flow* flow, gp_end why, const gp_moment* at) {
  if (flow == nullptr) return;
  const EndCause cause = why == GP_END_CLOSED    ? EndCause::closed
                         : why == GP_END_CAPTURE ? EndCause::capture_end
                                                 : EndCause::timeout;
  (void)on_flow(flow, 0, at, nullptr, [&](FlowTracker& tracker, const Packet& place) { tracker.finish(place, cause); });
  delete flow;
}

void gp_advance(gp_thread* thread, int64_t time) { thread->engine.pass_time(thread->thread, time); }
