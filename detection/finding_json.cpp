#include "detection/finding_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "detection/alert_identity.h"
#include "detection/community_id.h"

namespace ghostport {
namespace {

// Bounds of what a user or a path can make long, in bytes as written; together they keep a record under
// kMostRecordBytes.
constexpr std::size_t kMostName = 64;
constexpr std::size_t kMostReason = 640;
constexpr std::size_t kMostPath = 200;
constexpr std::size_t kMostAsked = 10;
constexpr std::size_t kTriedStep = 8;

constexpr std::string_view proto_name(Transport transport) { return transport == Transport::tcp ? "TCP" : "UDP"; }
constexpr std::string_view side_name(Side side) { return side == Side::client ? "client" : "server"; }

/// How many entries of the two lists that may be long are written.
struct ListBounds {
  std::size_t expected = 32;
  std::size_t tried = 256;
};

// Inlined, for the sake of JsonLine::key.
[[gnu::always_inline]] inline void address(JsonLine& line, std::string_view name, const Address& value) {
  line.key(name);
  line.address(value);
}

[[gnu::always_inline]] inline void field(JsonLine& line, std::string_view name, std::string_view value,
                                         std::size_t most = kMostName) {
  line.key(name);
  line.text(value, most);
}

[[gnu::always_inline]] inline void field(JsonLine& line, std::string_view name, std::uint64_t value) {
  line.key(name);
  line.number(value);
}

[[gnu::always_inline]] inline void time_field(JsonLine& line, std::string_view name, std::int64_t nanoseconds) {
  line.key(name);
  line.time(nanoseconds);
}

std::string_view carrier_name(std::uint8_t protocol) {
  switch (protocol) {  // keywords of IANA's registry of protocol numbers
    case 4: return "IPv4";
    case 17: return "UDP";
    case 41: return "IPv6";
    case 47: return "GRE";
    default: return "MPLS-in-IP";
  }
}

/// As Suricata's `pkt_src` says it.
std::string_view tunnel_name(TunnelKind kind) {
  switch (kind) {
    case TunnelKind::none: break;
    case TunnelKind::ipv4: return "ipv4 tunnel";
    case TunnelKind::ipv6: return "ipv6 tunnel";
    case TunnelKind::gre: return "gre tunnel";
    case TunnelKind::erspan: return "erspan tunnel";
    case TunnelKind::mpls: return "mpls tunnel";
    case TunnelKind::vxlan: return "vxlan encapsulation";
    case TunnelKind::geneve: return "geneve encapsulation";
    case TunnelKind::gtp: return "gtp tunnel";
    case TunnelKind::teredo: return "teredo tunnel";
  }
  return "wire/pcap";
}

void tunnel(JsonLine& line, const TunnelNote& note) {
  if (note.depth == 0) return;
  line.key("tunnel");
  line.open('{');
  address(line, "src_ip", note.source);
  if (note.protocol == 17) field(line, "src_port", note.source_port);
  address(line, "dest_ip", note.destination);
  if (note.protocol == 17) field(line, "dest_port", note.destination_port);
  field(line, "proto", carrier_name(note.protocol));
  field(line, "depth", note.depth);
  field(line, "pkt_src", tunnel_name(note.kind));
  line.close('}');
}

enum class Kind : std::uint8_t { finding, alert, flow };

void begin_record(JsonLine& line, const FlowDetail& detail, const RecordContext& context, Kind kind) {
  const bool is_finding = kind != Kind::flow;
  line.clear();
  line.open('{');
  time_field(line, "timestamp", is_finding ? detail.packet_time : detail.end);
  field(line, "flow_id", detail.host_flow_id != 0 ? detail.host_flow_id : detail.flow_id);
  if (is_finding) field(line, "pcap_cnt", detail.packet);
  field(line, "event_type", kind == Kind::finding ? "ghostport" : kind == Kind::alert ? "alert" : "flow");
  if (!context.pcap_filename.empty()) {
    line.key("pcap_filename");
    line.end_of_text(context.pcap_filename, kMostPath);
  }
  if (!context.rules->sensor_id.empty()) field(line, "host", context.rules->sensor_id, 2 * kMostName);
  if (detail.vlans != 0) {
    line.key("vlan");
    line.open('[');
    for (std::size_t i = 0; i < std::min<std::size_t>(detail.vlans, std::size(detail.vlan)); ++i)
      line.number(detail.vlan[i]);
    line.close(']');
  }
  address(line, "src_ip", detail.address[0]);
  field(line, "src_port", detail.port[0]);
  address(line, "dest_ip", detail.address[1]);
  field(line, "dest_port", detail.port[1]);
  field(line, "proto", proto_name(detail.transport));
  tunnel(line, detail.tunnel);
}

void community(JsonLine& line, const FlowDetail& detail, const Rules& rules) {
  field(line, "community_id",
        community_id(detail.address[0], detail.address[1], detail.port[0], detail.port[1], detail.transport,
                     rules.community_id_seed)
            .view());
}

void open_flow(JsonLine& line, const FlowDetail& detail) {
  line.key("flow");
  line.open('{');
  field(line, "pkts_toserver", detail.packets[0]);
  field(line, "pkts_toclient", detail.packets[1]);
  field(line, "bytes_toserver", detail.bytes[0]);
  field(line, "bytes_toclient", detail.bytes[1]);
  time_field(line, "start", detail.start);
}

void anomalies(JsonLine& line, const FlowDetail& detail) {
  struct Row {
    bool seen;
    std::string_view name;
  };
  const Row rows[] = {{(detail.anomalies & kConflictingData) != 0, "conflicting-data"},
                      {(detail.anomalies & kBadChecksum) != 0, "bad-checksum"},
                      {(detail.anomalies & kOddFragments) != 0, "odd-fragments"},
                      {(detail.anomalies & kUrgentData) != 0, "urgent-data"},
                      {(detail.anomalies & kDoubtfulClose) != 0, "doubtful-close"},
                      {(detail.anomalies & kDoubtfulSegments) != 0, "doubtful-segments"},
                      {(detail.marks & kTruncated) != 0, "truncated"},
                      {(detail.marks & kGap) != 0, "gap"}};
  line.key("anomalies");
  line.open('[');
  for (const Row& row : rows) {
    if (row.seen) line.text(row.name, kMostName);
  }
  line.close(']');
}

void service(JsonLine& line, const Finding& finding, const Rules& rules) {
  const FlowDetail& detail = finding.detail;
  line.key("service");
  if (finding.judgement.service != ServiceId::none) {
    line.open('{');
    field(line, "name", service_name(finding.judgement.service));
    field(line, "confidence", "consistent");
    line.close('}');
    return;
  }
  if (detail.service == ServiceId::none || detail.outcome != Outcome::identified) {
    line.null();
    return;
  }
  line.open('{');
  field(line, "name", service_name(detail.service));
  field(line, "confidence", (detail.marks & kClaimed) != 0 ? "claimed" : "verified");
  if (detail.signature != kNoSignature) field(line, "signature", rules.signatures->at(detail.signature).id);
  field(line, "side", side_name(detail.side));
  line.close('}');
}

void port(JsonLine& line, const FlowDetail& detail, const Rules& rules) {
  const PortEntry* const entry = rules.registry.find(detail.port[1]);
  const std::string_view name = entry == nullptr ? std::string_view{} : entry->registered_name(detail.transport);
  line.key("port");
  line.open('{');
  field(line, "number", detail.port[1]);
  line.key("registered");
  if (name.empty()) {
    line.null();
  } else {
    line.text(name, kMostName);
  }
  field(line, "side", "dest");
  field(line, "role_basis", role_basis_name(detail.basis));
  line.close('}');
}

void expected(JsonLine& line, const std::vector<ExpectationResult>& results, std::size_t most) {
  const std::size_t shown = std::min(results.size(), most);
  line.key("expected");
  line.open('[');
  for (const ExpectationResult& one : std::span(results).first(shown)) {
    line.open('{');
    field(line, "service", one.expectation->service);
    field(line, "proof", proof_name(one.expectation->proof));
    if (!one.failed.empty()) field(line, "failed", one.failed, 2 * kMostName);
    line.close('}');
  }
  line.close(']');
  if (shown < results.size()) field(line, "expected_left_out", results.size() - shown);
}

void asked(JsonLine& line, const Finding& finding) {
  std::span<const ServiceId> services(finding.asked);
  if (services.empty() && finding.detail.asked != ServiceId::none) services = {&finding.detail.asked, 1};
  if (services.empty()) return;
  line.key("asked");
  if (services.size() == 1) {
    line.text(service_name(services[0]), kMostName);
    return;
  }
  line.open('[');
  for (const ServiceId one : services.first(std::min(services.size(), kMostAsked)))
    line.text(service_name(one), kMostName);
  line.close(']');
}

/// What was ruled out, and why no more was looked at.
void tried(JsonLine& line, const FlowDetail& detail, const Rules& rules, std::size_t most) {
  if (detail.payload_bytes[0] != 0 || detail.payload_bytes[1] != 0) {
    const std::vector<ServiceId>& services = rules.signatures->services_tried(detail.transport);
    const std::size_t shown = std::min(services.size(), most);
    line.key("tried");
    line.open('[');
    for (const ServiceId one : std::span(services).first(shown)) line.text(service_name(one), kMostName);
    line.close(']');
    if (shown < services.size()) field(line, "tried_left_out", services.size() - shown);
  }
  const bool spent = detail.budget == BudgetEnd::bytes;
  field(line, "budget", spent ? "bytes" : detail.budget == BudgetEnd::time ? "time" : "flow-end");
}

void probe(JsonLine& line, const ProbeSum& sum) {
  line.key("probe");
  line.open('{');
  field(line, "flows", sum.flows);
  field(line, "hosts", sum.hosts);
  field(line, "ports", sum.ports);
  if (sum.at_least) {
    line.key("at_least");
    line.boolean(true);
  }
  line.key("first_targets");
  line.open('[');
  for (const ProbeTarget& target :
       std::span(sum.first_targets).first(std::min(sum.first_targets.size(), ProbeSum::kMostTargets))) {
    line.open('{');
    address(line, "ip", target.address);
    field(line, "port", target.port);
    field(line, "proto", proto_name(target.transport));
    line.close('}');
  }
  line.close(']');
  line.key("answers");
  line.open('{');
  field(line, "none", sum.answers[static_cast<std::size_t>(Answer::none)]);
  field(line, "rst", sum.answers[static_cast<std::size_t>(Answer::reset)]);
  field(line, "icmp", sum.answers[static_cast<std::size_t>(Answer::icmp)]);
  line.close('}');
  time_field(line, "first", sum.first);
  time_field(line, "last", sum.last);
  if (sum.sources > 1) field(line, "sources", sum.sources);
  line.close('}');
}

void evidence(JsonLine& line, const FlowDetail& detail) {
  const std::size_t length = std::min<std::size_t>(detail.evidence_length, sizeof detail.evidence);
  line.key("evidence");
  line.open('{');
  field(line, "packet", detail.packet);
  field(line, "side", side_name(detail.side));
  line.key("bytes");
  line.hex(detail.evidence, length);
  line.key("text");
  line.printable(detail.evidence, length);
  anomalies(line, detail);
  line.close('}');
}

/// "<flow_id>-<revision>"
void id(JsonLine& line, std::string_view name, std::uint64_t flow_id, unsigned revision) {
  std::array<char, 24> buffer{};
  char* end = std::to_chars(buffer.data(), buffer.data() + 20, flow_id).ptr;
  *end++ = '-';
  end = std::to_chars(end, buffer.data() + buffer.size(), revision).ptr;
  line.key(name);
  line.text({buffer.data(), end}, buffer.size());
}

/// Every value of the metadata is a list, as Suricata writes them.
void metadata(JsonLine& line, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  line.key(name);
  line.open('[');
  line.text(value, kMostName);
  line.close(']');
}

void alert(JsonLine& line, const Finding& finding, const RecordContext& context) {
  const Judgement& judgement = finding.judgement;
  const AlertIdentity& identity = alert_identity(judgement.verdict);
  line.key("alert");
  line.open('{');
  field(line, "action", is_blocked(finding, context) ? "blocked" : "allowed");
  field(line, "gid", kAlertGenerator);
  field(line, "signature_id", identity.id);
  field(line, "rev", kAlertRevision);
  field(line, "signature", identity.message);
  field(line, "category", identity.category);
  field(line, "severity", alert_priority(judgement.severity));
  line.key("metadata");
  line.open('{');
  metadata(line, "confidence", identity.confidence);
  metadata(line, "mitre_tactic_id", identity.tactic_id);
  metadata(line, "mitre_tactic_name", identity.tactic_name);
  metadata(line, "mitre_technique_id", identity.technique_id);
  metadata(line, "mitre_technique_name", identity.technique_name);
  line.close('}');
  line.close('}');
  if (finding.detail.service != ServiceId::none) field(line, "app_proto", service_name(finding.detail.service));
}

/// In an alert: who talks to whom, which elsewhere is the packet's affair.
void flow_ends(JsonLine& line, const FlowDetail& detail) {
  address(line, "src_ip", detail.address[0]);
  address(line, "dest_ip", detail.address[1]);
  field(line, "src_port", detail.port[0]);
  field(line, "dest_port", detail.port[1]);
}

const Rules& rules_of(const Finding& finding, const RecordContext& context) {
  return finding.rules != nullptr ? *finding.rules : *context.rules;
}

void write_bounded(JsonLine& line, const Finding& finding, const RecordContext& context, Kind kind,
                   const ListBounds& bounds) {
  const FlowDetail& detail = finding.detail;
  const Judgement& judgement = finding.judgement;
  const Rules& rules = rules_of(finding, context);
  begin_record(line, detail, context, kind);
  community(line, detail, rules);
  if (kind == Kind::alert) alert(line, finding, context);
  open_flow(line, detail);
  if (kind == Kind::alert) flow_ends(line, detail);
  line.close('}');

  line.key("ghostport");
  line.open('{');
  field(line, "schema", 1);
  id(line, "id", detail.flow_id, detail.revision);
  field(line, "verdict", verdict_name(judgement.verdict));
  field(line, "severity", severity_name(judgement.severity));
  service(line, finding, rules);
  port(line, detail, rules);
  expected(line, judgement.expectations, bounds.expected);
  field(line, "reason", judgement.reason, kMostReason);
  asked(line, finding);
  if (detail.inner != ServiceId::none) field(line, "inner", service_name(detail.inner));
  if ((detail.marks & kOneSided) != 0) {
    line.key("one-sided");
    line.boolean(true);
  }
  if ((detail.marks & kJoined) != 0) field(line, "joined", "mid-stream");
  if (!judgement.exception.empty()) field(line, "exception", judgement.exception, 4 * kMostName);
  if (judgement.verdict == Verdict::unrecognized) tried(line, detail, rules, bounds.tried);
  if (finding.count != 0) field(line, "count", finding.count);
  if (finding.probe) probe(line, *finding.probe);
  evidence(line, detail);
  if (detail.revises) {
    id(line, "revises", detail.flow_id, 1);
  } else {
    line.key("revises");
    line.null();
  }
  line.close('}');
  line.close('}');
}

struct TcpFlag {
  std::uint8_t bit;  ///< RFC 9293 section 3.1
  std::string_view name;
};
constexpr TcpFlag kTcpFlags[] = {{0x02, "syn"}, {0x01, "fin"}, {0x04, "rst"}, {0x08, "psh"},
                                 {0x10, "ack"}, {0x20, "urg"}, {0x40, "ecn"}, {0x80, "cwr"}};

/// Suricata's words for how far a connection got.
std::string_view tcp_state(const std::uint8_t (&flags)[2]) {
  const std::uint8_t both = flags[0] | flags[1];
  if ((both & 0x04U) != 0 || (flags[0] & flags[1] & 0x01U) != 0) return "closed";
  if ((both & 0x01U) != 0) return "fin_wait1";
  if (flags[0] == 0x02 && flags[1] == 0) return "syn_sent";
  if (flags[0] == 0x02) return "syn_recv";
  return "established";
}

void tcp(JsonLine& line, const FlowDetail& detail) {
  const auto hex = [&line](std::string_view name, std::uint8_t flags) {
    line.key(name);
    line.hex(&flags, 1);
  };
  const auto both = static_cast<std::uint8_t>(detail.tcp_flags[0] | detail.tcp_flags[1]);
  line.key("tcp");
  line.open('{');
  hex("tcp_flags", both);
  hex("tcp_flags_ts", detail.tcp_flags[0]);
  hex("tcp_flags_tc", detail.tcp_flags[1]);
  for (const TcpFlag& flag : kTcpFlags) {
    if ((both & flag.bit) == 0) continue;
    line.key(flag.name);
    line.boolean(true);
  }
  field(line, "state", tcp_state(detail.tcp_flags));
  line.close('}');
}

std::string_view flow_state(const FlowDetail& detail) {
  if (detail.transport == Transport::tcp && tcp_state(detail.tcp_flags) == "closed") return "closed";
  return detail.packets[0] != 0 && detail.packets[1] != 0 ? "established" : "new";
}

std::string_view flow_reason(EndCause cause) {
  switch (cause) {
    case EndCause::capture_end: return "shutdown";
    case EndCause::reused:
    case EndCause::table_full: return "forced";
    case EndCause::timeout:
    case EndCause::closed: break;
  }
  return "timeout";
}

std::string_view best_name(const FlowDetail& detail) {
  if (detail.service != ServiceId::none) return service_name(detail.service);
  return detail.asked != ServiceId::none ? service_name(detail.asked) : "failed";
}

}  // namespace

namespace {

std::string_view write(JsonLine& line, const Finding& finding, const RecordContext& context, Kind kind) {
  ListBounds bounds;
  bounds.tried =
      std::min(bounds.tried, rules_of(finding, context).signatures->services_tried(finding.detail.transport).size());
  bounds.expected = std::min(bounds.expected, finding.judgement.expectations.size());
  for (;;) {
    write_bounded(line, finding, context, kind, bounds);
    if (!line.overflowed() && line.view().size() <= kMostRecordBytes) return line.view();
    if (bounds.tried != 0) {
      bounds.tried -= std::min(bounds.tried, kTriedStep);
    } else if (bounds.expected != 0) {
      --bounds.expected;
    } else {
      return line.view();
    }
  }
}

}  // namespace

std::string_view write_finding(JsonLine& line, const Finding& finding, const RecordContext& context) {
  return write(line, finding, context, Kind::finding);
}

bool is_blocked(const Finding& finding, const RecordContext& context) noexcept {
  return context.blocks && finding.judgement.verdict == Verdict::unexpected &&
         finding.detail.outcome == Outcome::identified;
}

std::string_view write_alert(JsonLine& line, const Finding& finding, const RecordContext& context) {
  if (alert_priority(finding.judgement.severity) == 0) return {};
  return write(line, finding, context, Kind::alert);
}

std::string_view write_flow(JsonLine& line, const FlowDetail& detail, const RecordContext& context) {
  begin_record(line, detail, context, Kind::flow);
  field(line, "app_proto", best_name(detail));
  open_flow(line, detail);
  time_field(line, "end", detail.end);
  field(line, "age", static_cast<std::uint64_t>(std::max<std::int64_t>(detail.end - detail.start, 0) / kSecond));
  field(line, "state", flow_state(detail));
  field(line, "reason", flow_reason(detail.cause));
  line.close('}');
  if (detail.transport == Transport::tcp) tcp(line, detail);
  community(line, detail, *context.rules);

  const bool odd = detail.anomalies != 0 || (detail.marks & (kTruncated | kGap)) != 0;
  const bool joined = (detail.marks & kJoined) != 0;
  if (detail.asked != ServiceId::none || detail.inner != ServiceId::none || odd || joined) {
    line.key("ghostport");
    line.open('{');
    if (detail.asked != ServiceId::none) field(line, "asked", service_name(detail.asked));
    if (detail.inner != ServiceId::none) field(line, "inner", service_name(detail.inner));
    if (odd) anomalies(line, detail);
    if (joined) field(line, "joined", "mid-stream");
    line.close('}');
  }
  line.close('}');
  return line.view();
}

}  // namespace ghostport
