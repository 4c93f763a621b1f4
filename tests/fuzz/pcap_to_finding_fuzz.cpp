// Any file, replayed as a capture under watch all: no finding or flow record is beyond its bounds, and every judged
// flow has its finding.
#include <cstdlib>

#include "dataplane/replay.h"
#include "detection/finding_json.h"
#include "tests/dataplane/temporary_file.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// Writes every record, as an output would.
class WritingSink : public FindingSink {
 public:
  explicit WritingSink(const Rules& rules) : context_{&rules, "fuzz.pcap"} {}
  void finding(const Finding& finding) override { check(write_finding(line_, finding, context_)); }
  void flow(const FlowDetail& detail) override { check(write_flow(line_, detail, context_)); }

 private:
  void check(std::string_view record) {
    require(!record.empty() && record.size() <= kMostRecordBytes);
    require(record.front() == '{' && record.back() == '}');
    for (const char one : record) require(static_cast<unsigned char>(one) >= 0x20 && one != 0x7F);
  }
  RecordContext context_;
  JsonLine line_;
};

std::shared_ptr<const Rules> rules_for_fuzzing() {
  const auto rules = rules_watching("all");
  rules->flow_records = rules->log_expected = true;
  rules->flow_limit = 64;  // so that full tables and pools are within reach
  return rules;
}

}  // namespace
}  // namespace ghostport

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ghostport;
  static const std::shared_ptr<const Rules> rules = rules_for_fuzzing();
  // One replay for all inputs: a capture is a world of its own, and tables need not be made each time.
  static WritingSink sink(*rules);
  static Replay replay(rules, 1, sink);
  const std::uint64_t before = replay.summary().total.at(Counter::packets);
  const TemporaryFile file({data, size});
  const ReadOutcome outcome = replay.run(file.path());
  require(outcome.complete == outcome.problem.empty());
  require(outcome.packets == replay.summary().total.at(Counter::packets) - before);
  return 0;
}
