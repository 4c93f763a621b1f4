// A case: captures, the configuration they are read with, and every finding that must come out of them (case.yaml).
// Read by the test command, on the main thread.
#pragma once

#include <string>
#include <vector>

#include "configuration/configuration.h"
#include "registry/problem.h"
#include "registry/yaml_reader.h"

namespace ghostport {

struct Case {
  std::string folder;
  std::string why;
  std::vector<std::string> captures;  ///< paths, in the order of the file
  Configuration configuration;
  bool configured = false;       ///< case.yaml has a `config`
  std::string same_rules;        ///< equal for cases whose rules are equal; empty: includes files, like no other
  std::vector<YamlNode> expect;  ///< mappings whose keys and values have been checked
  std::string awaits;            ///< not empty: what must be built before the case can pass
};

/// Every fault with its place: keys, values, the configuration, captures that are not there.
[[nodiscard]] Result<Case> read_case(const std::string& path);

}  // namespace ghostport
