#include "registry/registry_yaml.h"

#include <map>
#include <utility>

namespace ghostport {
namespace {

const std::vector<std::string_view>& transport_words() {
  static const std::vector<std::string_view> words = {transport_name(Transport::tcp), transport_name(Transport::udp)};
  return words;
}

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  std::vector<PortEntry> document(const YamlNode& node) {
    std::vector<PortEntry> entries;
    YamlMapping document(node, file_, problems_, "a registry file");
    std::map<std::uint16_t, unsigned> line_of_port;
    for (const YamlNode& item : document.sequence("ports")) {
      YamlMapping mapping(item, file_, problems_, "a registry entry");
      PortEntry entry = port_entry(mapping);
      if (entry.port == 0) continue;
      const YamlNode& port = *mapping.find("port");
      const auto [first, inserted] = line_of_port.emplace(entry.port, port.line);
      if (inserted) {
        entries.push_back(std::move(entry));
      } else {
        mapping.fault(port, "port " + std::to_string(entry.port) + " was described in line " +
                                std::to_string(first->second) + ", expected one entry a port");
      }
    }
    document.finish();
    return entries;
  }

  Problems take_problems() { return std::move(problems_); }

 private:
  PortEntry port_entry(YamlMapping& mapping) {
    PortEntry entry;
    mapping.require("port");
    entry.port = static_cast<std::uint16_t>(mapping.integer("port", 1, 65535).value_or(0));
    entry.ghost = mapping.boolean("ghost").value_or(false);
    entry.names_only = mapping.boolean("names-only").value_or(false);
    entry.note = mapping.string("note").value_or("");
    for (const YamlNode& item : mapping.sequence("claims")) entry.claims.push_back(claim(item));
    for (const YamlNode& item : mapping.sequence("expect")) entry.expectations.push_back(expectation(item));
    if (entry.names_only && (entry.ghost || !entry.expectations.empty()))
      mapping.fault_at_key("names-only", "names-only has a meaning only without ghost and expect");
    mapping.finish();
    return entry;
  }

  Claim claim(const YamlNode& node) {
    Claim result;
    YamlMapping mapping(node, file_, problems_, "a claim");
    for (const std::string_view key : {"name", "transports", "by", "source"}) mapping.require(key);
    result.name = mapping.string("name").value_or("");
    transports(mapping, result);
    result.by = static_cast<ClaimBy>(mapping.word("by", {"iana", "vendor", "field"}).value_or(0));
    result.confidence = static_cast<Confidence>(mapping.word("confidence", {"high", "medium", "low"}).value_or(0));
    result.source = mapping.string("source").value_or("");
    result.text = mapping.string("text").value_or("");
    result.registered = mapping.string("registered").value_or("");
    if (!result.registered.empty() && !is_month_or_day(result.registered)) {
      mapping.wrong(*mapping.find("registered"), "registered", "a month or day such as 2002-02 or 2002-02-28");
    }
    mapping.finish();
    return result;
  }

  static void transports(YamlMapping& mapping, Claim& claim) {
    const YamlNode* const list = mapping.find("transports");
    const std::vector<YamlNode>& items = mapping.sequence("transports");
    if (list != nullptr && list->kind == YamlNode::Kind::sequence && items.empty()) {
      mapping.fault(*list, "transports is empty, expected tcp, udp or both");
    }
    for (const YamlNode& item : items) {
      const auto transport = mapping.word_at(item, "transport", transport_words());
      if (!transport) continue;
      if (claim.on[*transport]) mapping.fault(item, in_quotes(item.text) + " is given twice");
      claim.on[*transport] = true;
    }
  }

  Expectation expectation(const YamlNode& node) {
    Expectation result;
    YamlMapping mapping(node, file_, problems_, "an expectation");
    for (const std::string_view key : {"service", "transport", "proof"}) mapping.require(key);
    const auto proof = mapping.word("proof", {proof_name(Proof::none_known), proof_name(Proof::signature),
                                              proof_name(Proof::context), proof_name(Proof::signature_and_context)});
    result.proof = static_cast<Proof>(proof.value_or(0));
    result.transport = static_cast<Transport>(mapping.word("transport", transport_words()).value_or(0));
    service(mapping, proof.has_value(), result);
    assets(mapping, result);
    without_context(mapping, proof.has_value(), result);
    mapping.finish();
    return result;
  }

  static void service(YamlMapping& mapping, bool proof_known, Expectation& expectation) {
    expectation.service = mapping.string("service").value_or("");
    if (expectation.service.empty()) return;
    if (const auto id = find_service(expectation.service)) {
      expectation.id = *id;
    } else if (proof_known && expectation.proof != Proof::none_known) {
      const std::string_view near = nearest(expectation.service, all_service_names());
      mapping.fault(*mapping.find("service"),
                    "unknown service " + in_quotes(expectation.service) +
                        (near.empty() ? ", expected a name of docs/services.md (any other with proof none-known)"
                                      : ", did you mean " + in_quotes(near) + "?"));
    }
  }

  static void assets(YamlMapping& mapping, Expectation& expectation) {
    expectation.assets = mapping.string("assets").value_or("");
    if (!expectation.assets.empty() && !is_group_name(expectation.assets)) {
      mapping.wrong(*mapping.find("assets"), "assets", "a group name in lower case with hyphens, such as citrix-vda");
    }
  }

  static void without_context(YamlMapping& mapping, bool proof_known, Expectation& expectation) {
    const auto word = mapping.word("without-context", {"consistent", "unexpected"});
    expectation.consistent_without_context = word == std::size_t{0};
    if (mapping.find("without-context") != nullptr && proof_known &&
        expectation.proof != Proof::signature_and_context) {
      mapping.fault_at_key("without-context", "without-context has a meaning only where proof is signature+context");
    }
  }

  const std::string& file_;
  Problems problems_;
};

}  // namespace

Result<std::vector<PortEntry>> read_registry(const YamlNode& document, const std::string& file) {
  if (document.kind == YamlNode::Kind::null && !document.refused) return std::vector<PortEntry>();
  Reader reader(file);
  std::vector<PortEntry> entries = reader.document(document);
  Problems problems = reader.take_problems();
  if (problems.empty()) return entries;
  sort_by_place(problems);
  return problems;
}

Result<std::vector<PortEntry>> read_registry_file(const std::string& path) {
  Problems problems;
  const auto text = read_text_file(path, problems);
  if (!text) return problems;
  const auto document = read_yaml(*text, path, problems);
  if (!document) return problems;
  auto entries = read_registry(*document, path);
  if (!entries.ok()) problems.insert(problems.end(), entries.problems().begin(), entries.problems().end());
  if (problems.empty()) return entries;
  sort_by_place(problems);
  return problems;
}

std::vector<GroupPlace> group_places(const YamlNode& document) {
  std::vector<GroupPlace> places;
  const auto each = [](const YamlNode& mapping, std::string_view key, const auto& visit) {
    for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
      if (mapping.keys[i].text != key) continue;
      visit(mapping.items[i]);
    }
  };
  each(document, "ports", [&](const YamlNode& ports) {
    for (const YamlNode& port : ports.items) {
      each(port, "expect", [&](const YamlNode& list) {
        for (const YamlNode& one : list.items) {
          each(one, "assets", [&](const YamlNode& name) { places.push_back({name.text, name.line, name.column}); });
        }
      });
    }
  });
  return places;
}

std::optional<WatchList::Item> parse_port_spec(std::string_view text) {
  WatchList::Item item;
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view transport = text.substr(slash + 1);
    if (transport != "tcp" && transport != "udp") return std::nullopt;
    item.on[0] = transport == "tcp";
    item.on[1] = transport == "udp";
    text = text.substr(0, slash);
  }
  const std::size_t dash = text.find('-');
  const auto first = parse_decimal(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_decimal(text.substr(dash + 1));
  if (!first || !last || *first == 0 || *last > 65535 || *first > *last) return std::nullopt;
  item.ports = {static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
  return item;
}

bool is_month_or_day(std::string_view text) {
  return parse_day(text).has_value() || (text.size() == 7 && parse_day(std::string(text) + "-01").has_value());
}

bool is_group_name(std::string_view text) noexcept {
  if (text.empty() || text.front() < 'a' || text.front() > 'z' || text.back() == '-') return false;
  char before = 'a';
  for (const char letter : text) {
    const bool word = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    if (!word && (letter != '-' || before == '-')) return false;
    before = letter;
  }
  return true;
}

}  // namespace ghostport
