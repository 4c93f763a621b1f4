#include "detection/judge.h"

#include <algorithm>
#include <array>
#include <span>

namespace ghostport {
namespace {

// A way in or out: across the border of home-net it weighs one more.
constexpr std::array<std::string_view, 20> kRemoteAccess{"adb",           "anydesk",    "apple-remote-desktop",
                                                         "haproxy-proxy", "http-proxy", "meterpreter",
                                                         "radmin",        "rdp",        "rlogin",
                                                         "rsh",           "shell",      "socks4",
                                                         "socks5",        "ssh",        "teamviewer",
                                                         "telnet",        "tor-or",     "vnc",
                                                         "winrm",         "x11"};

bool in_group(const Rules& rules, const std::string& group, const FlowDetail& detail) {
  const auto found = rules.assets.find(group);
  return found != rules.assets.end() &&
         (found->second.contains(detail.address[0]) || found->second.contains(detail.address[1]));
}

bool is_declared(const Rules& rules, const std::string& group) { return rules.assets.contains(group); }

std::string transport_text(Transport transport) { return std::string(transport_name(transport)); }

std::string registered_text(const PortEntry* entry, Transport transport) {
  if (entry == nullptr) return "a port that the registry does not know";
  const std::string_view name = entry->registered_name(transport);
  return name.empty() ? "a port without a registration" : "a port registered to " + std::string(name);
}

/// The first that holds, or that would hold but for its `until`.
void find_exception(const Rules& rules, const FlowDetail& detail, Judgement& judgement) {
  for (const Exception& one : rules.exceptions) {
    if (one.port != detail.port[1] || !one.on[static_cast<std::size_t>(detail.transport)] ||
        one.service != detail.service)
      continue;
    if (one.hosts && !one.hosts->contains(detail.address[1])) continue;
    if (!one.until || detail.packet_time < *one.until) {
      judgement.allowed_by = &one;
      judgement.ended = nullptr;
      return;
    }
    if (judgement.ended == nullptr) judgement.ended = &one;
  }
}

constexpr std::array<std::string_view, 3> kMedia{"h245", "rtcp", "rtp"};  // announced by a call
constexpr std::array<std::string_view, 2> kPathChecks{"dtls", "stun"};    // what shares the media's ports (RFC 7983)

template <std::size_t Count>
bool is_one_of(std::string_view name, const std::array<std::string_view, Count>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// What one expectation comes to.
struct Ground {
  bool holds = false;
  Verdict verdict = Verdict::unexpected;
  std::string why;     ///< where it holds by context: goes into the reason
  std::string failed;  ///< where it does not hold
  bool may_change = false;
};

std::string ends_text(const FlowDetail& detail) {
  return detail.address[0].text() + " and " + detail.address[1].text();
}

/// The context of media and their control: a call between the hosts, and what it announced (verdicts, row 31).
Ground by_call(const FlowDetail& detail, const FlowContext& context) {
  Ground ground;
  const std::string by = context.signalling == ServiceId::none
                             ? "a call"
                             : "a call (" + std::string(service_name(context.signalling)) + ")";
  switch (context.call) {
    case CallGround::announced:
      ground.holds = true;
      ground.verdict = Verdict::expected;
      ground.why = "announced by " + by + " of the two hosts";
      break;
    case CallGround::live:
      ground.holds = ground.may_change = true;
      ground.verdict = Verdict::consistent;
      ground.why = "the two hosts have " + by + ", which did not announce this port";
      break;
    case CallGround::none:
      ground.may_change = true;
      ground.failed = "no call of " + ends_text(detail) + " was seen that announces it";
      break;
  }
  return ground;
}

/// The context of a service whose payload proves it, but not that it belongs here.
Ground by_signature_and_context(const FlowDetail& detail, const Expectation& one, const FlowContext& context) {
  if (is_one_of(one.service, kMedia)) return by_call(detail, context);
  Ground ground;
  if (one.service == "appneta-rpp" && context.rpp_announced) {
    ground.holds = true;
    ground.verdict = Verdict::expected;
    ground.why = "announced by a control exchange of the two hosts";
    return ground;
  }
  ground.may_change = one.service == "appneta-rpp";
  ground.holds = one.consistent_without_context;
  ground.verdict = Verdict::consistent;
  ground.failed = "no signalling that announces it was seen";
  if (ground.holds) ground.why = "fits what is expected here, though nothing announced it";
  return ground;
}

/// An expectation of the flow's own service and transport.
Ground of_named(const Rules& rules, const FlowDetail& detail, const Expectation& one, const FlowContext& context) {
  Ground ground;
  if (!one.assets.empty() && is_declared(rules, one.assets) && !in_group(rules, one.assets, detail)) {
    ground.failed = "neither end is in the declared group " + one.assets;
    return ground;
  }
  const bool verified = (detail.marks & kClaimed) == 0;
  if (one.proof == Proof::signature) {
    ground.holds = true;
    ground.verdict = verified ? Verdict::expected : Verdict::consistent;
    if (!verified) ground.why = "fits what is expected here, though only the client says so";
  } else if (one.proof == Proof::signature_and_context) {
    ground = by_signature_and_context(detail, one, context);
  }
  return ground;
}

std::string allocation_text(const FlowDetail& detail, const FlowContext::Allocation& allocation) {
  std::string text = "port " + std::to_string(detail.port[1]) + " is " + std::to_string(allocation.above) +
                     " above the first of the range, so at least " + std::to_string(allocation.needed) +
                     " lower ports of the host must be in use, and " + std::to_string(allocation.in_use) + " were seen";
  if (!allocation.whole_history && !allocation.coherent()) text += " since the capture began, less than 8 hours ago";
  return text;
}

/// A service without a wire format: its place and its company, never its bytes (verdicts, rows 13 and 14).
Ground by_allocation(const Rules& rules, const FlowDetail& detail, const Expectation& one, const FlowContext& context) {
  Ground ground;
  const bool declared =
      !one.assets.empty() && is_declared(rules, one.assets) && rules.assets.at(one.assets).contains(detail.address[1]);
  if (!context.allocation) {
    ground.failed = detail.payload_bytes[0] == 0 || detail.payload_bytes[1] == 0
                        ? "only one side spoke"
                        : "no exchange that could be " + one.service + " was followed";
    return ground;
  }
  const FlowContext::Allocation& allocation = *context.allocation;
  if (!declared && !allocation.session) {
    ground.failed = "no ICA or CGP session of " + ends_text(detail) + " within 8 hours";
    if (!one.assets.empty()) {
      ground.failed += ", and " + detail.address[1].text() + " is not declared in assets: " + one.assets;
    }
    return ground;
  }
  if (!allocation.coherent()) {
    ground.failed = allocation_text(detail, allocation);
    return ground;
  }
  ground.holds = true;
  ground.verdict = Verdict::consistent;
  ground.why = std::string(declared ? "the server is a declared " + one.assets
                                    : "the two hosts have, or had within 8 hours, an ICA or CGP session") +
               "; " + allocation_text(detail, allocation) + "; its bytes prove nothing, since no wire format is public";
  return ground;
}

/// An expectation that no payload can meet, for a flow that nothing named.
Ground of_unnamed(const Rules& rules, const FlowDetail& detail, const Expectation& one, const FlowContext& context) {
  Ground ground;
  switch (one.proof) {
    case Proof::signature:
    case Proof::signature_and_context: ground.failed = "the payload is not " + one.service; break;
    case Proof::context: return by_allocation(rules, detail, one, context);
    case Proof::none_known:
      // Nothing can verify it; where the operator says that this host runs it, it is consistent.
      if (one.assets.empty()) break;
      if (is_declared(rules, one.assets) && rules.assets.at(one.assets).contains(detail.address[1])) {
        ground.holds = true;
        ground.verdict = Verdict::consistent;
        ground.why =
            "the server is a declared " + one.assets + ", and nothing known on the wire could prove " + one.service;
      } else {
        ground.failed = detail.address[1].text() + " is not declared in assets: " + one.assets;
      }
      break;
  }
  return ground;
}

std::string named_reason(const Rules& rules, const FlowDetail& detail, const PortEntry* entry) {
  std::string text(service_name(detail.service));
  text += detail.side == Side::server ? " spoken by the server" : " in the client's words";
  if (detail.signature != kNoSignature) text += " (" + rules.signatures->at(detail.signature).id + ")";
  text += " on " + registered_text(entry, detail.transport);
  if (detail.inner != ServiceId::none) {
    text += ", with " + std::string(service_name(detail.inner)) + " inside";
    if (detail.inner_signature != kNoSignature) text += " (" + rules.signatures->at(detail.inner_signature).id + ")";
  }
  if (detail.asked != ServiceId::none) text += "; the client asked for " + std::string(service_name(detail.asked));
  return text;
}

std::string count_text(std::uint64_t count, std::string_view word) {
  return std::to_string(count) + ' ' + std::string(word) + (count == 1 ? "" : "s");
}

std::string unnamed_reason(const Rules& rules, const FlowDetail& detail, const PortEntry* entry) {
  if (detail.revision == 1 && detail.payload_bytes[0] == 0 && detail.payload_bytes[1] == 0 &&
      (detail.marks & kTruncated) != 0) {
    return "not inspected: a limit was hit when the flow began";
  }
  std::string text = count_text(detail.payload_bytes[0], "byte") + " from the client and " +
                     count_text(detail.payload_bytes[1], "byte") + " from the server match none of the " +
                     std::to_string(rules.signatures->services_tried(detail.transport).size()) +
                     " services known over " + transport_text(detail.transport) + ", on " +
                     registered_text(entry, detail.transport);
  switch (detail.budget) {
    case BudgetEnd::bytes: text += "; the bytes and packets that identification looks at are spent"; break;
    case BudgetEnd::time: text += "; 30 s after the first payload"; break;
    case BudgetEnd::none:
    case BudgetEnd::flow_end: text += "; at the end of the flow"; break;
  }
  return text;
}

std::string unverified_reason(const FlowDetail& detail, const PortEntry* entry, const Expectation& one) {
  return "consistent with " + one.service + " on " + registered_text(entry, detail.transport) + ": " +
         count_text(detail.payload_bytes[0], "byte") + " in " + count_text(detail.payload_packets[0], "packet") +
         " from the client and " + count_text(detail.payload_bytes[1], "byte") + " in " +
         count_text(detail.payload_packets[1], "packet") + " from the server match no known service";
}

std::string silent_reason(const FlowDetail& detail, const PortEntry* entry) {
  std::string text = detail.basis == RoleBasis::unknown && detail.packets[0] == 0
                         ? "datagrams only from the port, and none to it, on "
                         : "the port answered, but said nothing that names a service, on ";
  text += registered_text(entry, detail.transport);
  if (detail.asked != ServiceId::none) text += "; the client asked for " + std::string(service_name(detail.asked));
  return text;
}

void add_marks(const FlowDetail& detail, std::string& reason) {
  if ((detail.marks & kOneSided) != 0) reason += "; only the client's side is the ground";
  if ((detail.marks & kJoined) != 0) reason += "; joined mid-stream";
  if ((detail.marks & kTruncated) != 0) reason += "; payload is missing from the capture";
  if ((detail.marks & kGap) != 0) reason += "; a hole in the stream";
  if (detail.basis == RoleBasis::unknown) reason += "; which side is the server is not known";
}

Severity weigh(const Rules& rules, const FlowDetail& detail, Verdict verdict) {
  const auto index = static_cast<std::size_t>(verdict);
  int weight = static_cast<int>(rules.severity[index].value_or(kDefaultSeverity[index]));
  const bool weighed =
      verdict == Verdict::unexpected || verdict == Verdict::unrecognized || verdict == Verdict::listener;
  if (!weighed || weight <= static_cast<int>(Severity::info)) return static_cast<Severity>(weight);
  const bool unsure = (detail.marks & (kOneSided | kJoined | kGroup)) != 0 || detail.basis == RoleBasis::unknown;
  if (unsure) --weight;
  if (rules.home_net && rules.home_net->contains(detail.address[0]) != rules.home_net->contains(detail.address[1])) {
    const auto is_access = [](ServiceId service) {
      return service != ServiceId::none &&
             std::find(kRemoteAccess.begin(), kRemoteAccess.end(), service_name(service)) != kRemoteAccess.end();
    };
    if (is_access(detail.service) || is_access(detail.inner)) ++weight;
  }
  return static_cast<Severity>(
      std::clamp(weight, static_cast<int>(Severity::low), static_cast<int>(Severity::critical)));
}

}  // namespace

namespace {

Ground ground_of(const Rules& rules, const FlowDetail& detail, const Expectation& one, const FlowContext& context) {
  Ground ground;
  if (one.transport != detail.transport) {
    ground.failed = "transport is " + transport_text(detail.transport);
    return ground;
  }
  if (detail.outcome == Outcome::unrecognized) return of_unnamed(rules, detail, one, context);
  if (detail.outcome != Outcome::identified) return ground;
  // STUN is but the carrier of what shares its ports; alone it may check the path to media that a call announced.
  const std::string_view name = service_name(detail.service);
  const bool carries = is_one_of(name, kPathChecks);
  const ServiceId spoken = carries && detail.inner != ServiceId::none ? detail.inner : detail.service;
  if (one.id == spoken) return of_named(rules, detail, one, context);
  if (carries && one.service == "rtp" && context.call != CallGround::none) return by_call(detail, context);
  ground.may_change = carries && one.service == "rtp";
  if (one.proof != Proof::none_known) ground.failed = "the payload is " + std::string(name);
  return ground;
}

}  // namespace

std::string proof_text(const Expectation& one) {
  const std::string group = one.assets.empty() ? std::string() : "assets: " + one.assets;
  const std::string one_end = group.empty() ? "" : "; where " + group + " is declared, one end must be in it";
  switch (one.proof) {
    case Proof::signature: return "by its payload" + one_end;
    case Proof::signature_and_context:
      if (is_one_of(one.service, kMedia))
        return "by its payload and a call of the two hosts (H.323, SIP or RTSP): what the call announced is expected, "
               "other ports are consistent" +
               one_end;
      return "by its payload and the exchange that announced the port; without that " +
             std::string(one.consistent_without_context ? "consistent" : "unexpected") + one_end;
    case Proof::context:
      return "never by its payload, for which no wire format is public; consistent where the server is declared" +
             (group.empty() ? std::string() : " in " + group) +
             " or has an ICA or CGP session with the client, and the lower ports of the range are taken as it takes "
             "them";
    case Proof::none_known: break;
  }
  return group.empty() ? "no wire format is known, so nothing could verify it"
                       : "no wire format is known; unrecognized payload is consistent on a server declared in " + group;
}

Judgement judge(const Rules& rules, const FlowDetail& detail, const FlowContext& context) {
  Judgement judgement;
  const PortEntry* entry = rules.registry.find(detail.port[1]);
  const bool named = detail.outcome == Outcome::identified;
  switch (detail.outcome) {
    case Outcome::identified:
      judgement.verdict = Verdict::unexpected;
      judgement.reason = named_reason(rules, detail, entry);
      break;
    case Outcome::listener:
      judgement.verdict = Verdict::listener;
      judgement.reason = silent_reason(detail, entry);
      break;
    case Outcome::probe: judgement.verdict = Verdict::probe; break;
    case Outcome::none:
    case Outcome::unrecognized:
      judgement.verdict = Verdict::unrecognized;
      judgement.reason = unnamed_reason(rules, detail, entry);
      break;
  }
  std::string why;
  bool fits = false;
  for (const Expectation& one : entry == nullptr ? std::span<const Expectation>() : std::span(entry->expectations)) {
    if (one.transport != detail.transport && one.proof == Proof::none_known) continue;
    Ground ground = ground_of(rules, detail, one, context);
    judgement.may_change = judgement.may_change || ground.may_change;
    judgement.expectations.push_back({&one, ground.holds ? std::string() : std::move(ground.failed)});
    if (!ground.holds || fits) continue;
    fits = true;
    judgement.verdict = ground.verdict;
    why = std::move(ground.why);
    if (named) continue;
    judgement.service = one.id;
    judgement.reason = unverified_reason(detail, entry, one);
  }
  if (named && judgement.verdict != Verdict::expected) {
    find_exception(rules, detail, judgement);
    if (judgement.allowed_by != nullptr) {
      judgement.verdict = Verdict::expected;
      judgement.exception = judgement.allowed_by->why;
      judgement.reason += "; allowed by an exception";
    }
  }
  if (judgement.verdict == Verdict::expected) judgement.may_change = false;
  if (judgement.verdict == Verdict::expected && judgement.exception.empty()) judgement.reason += ", as expected";
  if (!why.empty() && judgement.exception.empty()) judgement.reason += "; " + why;
  if (judgement.verdict == Verdict::unexpected) judgement.reason += "; not expected here";
  add_marks(detail, judgement.reason);
  judgement.severity = weigh(rules, detail, judgement.verdict);
  return judgement;
}

}  // namespace ghostport
