// ghostport registry list | import
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "configuration/configuration.h"
#include "registry/iana_csv.h"
#include "registry/registry_yaml.h"
#include "sensor/commands/commands.h"
#include "sensor/registry_listing.h"
#include "sensor/terminal.h"

namespace ghostport {
namespace {

int list(const RegistryOptions& options) {
  const auto configured = configuration_of(options.configuration);
  if (!configured) return kWrongUsage;
  const Configuration& configuration = *configured;
  RegistryListing listing;
  bool right = true;
  for (const std::string& path : configuration.registry_files) {
    auto entries = read_registry_file(path);
    if (entries) {
      listing.add_include(path, std::move(entries).value());
    } else {
      print_problems(entries.problems());
      right = false;
    }
  }
  if (!right) return kWrongUsage;
  listing.restrict_to(options.ports, options.ghost);
  using Format = RegistryOptions::Format;
  const Format format = options.format.value_or(screen_of(STDOUT_FILENO).terminal ? Format::table : Format::tsv);
  const std::string text = format == Format::json  ? listing.json()
                           : format == Format::tsv ? listing.tsv()
                                                   : listing.table();
  std::fputs(text.c_str(), stdout);
  return kDone;
}

void account(const IanaImport& import, const std::string& name, const std::string& source) {
  std::fprintf(stderr, "%s: %s\n", for_terminal(name).c_str(), counted(import.all_records(), "record").c_str());
  for (std::size_t i = 0; i < kIanaRecords; ++i) {
    const auto kind = static_cast<IanaRecord>(i);
    if (import.count(kind) == 0) continue;
    std::fprintf(
        stderr, "  %7s  %s%s\n", with_commas(import.count(kind)).c_str(),
        kind <= IanaRecord::both_transports ? "taken: " : "left out: ", std::string(iana_record_text(kind)).c_str());
  }
  std::fprintf(stderr, "%s, %s; source: \"%s\"\n", counted(import.entries.size(), "port").c_str(),
               counted(import.claims, "claim").c_str(), for_terminal(source).c_str());
}

bool is_same_file(const std::string& one, const std::string& other) {
  std::error_code ignored;
  return std::filesystem::equivalent(one, other, ignored);
}

int import(const RegistryOptions& options) {
  const bool standard_input = options.file == "-";
  const std::string path = standard_input ? "/dev/stdin" : options.file;
  const std::string name = standard_input ? "standard input" : options.file;
  if (options.output && is_same_file(path, *options.output)) {
    std::fprintf(stderr, "ghostport: -o %s: is the file that is read\n", for_terminal(*options.output).c_str());
    return kWrongUsage;
  }
  Problems problems;
  const auto text = read_text_file(path, problems);
  if (!text) {
    for (Problem& one : problems) one.file = name;
    print_problems(problems);
    return kIncomplete;
  }
  const std::string source = options.source.value_or(iana_source(standard_input ? "" : path));
  const auto read = read_iana_csv(*text, name, options.ports, source);
  if (!read) {
    print_problems(read.problems());
    return kWrongUsage;
  }
  const IanaImport& import = read.value();
  const std::string include =
      "# Names of ports, made by `ghostport registry import`. Change nothing here: import anew.\n" +
      registry_text(import.entries);
  if (include.size() > kMostTextBytes) {
    print_problems({{name, 0, 0, "more names than an include may hold, expected fewer: restrict them with --ports"}});
    return kWrongUsage;
  }
  account(import, name, source);
  if (!options.output) {
    std::fputs(include.c_str(), stdout);
    return kDone;
  }
  std::ofstream out(*options.output, std::ios::binary);
  out << include;
  out.close();
  if (out) return kDone;
  std::fprintf(stderr, "ghostport: %s: cannot be written\n", for_terminal(*options.output).c_str());
  return kIncomplete;
}

}  // namespace

int run_command(const RegistryOptions& options, std::chrono::steady_clock::time_point) {
  return options.what == RegistryOptions::What::list ? list(options) : import(options);
}

}  // namespace ghostport
