#include "sensor/case_writer.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "configuration/configuration.h"
#include "sensor/case_file.h"
#include "sensor/case_match.h"
#include "version.h"

namespace ghostport {
namespace {

namespace fs = std::filesystem;

std::string file_name(const std::string& path) { return fs::path(path).filename().string(); }

std::string in_single_quotes(const std::string& text) {
  std::string quoted = "'";
  for (const char letter : text) quoted += letter == '\'' ? std::string("''") : std::string(1, letter);
  return quoted + '\'';
}

/// The lines of a configuration as the value of `config`.
std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string result = "config:\n";
  for (std::string line; std::getline(lines, line);) {
    if (line != "---" && line != "...") result += "  " + line + '\n';
  }
  return result;
}

std::string case_text(const NewCase& one, const std::string& configuration) {
  std::string text = "# Written by Ghostport " GHOSTPORT_VERSION
                     ": what it said of this capture. Say in `why` what the case is for, strike keys that do not\n"
                     "# matter, and correct what is wrong: `ghostport test` then fails until it comes out.\n"
                     "why: what was found when this capture was recorded\npcap: [";
  for (std::size_t i = 0; i < one.captures.size(); ++i)
    text += (i == 0 ? "" : ", ") + in_single_quotes(file_name(one.captures[i]));
  text += "]\nmade-by: ghostport replay --write-case\n";
  if (!configuration.empty()) {
    text += indented(configuration);
  } else if (one.watch) {
    text += "config: {watch: " + *one.watch + "}\n";
  }
  text += one.records.empty() ? "expect: []\n" : "expect:\n";
  for (const std::string& record : one.records) text += "  - " + expectation_for(record) + '\n';
  return text;
}

/// The option's words as a value of YAML: a word, or a list.
std::optional<std::string> watch_value(const std::optional<std::string>& watch) {
  if (!watch || *watch == "ghost" || *watch == "range" || *watch == "all") return watch;
  std::string list = "[";
  for (const char letter : *watch) list += letter == ',' ? std::string(", ") : std::string(1, letter);
  return list + ']';
}

}  // namespace

Problems check_new_case(const NewCase& one) {
  Problems problems;
  const auto fault = [&](const std::string& path, const std::string& what) { problems.push_back({path, 0, 0, what}); };
  const std::string file = (fs::path(one.folder) / "case.yaml").string();
  std::error_code error;
  if (fs::exists(one.folder, error) && !fs::is_directory(one.folder, error)) fault(one.folder, "is no folder");
  if (fs::exists(file, error)) fault(file, "is a case already, which would be lost");
  std::set<std::string> names;
  for (const std::string& path : one.captures) {
    if (path == "-") {
      fault("standard input", "cannot be kept in a case, expected a capture file");
    } else if (!names.insert(file_name(path)).second) {
      fault(path, "another capture has the same name, expected one of its own in the folder of the case");
    }
  }
  if (one.configuration && one.watch)
    fault(*one.configuration, "a case has one configuration: say there what to watch, without --watch");
  if (one.configuration) {
    const auto read = read_configuration_file(*one.configuration);
    if (read && (!read.value().registry_files.empty() || !read.value().signature_files.empty()))
      fault(*one.configuration,
            "includes other files, which are not copied: write the case without -c, put them beside case.yaml, and "
            "name them in its `config`");
  }
  return problems;
}

Problems write_case(const NewCase& one) {
  const auto failed = [&](const std::string& path, const std::string& why) {
    return Problems{{path, 0, 0, "cannot be written: " + why}};
  };
  std::error_code error;
  fs::create_directories(one.folder, error);
  if (error) return failed(one.folder, error.message());
  for (const std::string& path : one.captures) {
    const fs::path copy = fs::path(one.folder) / file_name(path);
    if (fs::equivalent(path, copy, error)) continue;
    fs::copy_file(path, copy, error);
    if (error) return failed(copy.string(), error.message());
  }
  Problems problems;
  std::string configuration;
  if (one.configuration) {
    const auto text = read_text_file(*one.configuration, problems);
    if (!text) return problems;
    configuration = *text;
  }
  NewCase written = one;
  written.watch = watch_value(one.watch);
  const std::string path = (fs::path(one.folder) / "case.yaml").string();
  std::ofstream out(path, std::ios::binary);
  out << case_text(written, configuration);
  out.close();
  if (!out) return failed(path, "the disk may be full");
  const auto read = read_case(path);
  return read ? Problems() : read.problems();
}

}  // namespace ghostport
