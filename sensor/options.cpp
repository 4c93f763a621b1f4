#include "sensor/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string_view>

#include "registry/registry_yaml.h"
#include "sensor/version_text.h"

namespace ghostport {
namespace {

using Parsed = std::variant<Command, Reply>;

/// Known by name, refused with a sentence. The version that builds one deletes its row.
struct NotBuilt {
  std::string_view name;
  std::string_view feature;
};
constexpr NotBuilt kCommandsNotBuilt[] = {
    {"report", "the HTML report"},
};
constexpr NotBuilt kReplayNotBuilt[] = {
    {"--chain", "reading several captures as one"},
    {"--report", "the HTML report"},
};

constexpr std::string_view kUsage =
    R"(Ghostport tells what really speaks on ports that should be silent, and why it thinks so.

Usage: ghostport COMMAND [OPTION...]

  replay   find out who speaks on the watched ports of captures
  run      the same on live traffic, as a tap or inline
  self-test
           proves that a pipeline with this configuration finds a known flow on each ghost port
  listeners
           who listens on the watched ports of this host
  status   what a running sensor has seen, found and lost
  reload   has a running sensor read its rules anew
  test     run cases: captures with the findings that must come out
  check    validate configuration, registry and signatures
  explain  what a port is registered for, and what is expected on it
  signatures list|lint|bench
           what names services, what is weak about it, what it costs
  registry list|import
           who claims which port; IANA's file of names as an include

  -r FILE  the same as replay FILE
  -T       the same as check

ghostport COMMAND --help lists a command's options; ghostport --version says what this program is made of.
Exit status: 0 done; 1 a case failed, or --fail-on (also where 3 applies); 2 wrong usage or configuration; 3 an input
could not be read, or an output not be written, to its end; 4 no packet source could be started.
)";

Reply wrong(std::string_view program, const std::string& what) {
  return {std::string(program) + ": " + what + "\nTry: " + std::string(program) + " --help\n", kWrongUsage};
}

std::string not_built(std::string_view name, std::string_view feature) {
  return std::string(name) + ": " + std::string(feature) + " is not built into this version";
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view near = nearest(word, candidates);
  return near.empty() ? std::string() : ", did you mean " + std::string(near) + "?";
}

/// One command's parser: the options are added by its function, then parse.
struct Parser {
  explicit Parser(const std::string& command, const std::string& text) : name("ghostport " + command), app(text, name) {
    app.set_version_flag("--version", version_text);
  }

  void refuse(const NotBuilt& row, bool takes_value) {
    CLI::Option* const option =
        takes_value ? app.add_option(std::string(row.name), ignored) : app.add_flag(std::string(row.name));
    option->group("");
    refused.emplace_back(option, &row);
  }

  /// A reply where nothing is to be run.
  std::optional<Reply> parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
      app.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
      return Reply{app.help(), kDone};
    } catch (const CLI::CallForVersion&) {
      return Reply{version_text(), kDone};
    } catch (const CLI::ParseError& error) {
      return wrong(name, unexpected_word().value_or(error.what()));
    }
    for (const auto& [option, row] : refused) {
      if (option->count() != 0) return wrong(name, not_built(row->name, row->feature));
    }
    return std::nullopt;
  }

  std::optional<std::string> unexpected_word() const {
    const std::vector<std::string> extras = app.remaining(true);
    const auto option =
        std::find_if(extras.begin(), extras.end(), [](const std::string& word) { return word.starts_with('-'); });
    if (extras.empty()) return std::nullopt;
    const std::string& word = option == extras.end() ? extras.front() : *option;
    std::vector<std::string> names;
    const auto add_names = [&names](const CLI::App& of) {
      for (const CLI::Option* one : of.get_options()) {
        for (const std::string& long_name : one->get_lnames()) names.push_back("--" + long_name);
        for (const std::string& short_name : one->get_snames()) names.push_back('-' + short_name);
      }
    };
    add_names(app);
    const bool command_missing = app.get_subcommands().empty() && option == extras.end();
    for (const CLI::App* const one : app.get_subcommands({})) {
      if (command_missing) names.push_back(one->get_name());
      if (one->parsed()) add_names(*one);
    }
    const std::string spelled = word.substr(0, word.find('='));
    const bool is_command = command_missing && !app.get_subcommands({}).empty();
    return std::string(is_command ? "unknown command " : "unknown option ") + in_quotes(spelled) +
           did_you_mean(spelled, {names.begin(), names.end()});
  }

  std::string name;
  CLI::App app;
  std::string ignored;
  std::vector<std::pair<const CLI::Option*, const NotBuilt*>> refused;
};

CLI::Option* add_configuration(CLI::App& app, std::optional<std::string>& configuration) {
  return app.add_option("-c", configuration, "Configuration file (docs/configuration.md)")->type_name("FILE");
}

Parsed parse_replay(std::vector<std::string> arguments) {
  ReplayOptions options;
  std::string watch;
  std::vector<std::string> fail_on;
  Parser parser("replay", "Reads captures and says who speaks on the watched ports. Each file is a world of its own.");
  CLI::App& app = parser.app;
  add_configuration(app, options.configuration);
  app.add_option(
         "--eve", options.eve,
         "Write records, one JSON object a line, to a file, which begins anew, or instead of the table to standard "
         "output")
      ->type_name("FILE|-");
  app.add_flag("--flows", options.flows, "Add a record of each ended flow to those of --eve");
  app.add_flag("--alerts", options.alerts,
               "Add an alert to each finding of severity low or more, for readers of records that raise nothing else");
  app.add_option("--watch", watch,
                 "ghost, range (3224-3324), all, or a list such as 3238/tcp,3224-3324; instead of the configuration's. "
                 "all names "
                 "every flow (--flows) and judges those on ports that the registry knows by more than a name; a list "
                 "judges its ports")
      ->type_name("PORTS");
  app.add_option("--workers", options.workers,
                 "Threads that identify, 1 to 64; the findings are the same for any number")
      ->type_name("N")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--fail-on", fail_on,
                 "Exit with status 1 where a finding has this verdict: expected, consistent, unexpected, unrecognized, "
                 "listener or probe; may be repeated")
      ->type_name("VERDICT")
      ->allow_extra_args(false);
  app.add_flag("--quiet", options.quiet, "No table, no progress, and of the summary only losses and limits");
  app.add_option(
         "-f", options.filter,
         "Look only at packets that this filter in tcpdump's language lets through; as there, it sees the outer frame: "
         "of tunnels, tags and later fragments only what it asks for. Packet numbers stay those of the capture")
      ->type_name("EXPRESSION");
  app.add_option("--explain", options.explain,
                 "Say, instead of the table, which signatures the flow with this flow_id was tried against, and what "
                 "became of each; with one worker")
      ->type_name("FLOW_ID");
  app.add_option("--write-case", options.write_case,
                 "Write a case: a new folder with copies of the captures, and a case.yaml that expects what was found")
      ->type_name("DIR");
  app.add_option("PCAP", options.paths,
                 "Captures: pcap or pcapng, plain, gzip or zstd; - is standard input; of a folder every *.pcap, *.cap, "
                 "*.pcapng and *.dmp below it, also with .gz or .zst, in the order of their names")
      ->required();
  for (const NotBuilt& row : kReplayNotBuilt) {
    parser.refuse(row, row.name != "--chain");
  }
  if (auto reply = parser.parse(std::move(arguments))) return *reply;

  if (!watch.empty() || app.count("--watch") != 0) {
    auto list = WatchList::parse(watch);
    if (!list) return wrong(parser.name, "--watch: " + list.problems().front().what);
    options.watch = std::move(list).value();
    options.watch_words = watch;
  }
  for (const std::string& word : fail_on) {
    const auto found = std::find(kVerdictNames.begin(), kVerdictNames.end(), word);
    if (found == kVerdictNames.end()) {
      const std::vector<std::string_view> names(kVerdictNames.begin(), kVerdictNames.end());
      return wrong(parser.name, "--fail-on: " + in_quotes(word) + " is no verdict" + did_you_mean(word, names));
    }
    options.fail_on.push_back(static_cast<Verdict>(found - kVerdictNames.begin()));
  }
  return Command(std::move(options));
}

Parsed parse_run(std::vector<std::string> arguments) {
  RunOptions options;
  Parser parser("run",
                "Watches live traffic until it is told to stop: SIGINT or SIGTERM, after which everything pending is "
                "said. The configuration says where packets come from and where records go; without outputs they go to "
                "standard output.");
  add_configuration(parser.app, options.configuration);
  const CLI::Range seconds(0.001, 1e9);
  parser.app.add_option("--duration", options.duration, "Stop after that long")->type_name("SECONDS")->check(seconds);
  parser.app.add_option("--idle-exit", options.idle_exit, "Stop once no packet has come for that long")
      ->type_name("SECONDS")
      ->check(seconds);
  if (auto reply = parser.parse(std::move(arguments))) return *reply;
  return Command(std::move(options));
}

Parsed parse_control(ControlOptions::What what, std::vector<std::string> arguments) {
  ControlOptions options;
  options.what = what;
  const bool status = what == ControlOptions::What::status;
  Parser parser(status ? "status" : "reload",
                status ? "What a running sensor has seen, found, lost and written, through its control socket."
                       : "Has a running sensor read registry, signatures, assets and exceptions anew, as SIGUSR2 does. "
                         "Where they are wrong it says so, and keeps what it has.");
  add_configuration(parser.app, options.configuration);
  if (status) parser.app.add_flag("--json", options.json, "One JSON object instead of a table");
  if (auto reply = parser.parse(std::move(arguments))) return *reply;
  return Command(std::move(options));
}
Parsed parse_status(std::vector<std::string> arguments) {
  return parse_control(ControlOptions::What::status, std::move(arguments));
}
Parsed parse_reload(std::vector<std::string> arguments) {
  return parse_control(ControlOptions::What::reload, std::move(arguments));
}

Parsed parse_self_test(std::vector<std::string> arguments) {
  SelfTestOptions options;
  Parser parser(
      "self-test",
      "Puts a known flow for each ghost port before the parser of a pipeline with this configuration, and proves that "
      "it is found. Nothing is sent anywhere, and no output is written.");
  add_configuration(parser.app, options.configuration);
  if (auto reply = parser.parse(std::move(arguments))) return *reply;
  return Command(std::move(options));
}

Parsed parse_listeners(std::vector<std::string> arguments) {
  ListenersOptions options;
  Parser parser(
      "listeners",
      "Sockets of this host that are bound to watched ports, with process and user, and what the registry says.");
  add_configuration(parser.app, options.configuration);
  parser.app.add_flag("--json", options.json, "One JSON object a line instead of a table");
  if (auto reply = parser.parse(std::move(arguments))) return *reply;
  return Command(std::move(options));
}

Parsed parse_test(std::vector<std::string> arguments) {
  TestOptions options;
  Parser parser("test", "Runs every case (a folder with case.yaml) below the paths and compares its findings.");
  parser.app
      .add_option("--workers", options.workers,
                  "Threads, 1 to 64; without it each case runs with 1, 2 and 4, which must agree")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
  parser.app.add_option("PATH", options.paths, "Folders")->required();
  parser.app.add_option("--junit", options.junit, "Write the results as JUnit's XML too, as build servers read them")
      ->type_name("FILE");
  if (auto reply = parser.parse(std::move(arguments))) return *reply;
  return Command(std::move(options));
}

Parsed parse_check(std::vector<std::string> arguments) {
  CheckOptions options;
  Parser parser("check", "Validates configuration, registry and signatures; every fault as file:line:column.");
  add_configuration(parser.app, options.configuration);
  parser.app
      .add_option("--suricata", options.suricata,
                  "Say which plugin fits that Suricata (it is run with -V), or whether that .so fits the installed one")
      ->type_name("PATH");
  if (auto reply = parser.parse(std::move(arguments))) return *reply;
  return Command(std::move(options));
}

Parsed parse_explain(std::vector<std::string> arguments) {
  ExplainOptions options;
  std::vector<std::string> ports;
  std::string service;
  Parser parser("explain",
                "Every claim on a port with its source, what is expected, and what a finding there would say.");
  add_configuration(parser.app, options.configuration);
  parser.app.add_option("--service", service, "Say what a finding of this service would be")
      ->type_name("NAME")
      ->allow_extra_args(false);
  parser.app.add_option("PORT", ports, "A port, or PORT/tcp, PORT/udp")->required();
  if (auto reply = parser.parse(std::move(arguments))) return *reply;

  for (const std::string& text : ports) {
    const auto item = parse_port_spec(text);
    if (!item || item->ports.first != item->ports.last) {
      return wrong(parser.name,
                   in_quotes(text) + " is no port, expected 1 to 65535, or such a number with /tcp or /udp");
    }
    options.ports.push_back(*item);
  }
  if (!service.empty()) {
    options.service = find_service(service);
    if (!options.service) {
      return wrong(parser.name, "--service: " + in_quotes(service) + " is no service's name" +
                                    did_you_mean(service, all_service_names()) + " (docs/services.md lists them)");
    }
  }
  return Command(std::move(options));
}

Parsed parse_signatures(std::vector<std::string> arguments) {
  using What = SignaturesOptions::What;
  SignaturesOptions options;
  Parser parser("signatures", "What names services: lists the signatures, looks for weak ones, times them.");
  CLI::App& app = parser.app;
  add_configuration(app, options.configuration);
  app.require_subcommand(1);
  app.fallthrough();
  CLI::App* const list = app.add_subcommand("list", "Every signature with its service, side and check; every check");
  CLI::App* const lint = app.add_subcommand(
      "lint", "What its writer should look at again, as file:line:column; exit status 1 where there is any");
  CLI::App* const bench =
      app.add_subcommand("bench", "How often each expression matches what is not its own, and what its check costs");
  lint->add_option("FILE", options.paths, "Further signature files");
  bench->add_option("PCAP", options.paths, "Captures whose flows are tried; without them the signatures' own examples");
  if (auto reply = parser.parse(std::move(arguments))) return *reply;
  options.what = list->parsed() ? What::list : lint->parsed() ? What::lint : What::bench;
  return Command(std::move(options));
}

/// "3200-3330,80/tcp": what is wrong with it, or nothing.
std::string parse_ports(std::string_view text, std::vector<WatchList::Item>& ports) {
  for (bool last = false; !last;) {
    const std::size_t comma = text.find(',');
    last = comma == std::string_view::npos;
    const std::string_view spec = text.substr(0, comma);
    if (!last) text.remove_prefix(comma + 1);
    const auto item = parse_port_spec(spec);
    if (!item) return in_quotes(spec) + " is no port, expected ports such as 3237, 3237/tcp or 3200-3330";
    ports.push_back(*item);
  }
  return {};
}

Parsed parse_registry(std::vector<std::string> arguments) {
  using Format = RegistryOptions::Format;
  RegistryOptions options;
  std::string ports;
  std::string format;
  Parser parser("registry", "Who may speak on which port: lists what is known, and makes an include of IANA's file.");
  parser.app.require_subcommand(1);
  CLI::App* const list = parser.app.add_subcommand(
      "list", "Every claim and expectation with its source, and whether it is built in or from which include");
  CLI::App* const import = parser.app.add_subcommand("import",
                                                     "Makes an include of IANA's service-names-port-numbers.csv: names "
                                                     "for explain and records, which are no reason to "
                                                     "judge a port; an account of its records goes to standard error");
  add_configuration(*list, options.configuration);
  for (CLI::App* const one : {list, import})
    one->add_option("--ports", ports, "Only these, such as 3200-3330 or 80/tcp,443")->type_name("PORTS");
  list->add_flag("--ghost", options.ghost, "Ghost ports only");
  list->add_option("--format", format, "table, tsv, or json: one object a port; a table on a terminal, else tsv")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "tsv", "json"}));
  import->add_option("FILE.csv", options.file, "IANA's file; - is standard input")->required();
  import->add_option("-o", options.output, "Write the include to a file instead of standard output")->type_name("FILE");
  import
      ->add_option(
          "--source", options.source,
          "What each claim gives as its source; without it \"IANA service names\" and the day in the file's name")
      ->type_name("TEXT");
  if (auto reply = parser.parse(std::move(arguments))) return *reply;
  options.what = list->parsed() ? RegistryOptions::What::list : RegistryOptions::What::import;
  if (list->count("--ports") + import->count("--ports") != 0) {
    if (const std::string what = parse_ports(ports, options.ports); !what.empty())
      return wrong(parser.name, "--ports: " + what);
  }
  if (options.source && options.source->empty()) return wrong(parser.name, "--source: is empty, expected text");
  if (!format.empty()) options.format = format == "json" ? Format::json : format == "tsv" ? Format::tsv : Format::table;
  return Command(std::move(options));
}

struct CommandRow {
  std::string_view name;
  Parsed (*parse)(std::vector<std::string>);
};
constexpr CommandRow kCommands[] = {{"replay", parse_replay},       {"run", parse_run},
                                    {"self-test", parse_self_test}, {"listeners", parse_listeners},
                                    {"status", parse_status},       {"reload", parse_reload},
                                    {"test", parse_test},           {"check", parse_check},
                                    {"explain", parse_explain},     {"signatures", parse_signatures},
                                    {"registry", parse_registry}};

/// Suricata's and Snort's words: -T is check, -r FILE is replay FILE, wherever among the options they stand.
void replace_alias(std::vector<std::string>& arguments) {
  if (arguments.empty() || !arguments.front().starts_with('-')) return;
  for (const auto& [option, command] : {std::pair{"-T", "check"}, std::pair{"-r", "replay"}}) {
    const auto found = std::find(arguments.begin(), arguments.end(), option);
    if (found == arguments.end()) continue;
    arguments.erase(found);
    arguments.insert(arguments.begin(), command);
    return;
  }
}

}  // namespace

Parsed parse_command_line(std::vector<std::string> arguments) {
  replace_alias(arguments);
  if (arguments.empty()) return Reply{std::string(kUsage), kWrongUsage};
  const std::string word = arguments.front();
  if (word == "--help" || word == "-h") return Reply{std::string(kUsage), kDone};
  if (word == "--version" || word == "-V") return Reply{version_text(), kDone};
  arguments.erase(arguments.begin());
  std::vector<std::string_view> names;
  for (const CommandRow& row : kCommands) {
    if (row.name == word) return row.parse(std::move(arguments));
    names.push_back(row.name);
  }
  for (const NotBuilt& row : kCommandsNotBuilt) {
    if (row.name == word) return wrong("ghostport", not_built(word, row.feature));
    names.push_back(row.name);
  }
  const bool option = word.starts_with('-');
  if (option) names = {"--help", "--version"};
  return wrong("ghostport", std::string("unknown ") + (option ? "option " : "command ") + in_quotes(word) +
                                did_you_mean(word, names));
}

}  // namespace ghostport
