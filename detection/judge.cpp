#include "detection/judge.h"

#include <algorithm>
#include <array>

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

/// Does this expectation, of the flow's service and transport, hold? Writes why not.
bool holds(const Rules& rules, const FlowDetail& detail, const Expectation& one, Verdict& verdict,
           std::string& failed) {
  if (!one.assets.empty() && is_declared(rules, one.assets) && !in_group(rules, one.assets, detail)) {
    failed = "neither end is in the declared group " + one.assets;
    return false;
  }
  const bool verified = (detail.marks & kClaimed) == 0;
  if (one.proof == Proof::signature) {
    verdict = verified ? Verdict::expected : Verdict::consistent;
    return true;
  }
  if (one.proof == Proof::signature_and_context) {
    if (one.consistent_without_context) {
      verdict = Verdict::consistent;
      return true;
    }
    failed = "no signalling that announces it was seen";
  }
  return false;
}

std::string failed_for_unnamed(const Rules& rules, const FlowDetail& detail, const Expectation& one) {
  if (one.proof == Proof::signature || one.proof == Proof::signature_and_context)
    return "the payload is not " + one.service;
  if (one.proof != Proof::context) return {};
  if (!one.assets.empty() && !in_group(rules, one.assets, detail)) return "no end is a declared " + one.assets;
  return "the sessions that its context needs are not verified by this version";
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

Judgement judge(const Rules& rules, const FlowDetail& detail) {
  Judgement judgement;
  const PortEntry* entry = rules.registry.find(detail.port[1]);
  const bool named = detail.outcome == Outcome::identified;
  bool fits = false;
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
  if (entry != nullptr) {
    for (const Expectation& one : entry->expectations) {
      if (one.transport != detail.transport && one.proof == Proof::none_known) continue;
      ExpectationResult result{&one, {}};
      if (one.transport != detail.transport) {
        result.failed = "transport is " + transport_text(detail.transport);
      } else if (named && one.id == detail.service) {
        Verdict verdict = Verdict::unexpected;
        if (holds(rules, detail, one, verdict, result.failed) && !fits) {
          fits = true;
          judgement.verdict = verdict;
        }
      } else if (named) {
        if (one.proof != Proof::none_known)
          result.failed = "the payload is " + std::string(service_name(detail.service));
      } else if (detail.outcome == Outcome::unrecognized) {
        result.failed = failed_for_unnamed(rules, detail, one);
      }
      judgement.expectations.push_back(std::move(result));
    }
  }
  if (named && judgement.verdict != Verdict::expected) {
    find_exception(rules, detail, judgement);
    if (judgement.allowed_by != nullptr) {
      judgement.verdict = Verdict::expected;
      judgement.exception = judgement.allowed_by->why;
      judgement.reason += "; allowed by an exception";
    }
  }
  if (judgement.verdict == Verdict::expected && judgement.exception.empty()) judgement.reason += ", as expected";
  if (judgement.verdict == Verdict::consistent)
    judgement.reason += "; fits what is expected here, though nothing announced it";
  if (judgement.verdict == Verdict::unexpected) judgement.reason += "; not expected here";
  add_marks(detail, judgement.reason);
  judgement.severity = weigh(rules, detail, judgement.verdict);
  return judgement;
}

}  // namespace ghostport
