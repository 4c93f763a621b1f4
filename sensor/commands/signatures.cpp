// ghostport signatures list | lint | bench
#include <algorithm>
#include <cstdio>
#include <utility>

#include "configuration/make_rules.h"
#include "dataplane/replay.h"
#include "sensor/capture_files.h"
#include "sensor/commands/commands.h"
#include "sensor/signature_costs.h"
#include "sensor/terminal.h"
#include "signatures/lint.h"

namespace ghostport {
namespace {

class NoSink final : public FindingSink {
 public:
  void finding(const Finding&) override {}
  void flow(const FlowDetail&) override {}
};

std::string strength(const Signature& signature) {
  if (signature.both_directions) return "with an answer";
  if (signature.confirmations > 1) return std::to_string(signature.confirmations) + " datagrams";
  return signature.verified ? "alone" : "claims only";
}

int list(const SignatureSet& set) {
  constexpr std::string_view kSides[] = {"client", "server", "either"};
  std::vector<const Signature*> order;
  for (const Signature& signature : set.signatures()) order.push_back(&signature);
  std::ranges::sort(order, {}, [](const Signature* one) { return std::pair(service_name(one->service), one->id); });
  std::printf("%-20s %-34s %-4s %-7s %-15s %-22s %s\n", "SERVICE", "SIGNATURE", "OVER", "SIDE", "HOLDS", "CHECK",
              "WRITTEN IN");
  for (const Signature* one : order) {
    std::printf("%-20s %-34s %-4s %-7s %-15s %-22s %s:%u\n", std::string(service_name(one->service)).c_str(),
                one->id.c_str(), std::string(transport_name(one->transport)).c_str(),
                std::string(kSides[static_cast<std::size_t>(one->side)]).c_str(), strength(*one).c_str(),
                one->check == nullptr ? "-" : std::string(one->check->name).c_str(), one->file.c_str(), one->line);
  }
  std::printf("\n%-20s %-34s %-20s %-22s %s\n", "CARRIER", "UPGRADE", "INNER", "CHECK", "WRITTEN IN");
  for (const Upgrade& one : set.upgrades()) {
    const NamedCheck* const check = one.client_check != nullptr ? one.client_check : one.server_check;
    std::printf("%-20s %-34s %-20s %-22s %s:%u\n", std::string(service_name(one.carrier)).c_str(), one.id.c_str(),
                one.inner == ServiceId::none ? "what follows" : std::string(service_name(one.inner)).c_str(),
                check == nullptr ? "-" : std::string(check->name).c_str(), one.file.c_str(), one.line);
  }
  std::printf("\n%-22s %s\n", "CHECK", "WHAT IT VERIFIES");
  for (const NamedCheck& check : all_checks())
    std::printf("%-22s %s\n", std::string(check.name).c_str(), std::string(check.text).c_str());
  return kDone;
}

int lint_all(const std::shared_ptr<const SignatureSet>& set, bool shipped_alone) {
  const Problems doubts = lint(set);
  for (const Problem& doubt : doubts) std::printf("%s\n", for_terminal(doubt.text()).c_str());
  std::string unnamed;
  for (const std::string_view service : services_without_signature(*set))
    unnamed += (unnamed.empty() ? "" : ", ") + std::string(service);
  if (shipped_alone && !unnamed.empty()) std::fprintf(stderr, "no signature names %s\n", unnamed.c_str());
  std::fprintf(stderr, "%s, %s\n", counted(set->signatures().size(), "signature").c_str(),
               counted(doubts.size(), "doubt").c_str());
  return doubts.empty() ? kDone : kFailed;
}

int bench(const std::shared_ptr<const Rules>& rules, const std::vector<std::string>& paths) {
  SignatureCosts costs(rules->signatures);
  Problems problems;
  bool complete = true;
  if (paths.empty()) {
    costs.add_examples();
  } else {
    const std::vector<std::string> files = capture_files(paths, problems);
    print_problems(problems);
    NoSink sink;
    Replay replay(rules, 1, sink);
    replay.observe(costs);
    for (const std::string& file : files) {
      const ReadOutcome outcome = replay.run(file);
      if (outcome.complete) continue;
      complete = false;
      std::fprintf(stderr, "ghostport: %s: %s\n", for_terminal(file).c_str(), for_terminal(outcome.problem).c_str());
    }
  }
  std::fputs(costs.text().c_str(), stdout);
  return complete && problems.empty() ? kDone : kIncomplete;
}

}  // namespace

int run_command(const SignaturesOptions& options, std::chrono::steady_clock::time_point) {
  auto configured = configuration_of(options.configuration);
  if (!configured) return kWrongUsage;
  Configuration& configuration = *configured;
  if (options.what == SignaturesOptions::What::lint) {
    for (const std::string& path : options.paths) add_file_once(configuration.signature_files, path);
  }
  RulesMaker maker;
  const auto made = maker.make(configuration, {WatchList::parse("all").value(), true});
  print_note(maker);
  if (!made) {
    print_problems(made.problems());
    return kWrongUsage;
  }
  switch (options.what) {
    case SignaturesOptions::What::list: return list(*made.value()->signatures);
    case SignaturesOptions::What::lint:
      return lint_all(made.value()->signatures, configuration.signature_files.empty());
    case SignaturesOptions::What::bench: break;
  }
  return bench(made.value(), options.paths);
}

}  // namespace ghostport
