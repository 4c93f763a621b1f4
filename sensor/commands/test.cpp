#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "dataplane/replay.h"
#include "detection/finding_json.h"
#include "sensor/case_file.h"
#include "sensor/case_match.h"
#include "sensor/commands/commands.h"
#include "sensor/make_rules.h"
#include "sensor/terminal.h"

namespace ghostport {
namespace {

/// Keeps the records of findings. Called on the adjudicator's thread, but for next_file between two captures.
class RecordSink final : public FindingSink {
 public:
  explicit RecordSink(const Rules& rules) { context_.rules = &rules; }
  void next_file(const std::string& path) { context_.pcap_filename = path; }
  void finding(const Finding& finding) override { records_.emplace_back(write_finding(line_, finding, context_)); }
  void flow(const FlowDetail&) override {}
  [[nodiscard]] std::vector<std::string> take() { return std::move(records_); }

 private:
  RecordContext context_;
  JsonLine line_;
  std::vector<std::string> records_;
};

/// Why a case failed, a line each; empty where it passed.
using Faults = std::vector<std::string>;

std::vector<std::string> records_of(const Case& one, const std::shared_ptr<const Rules>& rules, unsigned workers,
                                    Faults& faults) {
  RecordSink sink(*rules);
  Replay replay(rules, workers, sink);
  for (const std::string& path : one.captures) {
    sink.next_file(path);
    const ReadOutcome outcome = replay.run(path);
    if (!outcome.complete) faults.push_back(path + ": " + outcome.problem);
  }
  return sink.take();
}

void compare_workers(const std::vector<std::string>& first, unsigned first_workers,
                     const std::vector<std::string>& other, unsigned workers, Faults& faults) {
  if (first == other) return;
  const auto [a, b] = std::mismatch(first.begin(), first.end(), other.begin(), other.end());
  faults.push_back("the records depend on the number of workers; the first that differ:");
  faults.push_back("  " + std::to_string(first_workers) + ": " + (a == first.end() ? "no further record" : *a));
  faults.push_back("  " + std::to_string(workers) + ": " + (b == other.end() ? "no further record" : *b));
}

Faults run_case(const Case& one, const std::shared_ptr<const Rules>& rules, const std::vector<unsigned>& workers) {
  Faults faults;
  const std::vector<std::string> records = records_of(one, rules, workers.front(), faults);
  const CaseDifference difference = compare_findings(one.expect, records);
  for (const YamlNode* const missing : difference.missing) {
    faults.push_back("line " + std::to_string(missing->line) + " expected: " + expectation_text(*missing));
  }
  for (const std::size_t surplus : difference.surplus)
    faults.push_back("not expected: " + record_text(records[surplus]));
  for (const unsigned more : workers) {
    if (more == workers.front() || !faults.empty()) continue;
    compare_workers(records, workers.front(), records_of(one, rules, more, faults), more, faults);
  }
  if (faults.empty()) return faults;
  std::string command = "look closer: ghostport replay --eve -";
  for (const std::string& path : one.captures) command += ' ' + path;
  faults.push_back(command + (one.configured ? "  (-c with what `config` says)" : ""));
  return faults;
}

void find_cases(const std::string& path, std::vector<std::string>& files, Problems& problems) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    problems.push_back({path, 0, 0, "no such folder"});
    return;
  }
  const std::size_t before = files.size();
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().filename() == "case.yaml") files.push_back(entry->path().string());
  }
  if (error) problems.push_back({path, 0, 0, "cannot be read: " + error.message()});
  if (!error && files.size() == before) problems.push_back({path, 0, 0, "no case.yaml below this folder"});
  std::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
}

void print(std::string_view word, const std::string& text) {
  std::printf("%-4s %s\n", std::string(word).c_str(), for_terminal(text).c_str());
}

void print_faults(const Faults& faults) {
  for (const std::string& fault : faults) std::printf("       %s\n", for_terminal(fault).c_str());
}

struct Totals {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::uint64_t skipped = 0;
};

class Runner {
 public:
  explicit Runner(std::vector<unsigned> workers) : workers_(std::move(workers)) {}

  void run(const std::string& path) {
    const auto read = read_case(path);
    if (!read) return fail(std::filesystem::path(path).parent_path().string(), texts(read.problems()));
    const Case& one = read.value();
    if (!one.awaits.empty()) {
      ++totals_.skipped;
      return print("wait", one.folder + " (awaits " + one.awaits + ')');
    }
    const auto rules = maker_.make(one.configuration, {});
    if (!rules) return fail(one.folder, texts(rules.problems()));
    const Faults faults = run_case(one, rules.value(), workers_);
    if (!faults.empty()) return fail(one.folder, faults);
    ++totals_.passed;
    print("ok", one.folder);
  }

  [[nodiscard]] const Totals& totals() const { return totals_; }

 private:
  static Faults texts(const Problems& problems) {
    Faults faults;
    for (const Problem& problem : problems) faults.push_back(problem.text());
    return faults;
  }
  void fail(const std::string& folder, const Faults& faults) {
    ++totals_.failed;
    print("FAIL", folder);
    print_faults(faults);
  }

  std::vector<unsigned> workers_;
  RulesMaker maker_;
  Totals totals_;
};

}  // namespace

int run_command(const TestOptions& options, std::chrono::steady_clock::time_point) {
  Problems problems;
  std::vector<std::string> files;
  for (const std::string& path : options.paths) find_cases(path, files, problems);
  if (!problems.empty()) {
    print_problems(problems);
    return kWrongUsage;
  }
  Runner runner(options.workers ? std::vector<unsigned>{*options.workers} : std::vector<unsigned>{1, 2, 4});
  for (const std::string& path : files) runner.run(path);
  const Totals& totals = runner.totals();
  std::printf("%s passed, %s failed", with_commas(totals.passed).c_str(), with_commas(totals.failed).c_str());
  if (totals.skipped != 0) std::printf(", %s skipped", with_commas(totals.skipped).c_str());
  std::printf("\n");
  return totals.failed == 0 ? kDone : kFailed;
}

}  // namespace ghostport
