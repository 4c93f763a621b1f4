// `replay --write-case DIR`: a case of what was replayed, with every finding that came out of it.
// Called by the replay command when all captures have been read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registry/problem.h"

namespace ghostport {

struct NewCase {
  std::string folder;                        ///< must not hold a case yet
  std::vector<std::string> captures;         ///< are copied into it
  std::optional<std::string> configuration;  ///< path of the file that was used
  std::optional<std::string> watch;          ///< the option's words
  std::vector<std::string> records;          ///< EVE lines of the findings, in their order
};

/// Why no case can be made of this, before anything is replayed or written; none: it can.
[[nodiscard]] Problems check_new_case(const NewCase& one);
/// Writes case.yaml and copies the captures; why not, where something cannot be written.
[[nodiscard]] Problems write_case(const NewCase& one);

}  // namespace ghostport
