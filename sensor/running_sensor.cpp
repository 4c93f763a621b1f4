#include "sensor/running_sensor.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "registry/yaml_reader.h"
#include "sensor/commands/commands.h"
#include "sensor/confinement.h"
#include "sensor/privileges.h"
#include "sensor/summary.h"
#include "sensor/terminal.h"
#include "version.h"

namespace ghostport {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr auto kSample = std::chrono::seconds(1);                // of rates and metrics
constexpr auto kStats = std::chrono::seconds(8);                 // between two records of stats, as in Suricata
constexpr auto kLastPatience = std::chrono::milliseconds(2000);  // with outputs, once the sensor has stopped

void say(const std::string& text) { std::fputs(("ghostport: " + text + '\n').c_str(), stderr); }

std::string folder_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? std::string(".") : parent.string();
}

/// Keys that are read at the start alone, with what stands there.
std::map<std::string, std::string, std::less<>> start_settings(const std::optional<std::string>& file) {
  static constexpr std::string_view kKeys[] = {"capture",      "mode",   "inline",   "outputs", "http",
                                               "unix-command", "limits", "timeouts", "run-as"};
  std::map<std::string, std::string, std::less<>> settings;
  if (!file) return settings;
  const auto document = read_yaml_file(*file);
  if (!document) return settings;
  const YamlNode& root = document.value();
  for (std::size_t i = 0; i < root.keys.size(); ++i) {
    if (std::ranges::find(kKeys, root.keys[i].text) != std::end(kKeys))
      settings[root.keys[i].text] = yaml_text(root.items[i]);
  }
  return settings;
}

}  // namespace

bool RunningSensor::read_configuration() {
  auto next = configuration_of(options_.configuration);
  if (!next) return false;
  configuration_ = std::move(*next);
  return true;
}

/// Keys whose changes since the start wait for a restart: "limits, outputs".
std::string RunningSensor::waiting_for_restart() const {
  const auto now = start_settings(options_.configuration);
  std::map<std::string, std::string> changed;
  std::set_symmetric_difference(at_start_.begin(), at_start_.end(), now.begin(), now.end(),
                                std::inserter(changed, changed.end()));
  std::string keys;
  for (const auto& [key, text] : changed) keys += (keys.empty() ? "" : ", ") + key;
  return keys;
}

int RunningSensor::start() {
  if (!read_configuration()) return kWrongUsage;
  at_start_ = start_settings(options_.configuration);
  auto rules = maker_.make(
      configuration_,
      {{}, std::any_of(configuration_.outputs.begin(), configuration_.outputs.end(), [](const OutputSettings& one) {
         return std::find(one.types.begin(), one.types.end(), "flow") != one.types.end();
       })});
  print_note(maker_);
  if (!rules) {
    print_problems(rules.problems());
    return kWrongUsage;
  }
  rules_ = rules.value();
  auto capture = LiveCapture::open(configuration_, *rules_);
  if (!capture) {
    print_problems(capture.problems());
    return kNoSource;
  }
  capture_ = std::move(capture).value();
  const LiveSettings settings = capture_->settings();
  rules_ = within_memory(configuration_, std::move(rules_), settings.workers);
  if (!rules_) return kWrongUsage;
  auto outputs = Outputs::open(configuration_.outputs, settings.enforces, say, configuration_.file);
  if (!outputs) {
    print_problems(outputs.problems());
    return kWrongUsage;
  }
  outputs_ = std::move(outputs).value();
  outputs_->adopt(rules_);
  if (configuration_.http) {
    auto http = HttpListener::open(*configuration_.http);
    if (!http) {
      print_problems(http.problems());
      return kWrongUsage;
    }
    http_ = std::move(http).value();
  }
  // Without a place for it a sensor still runs: as an ordinary user, or twice on one machine.
  if (configuration_.control.enabled) {
    const bool usual = configuration_.control.path.empty();
    auto control = ControlSocket::open(
        usual ? std::string(kControlSocket) : configuration_.control.path,
        [this](const std::string& name, const nlohmann::json& arguments) { return command(name, arguments); });
    if (control) {
      control_ = std::move(control).value();
    } else {
      print_problems(control.problems());
      if (!usual) return kWrongUsage;
    }
  }
  if (!give_up_root()) return kWrongUsage;
  confine_process();
  sensor_ = std::make_unique<LiveSensor>(rules_, settings, *outputs_);
  status_.capture = capture_->text();
  status_.memory_limit = configuration_.limits.memory;  // a reload changes nothing about it
  status_.mode = configuration_.mode == Mode::inline_bridge ? "inline" : "tap";
  status_.started = status_.rules_since = std::chrono::system_clock::now();
  started_ = last_packet_ = last_sample_ = Clock::now();
  next_tick_ = started_;
  next_stats_ = started_ + kStats;
  capture_->start(*sensor_);
  say_news();
  say("running: " + capture_->text() + "; watched are " + rules_->watch.text(WatchTable::kWatched));
  manager_.tell("READY=1");
  return kDone;
}

bool RunningSensor::give_up_root() {
  if (!configuration_.run_as.user) return true;
  std::vector<std::string> files;
  for (const OutputSettings& one : configuration_.outputs) {
    if (one.kind == OutputSettings::Kind::eve || one.kind == OutputSettings::Kind::fast)
      files.push_back(path_now(one.path));
  }
  const std::vector<std::string> of_outputs = files;
  if (control_) files.push_back(control_->path());
  const auto kept = become_user(*configuration_.run_as.user, files);
  if (!kept) {
    print_problems(kept.problems());
    return false;
  }
  say(kept.value());
  for (const std::string& file : of_outputs) {
    if (file == "-" || ::access(folder_of(file).c_str(), W_OK | X_OK) == 0) continue;
    say(for_terminal(file) + ": that user may make no files in its folder: it cannot be rotated, nor opened anew");
  }
  return true;
}

void RunningSensor::confine_process() {
  if (!configuration_.run_as.confine) {
    say("not confined, as run-as.confine says");
    return;
  }
  Confinement confinement;
  if (options_.configuration) confinement.reads.push_back(folder_of(*options_.configuration));
  for (const auto* const files : {&configuration_.registry_files, &configuration_.signature_files})
    std::transform(files->begin(), files->end(), std::back_inserter(confinement.reads), folder_of);
  for (const OutputSettings& one : configuration_.outputs) {
    if (one.path.empty() || one.path == "-") continue;
    std::error_code error;  // a link leads elsewhere; a device is written, its folder is not
    const auto real = std::filesystem::canonical(one.path, error);
    if (!error && !std::filesystem::is_regular_file(real, error)) {
      confinement.writes.push_back(real.string());
      continue;
    }
    confinement.writes.push_back(folder_of(one.path));
    if (!real.empty()) confinement.writes.push_back(folder_of(real.string()));
  }
  if (control_) confinement.writes.push_back(folder_of(control_->path()));
  if (configuration_.signature_cache) confinement.writes.push_back(*configuration_.signature_cache);
  const CaptureSettings capture = configuration_.capture.value_or(CaptureSettings{});
  confinement.loads_bpf =
      std::any_of(capture.ports.begin(), capture.ports.end(),
                  [](const CaptureSettings::Port& port) { return port.name.starts_with("net_af_xdp"); });
  say(confine(confinement));
}

void RunningSensor::say_news() {
  for (const std::string& line : capture_->news()) say(line);
}

void RunningSensor::loop(int signals) {
  std::vector<pollfd> fds;
  while (!ends_) {
    fds.assign({{signals, POLLIN, 0}});
    if (control_) control_->add_to(fds);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next_tick_ - Clock::now());
    (void)::poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(left.count() + 1, 0)));
    signalfd_siginfo signal{};
    while (::read(signals, &signal, sizeof signal) == sizeof signal) on_signal(static_cast<int>(signal.ssi_signo));
    if (control_) control_->serve(fds.data() + 1, fds.size() - 1);
    if (Clock::now() >= next_tick_) on_tick();
  }
}

void RunningSensor::on_signal(int number) {
  switch (number) {
    case SIGHUP: outputs_->reopen(); break;
    case SIGUSR2: (void)reload(); break;
    default: ends_ = true; break;
  }
}

void RunningSensor::on_tick() {
  const auto now = Clock::now();
  next_tick_ = now + kTick;
  manager_.alive(now);
  say_news();
  const auto over = [now](const std::optional<double>& limit, Clock::time_point since) {
    return limit && now - since >= std::chrono::duration<double>(*limit);
  };
  ends_ = ends_ || over(options_.duration, started_);
  if (options_.idle_exit) {
    const std::uint64_t packets = sensor_->summary().total.at(Counter::packets);
    if (packets != packets_at_tick_) last_packet_ = now;
    packets_at_tick_ = packets;
    ends_ = ends_ || over(options_.idle_exit, last_packet_);
  }
  if (now - last_sample_ < kSample) return;
  const std::chrono::duration<double> time = now - last_sample_;
  const Counters before = status_.now.total;
  last_sample_ = now;
  const SensorStatus current = status();
  status_.packets_per_second =
      static_cast<double>(current.now.total.at(Counter::packets) - before.at(Counter::packets)) / time.count();
  status_.bits_per_second =
      8 * static_cast<double>(current.now.total.at(Counter::bytes) - before.at(Counter::bytes)) / time.count();
  status_.now = current.now;
  if (http_) http_->show(metrics_text(current));
  if (outputs_->want_stats() && now >= next_stats_) {
    next_stats_ = now + kStats;
    outputs_->stats(stats_record(current, rules_->sensor_id));
  }
}

SensorStatus RunningSensor::status() {
  SensorStatus current = status_;
  current.taken = std::chrono::system_clock::now();
  current.now = sensor_->summary();
  current.links = capture_->links();
  current.memory = most_memory();
  current.outputs = outputs_->counters();
  current.signatures = rules_->signatures->signatures().size();
  current.watched = rules_->watch.text(WatchTable::kWatched);
  current.ghost_ports =
      static_cast<std::size_t>(std::count_if(rules_->registry.entries().begin(), rules_->registry.entries().end(),
                                             [](const PortEntry& entry) { return entry.ghost; }));
  return current;
}

/// Empty, or why the old rules stay.
std::string RunningSensor::reload() {
  const Configuration before = configuration_;
  const auto refuse = [&](const std::string& why) {
    configuration_ = before;
    ++status_.refused_reloads;
    status_.last_reload_good = false;
    say("not reloaded: " + why + "; the rules stay as they were");
    return why;
  };
  if (!read_configuration()) return refuse("the configuration is wrong");
  auto made = maker_.make(configuration_, {{}, rules_->flow_records});
  print_note(maker_);
  if (!made) {
    std::string faults;
    for (const Problem& problem : made.problems()) faults += (faults.empty() ? "" : "\n") + problem.text();
    if (configuration_.run_as.confine)
      faults += "\n(new files are found only in folders that were named at the start: docs/sensor.md, Privileges)";
    return refuse("the rules are wrong:\n" + faults);
  }
  auto rules = std::make_shared<Rules>(*made.value());
  // Tables and timers keep what they were made with.
  rules->flow_limit = rules_->flow_limit;
  rules->memory_share = rules_->memory_share;
  rules->head_bytes = rules_->head_bytes;
  rules->tcp_timeout = rules_->tcp_timeout;
  rules->udp_timeout = rules_->udp_timeout;
  rules->unanswered_timeout = rules_->unanswered_timeout;
  if (!sensor_->reload(rules)) return refuse("flows still go by too many earlier sets of rules");
  capture_->adopt(*rules);
  rules_ = std::move(rules);
  ++status_.reloads;
  status_.last_reload_good = true;
  status_.rules_since = std::chrono::system_clock::now();
  const std::string waiting = waiting_for_restart();
  say("reloaded: " + counted(rules_->signatures->signatures().size(), "signature") + ", watched are " +
      rules_->watch.text(WatchTable::kWatched) + (waiting.empty() ? "" : "; a restart is needed for " + waiting));
  return {};
}

std::vector<std::string> RunningSensor::interface_names() const {
  std::vector<std::string> names;
  for (const LiveCapture::Link& one : capture_->links()) names.push_back(one.name);
  return names;
}

ControlAnswer RunningSensor::interface_statistics(const nlohmann::json& arguments) {
  const std::vector<std::string> names = interface_names();
  const auto wanted = arguments.find("iface");
  if (wanted == arguments.end() || !wanted->is_string() ||
      std::find(names.begin(), names.end(), wanted->get<std::string>()) == names.end())
    return {false, "no such interface; iface-list names them"};
  if (names.size() > 1) return {false, "all interfaces are counted together: dump-counters"};
  const PipelineSummary summary = sensor_->summary();
  const Counters& total = summary.total;
  return {true,
          {{"pkts", total.at(Counter::packets)},
           {"bytes", total.at(Counter::bytes)},
           {"drop", total.at(Counter::missed) + total.at(Counter::without_buffer)},
           {"invalid-checksums", summary.detector.bad_checksums}}};
}

ControlAnswer RunningSensor::command(const std::string& name, const nlohmann::json& arguments) {
  static constexpr std::string_view kCommands[] = {
      "command-list",        "version",       "uptime",           "running-mode", "capture-mode",
      "iface-list",          "iface-stat",    "conf-get",         "reload-rules", "ruleset-stats",
      "ruleset-reload-time", "dump-counters", "reopen-log-files", "shutdown",     "ghostport-status"};
  if (name == "command-list") return {true, {{"count", std::size(kCommands)}, {"commands", kCommands}}};
  if (name == "version") return {true, GHOSTPORT_VERSION};
  if (name == "uptime")
    return {true, std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - started_).count()};
  if (name == "running-mode") return {true, status_.mode};
  if (name == "capture-mode")
    return {true, configuration_.capture && configuration_.capture->driver == CaptureSettings::Driver::pcap ? "pcap"
                                                                                                            : "dpdk"};
  if (name == "iface-list") {
    const std::vector<std::string> names = interface_names();
    return {true, {{"count", names.size()}, {"ifaces", names}}};
  }
  if (name == "iface-stat") return interface_statistics(arguments);
  if (name == "conf-get") {
    const auto variable = arguments.find("variable");
    if (variable == arguments.end() || !variable->is_string() || !options_.configuration)
      return {false, "no such variable in the configuration"};
    const auto value = yaml_value(*options_.configuration, variable->get<std::string>());
    return value ? ControlAnswer{true, *value} : ControlAnswer{false, "no such variable in the configuration"};
  }
  if (name == "reload-rules") {
    const std::string why = reload();
    if (!why.empty()) return {false, why};
    const std::string waiting = waiting_for_restart();
    return {true, waiting.empty() ? "done" : "done; a restart is needed for " + waiting};
  }
  if (name == "ruleset-stats")
    return {true, {{{"id", 0}, {"rules_loaded", rules_->signatures->signatures().size()}, {"rules_failed", 0}}}};
  if (name == "ruleset-reload-time") {
    const SensorStatus current = status();
    return {true, {{{"id", 0}, {"last_reload", status_json(current)["rules"]["since"]}}}};
  }
  if (name == "dump-counters") return {true, counters_json(status())};
  if (name == "ghostport-status") return {true, status_json(status())};
  if (name == "reopen-log-files") {
    outputs_->reopen();
    return {true, "done"};
  }
  if (name == "shutdown") {
    ends_ = true;
    return {true, "closing"};
  }
  const std::string_view near = nearest(name, {std::begin(kCommands), std::end(kCommands)});
  return {false,
          "unknown command " + in_quotes(name) + (near.empty() ? "" : ", did you mean " + std::string(near) + "?")};
}

int RunningSensor::stop() {
  manager_.tell("STOPPING=1");
  sensor_->stop();
  outputs_->close(kLastPatience);
  say_news();
  std::fputs(summary_text(sensor_->summary(), *rules_, Clock::now() - started_, most_memory()).c_str(), stderr);
  bool all_written = true;
  for (const Outputs::Named& one : outputs_->counters()) {
    if (one.counters.lost == 0) continue;
    all_written = false;
    say("output " + for_terminal(one.name) + ": " + counted(one.counters.lost, "record") + " lost" +
        (one.counters.trouble.empty() ? "" : ": " + one.counters.trouble));
  }
  return all_written ? kDone : kIncomplete;
}

}  // namespace ghostport
