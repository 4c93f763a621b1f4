#include "detection/decision.h"

namespace ghostport {
namespace {

BudgetEnd budget_of(const FlowSeen& seen, bool done) noexcept {
  if (done) return BudgetEnd::bytes;
  return seen.time_over ? BudgetEnd::time : BudgetEnd::flow_end;
}

Decision identified(Side side, bool one_sided) noexcept {
  return {Outcome::identified, side, one_sided, BudgetEnd::none, Answer::none};
}

Decision unrecognized(const FlowSeen& seen, Side side, bool one_sided, bool done) noexcept {
  return {Outcome::unrecognized, side, one_sided, budget_of(seen, done), Answer::none};
}

/// The flow is over and its payload, if any, said nothing that counts.
Decision silent(const FlowSeen& seen, bool answered) noexcept {
  Decision decision;
  decision.outcome = answered ? Outcome::listener : Outcome::probe;
  decision.side = answered ? Side::server : Side::client;
  if (!answered) decision.answer = seen.server.reset ? Answer::reset : seen.refused ? Answer::icmp : Answer::none;
  return decision;
}

Decision decide_tcp(const FlowSeen& seen) noexcept {
  const bool named_by_client = seen.names.client != kNoSignature;
  // One direction of a mirror: the client goes on acknowledging a server that the capture does not show.
  const bool over = seen.time_over || seen.flow_over;
  const bool mirror =
      !seen.server.spoke && !seen.server.reset && (seen.handshake || (seen.joined && seen.client.goes_on));

  if (seen.server.payload) {
    if (named_by_client) {
      if (seen.server.done || over) return identified(Side::client, false);
      return {};
    }
    const bool done = seen.server.done && (seen.client.done || !seen.client.payload);
    if (done || over) return unrecognized(seen, Side::server, false, done);
    return {};
  }
  if (seen.client.payload) {
    const bool judged_alone = over && seen.client.acknowledged > kJudgedBytes;  // the server has had its time to answer
    if (named_by_client && (judged_alone || (mirror && (seen.client.done || over))))
      return identified(Side::client, true);
    if (!named_by_client && (judged_alone || (mirror && (seen.client.done || over)))) {
      return unrecognized(seen, Side::client, true, seen.client.done);
    }
  }
  if (!seen.flow_over) return {};
  return silent(seen, seen.server.spoke || seen.handshake);
}

Decision decide_udp(const FlowSeen& seen) noexcept {
  const bool named_by_client = seen.names.client != kNoSignature;
  const bool over = seen.time_over || seen.flow_over;

  if (seen.server.payload && seen.client.payload) {
    if (named_by_client) {
      if (seen.server.done || over) return identified(Side::client, false);
      return {};
    }
    const bool done = seen.client.done && seen.server.done;
    if (done || over) return unrecognized(seen, Side::server, false, done);
    return {};
  }
  if (seen.client.payload && !seen.server.spoke) {
    const bool too_much = over && (seen.datagrams > kProbeDatagrams || seen.span > kProbeSpan);
    if (named_by_client && (too_much || (seen.group && seen.flow_over))) return identified(Side::client, true);
    if (!named_by_client && (too_much || (seen.group && seen.flow_over))) {
      return unrecognized(seen, Side::client, true, seen.client.done);
    }
  }
  if (!seen.flow_over) return {};
  // An empty datagram to a group knocks on nobody's door.
  if (seen.group && !named_by_client && !seen.server.spoke && !seen.server.payload)
    return unrecognized(seen, Side::client, true, false);
  return silent(seen, seen.server.spoke);
}

}  // namespace

Decision decide(const FlowSeen& seen) noexcept {
  if (seen.names.header && seen.server.payload) return identified(Side::client, false);
  if (seen.names.server != kNoSignature) return identified(Side::server, false);
  return seen.transport == Transport::tcp ? decide_tcp(seen) : decide_udp(seen);
}

}  // namespace ghostport
