#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "configuration/make_rules.h"
#include "dataplane/replay.h"
#include "detection/finding_json.h"
#include "sensor/case_file.h"
#include "sensor/case_match.h"
#include "sensor/commands/commands.h"
#include "sensor/terminal.h"

namespace ghostport {
namespace {

/// Keeps the records of findings. Called by one worker at a time, and next_file between two captures.
class RecordSink final : public FindingSink {
 public:
  explicit RecordSink(const Rules& rules) { context_.rules = &rules; }
  void next_file(const std::string& path) { context_.pcap_filename = path; }
  void finding(const Finding& finding) override { records_.emplace_back(write_finding(line_, finding, context_)); }
  void flow(const FlowDetail&) override {}
  [[nodiscard]] std::vector<std::string> take() { return std::exchange(records_, {}); }

 private:
  RecordContext context_;
  JsonLine line_;
  std::vector<std::string> records_;
};

/// Why a case failed, a line each; empty where it passed.
using Faults = std::vector<std::string>;

/// Pipelines that go by one set of rules. Nothing crosses from one capture to the next, so cases with equal rules share
/// them.
class Pipelines {
 public:
  explicit Pipelines(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}

  std::vector<std::string> records_of(const Case& one, unsigned workers, Faults& faults) {
    auto& made = by_workers_[workers];
    if (made == nullptr) made = std::make_unique<Pipeline>(rules_, workers);
    for (const std::string& path : one.captures) {
      made->sink.next_file(path);
      const ReadOutcome outcome = made->replay.run(path);
      if (!outcome.complete) faults.push_back(path + ": " + outcome.problem);
    }
    return made->sink.take();
  }

 private:
  struct Pipeline {
    Pipeline(const std::shared_ptr<const Rules>& rules, unsigned workers)
        : sink(*rules), replay(rules, workers, sink) {}
    RecordSink sink;
    Replay replay;
  };
  std::shared_ptr<const Rules> rules_;
  std::map<unsigned, std::unique_ptr<Pipeline>> by_workers_;
};

void compare_workers(const std::vector<std::string>& first, unsigned first_workers,
                     const std::vector<std::string>& other, unsigned workers, Faults& faults) {
  if (first == other) return;
  const auto [a, b] = std::mismatch(first.begin(), first.end(), other.begin(), other.end());
  faults.push_back("the records depend on the number of workers; the first that differ:");
  faults.push_back("  " + std::to_string(first_workers) + ": " + (a == first.end() ? "no further record" : *a));
  faults.push_back("  " + std::to_string(workers) + ": " + (b == other.end() ? "no further record" : *b));
}

Faults run_case(const Case& one, Pipelines& pipelines, const std::vector<unsigned>& workers) {
  Faults faults;
  const std::vector<std::string> records = pipelines.records_of(one, workers.front(), faults);
  const CaseDifference difference = compare_findings(one.expect, records);
  std::vector<std::size_t> surplus = difference.surplus;
  for (const YamlNode* const missing : difference.missing) {
    faults.push_back("line " + std::to_string(missing->line) + " expected: " + expectation_text(*missing));
    const auto nearest = nearest_record(*missing, records, surplus);
    if (!nearest) {
      faults.push_back("  nothing like it came");
      continue;
    }
    faults.push_back("  but " + difference_text(*missing, records[*nearest]));
    faults.push_back("  in " + record_text(records[*nearest]));
    std::erase(surplus, *nearest);
  }
  for (const std::size_t one_more : surplus) faults.push_back("not expected: " + record_text(records[one_more]));
  for (const unsigned more : workers) {
    if (more == workers.front() || !faults.empty()) continue;
    compare_workers(records, workers.front(), pipelines.records_of(one, more, faults), more, faults);
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

enum class CaseResult : std::uint8_t { passed, failed, waits };

/// What became of one case.
struct CaseOutcome {
  std::string folder;
  CaseResult result = CaseResult::passed;
  Faults faults;       ///< why it failed
  std::string awaits;  ///< what it waits for
  std::chrono::duration<double> time{};
};

class Runner {
 public:
  explicit Runner(std::vector<unsigned> workers) : workers_(std::move(workers)) {}

  CaseOutcome run(const std::string& path) {
    const auto started = std::chrono::steady_clock::now();
    CaseOutcome outcome = judge(path);
    outcome.time = std::chrono::steady_clock::now() - started;
    return outcome;
  }

 private:
  CaseOutcome judge(const std::string& path) {
    const auto read = read_case(path);
    if (!read) return failed(std::filesystem::path(path).parent_path().string(), texts(read.problems()));
    const Case& one = read.value();
    if (!one.awaits.empty()) return {one.folder, CaseResult::waits, {}, one.awaits, {}};
    if (pipelines_ == nullptr || one.same_rules.empty() || one.same_rules != same_rules_) {
      const auto rules = maker_.make(one.configuration, {});
      if (!rules) return failed(one.folder, texts(rules.problems()));
      pipelines_ = std::make_unique<Pipelines>(rules.value());
      same_rules_ = one.same_rules;
    }
    Faults faults = run_case(one, *pipelines_, workers_);
    if (!faults.empty()) return failed(one.folder, std::move(faults));
    return {one.folder, CaseResult::passed, {}, {}, {}};
  }
  static CaseOutcome failed(const std::string& folder, Faults faults) {
    return {folder, CaseResult::failed, std::move(faults), {}, {}};
  }
  static Faults texts(const Problems& problems) {
    Faults faults;
    for (const Problem& problem : problems) faults.push_back(problem.text());
    return faults;
  }

  std::vector<unsigned> workers_;
  RulesMaker maker_;
  std::unique_ptr<Pipelines> pipelines_;  // of the last case
  std::string same_rules_;
};

void print_outcome(const CaseOutcome& outcome) {
  switch (outcome.result) {
    case CaseResult::passed: return print("ok", outcome.folder);
    case CaseResult::waits: return print("wait", outcome.folder + " (awaits " + outcome.awaits + ')');
    case CaseResult::failed: break;
  }
  print("FAIL", outcome.folder);
  print_faults(outcome.faults);
}

std::size_t count_of(const std::vector<CaseOutcome>& outcomes, CaseResult result) {
  return static_cast<std::size_t>(std::ranges::count(outcomes, result, &CaseOutcome::result));
}

/// Text for XML: control characters, which it cannot hold, have been made visible.
std::string xml(std::string_view text) {
  std::string result;
  for (const char letter : for_terminal(text)) {
    switch (letter) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result += letter;
    }
  }
  return result;
}

/// The form that Jenkins, GitLab and others read.
bool write_junit(const std::string& path, const std::vector<CaseOutcome>& outcomes) {
  const auto seconds = [](std::chrono::duration<double> time) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", time.count());
    return std::string(text);
  };
  std::chrono::duration<double> total{};
  for (const CaseOutcome& outcome : outcomes) total += outcome.time;
  std::ofstream out(path, std::ios::binary);
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"ghostport test\" tests=\""
      << outcomes.size() << "\" failures=\"" << count_of(outcomes, CaseResult::failed) << "\" errors=\"0\" skipped=\""
      << count_of(outcomes, CaseResult::waits) << "\" time=\"" << seconds(total) << "\">\n";
  for (const CaseOutcome& outcome : outcomes) {
    out << "<testcase classname=\"case\" name=\"" << xml(outcome.folder) << "\" time=\"" << seconds(outcome.time)
        << "\"";
    if (outcome.result == CaseResult::passed) {
      out << "/>\n";
      continue;
    }
    if (outcome.result == CaseResult::waits) {
      out << "><skipped message=\"awaits " << xml(outcome.awaits) << "\"/></testcase>\n";
      continue;
    }
    out << "><failure message=\"" << xml(outcome.faults.front()) << "\">";
    for (const std::string& fault : outcome.faults) out << xml(fault) << '\n';
    out << "</failure></testcase>\n";
  }
  out << "</testsuite>\n</testsuites>\n";
  out.close();
  return static_cast<bool>(out);
}

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
  std::vector<CaseOutcome> outcomes;
  for (const std::string& path : files) {
    outcomes.push_back(runner.run(path));
    print_outcome(outcomes.back());
  }
  const std::size_t failed = count_of(outcomes, CaseResult::failed);
  const std::size_t waiting = count_of(outcomes, CaseResult::waits);
  std::printf("%s passed, %s failed", with_commas(count_of(outcomes, CaseResult::passed)).c_str(),
              with_commas(failed).c_str());
  if (waiting != 0) std::printf(", %s skipped", with_commas(waiting).c_str());
  std::printf("\n");
  if (options.junit && !write_junit(*options.junit, outcomes)) {
    std::fprintf(stderr, "ghostport: %s: cannot be written\n", for_terminal(*options.junit).c_str());
    return kIncomplete;
  }
  return failed == 0 ? kDone : kFailed;
}

}  // namespace ghostport
