#include <signal.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <utility>

#include "detection/finding_json.h"
#include "sensor/commands/commands.h"
#include "sensor/live_capture.h"
#include "sensor/make_rules.h"
#include "sensor/outputs/eve_file.h"
#include "sensor/summary.h"
#include "sensor/terminal.h"

namespace ghostport {
namespace {

using Clock = std::chrono::steady_clock;

void say(const std::string& text) { std::fputs(("ghostport: " + text + '\n').c_str(), stderr); }

/// Where the findings of a live sensor go. Called on the adjudicator's thread.
class LiveSink final : public FindingSink {
 public:
  LiveSink(const Rules& rules, EveFile& eve) : eve_(eve) { context_.rules = &rules; }

  void finding(const Finding& finding) override { eve_.write(write_finding(line_, finding, context_)); }
  void flow(const FlowDetail& detail) override { eve_.write(write_flow(line_, detail, context_)); }

 private:
  RecordContext context_;
  EveFile& eve_;
  JsonLine line_;
};

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
void watch(const RunOptions& options, LiveSensor& sensor, LiveCapture& capture, Signals& signals) {
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
  const auto rules = RulesMaker().make(configuration, {});
  if (!rules) {
    print_problems(rules.problems());
    return kWrongUsage;
  }
  auto capture = LiveCapture::open(configuration);
  if (!capture) {
    print_problems(capture.problems());
    return kNoSource;
  }
  auto eve = EveFile::open("-");
  if (!eve) return kIncomplete;
  LiveSink sink(*rules.value(), *eve.value());
  LiveSensor sensor(rules.value(), capture.value()->settings(), sink);
  const auto started = Clock::now();
  capture.value()->start(sensor);
  say("running: " + capture.value()->text() + "; watched are " + rules.value()->watch.text(WatchTable::kWatched));

  watch(options, sensor, *capture.value(), signals);
  sensor.stop();
  std::unique_ptr<EveFile> output = std::move(eve).value();
  output->close();
  std::fputs(summary_text(sensor.summary(), *rules.value(), Clock::now() - started).c_str(), stderr);
  if (output->problem()) say(*output->problem());
  return output->problem() ? kIncomplete : kDone;
}

}  // namespace ghostport
