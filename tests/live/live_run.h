// Runs the live pipeline on virtual DPDK ports inside the test's own process, where packets bear their own times, so
// that what it says can be compared with a replay. Called by the tests of this folder on the main thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "configuration/make_rules.h"
#include "dataplane/dpdk_source.h"
#include "dataplane/live_sensor.h"
#include "dataplane/replay.h"
#include "sensor/case_file.h"
#include "tests/detection/recording_sink.h"

namespace ghostport::live {

/// EAL lives as long as the process.
inline DpdkEnvironment& dpdk() {
  static const auto environment = [] {
    auto started = DpdkEnvironment::start({{}, false, {"--no-huge", "-m", "1024", "--no-telemetry"}});
    if (!started) {
      std::fprintf(stderr, "%s\n", started.problems().front().what.c_str());
      std::exit(1);
    }
    return std::move(started).value();
  }();
  return *environment;
}

/// Everything that was said, but for ids, which are made from the capture's name.
inline std::vector<std::string> sayings(const RecordingSink& sink) {
  std::vector<std::string> lines;
  for (Finding one : sink.findings) {
    one.detail.flow_id = 0;
    lines.push_back(RecordingSink::line_of(one));
  }
  for (FlowDetail one : sink.flows) {
    one.flow_id = 0;
    lines.push_back(RecordingSink::line_of(one));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

inline void expect_same(const std::vector<std::string>& expected, const std::vector<std::string>& actual) {
  const auto list = [](const std::vector<std::string>& of, const std::vector<std::string>& without) {
    std::vector<std::string> left;
    std::set_difference(of.begin(), of.end(), without.begin(), without.end(), std::back_inserter(left));
    std::string text;
    for (const std::string& one : left) text += "\n    " + one;
    return text;
  };
  if (expected == actual) return;
  ADD_FAILURE() << "only expected:" << list(expected, actual) << "\n  only said:" << list(actual, expected);
}

struct Ran {
  RecordingSink sink;
  PipelineSummary summary;
};

inline Ran replayed(const std::shared_ptr<const Rules>& rules, const std::string& capture) {
  Ran ran;
  Replay replay(rules, 1, ran.sink);
  (void)replay.run(capture);
  ran.summary = replay.summary();
  return ran;
}

/// Ports by their virtual devices, given up at the end.
class Ports {
 public:
  explicit Ports(const std::vector<std::string>& devices, std::uint16_t queues = 1) {
    for (const std::string& device : devices) {
      const auto number = dpdk().make_device(device);
      if (!number) throw std::runtime_error(number.problems().front().what);
      add(number.value(), queues);
    }
  }
  void add(std::uint16_t number, std::uint16_t queues) {
    auto port = DpdkPort::open(number, queues, 1024);
    if (!port) throw std::runtime_error(port.problems().front().what);
    owned_.push_back(std::move(port).value());
    ports.push_back(owned_.back().get());
  }
  std::vector<DpdkPort*> ports;

 private:
  std::vector<std::unique_ptr<DpdkPort>> owned_;
};

using Pairs = std::vector<std::pair<unsigned, unsigned>>;

/// One source; with several workers behind a reader. Everything the ports hold is read to its end.
inline Ran run(const std::shared_ptr<const Rules>& rules, const Ports& ports, const LiveSettings& settings,
               const Pairs& pairs = {}) {
  Ran ran;
  DpdkSource source(ports.ports, 0, pairs);
  LiveSensor sensor(rules, settings, ran.sink);
  if (settings.workers == 1) {
    sensor.start<DpdkSource>({&source});
  } else {
    sensor.start_dealing(source);
  }
  sensor.stop();
  ran.summary = sensor.summary();
  return ran;
}

struct LiveCase {
  std::string name;
  std::string capture;
  std::shared_ptr<const Rules> rules;
};

/// A capture that could come off a wire: microseconds, Ethernet, no frame cut by a snap length or longer than any.
inline bool is_whole_ethernet(const std::string& path) {
  constexpr std::uint32_t kMost = 65'535;
  std::ifstream file(path, std::ios::binary);
  std::uint32_t head[6]{};
  std::uint32_t record[4]{};
  const auto read = [&](auto& words) {
    return static_cast<bool>(file.read(reinterpret_cast<char*>(&words), sizeof words));
  };
  if (!read(head) || head[0] != 0xA1B2C3D4 || head[5] != kLinkEthernet) return false;
  while (read(record)) {
    if (record[2] != record[3] || record[2] > kMost || !file.seekg(record[2], std::ios::cur)) return false;
  }
  return true;
}

/// Every case of pcaps/ with a single such capture.
inline std::vector<LiveCase> ethernet_cases() {
  const char* source = std::getenv("GHOSTPORT_SOURCE");
  RulesMaker maker;
  std::vector<LiveCase> cases;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(source == nullptr ? "." : source) / "pcaps")) {
    if (entry.path().filename() != "case.yaml") continue;
    const auto one = read_case(entry.path());
    if (!one || one.value().captures.size() != 1) continue;
    const std::string& capture = one.value().captures.front();
    if (!is_whole_ethernet(capture)) continue;
    auto rules = maker.make(one.value().configuration, {});
    if (rules) cases.push_back({entry.path().parent_path(), capture, rules.value()});
  }
  std::sort(cases.begin(), cases.end(), [](const LiveCase& a, const LiveCase& b) { return a.name < b.name; });
  return cases;
}

}  // namespace ghostport::live
