// Every output of a running sensor, as the configuration lists them: takes findings and flow records from the
// adjudicator and writes each as every output wants it. A slow or dead one holds up nobody.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "detection/finding_json.h"
#include "sensor/outputs/live_output.h"

namespace ghostport {

class Outputs final : public FindingSink {
 public:
  /// Files are opened now, and every one that cannot be is a problem in the configuration's file; sockets may come
  /// later. Without settings records go to standard output.
  [[nodiscard]] static Result<std::unique_ptr<Outputs>> open(const std::vector<OutputSettings>& settings, bool blocks,
                                                             const LiveOutput::Say& say,
                                                             const std::string& file_of_configuration);
  ~Outputs() override;

  // On the adjudicator's thread.
  void finding(const Finding& finding) override;
  void flow(const FlowDetail& detail) override;
  void adopt(const std::shared_ptr<const Rules>& rules) override;

  // On the main thread.
  /// A record of type stats, ready made.
  void stats(std::string_view line);
  [[nodiscard]] bool want_flows() const noexcept { return want_flows_; }
  [[nodiscard]] bool want_stats() const noexcept { return want_stats_; }
  void reopen();
  void close(std::chrono::milliseconds patience);
  struct Named {
    std::string name;
    OutputCounters counters;
  };
  [[nodiscard]] std::vector<Named> counters() const;

 private:
  struct One {
    std::unique_ptr<LiveOutput> output;
    bool fast = false;
    bool findings = false;
    bool alerts = false;
    bool flows = false;
    bool stats = false;
  };
  Outputs() = default;

  std::vector<One> all_;
  std::shared_ptr<const Rules> rules_;
  RecordContext context_;
  JsonLine line_;
  bool want_flows_ = false;
  bool want_stats_ = false;
};

/// Suricata's line of fast.log for a finding that is an alert, in local time; empty where it is none.
[[nodiscard]] std::string fast_line(const Finding& finding, const RecordContext& context);

}  // namespace ghostport
