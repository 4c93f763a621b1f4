// From a configuration to the rules that verdicts depend on: built-in data, the user's includes, what the command line
// adds. Called at start-up by the commands, on the main thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "configuration/configuration.h"
#include "detection/rules.h"

namespace ghostport {

/// What the command line decides besides the configuration.
struct RulesOptions {
  std::optional<WatchList> watch;  ///< instead of the configuration's
  bool flow_records = false;
};

/// Makes rules; the built-in signatures are compiled once for all of them.
class RulesMaker {
 public:
  /// Every fault of every include, each with its place.
  [[nodiscard]] Result<std::shared_ptr<const Rules>> make(const Configuration& configuration,
                                                          const RulesOptions& options);
  /// Empty, or one line of what is no fault: what became of the signature cache. Of the last make().
  [[nodiscard]] const std::string& note() const noexcept { return note_; }

 private:
  [[nodiscard]] std::shared_ptr<const SignatureSet> signatures(const Configuration& configuration, Problems& problems);

  std::shared_ptr<const SignatureSet> builtin_;
  std::string note_;
};

}  // namespace ghostport
