#include "detection/context.h"

#include <algorithm>
#include <utility>

namespace ghostport {
namespace {

constexpr std::size_t kMostCalls = 65'536;
constexpr std::size_t kMostParties = 16;    // of a call
constexpr std::size_t kMostAnnounced = 64;  // of a call
constexpr std::size_t kMostCarriers = 16;   // signalling flows of a call, calls of an announced address
constexpr std::size_t kMostOfParty = 4096;  // calls of one address
constexpr std::size_t kMostRpp = 65'536;
constexpr std::size_t kMostSessions = 262'144;
constexpr std::size_t kMostExchanges = 262'144;
constexpr std::size_t kMostUses = 262'144;
constexpr std::int64_t kCallMemory =
    120 * kSecond;  // after its end: a flow is named late, 30 s after its first payload

template <class T>
bool holds(const std::vector<T>& list, const T& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

void Context::begin() {
  const Rules* rules = rules_;
  const ContextCounters counters = counters_;
  *this = Context(*rules);
  counters_ = counters;
}

bool Context::take(const FactKey& key, const ContextDetail& detail) {
  if (begun_ < 0) begun_ = key.time;
  forget_old(key.time);
  switch (detail.event) {
    case ContextEvent::session_up: {
      const std::pair pair{detail.address[0], detail.address[1]};
      if (sessions_.size() >= rules_->within(kMostSessions) && !sessions_.contains(pair)) {
        ++counters_.exchanges_forgotten;
        return false;
      }
      ++sessions_[pair].live;
      return false;
    }
    case ContextEvent::session_down: {
      const std::pair pair{detail.address[0], detail.address[1]};
      const auto found = sessions_.find(pair);
      if (found == sessions_.end() || found->second.live == 0) return false;
      --found->second.live;
      found->second.ended = key.time;
      if (!std::exchange(found->second.queued, true)) ended_sessions_.emplace_back(key.time, pair);
      return false;
    }
    case ContextEvent::call_up: (void)call_of(key_of(detail), key, detail); return false;
    case ContextEvent::call_down: end_calls(key, detail); return false;
    case ContextEvent::announced: announce(key, detail); return false;
    case ContextEvent::exchange_up: {
      const PortUse use{detail.address[1], detail.port[1]};
      if (exchanges_.size() >= rules_->within(kMostExchanges) ||
          (uses_.size() >= rules_->within(kMostUses) && !uses_.contains(use))) {
        ++counters_.exchanges_forgotten;
        return false;
      }
      Exchange exchange;
      exchange.server = detail.address[1];
      exchange.port = detail.port[1];
      exchange.client = detail.address[0];
      if (!exchanges_.emplace(detail.flow_id, exchange).second) return false;
      ++uses_[use].live;
      return true;
    }
    case ContextEvent::exchange_named:
      if (const auto found = exchanges_.find(detail.flow_id); found != exchanges_.end() && !found->second.named) {
        found->second.named = true;
        if (found->second.live) leave_port(found->second, key.time, false);
      }
      return false;
    case ContextEvent::exchange_down:
      if (const auto found = exchanges_.find(detail.flow_id); found != exchanges_.end()) {
        if (!found->second.named) leave_port(found->second, key.time, true);
        found->second.live = false;
        if (found->second.decided) exchanges_.erase(found);
      }
      return false;
  }
  return false;
}

/// A port is no longer used by this exchange; `counts`: it was what it seemed, and counts on for a while.
void Context::leave_port(const Exchange& exchange, std::int64_t now, bool counts) {
  const PortUse use{exchange.server, exchange.port};
  const auto found = uses_.find(use);
  if (found == uses_.end() || found->second.live == 0) return;
  --found->second.live;
  if (counts) {
    found->second.ended = now;
    if (!std::exchange(found->second.queued, true)) ended_uses_.emplace_back(now, use);
  } else if (found->second.live == 0 && found->second.ended == 0) {
    uses_.erase(found);
  }
}

void Context::decide_exchange(std::uint64_t flow_id, std::int64_t now) {
  const auto found = exchanges_.find(flow_id);
  if (found == exchanges_.end() || found->second.decided) return;
  Exchange& exchange = found->second;
  exchange.decided = true;
  FlowContext::Allocation& allocation = exchange.allocation;
  allocation.base = exchange.port;
  while (allocation.base > 1 && (rules_->watch.at(Transport::udp, static_cast<std::uint16_t>(allocation.base - 1)) &
                                 WatchTable::kExchange) != 0)
    --allocation.base;
  allocation.above = static_cast<std::uint32_t>(exchange.port - allocation.base);
  const std::uint32_t slack = std::max(2U, allocation.above / 4);
  allocation.needed = allocation.above > slack ? allocation.above - slack : 0;
  for (auto use = uses_.lower_bound({exchange.server, allocation.base});
       use != uses_.end() && use->first < PortUse{exchange.server, exchange.port}; ++use) {
    const PairTime& time = use->second;
    if (time.live != 0 || (time.ended != 0 && now - time.ended <= kContextHistory)) ++allocation.in_use;
  }
  const auto session = sessions_.find({exchange.client, exchange.server});
  allocation.session =
      session != sessions_.end() && (session->second.live != 0 || now - session->second.ended <= kContextHistory);
  allocation.whole_history = now - begun_ >= kContextHistory;
}

void Context::forget_decided(std::uint64_t flow_id) {
  const auto found = exchanges_.find(flow_id);
  if (found != exchanges_.end() && found->second.decided && !found->second.live) exchanges_.erase(found);
}

bool Context::is_open(std::uint64_t flow_id) const {
  const auto found = exchanges_.find(flow_id);
  return found != exchanges_.end() && !found->second.decided;
}

Context::CallKey Context::key_of(const ContextDetail& detail) const {
  if (detail.call != 0) return detail.call;
  // H.245 belongs to the call that announced where it would be.
  const auto found = calls_at_.find({detail.address[1], detail.port[1], detail.transport});
  return found != calls_at_.end() && !found->second.empty() ? found->second.back() : detail.flow_id;
}

Context::Call& Context::call_of(CallKey key, const FactKey& at, const ContextDetail& detail) {
  auto found = calls_.find(key);
  if (found != calls_.end() && found->second.down != kEndOfTime && detail.event == ContextEvent::call_up &&
      at.time - found->second.down > kCallGrace) {  // the same number again: another call
    forget_call(key);
    found = calls_.end();
  }
  if (found == calls_.end()) {
    while (calls_.size() >= rules_->within(kMostCalls) && !oldest_.empty()) {
      ++counters_.calls_forgotten;
      forget_call(oldest_.front());
      oldest_.pop_front();
    }
    found = calls_.emplace(key, Call{}).first;
    found->second.up = at.time;
    found->second.service = detail.service;
    oldest_.push_back(key);
  }
  Call& call = found->second;
  call.last = at.time;
  if (detail.event == ContextEvent::call_up) call.down = kEndOfTime;  // tried again
  if (!holds(call.flows, detail.flow_id) && call.flows.size() < kMostCarriers) {
    call.flows.push_back(detail.flow_id);
    carried_[detail.flow_id].insert(key);
  }
  add_party(key, call, detail.address[0]);
  add_party(key, call, detail.address[1]);
  return call;
}

void Context::add_party(CallKey key, Call& call, const Address& address) {
  if (holds(call.parties, address) || call.parties.size() >= kMostParties) return;
  std::set<CallKey>& all = calls_of_[address];
  if (all.size() >= kMostOfParty) {
    ++counters_.calls_forgotten;
    return;
  }
  all.insert(key);
  call.parties.push_back(address);
}

void Context::announce(const FactKey& at, const ContextDetail& detail) {
  if (service_name(detail.announced) == "appneta-rpp") {
    for (std::uint32_t port = detail.announced_first; port <= detail.announced_last; ++port) {
      const bool by_server = detail.announced_address == detail.address[1];
      const std::tuple place{detail.announced_address, static_cast<std::uint16_t>(port),
                             detail.address[by_server ? 0 : 1]};
      if (rpp_.insert_or_assign(place, at.time).second) oldest_rpp_.push_back(place);
      while (rpp_.size() > rules_->within(kMostRpp)) {
        ++counters_.calls_forgotten;
        rpp_.erase(oldest_rpp_.front());
        oldest_rpp_.pop_front();
      }
    }
    return;
  }
  const CallKey key = key_of(detail);
  Call& call = call_of(key, at, detail);
  const Announced one{{detail.announced_address, detail.announced_first, detail.announced_transport},
                      detail.announced_last,
                      detail.announced,
                      detail.service};
  const bool known = std::any_of(call.announced.begin(), call.announced.end(), [&](const Announced& other) {
    return other.place == one.place && other.service == one.service;
  });
  if (!known && call.announced.size() < kMostAnnounced) {
    call.announced.push_back(one);
    std::vector<CallKey>& there = calls_at_[one.place];
    if (there.size() < kMostCarriers) there.push_back(key);
  } else if (!known) {
    ++counters_.calls_forgotten;
  }
  if (detail.announced != ServiceId::none && service_name(detail.announced) != "h245")
    add_party(key, call, detail.announced_address);
}

void Context::end_calls(const FactKey& at, const ContextDetail& detail) {
  if (detail.call != 0) {
    const auto found = calls_.find(detail.call);
    if (found != calls_.end()) end_call(found->second, detail.call, at.time);
    return;
  }
  const auto carried = carried_.find(detail.flow_id);
  if (carried == carried_.end()) return;
  // A call outlives its H.245 connection, and where SIP set it up the whole flow.
  const std::string_view name = service_name(detail.service);
  for (const CallKey key : carried->second) {
    const auto found = calls_.find(key);
    if (found == calls_.end()) continue;
    std::erase(found->second.flows, detail.flow_id);
    const bool outlives = name == "sip" || (name == "h245" && key != detail.flow_id);
    if (!outlives) end_call(found->second, key, at.time);
  }
  carried_.erase(detail.flow_id);
}

void Context::end_call(Call& call, CallKey key, std::int64_t now) {
  if (call.down != kEndOfTime) return;
  call.down = now;
  if (!std::exchange(call.queued, true)) ended_.emplace_back(now, key);
}

void Context::forget_call(CallKey key) {
  const auto found = calls_.find(key);
  if (found == calls_.end()) return;
  for (const Address& party : found->second.parties) {
    const auto all = calls_of_.find(party);
    if (all == calls_of_.end()) continue;
    all->second.erase(key);
    if (all->second.empty()) calls_of_.erase(all);
  }
  for (const Announced& one : found->second.announced) {
    const auto there = calls_at_.find(one.place);
    if (there == calls_at_.end()) continue;
    std::erase(there->second, key);
    if (there->second.empty()) calls_at_.erase(there);
  }
  for (const std::uint64_t flow : found->second.flows) {
    const auto carried = carried_.find(flow);
    if (carried == carried_.end()) continue;
    carried->second.erase(key);
    if (carried->second.empty()) carried_.erase(carried);
  }
  calls_.erase(found);
}

/// Each queue holds a thing at most once: what has ended anew since it was queued waits for its time again.
void Context::forget_old(std::int64_t now) {
  while (!ended_.empty() && now - ended_.front().first > kCallMemory) {
    const CallKey key = ended_.front().second;
    ended_.pop_front();
    const auto found = calls_.find(key);
    if (found == calls_.end()) continue;
    found->second.queued = false;
    if (found->second.down == kEndOfTime) continue;
    if (now - found->second.down > kCallMemory) {
      forget_call(key);
    } else {
      found->second.queued = true;
      ended_.emplace_back(found->second.down, key);
    }
  }
  if (oldest_.size() > 2 * rules_->within(kMostCalls))
    std::erase_if(oldest_, [this](CallKey key) { return !calls_.contains(key); });
  while (!oldest_rpp_.empty()) {
    const auto found = rpp_.find(oldest_rpp_.front());
    if (found != rpp_.end() && now - found->second <= kContextHistory) break;
    if (found != rpp_.end()) rpp_.erase(found);
    oldest_rpp_.pop_front();
  }
  forget_ended(ended_uses_, uses_, now);
  forget_ended(ended_sessions_, sessions_, now);
}

template <class Key>
void Context::forget_ended(std::deque<std::pair<std::int64_t, Key>>& queue, std::map<Key, PairTime>& all,
                           std::int64_t now) {
  while (!queue.empty() && now - queue.front().first > kContextHistory) {
    const Key key = queue.front().second;
    queue.pop_front();
    const auto found = all.find(key);
    if (found == all.end()) continue;
    PairTime& time = found->second;
    time.queued = now - time.ended <= kContextHistory;
    if (time.queued) {
      queue.emplace_back(time.ended, key);
    } else if (time.live == 0) {
      all.erase(found);
    } else {
      time.ended = 0;
    }
  }
}

/// Was the call there when the flow began, or just before or after?
bool Context::covers(const Call& call, std::int64_t start) const {
  const std::int64_t last = std::min(call.last + kContextHistory, call.down);
  return start >= call.up - kCallGrace && start <= last;
}

FlowContext Context::of(const FlowDetail& detail) const {
  FlowContext result;
  const auto exchange = exchanges_.find(detail.flow_id);
  if (exchange != exchanges_.end() && exchange->second.decided) result.allocation = exchange->second.allocation;
  result.rpp_announced = rpp_.contains({detail.address[1], detail.port[1], detail.address[0]});

  const auto peer_of = [&](const Call& call) { return holds(call.parties, detail.address[0]); };
  const auto there = calls_at_.find({detail.address[1], detail.port[1], detail.transport});
  if (there != calls_at_.end()) {
    for (const CallKey key : there->second) {
      const Call& call = calls_.at(key);
      if (!covers(call, detail.start) || !peer_of(call)) continue;
      result.call = CallGround::announced;
      for (const Announced& one : call.announced) {
        if (one.place == there->first) result.signalling = one.by;
      }
      return result;
    }
  }
  const auto calls = calls_of_.find(detail.address[1]);
  if (calls == calls_of_.end()) return result;
  for (const CallKey key : calls->second) {
    const Call& call = calls_.at(key);
    if (!covers(call, detail.start) || !peer_of(call)) continue;
    result.call = CallGround::live;
    result.signalling = call.service;
    return result;
  }
  return result;
}

}  // namespace ghostport
