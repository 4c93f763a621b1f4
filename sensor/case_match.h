// Compares what a case expects with the records that came out. Called by the reader of cases and by the test command.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "registry/problem.h"
#include "registry/yaml_reader.h"

namespace ghostport {

/// Reports every key of an expected finding that is unknown and every value that no record could have.
void check_expectation(const YamlNode& expectation, const std::string& file, Problems& problems);

struct CaseDifference {
  std::vector<const YamlNode*> missing;  ///< expected findings that no record stands for
  std::vector<std::size_t> surplus;      ///< records that nothing expects
};

/// Each record may stand for one expected finding whose keys all agree with it; of all ways to pair them one with the
/// most pairs counts. `expect` has passed check_expectation, `records` are EVE lines.
[[nodiscard]] CaseDifference compare_findings(const std::vector<YamlNode>& expect,
                                              const std::vector<std::string>& records);

/// The record among `among` (indexes into `records`) with which most keys of the expectation agree; absent where none
/// agrees in any.
[[nodiscard]] std::optional<std::size_t> nearest_record(const YamlNode& expectation,
                                                        const std::vector<std::string>& records,
                                                        const std::vector<std::size_t>& among);
/// The keys in which they differ, with what the record has: "service is ssh, packet is 7".
[[nodiscard]] std::string difference_text(const YamlNode& expectation, const std::string& record);

/// An expected finding that stands for this record: YAML on one line, with every key that says what was found and none
/// that another recording of the same traffic would change.
[[nodiscard]] std::string expectation_for(const std::string& record);

/// As in case.yaml, on one line.
[[nodiscard]] std::string expectation_text(const YamlNode& expectation);
/// What a record says, in the words of an expectation with every key that it could have, and the reason.
[[nodiscard]] std::string record_text(const std::string& record);

}  // namespace ghostport
