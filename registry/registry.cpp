#include "registry/registry.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "registry/companions.h"
#include "registry/registry_yaml.h"

namespace ghostport {
namespace {

/// Citrix Framehawk's default range, which holds every ghost port (registry/ports.yaml names the source).
constexpr PortRange kRangeToWatch{3224, 3324};

/// IANA's claim stays what it is in a later file, whose words may differ a little.
bool says_the_same(const Claim& known, const Claim& more) {
  if (known.by != ClaimBy::iana || more.by != ClaimBy::iana) return known == more;
  for (std::size_t i = 0; i < kTransports; ++i) {
    if (more.on[i] && !known.on[i]) return false;
  }
  return known.name == more.name && (more.registered.empty() || more.registered == known.registered);
}
bool says_the_same(const Expectation& known, const Expectation& more) { return known == more; }

template <class T>
void add_new(std::vector<T>& known, std::vector<T>&& more) {
  for (T& item : more) {
    const auto same = [&](const T& one) { return says_the_same(one, item); };
    if (std::none_of(known.begin(), known.end(), same)) known.push_back(std::move(item));
  }
}

void add_to(PortEntry& known, PortEntry&& more) {
  known.ghost = known.ghost || more.ghost;
  known.names_only = known.names_only && more.names_only;
  if (known.note.empty()) {
    known.note = std::move(more.note);
  } else if (!more.note.empty() && more.note != known.note) {
    known.note += ' ' + more.note;
  }
  add_new(known.claims, std::move(more.claims));
  add_new(known.expectations, std::move(more.expectations));
}

bool rests_on_context(const Expectation& one) {
  return one.proof == Proof::context || one.proof == Proof::signature_and_context;
}

/// What judged ports expect that rests on context has its companions looked at.
void add_companions(const Registry& registry, WatchTable& table) {
  std::vector<std::string_view> services;
  for (const PortEntry& entry : registry.entries()) {
    for (const Expectation& one : entry.expectations) {
      const bool judged = (table.at(one.transport, entry.port) & WatchTable::kJudged) != 0;
      if (judged && rests_on_context(one)) services.push_back(one.service);
    }
  }
  const auto expected = [&](std::string_view service) {
    return std::find(services.begin(), services.end(), service) != services.end();
  };
  for (const Companion& one : companions()) {
    if (!expected(one.service)) continue;
    for (std::uint32_t port = one.ports.first; port <= one.ports.last; ++port)
      table.add(one.transport, static_cast<std::uint16_t>(port), WatchTable::kCompanion);
  }
  for (const PortEntry& entry : registry.entries()) {
    for (const Expectation& one : entry.expectations) {
      if (one.proof == Proof::context && expected(one.service))
        table.add(one.transport, entry.port, WatchTable::kExchange);
    }
  }
}

}  // namespace

std::string_view proof_name(Proof proof) noexcept {
  switch (proof) {
    case Proof::none_known: return "none-known";
    case Proof::signature: return "signature";
    case Proof::context: return "context";
    case Proof::signature_and_context: return "signature+context";
  }
  return "";
}

std::string_view PortEntry::registered_name(Transport transport) const noexcept {
  for (const Claim& claim : claims) {
    if (claim.by == ClaimBy::iana && claim.on[static_cast<std::size_t>(transport)]) return claim.name;
  }
  return "";
}

void Registry::merge(std::vector<PortEntry> entries) {
  for (PortEntry& entry : entries) {
    assert(entry.port != 0);
    if (const EntryIndex index = by_port_[entry.port]; index != 0) {
      add_to(entries_[index - 1U], std::move(entry));
      continue;
    }
    const std::uint16_t port = entry.port;
    entries_.push_back(std::move(entry));
    by_port_[port] = static_cast<EntryIndex>(entries_.size());
  }
  std::sort(entries_.begin(), entries_.end(), [](const PortEntry& a, const PortEntry& b) { return a.port < b.port; });
  for (std::size_t i = 0; i < entries_.size(); ++i) by_port_[entries_[i].port] = static_cast<EntryIndex>(i + 1);
}

std::size_t WatchTable::count(std::uint8_t flag) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(table_.begin(), table_.end(), [flag](std::uint8_t flags) { return (flags & flag) == flag; }));
}

std::string WatchTable::text(std::uint8_t flag) const {
  const auto on = [&](std::size_t port) -> unsigned {  // bit 0: tcp, bit 1: udp
    if (port >= 65536) return 0;
    return ((table_[port] & flag) != 0 ? 1U : 0U) | ((table_[65536U + port] & flag) != 0 ? 2U : 0U);
  };
  constexpr std::string_view kSuffix[] = {"", "/tcp", "/udp", ""};
  if (count(flag) == table_.size()) return "all";
  std::string result;
  for (std::size_t port = 0; port < 65536; ++port) {
    if (on(port) == 0) continue;
    const std::size_t first = port;
    while (on(port + 1) == on(first)) ++port;
    if (!result.empty()) result += ", ";
    result += std::to_string(first);
    if (port != first) result += '-' + std::to_string(port);
    result += kSuffix[on(first)];
  }
  return result;
}

Result<WatchList> WatchList::parse(std::string_view text) {
  const std::vector<std::string_view> words = {"ghost", "range", "all"};
  WatchList result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (text != words[i]) continue;
    result.kind = static_cast<Kind>(i);
    return result;
  }
  result.kind = Kind::list;
  Problems problems;
  for (bool last = false; !last;) {
    const std::size_t comma = text.find(',');
    last = comma == std::string_view::npos;
    const std::string_view spec = text.substr(0, comma);
    if (!last) text.remove_prefix(comma + 1);
    if (const auto item = parse_port_spec(spec)) {
      result.items.push_back(*item);
      continue;
    }
    const std::string_view near = nearest(spec, words);
    problems.push_back({"", 0, 0,
                        in_quotes(spec) + " is nothing to watch, expected ghost, range, all, or ports such as 3238, " +
                            "3238/tcp or 3224-3324/udp" +
                            (near.empty() ? std::string() : ", did you mean " + in_quotes(near) + "?")});
  }
  if (!problems.empty()) return problems;
  return result;
}

WatchTable make_watch_table(const Registry& registry, const WatchList& watch) {
  constexpr std::uint8_t kBoth = WatchTable::kWatched | WatchTable::kJudged;
  WatchTable table;
  const auto set = [&table](const WatchList::Item& item, std::uint8_t flags) {
    for (const Transport transport : {Transport::tcp, Transport::udp}) {
      if (!item.on[static_cast<std::size_t>(transport)]) continue;
      for (std::uint32_t port = item.ports.first; port <= item.ports.last; ++port) {
        table.set(transport, static_cast<std::uint16_t>(port), flags);
      }
    }
  };
  set({kRangeToWatch}, WatchTable::kNearby);
  switch (watch.kind) {
    case WatchList::Kind::ghost:
      for (const PortEntry& entry : registry.entries()) {
        if (entry.ghost) set({{entry.port, entry.port}}, kBoth);
      }
      break;
    case WatchList::Kind::range: set({kRangeToWatch}, kBoth); break;
    case WatchList::Kind::all:
      set({{0, 65535}}, WatchTable::kWatched);
      for (const PortEntry& entry : registry.entries()) {
        if (!entry.names_only) set({{entry.port, entry.port}}, kBoth);
      }
      break;
    case WatchList::Kind::list:
      for (const WatchList::Item& item : watch.items) set(item, kBoth);
      break;
  }
  add_companions(registry, table);
  return table;
}

}  // namespace ghostport
