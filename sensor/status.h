// What a running sensor says of itself: the same facts as JSON for its control socket, as a stats record, as a table,
// and as Prometheus metrics. Plain functions over a snapshot that the main thread has taken.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/pipeline_summary.h"
#include "detection/rules.h"
#include "sensor/live_capture.h"
#include "sensor/outputs/outputs.h"

namespace ghostport {

struct SensorStatus {
  std::string capture;  ///< in words
  std::string mode;     ///< "tap" or "inline"
  std::vector<LiveCapture::Link> links;
  std::uint64_t memory = 0;                   ///< bytes that were resident at most
  std::optional<std::uint64_t> memory_limit;  ///< limits.memory
  std::chrono::system_clock::time_point started;
  std::chrono::system_clock::time_point taken;
  std::chrono::system_clock::time_point rules_since;
  std::uint64_t reloads = 0;
  std::uint64_t refused_reloads = 0;
  bool last_reload_good = true;
  std::size_t signatures = 0;
  std::size_t ghost_ports = 0;
  std::string watched;
  PipelineSummary now;
  double packets_per_second = 0;  ///< over the last interval
  double bits_per_second = 0;
  std::vector<Outputs::Named> outputs;
};

/// Every kind of loss, with the words that the summary uses; those at 0 too.
[[nodiscard]] nlohmann::json status_json(const SensorStatus& status);
/// A record of event_type stats, in Suricata's shape as far as it has one.
[[nodiscard]] std::string stats_record(const SensorStatus& status, const std::string& sensor_id);
/// Suricata's answer to dump-counters.
[[nodiscard]] nlohmann::json counters_json(const SensorStatus& status);
/// For a person, from what status_json made.
[[nodiscard]] std::string status_table(const nlohmann::json& status);
/// Prometheus' text format, version 0.0.4.
[[nodiscard]] std::string metrics_text(const SensorStatus& status);

}  // namespace ghostport
