// What flows say of each other: sessions, calls with the addresses they announced, and exchanges without a wire format.
// Owned by the adjudicator, on its thread; bounded; packet time only.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "detection/fact.h"
#include "detection/rules.h"

namespace ghostport {

inline constexpr std::int64_t kContextWait = 5 * kSecond;            ///< for context that may come late
inline constexpr std::int64_t kContextHistory = 8 * 3600 * kSecond;  ///< sessions and exchanges count so long after
inline constexpr std::int64_t kCallGrace = 5 * kSecond;  ///< media may begin so long before its call is seen

/// How a call speaks for a flow.
enum class CallGround : std::uint8_t {
  none,      ///< no call between the two ends
  live,      ///< there is one, but it did not announce this address
  announced  ///< it announced the responder's address and port
};

/// What context says of one flow; plain values, so that the judge stays a pure function.
struct FlowContext {
  CallGround call = CallGround::none;
  ServiceId signalling = ServiceId::none;  ///< who announced it, or carries the call: h225, h245, sip, rtsp
  bool rpp_announced = false;

  /// Sessions of a service without a wire format: how its ports are taken, as of the exchange's judgement.
  struct Allocation {
    std::uint16_t base = 0;      ///< lowest port of the range
    std::uint32_t above = 0;     ///< of the flow's port
    std::uint32_t needed = 0;    ///< lower ports that must be in use
    std::uint32_t in_use = 0;    ///< those that are
    bool session = false;        ///< ICA or CGP between the same two hosts, live or ended within the history
    bool whole_history = false;  ///< the capture is as long as the history
    [[nodiscard]] bool coherent() const noexcept { return in_use >= needed; }
  };
  std::optional<Allocation> allocation;
};

struct ContextCounters {
  std::uint64_t calls_forgotten = 0;  ///< calls, announcements, sessions and exchanges past the bounds
  std::uint64_t exchanges_forgotten = 0;
};

class Context {
 public:
  explicit Context(const Rules& rules) : rules_(&rules) {}
  /// From now on by these rules; what is known stays.
  void adopt(const Rules& rules) noexcept { rules_ = &rules; }

  /// A new capture begins: nothing crosses.
  void begin();
  /// In the one order. True: an exchange began; decide_exchange is due kContextWait later.
  bool take(const FactKey& key, const ContextDetail& detail);

  /// Judges an exchange once, with what is known now. `now`: the time due.
  void decide_exchange(std::uint64_t flow_id, std::int64_t now);
  /// What waited for that has been judged: an exchange that is over is forgotten.
  void forget_decided(std::uint64_t flow_id);
  /// An exchange of this flow is there, and has not been decided yet.
  [[nodiscard]] bool is_open(std::uint64_t flow_id) const;

  [[nodiscard]] FlowContext of(const FlowDetail& detail) const;

  [[nodiscard]] const ContextCounters& counters() const noexcept { return counters_; }

 private:
  using CallKey = std::uint64_t;
  struct Place {
    Address address;
    std::uint16_t port = 0;
    Transport transport = Transport::udp;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Announced {
    Place place;
    std::uint16_t last = 0;
    ServiceId service = ServiceId::none;
    ServiceId by = ServiceId::none;
  };
  struct Call {
    std::int64_t up = 0;
    std::int64_t last = 0;  // news of it
    std::int64_t down = kEndOfTime;
    ServiceId service = ServiceId::none;
    std::vector<Address> parties;
    std::vector<Announced> announced;
    std::vector<std::uint64_t> flows;  // that carry it
    bool queued = false;               // in ended_
  };
  struct PairTime {
    std::uint32_t live = 0;
    std::int64_t ended = 0;  // the last one that did
    bool queued = false;     // in the queue of ended ones
  };
  struct Exchange {
    Address server;
    std::uint16_t port = 0;
    Address client;
    bool live = true;
    bool named = false;
    bool decided = false;
    FlowContext::Allocation allocation;
  };
  using PortUse = std::pair<Address, std::uint16_t>;

  Call& call_of(CallKey key, const FactKey& at, const ContextDetail& detail);
  [[nodiscard]] CallKey key_of(const ContextDetail& detail) const;
  void announce(const FactKey& at, const ContextDetail& detail);
  void end_calls(const FactKey& at, const ContextDetail& detail);
  void end_call(Call& call, CallKey key, std::int64_t now);
  void forget_call(CallKey key);
  void forget_old(std::int64_t now);
  template <class Key>
  void forget_ended(std::deque<std::pair<std::int64_t, Key>>& queue, std::map<Key, PairTime>& all, std::int64_t now);
  void leave_port(const Exchange& exchange, std::int64_t now, bool counts);
  void add_party(CallKey key, Call& call, const Address& address);
  [[nodiscard]] bool covers(const Call& call, std::int64_t start) const;

  const Rules* rules_;
  ContextCounters counters_;
  std::int64_t begun_ = -1;  // stamp of the capture's first fact

  std::map<CallKey, Call> calls_;
  std::map<Place, std::vector<CallKey>> calls_at_;      // by announced address and first port
  std::map<Address, std::set<CallKey>> calls_of_;       // by party
  std::map<std::uint64_t, std::set<CallKey>> carried_;  // calls of a signalling flow
  std::deque<std::pair<std::int64_t, CallKey>> ended_;  // when each was seen to end first; at most once each
  std::deque<CallKey> oldest_;                          // in order of their beginning; some are gone already

  std::map<std::tuple<Address, std::uint16_t, Address>, std::int64_t> rpp_;  // server, port, client: since when
  std::deque<std::tuple<Address, std::uint16_t, Address>> oldest_rpp_;
  std::map<std::pair<Address, Address>, PairTime> sessions_;  // client, server
  std::map<std::uint64_t, Exchange> exchanges_;               // by flow
  std::map<PortUse, PairTime> uses_;                          // ports with exchanges
  std::deque<std::pair<std::int64_t, PortUse>> ended_uses_;
  std::deque<std::pair<std::int64_t, std::pair<Address, Address>>> ended_sessions_;
};

}  // namespace ghostport
