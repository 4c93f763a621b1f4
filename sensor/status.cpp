#include "sensor/status.h"

#include <array>
#include <cstdio>

#include "sensor/terminal.h"
#include "version.h"

namespace ghostport {
namespace {

using Json = nlohmann::ordered_json;
using SystemClock = std::chrono::system_clock;

std::int64_t seconds_of(SystemClock::time_point time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::int64_t uptime(const SensorStatus& status) { return seconds_of(status.taken) - seconds_of(status.started); }

std::string time_text(SystemClock::time_point time) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = micros / 1'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 16> rest{};
  std::snprintf(rest.data(), rest.size(), ".%06d+0000", static_cast<int>(micros % 1'000'000));
  return std::string(text.data()) + rest.data();
}

/// Limits that were hit, by the names of metrics.
std::array<std::pair<std::string_view, std::uint64_t>, 11> limits(const PipelineSummary& now) {
  return {{{"inspections", now.inspections_full},
           {"heads", now.heads_full},
           {"sums", now.sums_full},
           {"verdict_memory", now.memory_displaced},
           {"probe_sources", now.adjudicator.sources_full},
           {"listeners", now.adjudicator.listeners_full},
           {"groups", now.adjudicator.groups_full},
           {"held_findings", now.adjudicator.held_full},
           {"signalling", now.not_followed},
           {"calls", now.context.calls_forgotten},
           {"exchanges", now.context.exchanges_forgotten}}};
}

Json loss_json(const PipelineSummary& now) {
  Json loss;
  for (std::size_t i = 0; i < kCounters; ++i) {
    if (kCounterRows[i].is_loss) loss[std::string(kCounterRows[i].name)] = now.total.values[i];
  }
  loss["transmit_lost"] = now.total.at(Counter::transmit_lost);
  loss["facts_lost"] = now.facts_lost;
  return loss;
}

}  // namespace

nlohmann::json status_json(const SensorStatus& status) {
  const PipelineSummary& now = status.now;
  Json json;
  json["version"] = GHOSTPORT_VERSION;
  json["uptime"] = uptime(status);
  json["started"] = time_text(status.started);
  json["capture"] = status.capture;
  json["mode"] = status.mode;
  json["interfaces"] = Json::array();
  for (const LiveCapture::Link& one : status.links)
    json["interfaces"].push_back({{"name", one.name}, {"link", link_word(one.state)}});
  json["packets"] = now.total.at(Counter::packets);
  json["bytes"] = now.total.at(Counter::bytes);
  json["packets_per_second"] = status.packets_per_second;
  json["bits_per_second"] = status.bits_per_second;
  json["watched_packets"] = now.total.at(Counter::watched_packets);
  json["flows"] = {{"seen", now.total.at(Counter::flows)}, {"live", now.live_flows}};
  Json findings;
  for (std::size_t i = 0; i < kVerdictNames.size(); ++i)
    findings[std::string(kVerdictNames[i])] = now.adjudicator.findings[i];
  json["findings"] = findings;
  json["loss"] = loss_json(now);
  Json limit;
  for (const auto& [name, count] : limits(now)) limit[std::string(name)] = count;
  json["limits_hit"] = limit;
  json["inline"] = {{"transmitted", now.total.at(Counter::transmitted)},
                    {"blocked_packets", now.total.at(Counter::blocked_packets)},
                    {"blocked_flows", now.total.at(Counter::blocked_flows)},
                    {"rejects", now.total.at(Counter::rejects)}};
  json["workers"] = now.worker_packets;
  json["memory"] = {{"most", status.memory}, {"limit", nullptr}};
  if (status.memory_limit) json["memory"]["limit"] = *status.memory_limit;
  json["outputs"] = Json::array();
  for (const Outputs::Named& one : status.outputs)
    json["outputs"].push_back({{"name", one.name},
                               {"records", one.counters.written},
                               {"lost", one.counters.lost},
                               {"trouble", one.counters.trouble}});
  json["rules"] = {{"since", time_text(status.rules_since)},
                   {"age", seconds_of(status.taken) - seconds_of(status.rules_since)},
                   {"reloads", status.reloads},
                   {"refused_reloads", status.refused_reloads},
                   {"signatures", status.signatures},
                   {"ghost_ports", status.ghost_ports},
                   {"watched", status.watched}};
  return nlohmann::json(json);
}

nlohmann::json counters_json(const SensorStatus& status) {
  const Counters& total = status.now.total;
  const auto lost = total.at(Counter::missed) + total.at(Counter::refused_by_card) + total.at(Counter::without_buffer);
  nlohmann::json json;
  json["uptime"] = uptime(status);
  json["capture"] = {{"kernel_packets", total.at(Counter::packets) + lost}, {"kernel_drops", lost}};
  json["decoder"] = {{"pkts", total.at(Counter::packets)}, {"bytes", total.at(Counter::bytes)}};
  json["flow"] = {{"total", total.at(Counter::flows)}, {"active", status.now.live_flows}};
  nlohmann::json own = loss_json(status.now);
  for (std::size_t i = 0; i < kVerdictNames.size(); ++i)
    own[std::string(kVerdictNames[i])] = status.now.adjudicator.findings[i];
  json["ghostport"] = own;
  json["threads"] = nlohmann::json::object();
  for (std::size_t i = 0; i < status.now.worker_packets.size(); ++i) {
    std::array<char, 16> name{};
    std::snprintf(name.data(), name.size(), "W#%02u", static_cast<unsigned>(i + 1));
    json["threads"][name.data()] = {{"decoder", {{"pkts", status.now.worker_packets[i]}}}};
  }
  return json;
}

std::string stats_record(const SensorStatus& status, const std::string& sensor_id) {
  Json json;
  json["timestamp"] = time_text(status.taken);
  json["event_type"] = "stats";
  if (!sensor_id.empty()) json["host"] = sensor_id;
  json["stats"] = counters_json(status);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string status_table(const nlohmann::json& status) {
  const auto number = [](const nlohmann::json& value) { return with_commas(value.get<std::uint64_t>()); };
  std::string text;
  const auto row = [&text](std::string_view name, const std::string& value) {
    text += std::string(name) + std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') + for_terminal(value) + '\n';
  };
  const auto non_zero = [&](const nlohmann::json& of) {
    std::string list;
    for (const auto& [name, count] : of.items()) {
      if (count.get<std::uint64_t>() != 0) list += (list.empty() ? "" : ", ") + number(count) + ' ' + name;
    }
    return list.empty() ? std::string("none") : list;
  };
  row("sensor", "Ghostport " + status["version"].get<std::string>() + ", " + status["mode"].get<std::string>() +
                    ", up " + number(status["uptime"]) + " s since " + status["started"].get<std::string>());
  row("capture", status["capture"]);
  std::string links;
  for (const auto& one : status["interfaces"])
    links += (links.empty() ? "" : ", ") + one["name"].get<std::string>() + ' ' + one["link"].get<std::string>();
  row("interfaces", links);
  std::array<char, 96> rate{};
  std::snprintf(rate.data(), rate.size(), "%.0f packets/s, %.3f Mbit/s", status["packets_per_second"].get<double>(),
                status["bits_per_second"].get<double>() / 1e6);
  row("rate", rate.data());
  row("packets", number(status["packets"]) + ", " + number(status["watched_packets"]) + " on watched ports");
  std::string workers;
  for (const auto& one : status["workers"]) workers += (workers.empty() ? "" : ", ") + number(one);
  row("workers", workers);
  row("flows", number(status["flows"]["live"]) + " live, " + number(status["flows"]["seen"]) + " seen");
  row("findings", non_zero(status["findings"]));
  if (status["mode"] == "inline") row("inline", non_zero(status["inline"]));
  row("lost", non_zero(status["loss"]));
  const nlohmann::json& memory = status["memory"];
  row("memory", mebibytes(memory["most"]) + " at most so far" +
                    (memory["limit"].is_null() ? "" : ", limit " + mebibytes(memory["limit"])));
  row("limits hit", non_zero(status["limits_hit"]));
  const nlohmann::json& rules = status["rules"];
  row("rules", number(rules["signatures"]) + " signatures, watched are " + rules["watched"].get<std::string>() + ", " +
                   number(rules["age"]) + " s old, " + number(rules["reloads"]) + " reloads, " +
                   number(rules["refused_reloads"]) + " refused");
  for (const auto& one : status["outputs"]) {
    const std::string trouble = one["trouble"];
    row("output", one["name"].get<std::string>() + ": " + number(one["records"]) + " records, " + number(one["lost"]) +
                      " lost" + (trouble.empty() ? "" : "; now: " + trouble));
  }
  return text;
}

namespace {

/// Prometheus' text: one family after the other.
class Metrics {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += "# HELP " + name_ + ' ' + std::string(help) + "\n# TYPE " + name_ + ' ' + std::string(type) + '\n';
  }
  void sample(const std::string& labels, const std::string& value) {
    text_ += name_ + (labels.empty() ? "" : '{' + labels + '}') + ' ' + value + '\n';
  }
  void sample(const std::string& labels, std::uint64_t value) { sample(labels, std::to_string(value)); }
  void single(std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
    family(name, type, help);
    sample("", value);
  }
  [[nodiscard]] static std::string label(std::string_view name, std::string_view value) {
    std::string text = std::string(name) + "=\"";
    for (const char letter : value) {
      if (letter == '\n') {
        text += "\\n";
        continue;
      }
      if (letter == '"' || letter == '\\') text += '\\';
      text += letter;
    }
    return text + '"';
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

}  // namespace

std::string metrics_text(const SensorStatus& status) {
  const PipelineSummary& now = status.now;
  const Counters& total = now.total;
  Metrics metrics;
  metrics.family("ghostport_build_info", "gauge", "Always 1; the labels say what runs.");
  metrics.sample(Metrics::label("version", GHOSTPORT_VERSION), 1);
  metrics.family("ghostport_packets_total", "counter", "Packets by worker.");
  for (std::size_t i = 0; i < now.worker_packets.size(); ++i)
    metrics.sample(Metrics::label("worker", std::to_string(i)), now.worker_packets[i]);
  metrics.single("ghostport_bytes_total", "counter", "Bytes on the wire of all packets.", total.at(Counter::bytes));
  metrics.family("ghostport_interface_up", "gauge", "Whether the link of an interface is up.");
  for (const LiveCapture::Link& one : status.links)
    metrics.sample(Metrics::label("interface", one.name), one.state == LinkState::up ? 1 : 0);
  metrics.family("ghostport_capture_lost_total", "counter", "Packets that never reached a worker, by cause.");
  for (const Counter one : {Counter::missed, Counter::refused_by_card, Counter::without_buffer,
                            Counter::overload_dropped, Counter::overload_forwarded})
    metrics.sample(Metrics::label("cause", kCounterRows[static_cast<std::size_t>(one)].name), total.at(one));
  metrics.family("ghostport_parse_errors_total", "counter", "Packets that could not be looked at, by reason.");
  for (std::size_t i = 0; i < kCounters; ++i) {
    if (kCounterRows[i].is_loss && static_cast<Counter>(i) < Counter::flow_table_full)
      metrics.sample(Metrics::label("reason", kCounterRows[i].name), total.values[i]);
  }
  metrics.single("ghostport_last_packet_timestamp_seconds", "gauge", "When the newest packet came; 0 before the first.",
                 static_cast<std::uint64_t>(now.last_packet / kSecond));
  metrics.single("ghostport_flows_active", "gauge", "Flows in the tables.", now.live_flows);
  metrics.single("ghostport_flows_total", "counter", "Flows seen on watched ports.", total.at(Counter::flows));
  metrics.single("ghostport_flow_table_full_total", "counter", "Flows ended early because the flow table was full.",
                 total.at(Counter::flow_table_full));
  metrics.family("ghostport_findings_total", "counter",
                 "Findings by verdict, transport and ghost port; expected ones also where not logged.");
  for (const auto& [place, findings] : now.adjudicator.findings_at) {
    const std::string at = Metrics::label("transport", transport_name(place.transport)) + ',' +
                           Metrics::label("port", place.port == 0 ? "other" : std::to_string(place.port));
    for (std::size_t i = 0; i < kVerdictNames.size(); ++i)
      metrics.sample(Metrics::label("verdict", kVerdictNames[i]) + ',' + at, findings[i]);
  }
  metrics.single("ghostport_identified_flows_total", "counter", "Flows whose service was identified.",
                 now.detector.identified);
  metrics.single("ghostport_scan_calls_total", "counter", "Scans for signatures.", now.scans);
  metrics.family("ghostport_inline_packets_total", "counter", "What an inline sensor did, by action.");
  metrics.sample(Metrics::label("action", "transmitted"), total.at(Counter::transmitted));
  metrics.sample(Metrics::label("action", "blocked"), total.at(Counter::blocked_packets));
  metrics.sample(Metrics::label("action", "reject"), total.at(Counter::rejects));
  metrics.sample(Metrics::label("action", "transmit_lost"), total.at(Counter::transmit_lost));
  metrics.single("ghostport_facts_lost_total", "counter", "Facts that did not reach the judgement in time.",
                 now.facts_lost);
  metrics.family("ghostport_limits_hit_total", "counter",
                 "How often a bound of memory was reached, by what it bounds.");
  for (const auto& [name, count] : limits(now)) metrics.sample(Metrics::label("limit", name), count);
  metrics.family("ghostport_output_records_total", "counter", "Records written, by output.");
  for (const Outputs::Named& one : status.outputs)
    metrics.sample(Metrics::label("output", one.name), one.counters.written);
  metrics.family("ghostport_output_records_lost_total", "counter", "Records lost, by output.");
  for (const Outputs::Named& one : status.outputs)
    metrics.sample(Metrics::label("output", one.name), one.counters.lost);
  metrics.single("ghostport_config_reload_success", "gauge",
                 "Whether the last reload was accepted; 1 before the first.", status.last_reload_good ? 1 : 0);
  metrics.single("ghostport_config_reload_timestamp_seconds", "gauge", "When the rules in use were made.",
                 static_cast<std::uint64_t>(seconds_of(status.rules_since)));
  metrics.single("ghostport_memory_most_bytes", "gauge", "Most memory that was resident.", status.memory);
  metrics.single("process_start_time_seconds", "gauge", "When the sensor started.",
                 static_cast<std::uint64_t>(seconds_of(status.started)));
  return metrics.take();
}

}  // namespace ghostport
