#include "sensor/outputs/outputs.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "detection/alert_identity.h"
#include "registry/values.h"

namespace ghostport {
namespace {

using Kind = OutputSettings::Kind;

std::unique_ptr<Destination> make_destination(const OutputSettings& settings) {
  switch (settings.kind) {
    case Kind::eve:
    case Kind::fast: return make_file_destination(settings);
    case Kind::unix_socket: return make_socket_destination(settings);
    case Kind::syslog:
    case Kind::redis:  // these two are refused with the configuration
    case Kind::kafka: break;
  }
  return make_syslog_destination(settings);
}

std::string name_of(const OutputSettings& settings) {
  constexpr std::string_view kKinds[] = {"eve", "fast", "unix-socket", "syslog", "redis", "kafka"};
  std::string name(kKinds[static_cast<std::size_t>(settings.kind)]);
  return settings.path.empty() ? name : name + ' ' + settings.path;
}

bool has(const OutputSettings& settings, std::string_view type) {
  return std::find(settings.types.begin(), settings.types.end(), type) != settings.types.end();
}

std::size_t queue_of(const OutputSettings& settings) {
  const auto found = settings.settings.find("buffer-size");
  return found == settings.settings.end() ? LiveOutput::kQueue : parse_size(found->second).value_or(LiveOutput::kQueue);
}

}  // namespace

Result<std::unique_ptr<Outputs>> Outputs::open(const std::vector<OutputSettings>& settings, bool blocks,
                                               const LiveOutput::Say& say, const std::string& file_of_configuration) {
  OutputSettings standard;
  standard.path = "-";
  standard.types = {"ghostport", "alert"};
  std::unique_ptr<Outputs> outputs(new Outputs);
  outputs->context_.blocks = blocks;
  Problems problems;
  for (const OutputSettings& one : settings.empty() ? std::vector<OutputSettings>{standard} : settings) {
    auto destination = make_destination(one);
    const std::string name = name_of(one);
    const bool file = one.kind == Kind::eve || one.kind == Kind::fast;
    if (const std::string why = file ? destination->open() : std::string(); !why.empty()) {
      std::string what = "output ";
      what.append(name).append(" cannot be opened: ").append(why);
      problems.push_back({file_of_configuration, one.place.line, one.place.column, std::move(what)});
      continue;
    }
    One made;
    made.fast = one.kind == Kind::fast;
    made.findings = !made.fast && has(one, "ghostport");
    made.alerts = made.fast || has(one, "alert");
    made.flows = !made.fast && has(one, "flow");
    made.stats = !made.fast && has(one, "stats");
    outputs->want_flows_ = outputs->want_flows_ || made.flows;
    outputs->want_stats_ = outputs->want_stats_ || made.stats;
    made.output = std::make_unique<LiveOutput>(name, std::move(destination), file, queue_of(one), say);
    outputs->all_.push_back(std::move(made));
  }
  if (!problems.empty()) return problems;
  return outputs;
}

Outputs::~Outputs() = default;

void Outputs::adopt(const std::shared_ptr<const Rules>& rules) {
  rules_ = rules;
  context_.rules = rules_.get();
}

void Outputs::finding(const Finding& finding) {
  const auto put_all = [this](bool One::*wants, std::string_view line) {
    if (line.empty()) return;
    for (const One& one : all_) {
      if (one.*wants && !one.fast) one.output->put(line);
    }
  };
  put_all(&One::findings, write_finding(line_, finding, context_));
  if (std::any_of(all_.begin(), all_.end(), [](const One& one) { return one.alerts && !one.fast; }))
    put_all(&One::alerts, write_alert(line_, finding, context_));
  if (std::none_of(all_.begin(), all_.end(), [](const One& one) { return one.fast; })) return;
  const std::string line = fast_line(finding, context_);
  if (line.empty()) return;
  for (const One& one : all_) {
    if (one.fast) one.output->put(line);
  }
}

void Outputs::flow(const FlowDetail& detail) {
  if (!want_flows_) return;
  const std::string_view line = write_flow(line_, detail, context_);
  for (const One& one : all_) {
    if (one.flows) one.output->put(line);
  }
}

void Outputs::stats(std::string_view line) {
  for (const One& one : all_) {
    if (one.stats) one.output->put(line);
  }
}

void Outputs::reopen() {
  for (const One& one : all_) one.output->reopen();
}

void Outputs::close(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  for (const One& one : all_) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    one.output->close(std::max(left, std::chrono::milliseconds(0)));
  }
}

std::vector<Outputs::Named> Outputs::counters() const {
  std::vector<Named> result;
  for (const One& one : all_) result.push_back({one.output->name(), one.output->counters()});
  return result;
}

std::string fast_line(const Finding& finding, const RecordContext& context) {
  const unsigned priority = alert_priority(finding.judgement.severity);
  if (priority == 0) return {};
  const AlertIdentity& identity = alert_identity(finding.judgement.verdict);
  const FlowDetail& detail = finding.detail;
  const std::int64_t micros = detail.packet_time / 1000;
  const std::time_t seconds = micros / 1'000'000;
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 64> time{};
  const std::size_t length = std::strftime(time.data(), time.size(), "%m/%d/%Y-%H:%M:%S", &local);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06d", static_cast<int>(micros % 1'000'000));
  std::string line(time.data(), length);
  line += std::string(fraction.data()) + "  " + (is_blocked(finding, context) ? "[Drop] " : "") + "[**] [" +
          std::to_string(kAlertGenerator) + ':' + std::to_string(identity.id) + ':' + std::to_string(kAlertRevision) +
          "] " + std::string(identity.message) + " [**] [Classification: " + std::string(identity.category) +
          "] [Priority: " + std::to_string(priority) + "] {" + (detail.transport == Transport::tcp ? "TCP" : "UDP") +
          "} ";
  // Suricata writes IPv6 addresses without brackets.
  const auto end = [&](std::size_t side) {
    return detail.address[side].text() + ':' + std::to_string(detail.port[side]);
  };
  return line + end(0) + " -> " + end(1);
}

}  // namespace ghostport
