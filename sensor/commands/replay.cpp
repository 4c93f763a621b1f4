#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "dataplane/replay.h"
#include "detection/finding_json.h"
#include "sensor/capture_files.h"
#include "sensor/case_writer.h"
#include "sensor/commands/commands.h"
#include "sensor/finding_table.h"
#include "sensor/flow_explanation.h"
#include "sensor/outputs/eve_file.h"
#include "sensor/progress_bar.h"
#include "sensor/summary.h"

namespace ghostport {
namespace {

/// Where the findings of a replay go. Called by one worker at a time, and next_file between two captures.
class ReplaySink final : public FindingSink {
 public:
  /// `flows`, `alerts`: they go to `eve` too. `records`: where the lines of findings are kept.
  ReplaySink(const Rules& rules, EveFile* eve, bool flows, bool alerts, FindingTable* table,
             std::vector<std::string>* records)
      : eve_(eve), flows_(flows), alerts_(alerts), table_(table), records_(records) {
    context_.rules = &rules;
  }

  void next_file(const std::string& path) { context_.pcap_filename = path; }

  void finding(const Finding& finding) override {
    if (eve_ != nullptr) {
      eve_->write(write_finding(line_, finding, context_));
      if (const std::string_view alert = alerts_ ? write_alert(line_, finding, context_) : ""; !alert.empty())
        eve_->write(alert);
    }
    if (records_ != nullptr) records_->emplace_back(write_finding(line_, finding, context_));
    if (table_ != nullptr) table_->add(finding, context_.pcap_filename);
  }
  void flow(const FlowDetail& detail) override {
    if (eve_ != nullptr && flows_) eve_->write(write_flow(line_, detail, context_));
  }

 private:
  RecordContext context_;
  EveFile* eve_;
  bool flows_;
  bool alerts_;
  FindingTable* table_;
  std::vector<std::string>* records_;
  JsonLine line_;
};

void say(const std::string& text) { std::fputs(text.c_str(), stderr); }

std::vector<ReadOutcome> replay_all(Replay& replay, ReplaySink& sink, const std::vector<std::string>& files,
                                    const PacketFilter* filter, bool quiet) {
  ProgressBar bar(files.size(), !quiet);
  std::vector<ReadOutcome> outcomes;
  for (const std::string& path : files) {
    sink.next_file(path);
    bar.next_file(path);
    const auto progress = [&bar](std::uint64_t done, std::uint64_t size) { bar.show(done, size); };
    outcomes.push_back(replay.run(path, progress, filter));
    if (outcomes.back().complete) continue;
    bar.erase();
    const std::string name = path == "-" ? "standard input" : for_terminal(path);
    say("ghostport: " + name + ": " + for_terminal(outcomes.back().problem) + '\n');
  }
  return outcomes;
}

/// What libpcap says about the filter, and below the filter a mark where it understands no further.
void say_filter_problem(const std::string& filter, const Problem& problem) {
  say("ghostport: -f: " + for_terminal(problem.what) + "\n  " + for_terminal(filter) + "\n  " +
      std::string(width_of(for_terminal(filter.substr(0, problem.column - 1))), ' ') + "^ understood up to here\n");
}

}  // namespace

int run_command(const ReplayOptions& options, std::chrono::steady_clock::time_point started) {
  const auto configured = configuration_of(options.configuration);
  if (!configured) return kWrongUsage;
  const Configuration& configuration = *configured;
  const unsigned workers = options.explain ? 1 : options.workers;
  auto rules = rules_of(configuration, {options.watch, options.flows || options.explain.has_value()});
  if (rules) rules = within_memory(configuration, std::move(rules), workers);
  if (!rules) return kWrongUsage;
  std::unique_ptr<PacketFilter> filter;
  if (options.filter) {
    auto compiled = PacketFilter::compile(*options.filter);
    if (!compiled) {
      say_filter_problem(*options.filter, compiled.problems().front());
      return kWrongUsage;
    }
    filter = std::move(compiled).value();
  }
  Problems problems;
  const std::vector<std::string> files = capture_files(options.paths, problems);
  print_problems(problems);
  if (options.eve && is_capture(*options.eve)) {
    say("ghostport: --eve " + for_terminal(*options.eve) + ": is a capture, which the records would overwrite\n");
    return kWrongUsage;
  }
  NewCase new_case{options.write_case.value_or(""), files, options.configuration, options.watch_words, {}};
  if (options.write_case && options.filter) {
    say("ghostport: --write-case keeps whole captures: filter first (tcpdump -r OLD -w NEW FILTER), then without -f\n");
    return kWrongUsage;
  }
  if (options.write_case) {
    const Problems refused = check_new_case(new_case);
    print_problems(refused);
    if (!refused.empty()) return kWrongUsage;
  }
  std::unique_ptr<EveFile> eve;
  if (options.eve) {
    auto opened = EveFile::open(*options.eve);
    if (!opened) {
      print_problems(opened.problems());
      return kWrongUsage;
    }
    eve = std::move(opened).value();
  } else if (options.flows || options.alerts) {
    say(std::string("ghostport: ") + (options.flows ? "--flows" : "--alerts") +
        " adds to the records of --eve, which is not given\n");
    return kWrongUsage;
  }

  FindingTable table;
  const bool show_table = !options.quiet && options.eve != "-" && !options.explain;
  ReplaySink sink(*rules, eve.get(), options.flows, options.alerts, show_table ? &table : nullptr,
                  options.write_case ? &new_case.records : nullptr);
  Replay replay(rules, workers, sink);
  FlowExplanation explanation(options.explain.value_or(0), rules->signatures);
  if (options.explain) replay.observe(explanation);
  const auto first_packet = std::chrono::steady_clock::now();
  const std::vector<ReadOutcome> outcomes = replay_all(replay, sink, files, filter.get(), options.quiet);
  if (eve) eve->close();
  const auto end = std::chrono::steady_clock::now();

  const bool read_any = std::any_of(outcomes.begin(), outcomes.end(),
                                    [](const ReadOutcome& one) { return one.packets != 0 || one.complete; });
  if (show_table && read_any) std::fputs(table.text(screen_of(STDOUT_FILENO), files.size() > 1).c_str(), stdout);
  if (options.explain) {
    if (options.eve != "-") std::fputs(explanation.text().c_str(), stdout);
    if (explanation.text().empty())
      say("ghostport: no flow has the flow_id " + std::to_string(*options.explain) + "\n");
  }
  std::fflush(stdout);
  say(summary_text(replay.summary(), outcomes, *rules, {first_packet - started, end - first_packet, most_memory()},
                   options.quiet));
  if (options.write_case) {
    const Problems unwritten = write_case(new_case);
    print_problems(unwritten);
    if (!unwritten.empty()) return kIncomplete;
    say("case: " + for_terminal(*options.write_case) + " with " + counted(new_case.records.size(), "finding") +
        "; ghostport test " + for_terminal(*options.write_case) + '\n');
  }
  if (eve && eve->problem()) say("ghostport: " + *eve->problem() + '\n');

  const bool read_all = problems.empty() && std::all_of(outcomes.begin(), outcomes.end(),
                                                        [](const ReadOutcome& one) { return one.complete; });
  const auto& said = replay.summary().adjudicator.findings;  // those that are not logged too
  if (std::any_of(options.fail_on.begin(), options.fail_on.end(),
                  [&said](Verdict one) { return said[static_cast<std::size_t>(one)] != 0; }))
    return kFailed;
  if (options.explain && explanation.text().empty()) return kWrongUsage;
  return read_all && !(eve && eve->problem()) ? kDone : kIncomplete;
}

}  // namespace ghostport
