// The command line: words to typed options of one command, or a reply (help, version, what is wrong) with its exit
// status. Called once by main; pure, prints nothing.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "registry/registry.h"
#include "registry/service.h"
#include "registry/verdict.h"

namespace ghostport {

/// Exit statuses, the same for every command.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;      ///< a case failed, or --fail-on
inline constexpr int kWrongUsage = 2;  ///< or wrong configuration
inline constexpr int kIncomplete = 3;  ///< an input could not be read, or an output written, to its end
inline constexpr int kNoSource = 4;    ///< no packet source could be started

struct ReplayOptions {
  std::optional<std::string> configuration;
  std::optional<std::string> eve;  ///< a path, or "-"
  bool flows = false;
  bool alerts = false;
  std::optional<WatchList> watch;
  unsigned workers = 1;
  std::vector<Verdict> fail_on;
  std::optional<std::string> filter;       ///< in tcpdump's language
  std::optional<std::uint64_t> explain;    ///< a flow_id: why that flow is called what it is, instead of the table
  std::optional<std::string> write_case;   ///< the folder of a new case
  std::optional<std::string> watch_words;  ///< `watch` as it was written
  bool quiet = false;
  std::vector<std::string> paths;  ///< "-" is standard input
};

struct RunOptions {
  std::optional<std::string> configuration;
  std::optional<double> duration;   ///< seconds until the sensor stops by itself
  std::optional<double> idle_exit;  ///< seconds without a packet after which it does
};

/// The commands that ask a running sensor.
struct ControlOptions {
  enum class What : std::uint8_t { status, reload } what = What::status;
  std::optional<std::string> configuration;  ///< says where its control socket is
  bool json = false;
};

struct SelfTestOptions {
  std::optional<std::string> configuration;
};

struct ListenersOptions {
  std::optional<std::string> configuration;
  bool json = false;
};

struct TestOptions {
  std::optional<std::string> junit;  ///< a file
  std::optional<unsigned> workers;   ///< absent: 1, 2 and 4, which must agree
  std::vector<std::string> paths;
};

struct CheckOptions {
  std::optional<std::string> configuration;
  std::optional<std::string> suricata;  ///< a Suricata that a plugin is to fit, or a plugin
};

struct ExplainOptions {
  std::optional<std::string> configuration;
  std::vector<WatchList::Item> ports;  ///< one port each
  std::optional<ServiceId> service;
};

struct SignaturesOptions {
  enum class What : std::uint8_t { list, lint, bench } what = What::list;
  std::optional<std::string> configuration;
  std::vector<std::string> paths;  ///< lint: further signature files; bench: captures
};

struct RegistryOptions {
  enum class What : std::uint8_t { list, import } what = What::list;
  enum class Format : std::uint8_t { table, tsv, json };
  std::optional<std::string> configuration;
  std::vector<WatchList::Item> ports;  ///< empty: every port
  bool ghost = false;                  ///< list: ghost ports only
  std::optional<Format> format;        ///< list; absent: a table on a terminal, else tsv
  std::string file;                    ///< import: IANA's CSV file, "-" is standard input
  std::optional<std::string> output;   ///< import: a file instead of standard output
  std::optional<std::string> source;   ///< import: what each claim gives as its source
};

using Command = std::variant<ReplayOptions, RunOptions, ControlOptions, SelfTestOptions, ListenersOptions, TestOptions,
                             CheckOptions, ExplainOptions, SignaturesOptions, RegistryOptions>;

/// Nothing is to be run: `text` goes to standard output where `status` is kDone, else to standard error.
struct Reply {
  std::string text;
  int status = kDone;
};

/// `arguments` without the program's name.
[[nodiscard]] std::variant<Command, Reply> parse_command_line(std::vector<std::string> arguments);

}  // namespace ghostport
