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
void find_exception(const Rules& rules, const FlowDetail& detail, Ruling& ruling) {
  for (const Exception& one : rules.exceptions) {
    if (one.port != detail.port[1] || !one.on[static_cast<std::size_t>(detail.transport)] ||
        one.service != detail.service)
      continue;
    if (one.hosts && !one.hosts->contains(detail.address[1])) continue;
    if (!one.until || detail.packet_time < *one.until) {
      ruling.allowed_by = &one;
      ruling.ended = nullptr;
      return;
    }
    if (ruling.ended == nullptr) ruling.ended = &one;
  }
}

constexpr std::array<std::string_view, 3> kMedia{"h245", "rtcp", "rtp"};  // announced by a call
constexpr std::array<std::string_view, 2> kPathChecks{"dtls", "stun"};    // what shares the media's ports (RFC 7983)

template <std::size_t Count>
bool is_one_of(std::string_view name, const std::array<std::string_view, Count>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// What the words of a judgement are made of.
struct Case {
  const Rules& rules;
  const FlowDetail& detail;
  const Expectation& one;
  const FlowContext& context;
};
using Words = std::string (*)(const Case&);

/// What one expectation comes to. Its words are made only where somebody reads them: a worker judges too.
struct Ground {
  bool holds = false;
  Verdict verdict = Verdict::unexpected;
  bool may_change = false;
  Words why = nullptr;     ///< where it holds by context: goes into the reason
  Words failed = nullptr;  ///< where it does not hold
};

std::string ends_text(const FlowDetail& detail) {
  return detail.address[0].text() + " and " + detail.address[1].text();
}

std::string call_text(const FlowContext& context) {
  if (context.signalling == ServiceId::none) return "a call";
  return "a call (" + std::string(service_name(context.signalling)) + ")";
}

/// The context of media and their control: a call between the hosts, and what it announced (verdicts, row 31).
Ground by_call(const FlowContext& context) {
  Ground ground;
  switch (context.call) {
    case CallGround::announced:
      ground.holds = true;
      ground.verdict = Verdict::expected;
      ground.why = [](const Case& of) { return "announced by " + call_text(of.context) + " of the two hosts"; };
      break;
    case CallGround::live:
      ground.holds = ground.may_change = true;
      ground.verdict = Verdict::consistent;
      ground.why = [](const Case& of) {
        return "the two hosts have " + call_text(of.context) + ", which did not announce this port";
      };
      break;
    case CallGround::none:
      ground.may_change = true;
      ground.failed = [](const Case& of) {
        return "no call of " + ends_text(of.detail) + " was seen that announces it";
      };
      break;
  }
  return ground;
}

/// The context of a service whose payload proves it, but not that it belongs here.
Ground by_signature_and_context(const Case& of) {
  if (is_one_of(of.one.service, kMedia)) return by_call(of.context);
  Ground ground;
  if (of.one.service == "appneta-rpp" && of.context.rpp_announced) {
    ground.holds = true;
    ground.verdict = Verdict::expected;
    ground.why = [](const Case&) -> std::string { return "announced by a control exchange of the two hosts"; };
    return ground;
  }
  ground.may_change = of.one.service == "appneta-rpp";
  ground.holds = of.one.consistent_without_context;
  ground.verdict = Verdict::consistent;
  ground.failed = [](const Case&) -> std::string { return "no signalling that announces it was seen"; };
  if (ground.holds)
    ground.why = [](const Case&) -> std::string { return "fits what is expected here, though nothing announced it"; };
  return ground;
}

/// An expectation of the flow's own service and transport.
Ground of_named(const Case& of) {
  Ground ground;
  if (!of.one.assets.empty() && is_declared(of.rules, of.one.assets) && !in_group(of.rules, of.one.assets, of.detail)) {
    ground.failed = [](const Case& it) { return "neither end is in the declared group " + it.one.assets; };
    return ground;
  }
  const bool verified = (of.detail.marks & kClaimed) == 0;
  if (of.one.proof == Proof::signature) {
    ground.holds = true;
    ground.verdict = verified ? Verdict::expected : Verdict::consistent;
    if (!verified)
      ground.why = [](const Case&) -> std::string {
        return "fits what is expected here, though only the client says so";
      };
  } else if (of.one.proof == Proof::signature_and_context) {
    ground = by_signature_and_context(of);
  }
  return ground;
}

std::string allocation_text(const Case& of) {
  const FlowContext::Allocation& allocation = *of.context.allocation;
  std::string text = "port " + std::to_string(of.detail.port[1]) + " is " + std::to_string(allocation.above) +
                     " above the first of the range, so at least " + std::to_string(allocation.needed) +
                     " lower ports of the host must be in use, and " + std::to_string(allocation.in_use) + " were seen";
  if (!allocation.whole_history && !allocation.coherent()) text += " since the capture began, less than 8 hours ago";
  return text;
}

bool is_declared_server(const Case& of) {
  return !of.one.assets.empty() && is_declared(of.rules, of.one.assets) &&
         of.rules.assets.find(of.one.assets)->second.contains(of.detail.address[1]);
}

/// A service without a wire format: its place and its company, never its bytes (verdicts, rows 13 and 14).
Ground by_allocation(const Case& of) {
  Ground ground;
  if (!of.context.allocation) {
    ground.failed = [](const Case& it) {
      return it.detail.payload_bytes[0] == 0 || it.detail.payload_bytes[1] == 0
                 ? std::string("only one side spoke")
                 : "no exchange that could be " + it.one.service + " was followed";
    };
    return ground;
  }
  if (!is_declared_server(of) && !of.context.allocation->session) {
    ground.failed = [](const Case& it) {
      std::string text = "no ICA or CGP session of " + ends_text(it.detail) + " within 8 hours";
      if (!it.one.assets.empty())
        text += ", and " + it.detail.address[1].text() + " is not declared in assets: " + it.one.assets;
      return text;
    };
    return ground;
  }
  if (!of.context.allocation->coherent()) {
    ground.failed = allocation_text;
    return ground;
  }
  ground.holds = true;
  ground.verdict = Verdict::consistent;
  ground.why = [](const Case& it) {
    return (is_declared_server(it) ? "the server is a declared " + it.one.assets
                                   : "the two hosts have, or had within 8 hours, an ICA or CGP session") +
           "; " + allocation_text(it) + "; its bytes prove nothing, since no wire format is public";
  };
  return ground;
}

/// An expectation that no payload can meet, for a flow that nothing named.
Ground of_unnamed(const Case& of) {
  Ground ground;
  switch (of.one.proof) {
    case Proof::signature:
    case Proof::signature_and_context:
      ground.failed = [](const Case& it) { return "the payload is not " + it.one.service; };
      break;
    case Proof::context: return by_allocation(of);
    case Proof::none_known:
      // Nothing can verify it; where the operator says that this host runs it, it is consistent.
      if (of.one.assets.empty()) break;
      if (is_declared_server(of)) {
        ground.holds = true;
        ground.verdict = Verdict::consistent;
        ground.why = [](const Case& it) {
          return "the server is a declared " + it.one.assets + ", and nothing known on the wire could prove " +
                 it.one.service;
        };
      } else {
        ground.failed = [](const Case& it) {
          return it.detail.address[1].text() + " is not declared in assets: " + it.one.assets;
        };
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

Ground ground_of(const Case& of) {
  Ground ground;
  if (of.one.transport != of.detail.transport) {
    ground.failed = [](const Case& it) { return "transport is " + transport_text(it.detail.transport); };
    return ground;
  }
  if (of.detail.outcome == Outcome::unrecognized) return of_unnamed(of);
  if (of.detail.outcome != Outcome::identified) return ground;
  // STUN is but the carrier of what shares its ports; alone it may check the path to media that a call announced.
  const bool carries = is_one_of(service_name(of.detail.service), kPathChecks);
  const ServiceId spoken = carries && of.detail.inner != ServiceId::none ? of.detail.inner : of.detail.service;
  if (of.one.id == spoken) return of_named(of);
  if (carries && of.one.service == "rtp" && of.context.call != CallGround::none) return by_call(of.context);
  ground.may_change = carries && of.one.service == "rtp";
  if (of.one.proof != Proof::none_known)
    ground.failed = [](const Case& it) { return "the payload is " + std::string(service_name(it.detail.service)); };
  return ground;
}

/// Calls see(expectation as a case, its ground) for each that has a say, and decides, as far as no words are needed.
template <class See>
Ruling decide_on(const Rules& rules, const FlowDetail& detail, const FlowContext& context, See&& see) {
  Ruling ruling;
  switch (detail.outcome) {
    case Outcome::identified: ruling.verdict = Verdict::unexpected; break;
    case Outcome::listener: ruling.verdict = Verdict::listener; break;
    case Outcome::probe: ruling.verdict = Verdict::probe; break;
    case Outcome::none:
    case Outcome::unrecognized: ruling.verdict = Verdict::unrecognized; break;
  }
  bool fits = false;
  const PortEntry* const entry = rules.registry.find(detail.port[1]);
  for (const Expectation& one : entry == nullptr ? std::span<const Expectation>() : std::span(entry->expectations)) {
    if (one.transport != detail.transport && one.proof == Proof::none_known) continue;
    const Case of{rules, detail, one, context};
    const Ground ground = ground_of(of);
    ruling.may_change = ruling.may_change || ground.may_change;
    const bool first = ground.holds && !fits;
    see(of, ground, first);
    if (!first) continue;
    fits = true;
    ruling.verdict = ground.verdict;
  }
  if (detail.outcome == Outcome::identified && ruling.verdict != Verdict::expected) {
    find_exception(rules, detail, ruling);
    if (ruling.allowed_by != nullptr) ruling.verdict = Verdict::expected;
  }
  if (ruling.verdict == Verdict::expected) ruling.may_change = false;
  return ruling;
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

Ruling rule_on(const Rules& rules, const FlowDetail& detail) noexcept {
  return decide_on(rules, detail, FlowContext(), [](const Case&, const Ground&, bool) {});
}

Judgement judge(const Rules& rules, const FlowDetail& detail, const FlowContext& context) {
  Judgement judgement;
  const PortEntry* const entry = rules.registry.find(detail.port[1]);
  const bool named = detail.outcome == Outcome::identified;
  if (named) {
    judgement.reason = named_reason(rules, detail, entry);
  } else if (detail.outcome == Outcome::listener) {
    judgement.reason = silent_reason(detail, entry);
  } else if (detail.outcome != Outcome::probe) {
    judgement.reason = unnamed_reason(rules, detail, entry);
  }
  std::string why;
  static_cast<Ruling&>(judgement) =
      decide_on(rules, detail, context, [&](const Case& of, const Ground& ground, bool first) {
        const bool fails = !ground.holds && ground.failed != nullptr;
        judgement.expectations.push_back({&of.one, fails ? ground.failed(of) : std::string()});
        if (!first) return;
        if (ground.why != nullptr) why = ground.why(of);
        if (named) return;
        judgement.service = of.one.id;
        judgement.reason = unverified_reason(detail, entry, of.one);
      });
  if (judgement.allowed_by != nullptr) {
    judgement.exception = judgement.allowed_by->why;
    judgement.reason += "; allowed by an exception";
  }
  if (judgement.verdict == Verdict::expected && judgement.exception.empty()) judgement.reason += ", as expected";
  if (!why.empty() && judgement.exception.empty()) judgement.reason += "; " + why;
  if (judgement.verdict == Verdict::unexpected) judgement.reason += "; not expected here";
  add_marks(detail, judgement.reason);
  judgement.severity = weigh(rules, detail, judgement.verdict);
  return judgement;
}

}  // namespace ghostport
