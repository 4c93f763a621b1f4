#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

#include "detection/judge.h"
#include "sensor/commands/commands.h"
#include "sensor/doubts.h"
#include "sensor/terminal.h"

namespace ghostport {
namespace {

constexpr std::string_view kClaimBy[] = {"IANA", "vendor", "field report"};
constexpr std::string_view kConfidence[] = {"high", "medium", "low"};

std::string transports(const bool (&on)[kTransports]) { return on[0] && on[1] ? "tcp, udp" : on[0] ? "tcp" : "udp"; }

void print_claims(const PortEntry& entry, const WatchList::Item& item) {
  std::printf("claims\n");
  for (const Claim& claim : entry.claims) {
    if (!(claim.on[0] && item.on[0]) && !(claim.on[1] && item.on[1])) continue;
    std::string text = "  " + claim.name + " (" + transports(claim.on) + ") by " +
                       std::string(kClaimBy[static_cast<std::size_t>(claim.by)]);
    if (!claim.registered.empty()) text += ", registered " + claim.registered;
    if (claim.confidence != Confidence::high) {
      text += ", confidence " + std::string(kConfidence[static_cast<std::size_t>(claim.confidence)]);
    }
    if (!claim.text.empty()) text += ": " + claim.text;
    std::printf("%s\n      source: %s\n", for_terminal(text).c_str(), for_terminal(claim.source).c_str());
  }
}

void print_expectations(const Rules& rules, const PortEntry& entry, const WatchList::Item& item) {
  std::printf("expected\n");
  bool any = false;
  for (const Expectation& one : entry.expectations) {
    if (!item.on[static_cast<std::size_t>(one.transport)]) continue;
    any = true;
    std::string text = "  " + one.service + '/' + std::string(transport_name(one.transport)) + ", proof " +
                       std::string(proof_name(one.proof)) + ": " + proof_text(one);
    if (!one.assets.empty()) text += rules.assets.contains(one.assets) ? " (declared)" : " (not declared)";
    std::printf("%s\n", for_terminal(text).c_str());
  }
  if (!any) std::printf("  nothing\n");
}

/// What the operator allows here besides.
void print_exceptions(const Rules& rules, const WatchList::Item& item) {
  bool any = false;
  for (std::size_t i = 0; i < rules.exceptions.size(); ++i) {
    const Exception& one = rules.exceptions[i];
    if (one.port != item.ports.first || !((one.on[0] && item.on[0]) || (one.on[1] && item.on[1]))) continue;
    if (!std::exchange(any, true)) std::printf("allowed by the configuration\n");
    std::printf("  %s%s%s\n", exception_text(rules, i).c_str(), one.hosts ? ", on some hosts only" : "",
                one.until ? (", until " + last_day_text(one)).c_str() : "");
  }
}

/// A flow as it would be judged: the client's SYN or first datagram was seen, the server answered.
FlowDetail made_up_flow(const Rules& rules, std::uint16_t port, Transport transport, Outcome outcome,
                        ServiceId service) {
  FlowDetail detail;
  const std::uint8_t addresses[2][4] = {{192, 0, 2, 1}, {192, 0, 2, 2}};  // RFC 5737, for documentation
  detail.address[0] = Address::v4(addresses[0]);
  detail.address[1] = Address::v4(addresses[1]);
  detail.port[0] = 49152;
  detail.port[1] = port;
  detail.transport = transport;
  detail.basis = transport == Transport::tcp ? RoleBasis::syn : RoleBasis::first_packet;
  detail.outcome = outcome;
  detail.revision = 1;
  detail.side = Side::server;
  detail.budget = BudgetEnd::time;
  if (outcome >= Outcome::unrecognized) detail.payload_bytes[0] = detail.payload_bytes[1] = 100;
  if (outcome != Outcome::identified) return detail;
  detail.service = service;
  const auto& signatures = rules.signatures->signatures();
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    if (signatures[i].service != service || signatures[i].transport != transport) continue;
    detail.signature = static_cast<SignatureIndex>(i);
    detail.side = signatures[i].side == SignatureSide::client ? Side::client : Side::server;
    if (detail.side == Side::server) return detail;
  }
  if (detail.side == Side::client) detail.marks |= kClaimed;
  return detail;
}

void print_judgement(const Rules& rules, std::string_view what, const FlowDetail& detail) {
  const Judgement judgement = judge(rules, detail);
  std::printf("  %-28s %s, severity %s: %s\n", std::string(what).c_str(),
              std::string(verdict_name(judgement.verdict)).c_str(),
              std::string(severity_name(judgement.severity)).c_str(), for_terminal(judgement.reason).c_str());
}

/// What is expected and can be named, and one service that nobody expects: the two ends of the scale.
std::vector<ServiceId> services_to_show(const PortEntry* entry, Transport transport, const ExplainOptions& options) {
  if (options.service) return {*options.service};
  std::vector<ServiceId> services;
  if (entry != nullptr) {
    for (const Expectation& one : entry->expectations) {
      if (one.transport == transport && one.id != ServiceId::none && one.proof != Proof::context)
        services.push_back(one.id);
    }
  }
  const auto stranger = find_service(transport == Transport::tcp ? "ssh" : "dns");
  if (stranger && std::find(services.begin(), services.end(), *stranger) == services.end())
    services.push_back(*stranger);
  return services;
}

void print_findings(const Rules& rules, const PortEntry* entry, std::uint16_t port, Transport transport,
                    const ExplainOptions& options) {
  const std::string name(transport_name(transport));
  std::printf("what a finding on %u/%s would say\n", port, name.c_str());
  for (const ServiceId service : services_to_show(entry, transport, options)) {
    const FlowDetail detail = made_up_flow(rules, port, transport, Outcome::identified, service);
    const auto& tried = rules.signatures->services_tried(transport);
    const bool known = std::find(tried.begin(), tried.end(), service) != tried.end();
    print_judgement(rules, std::string(service_name(service)) + (known ? "" : " (no signature yet)"), detail);
  }
  if (options.service) return;
  print_judgement(rules, "payload that nothing matches",
                  made_up_flow(rules, port, transport, Outcome::unrecognized, ServiceId::none));
  print_judgement(rules, "an answer without payload",
                  made_up_flow(rules, port, transport, Outcome::listener, ServiceId::none));
  std::printf("  %-28s probe, severity %s: summed for each source\n", "no answer, or a refusal",
              std::string(severity_name(rules.severity[static_cast<std::size_t>(Verdict::probe)].value_or(
                              kDefaultSeverity[static_cast<std::size_t>(Verdict::probe)])))
                  .c_str());
}

void print_looks(std::uint16_t port, const WatchList::Item& item) {
  std::printf("how to look at a host\n");
  if (item.on[0]) {
    std::printf("  Linux    ss -tlnp 'sport = :%u'     lsof -nP -iTCP:%u -sTCP:LISTEN\n", port, port);
    std::printf("  macOS    lsof -nP -iTCP:%u -sTCP:LISTEN\n", port);
    std::printf("  Windows  netstat -ano -p TCP | findstr :%u     tasklist /FI \"PID eq NUMBER\"\n", port);
    std::printf("           Get-NetTCPConnection -LocalPort %u | Select-Object LocalAddress,State,OwningProcess\n",
                port);
    std::printf("  network  nmap -sV -p T:%u HOST\n", port);
  }
  if (item.on[1]) {
    std::printf("  Linux    ss -ulnp 'sport = :%u'     lsof -nP -iUDP:%u\n", port, port);
    std::printf("  macOS    lsof -nP -iUDP:%u\n", port);
    std::printf("  Windows  netstat -ano -p UDP | findstr :%u     tasklist /FI \"PID eq NUMBER\"\n", port);
    std::printf("           Get-NetUDPEndpoint -LocalPort %u | Select-Object LocalAddress,OwningProcess\n", port);
    std::printf("  network  nmap -sU -sV -p U:%u HOST\n", port);
  }
}

void explain(const Rules& rules, const WatchList::Item& item, const ExplainOptions& options) {
  const std::uint16_t port = item.ports.first;
  const PortEntry* const entry = rules.registry.find(port);
  std::string title = "port " + std::to_string(port) + " (" + transports(item.on) + "), in IANA's " +
                      std::string(iana_range_name(iana_range(port))) + " range";
  if (entry != nullptr && entry->ghost) title += ", a ghost port";
  std::printf("%s\n", title.c_str());
  if (entry == nullptr) {
    std::printf(
        "The registry does not know this port: no claim, and nothing is expected on it. (An include of IANA's names: "
        "ghostport registry import.)\n");
  } else {
    if (!entry->note.empty()) std::printf("%s\n", for_terminal(entry->note).c_str());
    if (entry->names_only) std::printf("Known by name only: no reason to judge it under watch: all.\n");
    print_claims(*entry, item);
    print_expectations(rules, *entry, item);
  }
  print_exceptions(rules, item);
  for (const Transport transport : {Transport::tcp, Transport::udp}) {
    if (!item.on[static_cast<std::size_t>(transport)]) continue;
    if ((rules.watch.at(transport, port) & WatchTable::kJudged) == 0) {
      std::printf("%s is not watched unless you ask for it (--watch, or watch: in the configuration)\n",
                  std::string(transport_name(transport)).c_str());
    }
    print_findings(rules, entry, port, transport, options);
  }
  print_looks(port, item);
}

}  // namespace

int run_command(const ExplainOptions& options, std::chrono::steady_clock::time_point) {
  const auto configured = configuration_of(options.configuration);
  if (!configured) return kWrongUsage;
  const Configuration& configuration = *configured;
  const auto rules = rules_of(configuration);
  if (!rules) return kWrongUsage;
  for (std::size_t i = 0; i < options.ports.size(); ++i) {
    if (i != 0) std::printf("\n");
    explain(*rules, options.ports[i], options);
  }
  return kDone;
}

}  // namespace ghostport
