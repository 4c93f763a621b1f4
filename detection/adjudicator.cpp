#include "detection/adjudicator.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ghostport {
namespace {

constexpr std::uint8_t kAdjudicatorTimer = 3;  // at one time after every fact
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 3600 * kSecond;

/// Ends with a whole second, right behind its sums, so that no second is split between two hours.
std::int64_t hour_end(std::int64_t from) { return sum_time(from / kSecond) + kHour; }

constexpr std::uint64_t kSourcesPerMinute = 1000;
constexpr std::size_t kMostSources = 65'536;
constexpr std::size_t kMostListeners = 65'536;
constexpr std::size_t kMostToldApart = 4096;  // hosts of one source, sources of one sum
constexpr std::size_t kMostToldApartInAll = 1'048'576;
constexpr std::size_t kMostGroups = 65'536;
constexpr std::size_t kMostHeld = 65'536;

template <class Detail>
Detail detail_of(const Fact* cells) {
  Detail detail;
  std::memcpy(static_cast<void*>(&detail), cells, sizeof detail);
  return detail;
}

}  // namespace

Adjudicator::Adjudicator(std::shared_ptr<const Rules> rules, std::vector<FactRing*> rings, FindingSink& sink)
    : sets_{{0, rules}},
      rules_(std::move(rules)),
      rings_(std::move(rings)),
      sink_(sink),
      queues_(rings_.size()),
      context_(*rules_) {
  list_ghost_ports();
}

/// Counted from 0 on, so that nobody mistakes silence for a missing counter.
void Adjudicator::list_ghost_ports() {
  for (const Transport transport : {Transport::tcp, Transport::udp}) {
    counters_.findings_at[{transport, 0}];
    for (const PortEntry& entry : rules_->registry.entries()) {
      if (entry.ghost) counters_.findings_at[{transport, entry.port}];
    }
  }
}

void Adjudicator::adopt(std::shared_ptr<const Rules> rules, GenerationNumber number) {
  forget_old_rules();
  sets_.push_back({number, rules});
  rules_ = std::move(rules);
  context_.adopt(*rules_);
  counters_.exceptions.clear();
  list_ghost_ports();
  sink_.adopt(rules_);
}

const Rules& Adjudicator::rules_for(FlowDetail& detail) const {
  for (const RuleSet& set : sets_) {
    if (set.number == detail.generation) return *set.rules;
  }
  detail.signature = detail.inner_signature = kNoSignature;
  detail.generation = sets_.back().number;
  return *rules_;
}

/// Sets that no worker goes by any more, and nothing that waits.
void Adjudicator::forget_old_rules() {
  GenerationNumber oldest = sets_.back().number;
  for (const Queue& queue : queues_) oldest = std::min(oldest, queue.oldest);
  for (const auto& [flow, held] : held_) oldest = std::min(oldest, held.detail.generation);
  while (sets_.front().number < oldest) sets_.pop_front();
}

void Adjudicator::begin() {
  for (Queue& queue : queues_) queue = Queue{};
  timers_.clear();
  sources_.clear();
  listeners_.clear();
  groups_.clear();
  context_.begin();
  held_.clear();
  minute_ = -1;
  sources_in_minute_ = 0;
  rest_ = Knocks{};
  told_apart_ = 0;
}

bool Adjudicator::ended() const noexcept {
  return std::all_of(queues_.begin(), queues_.end(),
                     [](const Queue& queue) { return queue.cells.empty() && queue.watermark.time == kEndOfTime; }) &&
         timers_.empty();
}

bool Adjudicator::run_once() {
  bool any = false;
  for (std::size_t i = 0; i < rings_.size(); ++i) {
    any |= rings_[i]->drain([&](const Fact& fact, const void* detail) { take(queues_[i], fact, detail); });
  }
  if (any) merge();
  return any;
}

void Adjudicator::take(Queue& queue, const Fact& fact, const void* detail) {
  if (fact.kind == FactKind::watermark) {
    queue.watermark = std::max(queue.watermark, fact.key);
    queue.oldest = fact.oldest;
    return;
  }
  ++counters_.facts;
  queue.cells.push(fact, static_cast<const Fact*>(detail));
}

void Adjudicator::merge() {
  for (;;) {
    Queue* next = nullptr;
    FactKey bound{kEndOfTime, 0xFF, ~std::uint64_t{0}};  // what no worker can undercut any more
    for (Queue& queue : queues_) {
      if (queue.cells.empty()) {
        bound = std::min(bound, queue.watermark);
      } else if (next == nullptr || queue.cells.front().key < next->cells.front().key) {
        next = &queue;
      }
    }
    if (!timers_.empty()) {
      const auto first = timers_.begin();
      const FactKey due{first->first.first, kAdjudicatorTimer, first->first.second};
      if ((next == nullptr || due < next->cells.front().key) && due.time < bound.time) {
        const auto [at, timer] = *first;
        timers_.erase(first);
        fire(timer, at);
        continue;
      }
      if (next != nullptr && due < next->cells.front().key) return;
    }
    if (next == nullptr || bound < next->cells.front().key) return;
    process(next->cells.front(), &next->cells.front() + 1);
    next->cells.pop();
  }
}

void Adjudicator::process(const Fact& fact, const Fact* detail) {
  switch (fact.kind) {
    case FactKind::finding: on_finding(fact.key, detail_of<FlowDetail>(detail)); break;
    case FactKind::flow: sink_.flow(detail_of<FlowDetail>(detail)); break;
    case FactKind::listeners: on_listeners(fact.key, detail_of<TallyDetail>(detail)); break;
    case FactKind::knocks: on_knocks(fact.key, detail_of<TallyDetail>(detail)); break;
    case FactKind::context: on_context(fact.key, detail_of<ContextDetail>(detail)); break;
    case FactKind::watermark: break;
  }
}

void Adjudicator::set_timer(std::int64_t due, Timer timer) {
  timers_.emplace(std::pair{due, timers_set_++}, std::move(timer));
}

void Adjudicator::count_exception(const Judgement& judgement) {
  const std::vector<Exception>& all = rules_->exceptions;  // of older sets nothing is counted
  counters_.exceptions.resize(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (judgement.allowed_by == &all[i]) ++counters_.exceptions[i].allowed;
    if (judgement.ended == &all[i]) ++counters_.exceptions[i].ended;
  }
}

void Adjudicator::count(const Finding& finding) {
  const auto verdict = static_cast<std::size_t>(finding.judgement.verdict);
  ++counters_.findings[verdict];
  const auto place = counters_.findings_at.find({finding.detail.transport, finding.detail.port[1]});
  const bool known = place != counters_.findings_at.end();
  ++(known ? place->second : counters_.findings_at[{finding.detail.transport, 0}])[verdict];
  count_exception(finding.judgement);
}

void Adjudicator::say(Finding finding) {
  const Judgement& judgement = finding.judgement;
  count(finding);
  // STUN that turned out to carry what is expected: that lifts what was said of it.
  const bool lifts =
      finding.detail.revises && finding.detail.transport == Transport::udp && judgement.exception.empty();
  if (judgement.verdict == Verdict::expected && !rules_->log_expected && !lifts) return;
  finding.rules = &rules_for(finding.detail);
  sink_.finding(finding);
}

void Adjudicator::on_context(const FactKey& key, const ContextDetail& detail) {
  if (context_.take(key, detail)) set_timer(key.time + kContextWait, {TimerKind::exchange, {}, {}, {}, detail.flow_id});
}

/// What late context may change waits for it; a flow whose exchange is not judged yet waits for that.
void Adjudicator::judge_or_hold(const FactKey& key, const FlowDetail& said) {
  FlowDetail detail = said;
  Judgement judgement = judge(rules_for(detail), detail, context_.of(detail));
  const bool open = detail.outcome == Outcome::unrecognized && context_.is_open(detail.flow_id);
  if (!open && !judgement.may_change) {
    say_flow(detail, std::move(judgement));
    return;
  }
  if (held_.size() >= rules_->within(kMostHeld)) {
    ++counters_.held_full;
    say_flow(detail, std::move(judgement));
    return;
  }
  if (!open) set_timer(key.time + kContextWait, {TimerKind::held_finding, {}, {}, {}, detail.flow_id});
  held_.insert_or_assign(detail.flow_id, Held{detail, open ? 0 : timers_set_});
}

void Adjudicator::say_held(std::uint64_t flow, std::uint64_t timer) {
  const auto found = held_.find(flow);
  if (found == held_.end() || found->second.timer != timer) return;
  FlowDetail detail = found->second.detail;
  held_.erase(found);
  Judgement judgement = judge(rules_for(detail), detail, context_.of(detail));
  say_flow(detail, std::move(judgement));
}

void Adjudicator::say_flow(const FlowDetail& detail, Judgement judgement) {
  Finding finding;
  finding.detail = detail;
  finding.judgement = std::move(judgement);
  say(std::move(finding));
}

void Adjudicator::on_finding(const FactKey& key, const FlowDetail& said) {
  FlowDetail detail = said;
  // What was held and not said yet is not revised but replaced.
  if (const auto held = held_.find(detail.flow_id); held != held_.end()) {
    detail.revises = held->second.detail.revises;
    detail.revision = held->second.detail.revision;
    held_.erase(held);
  }
  if (detail.outcome == Outcome::listener) {
    const ListenerKey listener{detail.address[1], detail.port[1], detail.transport};
    const auto found = listeners_.find(listener);
    if (found != listeners_.end()) {
      add(found->second, tally_of(detail));
      return;
    }
    if (listeners_.size() < rules_->within(kMostListeners)) {
      listeners_.emplace(listener, Listener{});
      set_timer(hour_end(key.time), {TimerKind::listener_hour, {}, listener, {}});
    } else {
      ++counters_.listeners_full;
    }
  }
  if ((detail.marks & kGroup) != 0 && !detail.revises && is_further_of_group(key, detail)) return;
  judge_or_hold(key, detail);
}

/// The first of (group, port, what it is) in an hour is said; the others are one finding at the hour's end.
bool Adjudicator::is_further_of_group(const FactKey& key, const FlowDetail& detail) {
  const GroupKey group{detail.address[1], detail.port[1], detail.service, detail.inner};
  const auto found = groups_.find(group);
  if (found != groups_.end()) {
    GroupSum& sum = found->second;
    if (sum.count == 0 || detail.first_number < sum.first.first_number) sum.first = detail;
    ++sum.count;
    return true;
  }
  if (groups_.size() < rules_->within(kMostGroups)) {
    groups_.emplace(group, GroupSum{});
    set_timer(hour_end(key.time), {TimerKind::group_hour, {}, {}, group});
  } else {
    ++counters_.groups_full;
  }
  return false;
}

void Adjudicator::say_group(const GroupSum& sum) {
  if (sum.count == 0) return;
  Finding finding;
  finding.detail = sum.first;
  finding.count = sum.count;
  const Rules& rules = rules_for(finding.detail);
  finding.judgement = judge(rules, finding.detail, context_.of(finding.detail));
  finding.judgement.reason += "; " + std::to_string(sum.count) + " further flows to the group within the hour";
  say(std::move(finding));
}

void Adjudicator::on_listeners(const FactKey& key, const TallyDetail& tally) {
  const ListenerKey listener{tally.address[1], tally.port[1], tally.transport};
  auto found = listeners_.find(listener);
  if (found == listeners_.end()) {
    if (listeners_.size() >= rules_->within(kMostListeners)) {
      ++counters_.listeners_full;
      Listener alone;
      add(alone, tally);
      say_listener(alone);
      return;
    }
    found = listeners_.emplace(listener, Listener{}).first;
    set_timer(hour_end(key.time), {TimerKind::listener_hour, {}, listener, {}});
  }
  add(found->second, tally);
}

void Adjudicator::add(Listener& listener, const TallyDetail& tally) {
  if (listener.count == 0 || tally.first_number < listener.first.first_number) listener.first = tally;
  listener.count += tally.flows;
  if (tally.asked != ServiceId::none) listener.asked.insert(tally.asked);
}

/// The flow that stands for a sum, as a record shows it; a sum goes by the newest rules.
FlowDetail Adjudicator::stand_in(const TallyDetail& first, Outcome outcome) const {
  FlowDetail detail;
  for (std::size_t i = 0; i < 2; ++i) {
    detail.address[i] = first.address[i];
    detail.port[i] = first.port[i];
    detail.packets[i] = static_cast<std::uint32_t>(first.packets[i]);
    detail.bytes[i] = first.bytes[i];
  }
  detail.transport = first.transport;
  detail.basis = first.basis;
  detail.outcome = outcome;
  detail.revision = 1;
  detail.flow_id = first.flow_id;
  detail.host_flow_id = first.host_flow_id;
  detail.first_number = detail.packet = first.first_number;
  detail.start = detail.packet_time = first.first_time;
  detail.generation = sets_.back().number;
  return detail;
}

void Adjudicator::say_listener(const Listener& listener) {
  if (listener.count == 0) return;
  Finding finding;
  finding.detail = stand_in(listener.first, Outcome::listener);
  finding.count = listener.count;
  finding.asked.assign(listener.asked.begin(), listener.asked.end());
  finding.judgement = judge(*rules_, finding.detail);
  finding.judgement.reason += "; " + std::to_string(listener.count) + " further flows within the hour";
  say(std::move(finding));
}

/// Distinct things are counted as far as memory is bounded; past that the number is a least one.
template <class Set, class Item>
void Adjudicator::tell_apart(Set& set, const Item& item, bool& at_least) {
  if (set.contains(item)) return;
  if (set.size() >= kMostToldApart || told_apart_ >= rules_->within(kMostToldApartInAll)) {
    at_least = true;
    return;
  }
  set.insert(item);
  ++told_apart_;
}

void Adjudicator::add(Knocks& knocks, const TallyDetail& tally) {
  ProbeSum& sum = knocks.sum;
  if (sum.flows == 0 || tally.first_number < knocks.first.first_number) knocks.first = tally;
  sum.first = sum.flows == 0 ? tally.first_time : std::min(sum.first, tally.first_time);
  sum.last = sum.flows == 0 ? tally.last_time : std::max(sum.last, tally.last_time);
  sum.flows += tally.flows;
  sum.answers[static_cast<std::size_t>(tally.answer)] += tally.flows;
  tell_apart(knocks.hosts, tally.address[1], sum.at_least);
  tell_apart(knocks.ports, static_cast<std::uint32_t>(tally.transport) << 16U | tally.port[1], sum.at_least);
  if (tally.asked != ServiceId::none) knocks.asked.insert(tally.asked);

  // The first targets by packet number, each once.
  const ProbeTarget target{tally.first_number, tally.address[1], tally.port[1], tally.transport};
  const auto same = std::find_if(sum.first_targets.begin(), sum.first_targets.end(), [&](const ProbeTarget& one) {
    return one.address == target.address && one.port == target.port && one.transport == target.transport;
  });
  if (same != sum.first_targets.end()) {
    same->first_number = std::min(same->first_number, target.first_number);
  } else {
    sum.first_targets.push_back(target);
  }
  std::sort(sum.first_targets.begin(), sum.first_targets.end(),
            [](const ProbeTarget& a, const ProbeTarget& b) { return a.first_number < b.first_number; });
  if (sum.first_targets.size() > ProbeSum::kMostTargets) sum.first_targets.pop_back();
}

void Adjudicator::on_knocks(const FactKey& key, const TallyDetail& tally) {
  const Address& source = tally.address[0];
  const std::int64_t answer_wait =
      rules_->unanswered_timeout + kSecond;  // what an answer may take, and the second in which sums travel
  auto found = sources_.find(source);
  if (found == sources_.end()) {
    const std::int64_t minute = key.time / kMinute;
    if (minute != minute_) {
      minute_ = minute;
      sources_in_minute_ = 0;
    }
    if (sources_in_minute_ >= kSourcesPerMinute || sources_.size() >= rules_->within(kMostSources)) {
      ++counters_.sources_full;
      if (rest_.sum.flows == 0)
        set_timer((minute + 1) * kMinute + answer_wait, {TimerKind::rest_of_minute, {}, {}, {}});
      tell_apart(rest_.sources, source, rest_.sum.at_least);
      add(rest_, tally);
      return;
    }
    ++sources_in_minute_;
    found = sources_.emplace(source, Source{}).first;
    found->second.start = tally.first_stamp;
    set_timer(std::max(key.time, tally.first_stamp + kMinute + answer_wait),
              {TimerKind::source_minute, source, {}, {}});
    set_timer(std::max(key.time, tally.first_stamp + kHour + answer_wait), {TimerKind::source_hour, source, {}, {}});
  }
  Source& one = found->second;
  const bool in_first = !one.first_said && tally.first_stamp < one.start + kMinute;
  add(in_first ? one.first : one.later, tally);
}

void Adjudicator::say_knocks(Knocks& knocks) {
  if (knocks.sum.flows == 0) return;
  Finding finding;
  finding.detail = stand_in(knocks.first, Outcome::probe);
  finding.asked.assign(knocks.asked.begin(), knocks.asked.end());
  ProbeSum& sum = knocks.sum;
  sum.hosts = knocks.hosts.size();
  sum.ports = knocks.ports.size();
  if (knocks.sources.size() > 1) sum.sources = knocks.sources.size();
  finding.judgement = judge(*rules_, finding.detail);
  std::string& reason = finding.judgement.reason;
  reason = std::to_string(sum.flows) + (sum.flows == 1 ? " knock" : " knocks") + " on " + std::to_string(sum.ports) +
           (sum.ports == 1 ? " port" : " ports") + " of " + std::to_string(sum.hosts) +
           (sum.hosts == 1 ? " host: " : " hosts: ") + std::to_string(sum.answers[0]) + " without an answer, " +
           std::to_string(sum.answers[1]) + " reset, " + std::to_string(sum.answers[2]) + " refused by ICMP";
  if (sum.sources > 1) reason += "; of " + std::to_string(sum.sources) + " sources past the bound of a minute";
  finding.probe = std::move(sum);
  say(std::move(finding));
  told_apart_ -= knocks.hosts.size() + knocks.ports.size() + knocks.sources.size();
  knocks = Knocks{};
}

void Adjudicator::fire(const Timer& timer, const std::pair<std::int64_t, std::uint64_t>& due) {
  switch (timer.kind) {
    case TimerKind::source_minute:
      if (const auto found = sources_.find(timer.source); found != sources_.end()) {
        say_knocks(found->second.first);
        found->second.first_said = true;
      }
      break;
    case TimerKind::source_hour:
      if (const auto found = sources_.find(timer.source); found != sources_.end()) {
        say_knocks(found->second.later);
        sources_.erase(found);
      }
      break;
    case TimerKind::rest_of_minute: say_knocks(rest_); break;
    case TimerKind::held_finding: say_held(timer.flow, due.second + 1); break;
    case TimerKind::exchange:
      context_.decide_exchange(timer.flow, due.first);
      say_held(timer.flow, 0);
      context_.forget_decided(timer.flow);
      break;
    case TimerKind::listener_hour:
      if (const auto found = listeners_.find(timer.listener); found != listeners_.end()) {
        say_listener(found->second);
        listeners_.erase(found);
      }
      break;
    case TimerKind::group_hour:
      if (const auto found = groups_.find(timer.group); found != groups_.end()) {
        say_group(found->second);
        groups_.erase(found);
      }
      break;
  }
}

}  // namespace ghostport
