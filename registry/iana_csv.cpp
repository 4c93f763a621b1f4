#include "registry/iana_csv.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "registry/csv_reader.h"
#include "registry/registry_yaml.h"
#include "registry/yaml_reader.h"

namespace ghostport {
namespace {

/// The header of the file, byte for byte.
constexpr std::array<std::string_view, 12> kHeader{
    "Service Name", "Port Number",  "Transport Protocol",        "Description",
    "Assignee",     "Contact",      "Registration Date",         "Modification Date",
    "Reference",    "Service Code", "Unauthorized Use Reported", "Assignment Notes"};
enum Column : std::size_t {
  name = 0,
  port = 1,
  transport = 2,
  description = 3,
  registered = 6,
  reference = 8,
  misuse = 10
};

/// What one claim costs as text besides its own words, about.
constexpr std::size_t kClaimBytes = 160;
constexpr std::size_t kMostNamesOfPort = 64;

constexpr std::uint8_t kTcp = 1;
constexpr std::uint8_t kUdp = 2;
constexpr std::uint8_t kBoth = kTcp | kUdp;

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

bool begins_with(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::equal(start.begin(), start.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

/// What a description says of a record that names nobody.
std::optional<IanaRecord> state_of(std::string_view description) {
  constexpr std::pair<std::string_view, IanaRecord> kStates[] = {
      {"unassigned", IanaRecord::unassigned},   {"(unassigned", IanaRecord::unassigned},
      {"reserved", IanaRecord::reserved},       {"de-registered", IanaRecord::removed},
      {"deregistered", IanaRecord::removed},    {"removed", IanaRecord::removed},
      {"de-commissioned", IanaRecord::removed}, {"decommissioned", IanaRecord::removed},
      {"decomissioned", IanaRecord::removed},   {"deprecated", IanaRecord::removed}};
  for (const auto& [start, state] : kStates) {
    if (begins_with(description, start)) return state;
  }
  return std::nullopt;
}

/// One line: every run of blanks and line breaks is one blank.
std::string one_line(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    const bool blank = letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
    if (!blank) {
      result += letter;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

/// "[IESG][RFC4171]" to "RFC 4171".
std::string rfcs_of(std::string_view references) {
  std::string result;
  for (std::size_t at = 0; (at = references.find("[RFC", at)) != std::string_view::npos;) {
    at += 4;
    const std::size_t end = std::min(references.find(']', at), references.size());
    const std::string_view number = references.substr(at, end - at);
    if (parse_decimal(number)) result += (result.empty() ? "RFC " : ", RFC ") + std::string(number);
  }
  return result;
}

class Importer {
 public:
  Importer(std::string_view text, const std::string& file, const std::vector<WatchList::Item>& ports,
           std::string_view source)
      : csv_(text, file, problems_), text_(text), source_(source) {
    if (ports.empty()) wanted_.assign(wanted_.size(), kBoth);
    for (const WatchList::Item& one : ports) {
      for (std::uint32_t number = one.ports.first; number <= one.ports.last; ++number)
        wanted_[number] |= static_cast<std::uint8_t>((one.on[0] ? kTcp : 0) | (one.on[1] ? kUdp : 0));
    }
    wanted_[0] = 0;
  }

  Result<IanaImport> run() {
    if (!header()) return problems_;
    check_text();
    while (!full_ && csv_.next(fields_)) record();
    if (!problems_.empty()) {
      sort_by_place(problems_);
      return problems_;
    }
    for (auto& [number, entry] : entries_) {
      if (entry.claims.empty()) continue;
      import_.claims += entry.claims.size();
      import_.entries.push_back(std::move(entry));
    }
    return std::move(import_);
  }

 private:
  void fault(Column column, std::string what) {
    csv_.fault(fields_[column].line, fields_[column].column, std::move(what));
  }
  [[nodiscard]] const std::string& at(Column column) const { return fields_[column].text; }

  bool header() {
    if (!csv_.next(fields_)) {
      if (problems_.empty()) csv_.fault(1, 1, "no header, expected IANA's, which begins with \"Service Name\"");
      return false;
    }
    problems_.clear();  // where the header is another, it alone is told
    for (std::size_t i = 0; i < kHeader.size() && problems_.empty(); ++i) {
      const CsvField& field = i < fields_.size() ? fields_[i] : fields_.back();
      if (i >= fields_.size()) {
        csv_.fault(field.line, field.column, "the header has no column " + in_quotes(kHeader[i]) + " behind this one");
      } else if (field.text != kHeader[i]) {
        csv_.fault(field.line, field.column,
                   "the header's column " + std::to_string(i + 1) + " is " + in_quotes(field.text) + ", expected " +
                       in_quotes(kHeader[i]) + " as in IANA's service-names-port-numbers.csv");
      }
    }
    if (fields_.size() > kHeader.size()) {
      const CsvField& more = fields_[kHeader.size()];
      csv_.fault(more.line, more.column, "a column that IANA's file does not have: " + in_quotes(more.text));
    }
    return problems_.empty();
  }

  /// Every byte that is not printable UTF-8.
  void check_text() {
    unsigned line = 1;
    std::size_t line_start = 0;
    for (std::size_t i = 0; i < text_.size();) {
      const std::size_t length = printable_length(text_.substr(i));
      if (length == 0) {
        csv_.fault(line, static_cast<unsigned>(i - line_start + 1),
                   "a control character or a byte that is not UTF-8, expected printable text");
      }
      i += std::max<std::size_t>(length, 1);
      if (text_[i - 1] == '\n') {
        ++line;
        line_start = i;
      }
    }
  }

  void record() {
    if (fields_.size() != kHeader.size()) {
      csv_.fault(fields_.front().line, fields_.front().column,
                 "a record of " + std::to_string(fields_.size()) + (fields_.size() == 1 ? " field" : " fields") +
                     ", expected " + std::to_string(kHeader.size()));
      return;
    }
    ++import_.records[static_cast<std::size_t>(kind_of_record())];
  }

  IanaRecord kind_of_record() {
    Claim claim;
    const std::optional<PortRange> range = port_range();
    const bool ours = transports(claim);
    check_date();
    note(range);
    const auto state = state_of(at(description));
    if (at(name).empty()) return state.value_or(IanaRecord::nameless);
    if (state == IanaRecord::removed) return IanaRecord::removed;
    if (!range) return IanaRecord::without_port;
    if (!ours) return IanaRecord::other_transport;
    claim.name = one_line(at(name));
    claim.registered = at(registered);
    claim.source = source_;
    if (const std::string rfcs = rfcs_of(at(reference)); !rfcs.empty()) claim.source += " (" + rfcs + ')';
    claim.text = one_line(at(description));
    if (!add(claim, *range)) return IanaRecord::outside;
    return at(transport).empty() ? IanaRecord::both_transports : IanaRecord::one_transport;
  }

  /// "3237" or "3322-3325"; nothing where the field is blank or wrong.
  std::optional<PortRange> port_range() {
    const std::string_view text = at(port);
    if (text.empty()) return std::nullopt;
    const std::size_t dash = text.find('-');
    const auto first = parse_decimal(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_decimal(text.substr(dash + 1));
    if (!first || !last || *last > 65535 || *first > *last) {
      fault(port, "the port number is " + in_quotes(text) + ", expected 0 to 65535, first-last, or nothing");
      return std::nullopt;
    }
    return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
  }

  /// Whether the record is for TCP or UDP.
  bool transports(Claim& claim) {
    const std::string& text = at(transport);
    claim.on[0] = text.empty() || text == "tcp";
    claim.on[1] = text.empty() || text == "udp";
    if (claim.on[0] || claim.on[1]) return true;
    if (text != "sctp" && text != "dccp")
      fault(transport, "the transport protocol is " + in_quotes(text) + ", expected tcp, udp, sctp, dccp or nothing");
    return false;
  }

  void check_date() {
    if (!at(registered).empty() && !is_month_or_day(at(registered)))
      fault(registered, "the registration date is " + in_quotes(at(registered)) +
                            ", expected a month or day such as 2002-02 or 2002-02-28");
  }

  /// IANA's own word that others use a port; kept where the port has a name.
  void note(const std::optional<PortRange>& range) {
    if (!range || range->first != range->last || at(misuse).empty()) return;
    const std::string text = "IANA reports: " + one_line(at(misuse));
    if (wanted_[range->first] == 0 || !spend(text.size())) return;
    std::string& known = entries_[range->first].note;
    if (known.empty()) known = text;
  }

  bool add(const Claim& claim, PortRange range) {
    bool any = false;
    for (std::uint32_t number = range.first; number <= range.last && spend(1); ++number) {
      Claim here = claim;
      here.on[0] = claim.on[0] && (wanted_[number] & kTcp) != 0;
      here.on[1] = claim.on[1] && (wanted_[number] & kUdp) != 0;
      if (!here.on[0] && !here.on[1]) continue;
      any = true;
      if (spend(kClaimBytes + claim.name.size() + claim.source.size() + claim.text.size()))
        add(std::move(here), static_cast<std::uint16_t>(number));
    }
    return any;
  }

  /// A record for TCP and one for UDP that say the same are one claim.
  void add(Claim&& claim, std::uint16_t number) {
    PortEntry& entry = entries_[number];
    entry.port = number;
    entry.names_only = true;
    for (Claim& known : entry.claims) {
      if (known.name != claim.name || known.text != claim.text || known.registered != claim.registered ||
          known.source != claim.source)
        continue;
      for (std::size_t i = 0; i < kTransports; ++i) known.on[i] = known.on[i] || claim.on[i];
      return;
    }
    if (entry.claims.size() < kMostNamesOfPort) {
      entry.claims.push_back(std::move(claim));
    } else {
      fault(port, "port " + std::to_string(number) + " has more than " + std::to_string(kMostNamesOfPort) + " names");
    }
  }

  /// Whether there is room for so many bytes more.
  bool spend(std::size_t bytes) {
    spent_ += bytes;
    if (spent_ <= kMostTextBytes) return true;
    if (!std::exchange(full_, true))
      fault(port,
            "more than " + std::to_string(kMostTextBytes >> 20U) + " MiB of names, expected fewer: restrict the ports");
    return false;
  }

  Problems problems_;
  CsvReader csv_;
  std::string_view text_;
  std::string source_;
  std::vector<std::uint8_t> wanted_ = std::vector<std::uint8_t>(65536);  // by port: kTcp, kUdp
  std::vector<CsvField> fields_;
  std::map<std::uint16_t, PortEntry> entries_;
  IanaImport import_;
  std::size_t spent_ = 0;
  bool full_ = false;
};

}  // namespace

std::string_view iana_record_text(IanaRecord kind) noexcept {
  switch (kind) {
    case IanaRecord::one_transport: return "names on tcp or udp";
    case IanaRecord::both_transports: return "names without a transport, read as tcp and udp";
    case IanaRecord::outside: return "names on ports that were not asked for";
    case IanaRecord::other_transport: return "names on sctp or dccp";
    case IanaRecord::without_port: return "names without a port";
    case IanaRecord::unassigned: return "unassigned";
    case IanaRecord::reserved: return "reserved";
    case IanaRecord::removed: return "removed or de-registered";
    case IanaRecord::nameless: return "described without a name";
  }
  return "";
}

std::uint64_t IanaImport::all_records() const {
  return std::accumulate(records.begin(), records.end(), std::uint64_t{0});
}

Result<IanaImport> read_iana_csv(std::string_view text, const std::string& file,
                                 const std::vector<WatchList::Item>& ports, std::string_view source) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return Importer(text, file, ports, source).run();
}

std::string iana_source(std::string_view path) {
  constexpr std::size_t kDay = 10;  // YYYY-MM-DD
  const std::string_view name = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  for (std::size_t i = 0; i + kDay <= name.size(); ++i) {
    if (parse_day(name.substr(i, kDay))) return "IANA service names, " + std::string(name.substr(i, kDay));
  }
  return "IANA service names";
}

}  // namespace ghostport
