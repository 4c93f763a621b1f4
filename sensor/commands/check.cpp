#include <chrono>
#include <cstdio>
#include <set>
#include <utility>

#include "configuration/make_rules.h"
#include "sensor/commands/commands.h"
#include "sensor/doubts.h"
#include "sensor/suricata_fit.h"
#include "sensor/terminal.h"

namespace ghostport {
namespace {

void ok(const std::string& text) { std::printf("ok  %s\n", text.c_str()); }

std::string registry_facts(const Registry& registry) {
  std::size_t ghosts = 0;
  std::size_t claims = 0;
  std::size_t expectations = 0;
  std::size_t names_only = 0;
  for (const PortEntry& entry : registry.entries()) {
    ghosts += entry.ghost ? 1 : 0;
    names_only += entry.names_only ? 1 : 0;
    claims += entry.claims.size();
    expectations += entry.expectations.size();
  }
  return "registry: " + counted(registry.entries().size(), "port") + ", " + counted(ghosts, "ghost port") + ", " +
         counted(claims, "claim") + ", " + counted(expectations, "expectation") +
         (names_only == 0 ? "" : "; " + counted(names_only, "port") + " by name only");
}

std::string signature_facts(const SignatureSet& set) {
  std::set<ServiceId> services;
  std::size_t examples = 0;
  for (const Signature& signature : set.signatures()) {
    services.insert(signature.service);
    examples += signature.match.size() + signature.no_match.size();
  }
  return "signatures: " + with_commas(set.signatures().size()) + " of " + counted(services.size(), "service") + ", " +
         counted(set.upgrades().size(), "upgrade") + "; " + counted(examples, "example") + " hold";
}

/// "3237-3239, 3248", or a number where that is too long.
std::string ports_text(const WatchTable& watch, std::uint8_t flag) {
  std::string text = watch.text(flag);
  return text.size() > 200 ? counted(watch.count(flag), "pair") + " of port and transport" : text;
}

std::chrono::sys_days today() { return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()); }

}  // namespace

int run_command(const CheckOptions& options, std::chrono::steady_clock::time_point) {
  const auto configured = configuration_of(options.configuration);
  if (!configured) return kWrongUsage;
  const Configuration& configuration = *configured;
  RulesMaker maker;
  const auto made = maker.make(configuration, {});
  print_note(maker);
  if (!made) {
    print_problems(made.problems());
    return kWrongUsage;
  }
  const unsigned workers = configuration.capture ? configuration.capture->workers.value_or(1) : 1;
  if (within_memory(configuration, made.value(), workers) == nullptr) return kWrongUsage;
  const Rules& rules = *made.value();
  if (options.configuration) {
    ok("configuration: " + for_terminal(*options.configuration) + ", " +
       counted(configuration.registry_files.size(), "registry file") + ", " +
       counted(configuration.signature_files.size(), "signature file") + ", " +
       counted(rules.assets.size(), "asset group") + ", " + counted(rules.exceptions.size(), "exception"));
  }
  ok(registry_facts(rules.registry));
  ok(signature_facts(*rules.signatures));
  for (const Problem& one : doubts(configuration, rules, today())) {
    Problem warning = one;
    warning.what = "warning: " + one.what;
    print_problems({warning});
  }
  const std::string watched = ports_text(rules.watch, WatchTable::kWatched);
  const std::string judged = ports_text(rules.watch, WatchTable::kJudged);
  ok("watch: " + watched + (judged == watched ? "" : "; judged: " + (judged.empty() ? "none" : judged)));
  if (!options.suricata) return kDone;
  const auto fit = suricata_fit(*options.suricata);
  if (!fit) {
    print_problems(fit.problems());
    return kWrongUsage;
  }
  ok("suricata: " + for_terminal(fit.value()));
  return kDone;
}

}  // namespace ghostport
