#include "sensor/doubts.h"

#include <net/if.h>
#include <pwd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "registry/registry_yaml.h"
#include "sensor/terminal.h"

namespace ghostport {
namespace {

using Groups = std::set<std::string, std::less<>>;

Groups groups_of(const Registry& registry) {
  Groups groups;
  for (const PortEntry& entry : registry.entries()) {
    for (const Expectation& one : entry.expectations) {
      if (!one.assets.empty()) groups.insert(one.assets);
    }
  }
  return groups;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view near = nearest(word, candidates);
  return near.empty() ? std::string() : ", did you mean " + in_quotes(near) + "?";
}

/// Whether every flow that `late` allows is allowed by `early` already.
bool covers(const Exception& early, const Exception& late) {
  if (early.port != late.port || early.service != late.service) return false;
  for (std::size_t i = 0; i < kTransports; ++i) {
    if (late.on[i] && !early.on[i]) return false;
  }
  if (early.hosts && (!late.hosts || !early.hosts->contains(*late.hosts))) return false;
  return !early.until || (late.until && *late.until <= *early.until);
}

bool is_judged(const Rules& rules, const Exception& one) {
  for (const Transport transport : {Transport::tcp, Transport::udp}) {
    if (one.on[static_cast<std::size_t>(transport)] && (rules.watch.at(transport, one.port) & WatchTable::kJudged) != 0)
      return true;
  }
  return false;
}

/// By its payload, or by what happens around it.
bool can_be_named(const Rules& rules, const Exception& one) {
  if (const PortEntry* const entry = rules.registry.find(one.port); entry != nullptr) {
    const auto by_context = [&](const Expectation& expected) {
      return expected.id == one.service && expected.proof == Proof::context;
    };
    if (std::any_of(entry->expectations.begin(), entry->expectations.end(), by_context)) return true;
  }
  for (const Transport transport : {Transport::tcp, Transport::udp}) {
    const auto& tried = rules.signatures->services_tried(transport);
    if (one.on[static_cast<std::size_t>(transport)] &&
        std::find(tried.begin(), tried.end(), one.service) != tried.end())
      return true;
  }
  return false;
}

/// Why an exception allows nothing, or nothing.
std::string doubt_of(const Configuration& configuration, const Rules& rules, std::size_t index, std::int64_t now) {
  const Exception& one = rules.exceptions[index];
  if (one.until && *one.until <= now) return "ended with " + last_day_text(one);
  for (std::size_t i = 0; i < index; ++i) {
    if (!covers(rules.exceptions[i], one)) continue;
    return "never decides: " + exception_text(rules, i) + " in line " +
           std::to_string(configuration.exceptions[i].place.line) + " comes first and allows all of it";
  }
  if (!is_judged(rules, one)) return "is for a port on which nothing is judged under this watch";
  if (!can_be_named(rules, one))
    return "allows nothing: no signature names " + std::string(service_name(one.service)) + " there";
  return {};
}

void doubt_exceptions(const Configuration& configuration, const Rules& rules, std::int64_t now, Problems& doubts) {
  for (std::size_t i = 0; i < configuration.exceptions.size() && i < rules.exceptions.size(); ++i) {
    const std::string doubt = doubt_of(configuration, rules, i, now);
    const Place& place = configuration.exceptions[i].place;
    if (!doubt.empty())
      doubts.push_back({configuration.file, place.line, place.column, exception_text(rules, i) + ' ' + doubt});
  }
}

void doubt_declared_groups(const Configuration& configuration, const Groups& named, Problems& doubts) {
  for (const auto& [group, place] : configuration.asset_places) {
    if (named.contains(group)) continue;
    doubts.push_back({configuration.file, place.line, place.column,
                      "no expectation names the asset group " + in_quotes(group) +
                          did_you_mean(group, {named.begin(), named.end()})});
  }
}

/// Groups that an include names and nobody declares. Those of the shipped registry may stay undeclared.
void doubt_named_groups(const Configuration& configuration, const Groups& named, Problems& doubts) {
  const Groups shipped = groups_of(Registry::builtin());
  std::vector<std::string_view> declared;
  for (const auto& [group, hosts] : configuration.assets) declared.emplace_back(group);
  const auto is_unknown = [&](const std::string& group) {
    return !shipped.contains(group) && !configuration.assets.contains(group);
  };
  if (std::none_of(named.begin(), named.end(), is_unknown)) return;
  for (const std::string& path : configuration.registry_files) {
    const auto document = read_yaml_file(path);
    if (!document) continue;  // has been read before
    for (const GroupPlace& place : group_places(document.value())) {
      if (!is_unknown(place.group)) continue;
      std::vector<std::string_view> candidates = declared;
      candidates.insert(candidates.end(), shipped.begin(), shipped.end());
      doubts.push_back({path, place.line, place.column,
                        "the asset group " + in_quotes(place.group) +
                            " is not declared, so this is expected on every host" +
                            did_you_mean(place.group, candidates)});
    }
  }
}

/// `run` would refuse them; other commands, and other machines, need no such folder.
void doubt_outputs(const Configuration& configuration, Problems& doubts) {
  std::map<std::string, unsigned> lines;  // of outputs, by their file
  for (const OutputSettings& one : configuration.outputs) {
    const auto doubt = [&](std::string what) {
      doubts.push_back({configuration.file, one.place.line, one.place.column, std::move(what)});
    };
    if (one.path.empty() || one.path == "-") continue;
    const std::filesystem::path path(one.path);
    const std::filesystem::path folder = path.parent_path();
    std::error_code ignored;
    if (!folder.empty() && !std::filesystem::is_directory(folder, ignored))
      doubt("an output needs the folder " + in_quotes(folder.string()) + ", which this machine has not");
    if (std::filesystem::is_directory(path, ignored))
      doubt("an output writes a file, but " + in_quotes(one.path) + " is a folder on this machine");
    const auto [known, is_new] = lines.try_emplace(path.lexically_normal().string(), one.place.line);
    if (!is_new)
      doubt("an output writes into " + in_quotes(one.path) + ", as the one in line " + std::to_string(known->second) +
            " does: their records mix");
  }
}

/// What the sensor asks of the machine, which need not be this one.
void doubt_machine(const Configuration& configuration, Problems& doubts) {
  if (configuration.run_as.user && ::getpwnam(configuration.run_as.user->c_str()) == nullptr) {
    const Place& place = configuration.run_as.place;
    doubts.push_back({configuration.file, place.line, place.column,
                      "this machine has no user " + in_quotes(*configuration.run_as.user) + " to run as"});
  }
  if (!configuration.capture) return;
  for (const CaptureSettings::Port& port : configuration.capture->ports) {
    const std::string name(interface_of(port));
    const bool of_libpcap = name == "any" || name.starts_with("nflog");  // its own, which are no interfaces
    if (name.empty() || of_libpcap || ::if_nametoindex(name.c_str()) != 0) continue;
    doubts.push_back(
        {configuration.file, port.place.line, port.place.column, "this machine has no interface " + in_quotes(name)});
  }
}

}  // namespace

std::string exception_text(const Rules& rules, std::size_t index) {
  const Exception& one = rules.exceptions[index];
  std::string text = "exception " + std::to_string(index + 1) + " (" + std::to_string(one.port);
  if (!one.on[0] || !one.on[1]) text += one.on[0] ? "/tcp" : "/udp";
  return text + ' ' + std::string(service_name(one.service)) + ", " + for_terminal(in_quotes(one.why)) + ')';
}

std::string last_day_text(const Exception& exception) {
  const std::chrono::sys_time<std::chrono::nanoseconds> end{std::chrono::nanoseconds(exception.until.value_or(0))};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(end) - std::chrono::days(1)};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                static_cast<unsigned>(day.day()));
  return text;
}

Problems doubts(const Configuration& configuration, const Rules& rules, std::chrono::sys_days today) {
  Problems doubts;
  const std::int64_t now = std::chrono::nanoseconds(today.time_since_epoch()).count();
  doubt_exceptions(configuration, rules, now, doubts);
  const Groups named = groups_of(rules.registry);
  doubt_declared_groups(configuration, named, doubts);
  doubt_outputs(configuration, doubts);
  doubt_machine(configuration, doubts);
  sort_by_place(doubts);
  doubt_named_groups(configuration, named, doubts);
  return doubts;
}

}  // namespace ghostport
