#include "sensor/registry_listing.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sensor/terminal.h"

namespace ghostport {
namespace {

constexpr std::array<std::string_view, 3> kClaimBy{"iana", "vendor", "field"};
constexpr std::array<std::string_view, 3> kConfidence{"high", "medium", "low"};

template <class T>
bool holds(const std::vector<T>& list, const T& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string transports(const bool (&on)[kTransports]) { return on[0] && on[1] ? "tcp,udp" : on[0] ? "tcp" : "udp"; }

std::string_view without_context(const Expectation& one) {
  if (one.proof != Proof::signature_and_context) return "";
  return one.consistent_without_context ? "consistent" : "unexpected";
}

std::string_view mark(const PortEntry& entry) { return entry.ghost ? "ghost" : entry.names_only ? "names-only" : ""; }

std::string padded(std::string_view text, std::size_t columns) {
  const std::size_t width = width_of(text);
  return std::string(text) + std::string(width < columns ? columns - width : 0, ' ');
}

}  // namespace

/// A claim, an expectation, or a port about which nothing else is said.
struct RegistryListing::Row {
  const PortEntry* entry = nullptr;
  const Claim* claim = nullptr;
  const Expectation* expectation = nullptr;
  std::string origin;
};

RegistryListing::RegistryListing() : merged_(Registry::builtin()) { sources_.emplace_back("built-in", merged_); }

void RegistryListing::add_include(const std::string& path, std::vector<PortEntry> entries) {
  sources_.emplace_back(path, Registry()).second.merge(entries);
  merged_.merge(std::move(entries));
}

void RegistryListing::restrict_to(std::vector<WatchList::Item> ports, bool ghost) {
  ports_ = std::move(ports);
  ghost_ = ghost;
}

bool RegistryListing::wanted(const PortEntry& entry) const {
  if (ghost_ && !entry.ghost) return false;
  return ports_.empty() || std::any_of(ports_.begin(), ports_.end(), [&](const WatchList::Item& one) {
           return one.ports.first <= entry.port && entry.port <= one.ports.last;
         });
}

/// The first source that said it.
template <class Said>
std::string RegistryListing::origin(const PortEntry& entry, Said said) const {
  for (const auto& [name, registry] : sources_) {
    const PortEntry* const there = registry.find(entry.port);
    if (there != nullptr && said(*there)) return name;
  }
  return {};
}

std::vector<RegistryListing::Row> RegistryListing::rows() const {
  std::vector<Row> rows;
  const auto on = [&](const PortEntry& entry, const bool(&transports)[kTransports]) {
    return ports_.empty() || std::any_of(ports_.begin(), ports_.end(), [&](const WatchList::Item& one) {
             return one.ports.first <= entry.port && entry.port <= one.ports.last &&
                    ((one.on[0] && transports[0]) || (one.on[1] && transports[1]));
           });
  };
  for (const PortEntry& entry : merged_.entries()) {
    if (!wanted(entry)) continue;
    for (const Claim& one : entry.claims) {
      if (!on(entry, one.on)) continue;
      rows.push_back(
          {&entry, &one, nullptr, origin(entry, [&](const PortEntry& at) { return holds(at.claims, one); })});
    }
    for (const Expectation& one : entry.expectations) {
      if (!on(entry, {one.transport == Transport::tcp, one.transport == Transport::udp})) continue;
      rows.push_back(
          {&entry, nullptr, &one, origin(entry, [&](const PortEntry& at) { return holds(at.expectations, one); })});
    }
    if (entry.claims.empty() && entry.expectations.empty())
      rows.push_back({&entry, nullptr, nullptr, origin(entry, [](const PortEntry&) { return true; })});
  }
  return rows;
}

std::string RegistryListing::table() const {
  const auto line = [](const std::array<std::string, 8>& columns) {
    constexpr std::array<std::size_t, 7> kWidths{5, 10, 7, 6, 21, 17, 10};
    std::string text;
    for (std::size_t i = 0; i < kWidths.size(); ++i) text += padded(columns[i], kWidths[i]) + "  ";
    text += columns.back();
    return text.substr(0, text.find_last_not_of(' ') + 1) + '\n';
  };
  std::string text =
      line({"PORT", "MARK", "OVER", "KIND", "NAME", "BY OR PROOF", "SINCE", "WRITTEN IN: WHAT IT SAYS (SOURCE)"});
  for (const Row& row : rows()) {
    const std::string port = std::to_string(row.entry->port);
    const std::string from = for_terminal(row.origin);
    if (row.claim != nullptr) {
      const Claim& one = *row.claim;
      std::string by(kClaimBy[static_cast<std::size_t>(one.by)]);
      if (one.confidence != Confidence::high)
        by += " (" + std::string(kConfidence[static_cast<std::size_t>(one.confidence)]) + ')';
      const std::string says = one.text + (one.text.empty() ? "(" : " (") + one.source + ')';
      text += line({port, std::string(mark(*row.entry)), transports(one.on), "claim", for_terminal(one.name), by,
                    one.registered, from + ": " + for_terminal(says)});
    } else if (row.expectation != nullptr) {
      const Expectation& one = *row.expectation;
      std::string says = from;
      if (!without_context(one).empty()) says += ": without context " + std::string(without_context(one));
      if (!one.assets.empty())
        says += (without_context(one).empty() ? ": " : ", ") + ("in " + one.assets) + " where declared";
      text += line({port, std::string(mark(*row.entry)), std::string(transport_name(one.transport)), "expect",
                    for_terminal(one.service), std::string(proof_name(one.proof)), "", says});
    } else {
      text += line({port, std::string(mark(*row.entry)), "tcp,udp", "port", "", "", "", from});
    }
  }
  return text;
}

std::string RegistryListing::tsv() const {
  const auto line = [](const std::vector<std::string>& columns) {
    std::string text;
    for (const std::string& one : columns) text += (text.empty() ? "" : "\t") + for_terminal(one);
    return text + '\n';
  };
  std::string text = line({"port", "mark", "kind", "transports", "name", "by", "confidence", "registered", "proof",
                           "assets", "without_context", "from", "source", "text"});
  for (const Row& row : rows()) {
    const std::string port = std::to_string(row.entry->port);
    const std::string marked(mark(*row.entry));
    if (row.claim != nullptr) {
      const Claim& one = *row.claim;
      text += line({port, marked, "claim", transports(one.on), one.name,
                    std::string(kClaimBy[static_cast<std::size_t>(one.by)]),
                    std::string(kConfidence[static_cast<std::size_t>(one.confidence)]), one.registered, "", "", "",
                    row.origin, one.source, one.text});
    } else if (row.expectation != nullptr) {
      const Expectation& one = *row.expectation;
      text +=
          line({port, marked, "expect", std::string(transport_name(one.transport)), one.service, "", "", "",
                std::string(proof_name(one.proof)), one.assets, std::string(without_context(one)), row.origin, "", ""});
    } else {
      text += line({port, marked, "port", "tcp,udp", "", "", "", "", "", "", "", row.origin, "", ""});
    }
  }
  return text;
}

std::string RegistryListing::json() const {
  using Json = nlohmann::ordered_json;
  std::string text;
  const std::vector<Row> all = rows();
  for (std::size_t i = 0; i < all.size();) {
    const PortEntry& entry = *all[i].entry;
    Json port{{"port", entry.port}, {"ghost", entry.ghost}};
    if (entry.ghost) port["ghost-from"] = origin(entry, [](const PortEntry& at) { return at.ghost; });
    if (entry.names_only) port["names-only"] = true;
    if (!entry.note.empty()) port["note"] = entry.note;
    Json claims = Json::array();
    Json expect = Json::array();
    for (; i < all.size() && all[i].entry == &entry; ++i) {
      if (all[i].claim != nullptr) {
        const Claim& one = *all[i].claim;
        Json& claim = claims.emplace_back(Json{{"name", one.name}, {"transports", Json::array()}});
        for (const Transport transport : {Transport::tcp, Transport::udp}) {
          if (one.on[static_cast<std::size_t>(transport)]) claim["transports"].push_back(transport_name(transport));
        }
        claim["by"] = kClaimBy[static_cast<std::size_t>(one.by)];
        claim["confidence"] = kConfidence[static_cast<std::size_t>(one.confidence)];
        if (!one.registered.empty()) claim["registered"] = one.registered;
        claim["source"] = one.source;
        if (!one.text.empty()) claim["text"] = one.text;
        claim["from"] = all[i].origin;
      } else if (all[i].expectation != nullptr) {
        const Expectation& one = *all[i].expectation;
        Json& wanted = expect.emplace_back(Json{
            {"service", one.service}, {"transport", transport_name(one.transport)}, {"proof", proof_name(one.proof)}});
        if (!one.assets.empty()) wanted["assets"] = one.assets;
        if (!without_context(one).empty()) wanted["without-context"] = without_context(one);
        wanted["from"] = all[i].origin;
      }
    }
    port["claims"] = std::move(claims);
    port["expect"] = std::move(expect);
    text += port.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  }
  return text;
}

}  // namespace ghostport
