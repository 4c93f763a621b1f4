// The subcommands of the program, one file each. Called by main with parsed options; each returns the exit status.
// Data goes to standard output, talk to standard error.
#pragma once

#include <chrono>

#include "configuration/configuration.h"
#include "configuration/make_rules.h"
#include "sensor/options.h"

namespace ghostport {

/// `started`: when the program began, so that start-up can be told apart from the replay.
[[nodiscard]] int run_command(const ReplayOptions& options, std::chrono::steady_clock::time_point started);
[[nodiscard]] int run_command(const RunOptions& options, std::chrono::steady_clock::time_point started);
[[nodiscard]] int run_command(const ControlOptions& options, std::chrono::steady_clock::time_point started);
[[nodiscard]] int run_command(const SelfTestOptions& options, std::chrono::steady_clock::time_point started);
[[nodiscard]] int run_command(const ListenersOptions& options, std::chrono::steady_clock::time_point started);
[[nodiscard]] int run_command(const TestOptions& options, std::chrono::steady_clock::time_point started);
[[nodiscard]] int run_command(const CheckOptions& options, std::chrono::steady_clock::time_point started);
[[nodiscard]] int run_command(const ExplainOptions& options, std::chrono::steady_clock::time_point started);
[[nodiscard]] int run_command(const SignaturesOptions& options, std::chrono::steady_clock::time_point started);
[[nodiscard]] int run_command(const RegistryOptions& options, std::chrono::steady_clock::time_point started);

/// Every problem on a line of its own on standard error.
void print_problems(const Problems& problems);
/// What RulesMaker has to say besides, on standard error.
void print_note(const RulesMaker& maker);
/// What the file says, or all defaults without one; nothing where it is wrong: its problems have been printed.
[[nodiscard]] std::optional<Configuration> configuration_of(const std::optional<std::string>& path);
/// The rules as they are to be for limits.memory with so many workers, and a line where that costs something; null
/// where it cannot be, which has been printed.
[[nodiscard]] std::shared_ptr<const Rules> within_memory(const Configuration& configuration,
                                                         std::shared_ptr<const Rules> rules, unsigned workers);
/// Its rules; null where an include is wrong: its problems have been printed.
[[nodiscard]] std::shared_ptr<const Rules> rules_of(const Configuration& configuration,
                                                    const RulesOptions& options = {});

}  // namespace ghostport
