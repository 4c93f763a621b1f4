#include "sensor/finding_table.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <set>

namespace ghostport {
namespace {

constexpr std::size_t kLinesUnknown = 50;
constexpr std::size_t kLinesOfAFinding = 2;
constexpr std::size_t kLeastReason = 20;
constexpr std::size_t kColumns = 8;  // without REASON, which is last and has the rest

std::string filter_address(const Address& address) {
  return (address.family == 6 ? "ipv6.addr==" : "ip.addr==") + address.text();
}

std::string filter_port(Transport transport, std::uint16_t port) {
  return std::string(transport_name(transport)) + ".port==" + std::to_string(port);
}

/// All that a scan of several targets has in common is its source and its ports.
std::string scan_filter(const Address& source, const ProbeSum& sum) {
  std::set<std::string> ports;
  for (const ProbeTarget& target : sum.first_targets) ports.insert(filter_port(target.transport, target.port));
  if (sum.ports > ports.size() || ports.empty()) return filter_address(source);
  std::string text;
  for (const std::string& port : ports) text += (text.empty() ? "" : " || ") + port;
  return filter_address(source) + " && " + (ports.size() > 1 ? '(' + text + ')' : text);
}

/// "2026-11-20 10:00:00", UTC.
std::string time_text(std::int64_t nanoseconds) {
  const std::chrono::sys_time<std::chrono::nanoseconds> at{std::chrono::nanoseconds(nanoseconds)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(at - day));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::string_view colour_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
    case Severity::high: return "\x1b[31m";
    case Severity::medium: return "\x1b[33m";
    case Severity::low:
    case Severity::info:
    case Severity::none: break;
  }
  return "";
}

}  // namespace

std::string FindingTable::where_found(const Row& row, bool name_file) {
  if (row.findings > 1)
    return "    " + counted(row.findings, "finding") + (name_file ? ", the first in " + row.file : "");
  return name_file ? "    in " + row.file : "";
}

void FindingTable::add(const Finding& finding, std::string_view file) {
  const FlowDetail& detail = finding.detail;
  Key key;
  Row row;
  row.severity = finding.judgement.severity;
  row.verdict = finding.judgement.verdict;
  key.rank = (static_cast<int>(kSeverityNames.size()) - static_cast<int>(row.severity)) *
                 static_cast<int>(kVerdictNames.size()) +
             static_cast<int>(row.verdict);
  const ServiceId service = finding.judgement.service != ServiceId::none ? finding.judgement.service : detail.service;
  key.service = service == ServiceId::none ? "-" : std::string(service_name(service));
  if (detail.inner != ServiceId::none) key.service += '/' + std::string(service_name(detail.inner));
  key.port = std::to_string(detail.port[1]) + '/' + std::string(transport_name(detail.transport));
  key.server = detail.address[1].text();
  row.client = with_port(detail.address[0], detail.port[0]);
  row.client_address = detail.address[0].text();
  row.findings = 1;
  row.flows = std::max<std::uint64_t>(finding.count, 1);
  row.first = detail.packet_time;
  row.reason = for_terminal(finding.judgement.reason);
  row.file = for_terminal(file);
  row.server_filter = filter_port(detail.transport, detail.port[1]) + " && " + filter_address(detail.address[1]);
  row.filter = row.server_filter + " && " + filter_address(detail.address[0]);
  if (finding.count != 0) {
    row.filter = row.server_filter;
    row.client = row.client_address + " and others";
  }
  if (finding.probe) {
    row.flows = finding.probe->flows;
    row.first = finding.probe->first;
    row.client = finding.probe->sources > 1 ? counted(finding.probe->sources, "source") : row.client_address;
    if (finding.probe->hosts > 1) key.server = counted(finding.probe->hosts, "host");
    if (finding.probe->ports > 1) key.port = counted(finding.probe->ports, "port");
    if (finding.probe->hosts > 1 || finding.probe->ports > 1) {
      row.filter = scan_filter(detail.address[0], *finding.probe);
      row.server_filter.clear();
    }
  }
  ++findings_;
  if (single_.size() < kMostRows) single_.emplace_back(key, row);
  add_to_group(key, row);
}

/// A row is given up only for one of a higher rank, and such a row never comes back: the counts of those that stay are
/// exact.
void FindingTable::add_to_group(const Key& key, const Row& row) {
  const auto found = groups_.find(key);
  if (found != groups_.end()) {
    Row& group = found->second;
    group.findings += 1;
    group.flows += row.flows;
    group.many_clients = group.many_clients || group.client_address != row.client_address;
    if (group.many_clients) {
      group.client = group.client_address + " and others";
      if (!group.server_filter.empty()) group.filter = group.server_filter;
    } else if (group.client != row.client) {
      group.client = group.client_address;
    }
    group.first = std::min(group.first, row.first);
    return;
  }
  if (groups_.size() == kMostRows) {
    const auto worst = std::prev(groups_.end());
    if (key.rank >= worst->first.rank) {
      ++left_out_;
      return;
    }
    left_out_ += worst->second.findings;
    groups_.erase(worst);
  }
  groups_.emplace(key, row);
}

std::vector<FindingTable::Entry> FindingTable::rows_for(const Screen& screen) const {
  const std::size_t lines = screen.lines == 0 ? kLinesUnknown : screen.lines;
  std::vector<Entry> rows;
  if (findings_ == single_.size() && findings_ * kLinesOfAFinding < lines) {
    rows = single_;
  } else {
    rows.assign(groups_.begin(), groups_.end());
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Entry& a, const Entry& b) {
    return a.first.rank != b.first.rank ? a.first.rank < b.first.rank : a.second.first < b.second.first;
  });
  return rows;
}

std::string FindingTable::text(const Screen& screen, bool name_files) const {
  if (findings_ == 0) return "No findings.\n";
  std::vector<std::array<std::string, kColumns>> cells{
      {"VERDICT", "SEVERITY", "SERVICE", "PORT", "CLIENT", "-> SERVER", "FLOWS", "FIRST (UTC)"}};
  const std::vector<Entry> rows = rows_for(screen);
  for (const auto& [key, row] : rows) {
    cells.push_back({std::string(verdict_name(row.verdict)), std::string(severity_name(row.severity)), key.service,
                     key.port, row.client, "-> " + key.server, with_commas(row.flows), time_text(row.first)});
  }
  std::array<std::size_t, kColumns> widths{};
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], width_of(line[i]));
  }
  std::size_t before = 0;
  for (std::size_t i = 0; i < kColumns; ++i) before += widths[i] + (i == 4 ? 1 : 2);
  const std::size_t for_reason =
      screen.columns == 0 ? std::string::npos : std::max(screen.columns, before + kLeastReason) - before;

  std::string result;
  for (std::size_t line = 0; line < cells.size(); ++line) {
    const Row* const row = line == 0 ? nullptr : &rows[line - 1].second;
    const std::string_view colour = row != nullptr && screen.colours ? colour_of(row->severity) : "";
    result += colour;
    for (std::size_t i = 0; i < kColumns; ++i) {
      const std::string padding(widths[i] - width_of(cells[line][i]), ' ');
      result += i == 6 ? padding + cells[line][i] : cells[line][i] + padding;
      result += i == 4 ? " " : "  ";
      if (i == 1 && !colour.empty()) result += "\x1b[0m";
    }
    result += row == nullptr ? "REASON" : cut_to((row->findings > 1 ? "the first: " : "") + row->reason, for_reason);
    result += '\n';
    if (row == nullptr) continue;
    result += "    " + row->filter + where_found(*row, name_files);
    result += '\n';
  }
  if (left_out_ != 0)
    result += "and " + counted(left_out_, "further finding") + " of no higher severity, not shown here\n";
  return result;
}

}  // namespace ghostport
