// The promise of one order: the same facts, spread over any number of workers and rings of any size, give the same
// findings.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "detection/adjudicator.h"
#include "detection/fact_writer.h"
#include "tests/detection/recording_sink.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace adjudicator_stress_test {

/// SplitMix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t mixed = state_ += 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
  }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool one_in(std::uint64_t bound) { return below(bound) == 0; }
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least + 1)));
  }
  template <class T>
  const T& pick(const std::vector<T>& values) {
    return values[below(values.size())];
  }

 private:
  std::uint64_t state_;
};

enum class Told : std::uint8_t { finding, flow, knock, listener, context };

/// What the detector of the flow's worker says, and when it is known.
struct Event {
  FactKey key;
  Told told = Told::finding;
  std::uint64_t pair = 0;  // address pair: decides the worker
  FlowDetail detail;
  std::int64_t first_stamp = 0;
  ContextDetail context;
};

/// One capture as the workers see it. Ticks rise; the last is the end.
struct History {
  struct Tick {
    std::int64_t stamp;
    std::uint64_t number;
    bool end;
  };
  std::vector<Event> events;  // by flow in order of time
  std::vector<Tick> ticks;
  std::uint64_t knocks = 0;
  std::uint64_t listeners = 0;
  std::set<std::uint64_t> judged;  // flows with findings; one that waits for context may be replaced by a later one
  std::uint64_t flows = 0;
};

/// Flows that begin, go on, run out and are reused, on few addresses, around whole seconds, minutes and hours.
class Story {
 public:
  explicit Story(std::uint64_t seed) : random_(seed) {
    stamp_ = 1'795'168'800 * kSecond + random_.pick<std::int64_t>({0, -1, 1, kSecond / 2, kSecond - 1});
    const std::uint64_t packets = 5 + random_.below(86);
    slow_clock_ = random_.one_in(3);
    one_port_ = random_.one_in(2);
    for (std::uint64_t i = 0; i < packets; ++i) {
      if (i != 0) step();
      ++number_;
      expire();
      if (open_.empty() || !random_.one_in(4)) {
        begin_flow();
      } else {
        go_on();
      }
      if (!random_.one_in(3)) history_.ticks.push_back({stamp_, number_, false});
    }
    for (const OpenFlow& flow : open_) end_flow(flow, {stamp_, 1, flow.detail.first_number});
    history_.ticks.push_back({stamp_, number_, true});
  }
  History take() { return std::move(history_); }

 private:
  struct OpenFlow {
    std::uint64_t pair = 0;
    FlowDetail detail;
    std::int64_t first_stamp = 0;
    std::int64_t last = 0;
    std::int64_t timeout = 0;
    std::int64_t budget = 0;  // when the time budget runs out; 0: never
    Told at_end = Told::flow;
  };

  // A capture that runs backwards has many equal stamps; a clock tick may fall between two packets.
  void step() {
    if (random_.one_in(slow_clock_ ? 8 : 2)) return;
    const std::int64_t second = stamp_ / kSecond * kSecond;
    const std::int64_t before = stamp_;
    switch (random_.below(12)) {
      case 0: stamp_ += 1; break;
      case 1: stamp_ += random_.between(1, kSecond); break;
      case 2: stamp_ = second + kSecond + random_.between(-1, 1); break;
      case 3: stamp_ = second + 30 * kSecond + random_.between(-1, 1); break;
      case 4: stamp_ += random_.pick<std::int64_t>({1, 29, 30, 31, 60, 61, 91}) * kSecond; break;
      case 5: stamp_ += 3600 * kSecond + random_.between(-kSecond, kSecond); break;
      case 6: stamp_ += 3570 * kSecond + random_.between(-kSecond, kSecond); break;
      case 7: stamp_ = second + 3600 * kSecond + random_.between(-1, 1); break;
      case 8: stamp_ += random_.one_in(4) ? 100'000 * kSecond : kSecond / 2; break;
      default: stamp_ += random_.between(1, 1'000'000); break;
    }
    stamp_ = std::max(stamp_, before);
    if (random_.one_in(4)) history_.ticks.push_back({random_.between(before, stamp_), number_, false});
  }

  void begin_flow() {
    OpenFlow flow;
    const auto source = static_cast<std::uint8_t>(random_.between(1, 3));
    const auto host = static_cast<std::uint8_t>(random_.between(1, one_port_ ? 1 : 3));
    flow.pair = source * 16U + host;
    FlowDetail& detail = flow.detail;
    const std::uint8_t from[4] = {192, 0, 2, source};
    const std::uint8_t to[4] = {198, 51, 100, host};
    detail.address[0] = Address::v4(from);
    detail.address[1] = Address::v4(to);
    detail.port[0] = static_cast<std::uint16_t>(40'000 + number_ % 7);
    detail.port[1] = one_port_ ? std::uint16_t{3238} : random_.pick<std::uint16_t>({3238, 3238, 3239, 3248});
    detail.transport = !one_port_ && random_.one_in(4) ? Transport::udp : Transport::tcp;
    detail.basis = random_.pick<RoleBasis>({RoleBasis::syn, RoleBasis::unknown});
    detail.asked = random_.one_in(3) ? *find_service(random_.pick<std::string_view>({"tls", "http"})) : ServiceId::none;
    detail.packets[0] = static_cast<std::uint32_t>(random_.between(1, 9));
    detail.bytes[0] = random_.below(1000);
    detail.flow_id = number_ * 1000 + 7;
    detail.start =
        stamp_ - (slow_clock_ ? random_.between(0, 5 * kSecond) : 0);  // the true time may lie behind the stamp
    detail.end = stamp_;
    detail.first_number = detail.packet = number_;
    detail.packet_time = detail.start;
    flow.first_stamp = flow.last = stamp_;
    flow.at_end = random_.pick<Told>({Told::knock, Told::listener, Told::listener, Told::flow});
    flow.timeout = random_.pick<std::int64_t>({30, 30, 30, 60, 600}) * kSecond;
    if (flow.at_end == Told::knock) {
      detail.answer = random_.pick<Answer>({Answer::none, Answer::reset, Answer::icmp});
      flow.timeout = 30 * kSecond;
    }
    if (flow.at_end == Told::flow && random_.one_in(2)) flow.budget = stamp_ + 30 * kSecond;
    if (random_.one_in(3)) tell_context(flow, packet_key());
    if (flow.at_end == Told::flow && random_.one_in(3)) tell_finding(flow, packet_key(), Outcome::identified);
    open_.push_back(flow);
  }

  void go_on() {
    const std::size_t which = random_.below(open_.size());
    OpenFlow& flow = open_[which];
    if (random_.one_in(4)) {  // the tuple is taken up by a new connection
      end_flow(flow, packet_key());
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
      return;
    }
    flow.last = stamp_;
    flow.detail.end = stamp_;
    if (random_.one_in(3)) tell_context(flow, packet_key());
    if (flow.at_end == Told::flow && flow.detail.revision < 2) tell_finding(flow, packet_key(), Outcome::identified);
  }

  /// What was due before the packet, in order.
  void expire() {
    for (;;) {
      auto next = open_.end();
      std::int64_t when = stamp_;
      for (auto flow = open_.begin(); flow != open_.end(); ++flow) {
        const std::int64_t due =
            flow->budget != 0 ? std::min(flow->budget, flow->last + flow->timeout) : flow->last + flow->timeout;
        if (due < when) {
          when = due;
          next = flow;
        }
      }
      if (next == open_.end()) return;
      const FactKey key{when, 1, next->detail.first_number};
      if (next->budget == when) {
        next->budget = 0;
        if (next->detail.revision == 0) tell_finding(*next, key, Outcome::unrecognized);
      } else {
        end_flow(*next, key);
        open_.erase(next);
      }
    }
  }

  void tell_finding(OpenFlow& flow, const FactKey& key, Outcome outcome) {
    FlowDetail& detail = flow.detail;
    detail.outcome = outcome;
    detail.service = outcome == Outcome::identified
                         ? *find_service(random_.pick<std::string_view>({"ssh", "rtp", "rtcp", "appneta-rpp", "stun"}))
                         : ServiceId::none;
    detail.payload_bytes[0] = detail.payload_bytes[1] = random_.below(3);
    detail.revises = detail.revision != 0;
    ++detail.revision;
    detail.evidence_length = static_cast<std::uint8_t>(random_.below(65));
    for (std::uint8_t i = 0; i < detail.evidence_length; ++i)
      detail.evidence[i] = static_cast<std::uint8_t>(random_.next());
    tell(flow, key, Told::finding);
    history_.judged.insert(detail.flow_id);
  }

  /// Anything that flows may say of others.
  void tell_context(const OpenFlow& flow, const FactKey& key) {
    using enum ContextEvent;
    ContextDetail context;
    for (std::size_t i = 0; i < 2; ++i) {
      context.address[i] = flow.detail.address[i];
      context.port[i] = flow.detail.port[i];
    }
    context.transport = flow.detail.transport;
    context.event = random_.pick<ContextEvent>({session_up, session_down, call_up, call_down, announced, announced,
                                                exchange_up, exchange_up, exchange_named, exchange_down});
    const auto any = [this](std::initializer_list<std::string_view> names) {
      return *find_service(random_.pick<std::string_view>(names));
    };
    context.service = any({"h225", "h245", "sip", "citrix-ica"});
    context.announced = any({"rtp", "rtcp", "h245", "appneta-rpp"});
    context.announced_first = context.announced_last = random_.pick<std::uint16_t>({3238, 3239, 3248});
    context.announced_address = flow.detail.address[random_.below(2)];
    context.call = random_.below(4);
    context.flow_id = flow.detail.flow_id;
    told_.push_back(key.time);
    history_.events.push_back({key, Told::context, flow.pair, flow.detail, flow.first_stamp, context});
  }

  void end_flow(const OpenFlow& open, const FactKey& key) {
    OpenFlow flow = open;
    if (random_.one_in(3)) tell_context(flow, key);
    if (flow.at_end == Told::knock) {
      flow.detail.outcome = Outcome::probe;
      tell(flow, key, Told::knock);
      ++history_.knocks;
    } else if (flow.at_end == Told::listener) {
      flow.detail.outcome = Outcome::listener;
      flow.detail.revision = 1;
      tell(flow, key, Told::listener);
      ++history_.listeners;
    }
    if (random_.one_in(2)) {
      tell(flow, key, Told::flow);
      ++history_.flows;
    }
  }

  void tell(const OpenFlow& flow, const FactKey& key, Told told) {
    told_.push_back(key.time);
    history_.events.push_back({key, told, flow.pair, flow.detail, flow.first_stamp, {}});
  }
  [[nodiscard]] FactKey packet_key() const { return {stamp_, 0, number_}; }

  Random random_;
  History history_;
  std::vector<OpenFlow> open_;
  std::int64_t stamp_ = 0;
  std::uint64_t number_ = 0;
  bool slow_clock_ = false;
  bool one_port_ = false;
  std::vector<std::int64_t> told_;  // when
};

/// The facts of one worker's flows, and how far into the history it has told them.
class TellingWorker {
 public:
  TellingWorker(const History& history, std::vector<Event> events, FactRing& ring, Bell& bell,
                std::function<void()> adjudicate, std::uint64_t seed)
      : history_(history),
        events_(std::move(events)),
        writer_(ring, bell, WhenFull::wait, std::move(adjudicate)),
        random_(seed) {}

  /// Tells what is known at some later tick. False once the end has been told.
  bool run_once() {
    do {
      ++tick_;
    } while (!history_.ticks[tick_ - 1].end && random_.one_in(3));
    const History::Tick& tick = history_.ticks[tick_ - 1];
    const FactKey watermark{tick.end ? kEndOfTime : tick.stamp, 0, tick.number};
    const std::uint64_t salt = random_.next();
    std::vector<Event> at_once;  // said by packets, or found out when a later packet of the tuple came
    std::vector<Event> timers;
    std::vector<Event> later;
    for (Event& event : events_) {
      const bool at_packet =
          event.key.timer == 0 || (event.key.time < tick.stamp && mix(salt, event.key.number) % 3 == 0);
      (event.key > watermark ? later : at_packet ? at_once : timers).push_back(event);
    }
    events_ = std::move(later);
    if (random_.one_in(2)) {
      std::stable_sort(at_once.begin(), at_once.end(),
                       [](const Event& a, const Event& b) { return a.key.number > b.key.number; });
    }
    for (const Event& event : at_once) tell(event);
    // Timers run out in their order; a long burst is sent in portions.
    std::stable_sort(timers.begin(), timers.end(), [](const Event& a, const Event& b) { return a.key < b.key; });
    for (const Event& event : timers) {
      if (random_.one_in(4)) {
        const bool last = event.key.time == tick.stamp;  // the capture is over
        writer_.publish(last ? FactKey{tick.stamp, 1, event.key.number - 1} : FactKey{event.key.time, 0, 0});
      }
      tell(event);
    }
    writer_.publish(watermark);
    return !tick.end;
  }

 private:
  void tell(const Event& event) {
    if (event.told == Told::knock) {
      TallyDetail one = tally_of(event.detail);
      one.first_stamp = event.first_stamp;
      writer_.knock(event.key.time, one);
    } else if (event.told == Told::listener) {
      writer_.listener(event.key, event.detail);
    } else if (event.told == Told::finding) {
      writer_.finding(event.key, event.detail);
    } else if (event.told == Told::context) {
      writer_.context(event.key, event.context);
    } else {
      writer_.flow(event.key, event.detail);
    }
  }

  const History& history_;
  std::vector<Event> events_;
  FactWriter writer_;
  Random random_;
  std::size_t tick_ = 0;
};

enum class Threads : std::uint8_t { one, many };

std::vector<std::string> run(const std::shared_ptr<const Rules>& rules, const History& history, std::size_t workers,
                             Threads threads, std::uint64_t seed, RecordingSink& sink) {
  Random random(seed);
  const std::uint64_t salt = random.next();
  std::vector<std::vector<Event>> shards(workers);
  for (const Event& event : history.events) shards[mix(event.pair, salt) % workers].push_back(event);

  Bell bell;
  std::vector<std::unique_ptr<FactRing>> rings;
  std::vector<FactRing*> pointers;
  for (std::size_t i = 0; i < workers; ++i) {
    rings.push_back(std::make_unique<FactRing>(random.one_in(2) ? 1 : 64));
    pointers.push_back(rings.back().get());
  }
  Adjudicator adjudicator(rules, pointers, sink);
  std::function<void()> adjudicate;
  if (threads == Threads::one) adjudicate = [&adjudicator] { adjudicator.run_once(); };
  std::vector<std::unique_ptr<TellingWorker>> tellers;
  for (std::size_t i = 0; i < workers; ++i) {
    tellers.push_back(
        std::make_unique<TellingWorker>(history, std::move(shards[i]), *rings[i], bell, adjudicate, random.next()));
  }

  if (threads == Threads::one) {
    std::vector<TellingWorker*> left;
    for (const auto& teller : tellers) left.push_back(teller.get());
    while (!left.empty()) {
      const std::size_t which = random.below(left.size());
      if (!left[which]->run_once()) left.erase(left.begin() + static_cast<std::ptrdiff_t>(which));
      if (random.one_in(2)) adjudicator.run_once();
    }
    while (adjudicator.run_once()) {
    }
    EXPECT_TRUE(adjudicator.ended());
  } else {
    std::thread judge([&] {
      for (;;) {
        const std::uint32_t seen = bell.now();
        if (adjudicator.run_once()) continue;
        if (adjudicator.ended()) return;
        bell.wait(seen);
      }
    });
    std::vector<std::thread> running;
    for (const auto& teller : tellers) {
      running.emplace_back([&teller] {
        while (teller->run_once()) {
        }
      });
    }
    for (std::thread& thread : running) thread.join();
    judge.join();
  }
  return sink.lines;
}

void expect_every_flow_once(const History& history, const RecordingSink& sink) {
  std::uint64_t knocks = 0;
  std::uint64_t listeners = 0;
  std::set<std::uint64_t> judged;
  for (const Finding& finding : sink.findings) {
    if (finding.probe) {
      knocks += finding.probe->flows;
    } else if (finding.judgement.verdict == Verdict::listener) {
      listeners += std::max<std::uint64_t>(finding.count, 1);
    } else {
      judged.insert(finding.detail.flow_id);
    }
  }
  EXPECT_EQ(knocks, history.knocks);
  EXPECT_EQ(listeners, history.listeners);
  EXPECT_EQ(judged, history.judged);
  EXPECT_EQ(sink.flows.size(), history.flows);
}

void expect_same(const std::vector<std::string>& expected, const std::vector<std::string>& actual) {
  const auto [one, other] = std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
  if (one == expected.end() && other == actual.end()) return;
  ADD_FAILURE() << "record " << one - expected.begin()
                << "\n  one worker: " << (one == expected.end() ? "(none)" : *one)
                << "\n  now:        " << (other == actual.end() ? "(none)" : *other);
}

#ifdef __has_feature  // clang's way to say what gcc says by macros
#define GHOSTPORT_SANITIZED __has_feature(address_sanitizer)
#else
#define GHOSTPORT_SANITIZED 0
#endif
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__) || GHOSTPORT_SANITIZED
constexpr std::uint64_t kDefaultSeeds = 100;
#else
constexpr std::uint64_t kDefaultSeeds = 1000;
#endif

std::uint64_t seeds() {
  const char* text = std::getenv("GHOSTPORT_STRESS_SEEDS");
  return text == nullptr ? kDefaultSeeds : std::strtoull(text, nullptr, 10);
}

constexpr std::uint64_t kParts = 10;

class AdjudicatorStress : public testing::TestWithParam<std::uint64_t> {};

TEST_P(AdjudicatorStress, SaysTheSameForAnyNumberOfWorkers) {
  const std::shared_ptr<Rules> rules = rules_watching("all");
  rules->log_expected = true;
  rules->assets["citrix-vda"] = AddressSet({*AddressRange::parse("198.51.100.1")});
  for (std::uint64_t seed = GetParam(); seed < seeds() && !HasFailure(); seed += kParts) {
    const History history = Story(seed).take();
    RecordingSink reference;
    const std::vector<std::string> expected = run(rules, history, 1, Threads::one, seed, reference);
    expect_every_flow_once(history, reference);
    for (const std::size_t workers : {1U, 2U, 3U, 4U, 8U}) {
      const Threads threads = (seed / kParts + workers) % 2 == 0 ? Threads::one : Threads::many;
      SCOPED_TRACE("seed " + std::to_string(seed) + ", " + std::to_string(workers) + " workers, " +
                   (threads == Threads::one ? "one thread" : "threads"));
      RecordingSink sink;
      expect_same(expected, run(rules, history, workers, threads, seed * 31 + workers, sink));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Part, AdjudicatorStress, testing::Range<std::uint64_t>(0, kParts));

}  // namespace adjudicator_stress_test
}  // namespace ghostport
