// From what has been seen of a flow to what can be said of it now: docs/verdicts.md, rows 1-9 and 20-28. A pure
// function, called by the detector after each scan, at the end of a budget and at the end of the flow.
#pragma once

#include "detection/fact.h"
#include "detection/rules.h"
#include "signatures/identifier.h"

namespace ghostport {

/// What one side has shown so far.
struct SideSeen {
  bool spoke = false;              ///< sent a packet that is not a bare RST
  bool reset = false;              ///< sent an RST
  bool payload = false;            ///< payload was on the wire
  bool acknowledges = false;       ///< sent an ACK without SYN or RST
  bool goes_on = false;            ///< more than a stranger sends blindly: its ACKs moved, or it said much
  bool done = false;               ///< its budget in bytes or packets is spent
  std::uint32_t acknowledged = 0;  ///< bytes of its stream that the other side acknowledged
};

struct FlowSeen {
  Transport transport = Transport::tcp;
  Identification names;
  SideSeen client;
  SideSeen server;
  bool handshake = false;  ///< SYN answered by SYN-ACK, or a SYN followed by the client's ACK (one-way mirror)
  bool joined = false;     ///< TCP without a SYN
  bool refused = false;    ///< an ICMP error came back
  bool group = false;      ///< to a multicast or broadcast address
  bool time_over = false;  ///< the time budget has passed
  bool flow_over = false;
  std::uint32_t datagrams = 0;  ///< of the client, without duplicates
  std::int64_t span = 0;        ///< from the first of them to now
};

/// `outcome` is none while nothing can be said yet.
struct Decision {
  Outcome outcome = Outcome::none;
  Side side = Side::server;  ///< whose bytes are the ground
  bool one_sided = false;
  BudgetEnd budget = BudgetEnd::none;
  Answer answer = Answer::none;
};

[[nodiscard]] Decision decide(const FlowSeen& seen) noexcept;

}  // namespace ghostport
