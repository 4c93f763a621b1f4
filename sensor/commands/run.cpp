#include <signal.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <utility>

#include "sensor/commands/commands.h"
#include "sensor/live_capture.h"
#include "sensor/make_rules.h"
#include "sensor/outputs/outputs.h"
#include "sensor/summary.h"
#include "sensor/terminal.h"

namespace ghostport {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kLastPatience = std::chrono::milliseconds(2000);  // with outputs, once the sensor has stopped

void say(const std::string& text) { std::fputs(("ghostport: " + text + '\n').c_str(), stderr); }

/// The signals that a sensor answers, taken one by one on the main thread. Made before any other thread, which then
/// inherits the mask.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGUSR2}) sigaddset(&set_, one);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
    signal(SIGPIPE, SIG_IGN);
  }
  ~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// The next one, or 0 after that long.
  [[nodiscard]] int next(std::chrono::milliseconds patience) {
    const timespec time{patience.count() / 1000, patience.count() % 1000 * 1'000'000};
    const int got = sigtimedwait(&set_, nullptr, &time);
    return got < 0 ? 0 : got;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

/// Until a signal, the duration or idleness ends it.
void watch(const RunOptions& options, LiveSensor& sensor, LiveCapture& capture, Outputs& outputs, Signals& signals) {
  constexpr auto kPatience = std::chrono::milliseconds(100);
  const auto started = Clock::now();
  auto last_packet = started;
  std::uint64_t packets = 0;
  const auto over = [](const std::optional<double>& limit, Clock::time_point since) {
    return limit && Clock::now() - since >= std::chrono::duration<double>(*limit);
  };
  for (;;) {
    const int signal = signals.next(kPatience);
    for (const std::string& line : capture.news()) say(line);
    if (signal == SIGHUP) outputs.reopen();
    if (signal == SIGINT || signal == SIGTERM || over(options.duration, started)) return;
    if (!options.idle_exit) continue;
    const std::uint64_t now = sensor.summary().total.at(Counter::packets);
    if (now != packets) last_packet = Clock::now();
    packets = now;
    if (over(options.idle_exit, last_packet)) return;
  }
}

}  // namespace

int run_command(const RunOptions& options, std::chrono::steady_clock::time_point) {
  Signals signals;
  Configuration configuration;
  if (options.configuration) {
    auto read = read_configuration_file(*options.configuration);
    if (!read) {
      print_problems(read.problems());
      return kWrongUsage;
    }
    configuration = std::move(read).value();
  }
  auto capture = LiveCapture::open(configuration);
  if (!capture) {
    print_problems(capture.problems());
    return kNoSource;
  }
  const LiveSettings settings = capture.value()->settings();
  const auto opened = Outputs::open(configuration.outputs, settings.enforces, say);
  if (!opened) {
    print_problems(opened.problems());
    return kWrongUsage;
  }
  Outputs& outputs = *opened.value();
  const auto rules = RulesMaker().make(configuration, {{}, outputs.want_flows()});
  if (!rules) {
    print_problems(rules.problems());
    return kWrongUsage;
  }
  outputs.use(rules.value());
  LiveSensor sensor(rules.value(), settings, outputs);
  const auto started = Clock::now();
  capture.value()->start(sensor);
  say("running: " + capture.value()->text() + "; watched are " + rules.value()->watch.text(WatchTable::kWatched));

  watch(options, sensor, *capture.value(), outputs, signals);
  sensor.stop();
  outputs.close(kLastPatience);
  std::fputs(summary_text(sensor.summary(), *rules.value(), Clock::now() - started).c_str(), stderr);
  bool all_written = true;
  for (const Outputs::Named& one : outputs.counters()) {
    if (one.counters.lost == 0) continue;
    all_written = false;
    say("output " + for_terminal(one.name) + ": " + counted(one.counters.lost, "record") + " lost" +
        (one.counters.trouble.empty() ? "" : ": " + one.counters.trouble));
  }
  return all_written ? kDone : kIncomplete;
}

}  // namespace ghostport
