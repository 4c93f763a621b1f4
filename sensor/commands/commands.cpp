#include "sensor/commands/commands.h"

#include <cstdio>
#include <utility>

#include "dataplane/memory_limit.h"
#include "sensor/terminal.h"

namespace ghostport {

void print_problems(const Problems& problems) {
  for (const Problem& problem : problems) std::fputs((for_terminal(problem.text()) + '\n').c_str(), stderr);
}

void print_note(const RulesMaker& maker) {
  if (!maker.note().empty()) std::fputs(("ghostport: " + for_terminal(maker.note()) + '\n').c_str(), stderr);
}

std::optional<Configuration> configuration_of(const std::optional<std::string>& path) {
  if (!path) return Configuration();
  auto read = read_configuration_file(*path);
  if (read) return std::move(read).value();
  print_problems(read.problems());
  return std::nullopt;
}

std::shared_ptr<const Rules> rules_of(const Configuration& configuration, const RulesOptions& options) {
  RulesMaker maker;
  auto rules = maker.make(configuration, options);
  print_note(maker);
  if (rules) return rules.value();
  print_problems(rules.problems());
  return nullptr;
}

std::shared_ptr<const Rules> within_memory(const Configuration& configuration, std::shared_ptr<const Rules> rules,
                                           unsigned workers) {
  if (!configuration.limits.memory) return rules;
  auto limited = std::make_shared<Rules>(*rules);
  const auto line = limit_memory(*limited, *configuration.limits.memory, workers);
  if (line) {
    if (!line.value().empty()) std::fputs(("ghostport: " + line.value() + '\n').c_str(), stderr);
    return limited;
  }
  const Place& place = configuration.limits.memory_place;
  print_problems({{configuration.file, place.line, place.column, line.problems().front().what}});
  return nullptr;
}

}  // namespace ghostport
