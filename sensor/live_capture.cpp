#include "sensor/live_capture.h"

#include <sched.h>

#include <algorithm>

#include "dataplane/hardware_gate.h"
#include "dataplane/kernel_gate.h"
#include "dataplane/pcap_live_source.h"
#ifdef GHOSTPORT_DPDK
#include "dataplane/dpdk_source.h"
#endif
#include "sensor/terminal.h"

namespace ghostport {
namespace {

/// The cores that this process may use, in their order.
std::vector<unsigned> allowed_cores() {
  std::vector<unsigned> cores;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (unsigned core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  return cores;
}

constexpr unsigned kMostWorkers = 64;

/// As many as there are cores, but for those of the reader (where there is one) and of everything else.
unsigned worker_count(const CaptureSettings& capture, std::size_t cores, unsigned others) {
  if (capture.workers) return std::min(*capture.workers, kMostWorkers);
  return std::clamp(cores > others ? static_cast<unsigned>(cores) - others : 1U, 1U, kMostWorkers);
}

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + for_terminal(name);
  return list;
}

class PcapCapture final : public LiveCapture {
 public:
  PcapCapture(std::unique_ptr<PcapLiveSource> source, std::vector<std::string> names, unsigned workers)
      : source_(std::move(source)), names_(std::move(names)) {
    settings_.workers = workers;
  }

  [[nodiscard]] LiveSettings settings() const override { return settings_; }
  void start(LiveSensor& sensor) override {
    if (settings_.workers == 1) {
      sensor.start<PcapLiveSource>({source_.get()});
    } else {
      sensor.start_dealing(*source_);
    }
  }
  void adopt(const Rules& rules) override { source_->ask_for(kernel_gate(rules)); }
  [[nodiscard]] std::vector<std::string> news() override { return source_->news(); }
  [[nodiscard]] std::vector<Link> links() const override {
    std::vector<Link> links;
    const std::vector<LinkState> states = source_->links();
    for (std::size_t i = 0; i < names_.size(); ++i) links.push_back({names_[i], states[i]});
    return links;
  }
  [[nodiscard]] std::string text() const override {
    return "libpcap on " + list_of(names_) + ", " + counted(settings_.workers, "worker");
  }

 private:
  std::unique_ptr<PcapLiveSource> source_;
  std::vector<std::string> names_;
  LiveSettings settings_;
};

Result<std::unique_ptr<LiveCapture>> open_pcap(const std::string& file, const CaptureSettings& capture,
                                               const Rules& rules) {
  std::vector<std::string> interfaces;
  for (const CaptureSettings::Port& port : capture.ports) interfaces.push_back(port.name);
  auto source = PcapLiveSource::open(interfaces, kernel_gate(rules));
  if (!source) {
    Problems problems;
    for (const Problem& one : source.problems()) {
      const auto port = std::find_if(capture.ports.begin(), capture.ports.end(),
                                     [&](const CaptureSettings::Port& each) { return each.name == one.file; });
      problems.push_back(
          {file, port->place.line, port->place.column, "interface " + in_quotes(one.file) + ' ' + one.what});
    }
    return problems;
  }
  const unsigned workers = worker_count(capture, allowed_cores().size(), 2);
  return std::unique_ptr<LiveCapture>(std::make_unique<PcapCapture>(std::move(source).value(), interfaces, workers));
}

#ifdef GHOSTPORT_DPDK

/// In flight between the reader and one worker: the batches of its queue.
constexpr std::uint32_t kInFlight = LiveSensor::kBatches * PacketBatch::kMost;

class DpdkCapture final : public LiveCapture {
 public:
  [[nodiscard]] static Result<std::unique_ptr<LiveCapture>> open(const Configuration& configuration,
                                                                 const CaptureSettings& capture, const Rules& rules) {
    std::unique_ptr<DpdkCapture> made(new DpdkCapture);
    const auto numbers = made->find_ports(configuration.file, capture);
    if (!numbers) return numbers.problems();
    const InlineSettings bridge = configuration.inline_bridge.value_or(InlineSettings{});
    if (configuration.mode == Mode::inline_bridge) {
      made->pairs_ = bridge.pairs;
      if (made->pairs_.empty() && numbers.value().size() == 2) made->pairs_ = {{0, 1}};
      made->settings_.enforces = bridge.on_unexpected != InlineSettings::OnUnexpected::alert;
      made->settings_.rejects = bridge.on_unexpected == InlineSettings::OnUnexpected::reject;
      made->settings_.overload =
          bridge.on_overload == InlineSettings::OnOverload::forward ? Overload::forward : Overload::drop;
      const std::string fault = pairs_fault(made->pairs_, numbers.value().size());
      if (!fault.empty()) return Problem{configuration.file, 0, 0, fault};
    }
    Problems problems = made->open_ports(capture, numbers.value());
    if (!problems.empty()) return problems;
    made->gates_ = capture.hardware_gate;
    made->adopt(rules);
    return std::unique_ptr<LiveCapture>(std::move(made));
  }

  [[nodiscard]] LiveSettings settings() const override { return settings_; }
  void start(LiveSensor& sensor) override {
    if (deals_) {
      sensor.start_dealing(*sources_.front());
      return;
    }
    std::vector<DpdkSource*> sources;
    for (const auto& one : sources_) sources.push_back(one.get());
    sensor.start(sources);
  }
  void adopt(const Rules& rules) override {
    if (!gates_) return;
    const std::vector<HardwareRule> gate = hardware_gate(rules);
    for (const auto& port : ports_) {
      const std::string why = port->gate(gate);
      notes_.push_back("port " + for_terminal(port->name()) + ": hardware gate " +
                       (why.empty() ? "of " + counted(gate.size(), "rule") + ": what it drops is not counted"
                                    : "not set, everything comes in: " + why));
    }
  }
  [[nodiscard]] std::vector<std::string> news() override {
    std::vector<std::string> lines = std::exchange(notes_, {});
    constexpr std::string_view kNews[] = {"link is up", "link is down; waiting for it",
                                          "its interface is gone: start the sensor anew once it is back"};
    states_.resize(ports_.size(), LinkState::up);
    for (std::size_t i = 0; i < ports_.size(); ++i) {
      const LinkState state = ports_[i]->link();
      if (std::exchange(states_[i], state) != state)
        lines.push_back("port " + for_terminal(ports_[i]->name()) + ": " +
                        std::string(kNews[static_cast<std::size_t>(state)]));
    }
    return lines;
  }
  [[nodiscard]] std::vector<Link> links() const override {
    std::vector<Link> links;
    for (const auto& port : ports_) links.push_back({port->name(), port->link()});
    return links;
  }
  [[nodiscard]] std::string text() const override {
    std::vector<std::string> names;
    for (const auto& port : ports_) names.push_back(port->name());
    return std::string(pairs_.empty() ? "tap" : "inline") + " through DPDK on " + list_of(names) + ", " +
           counted(settings_.workers, "worker") + (deals_ ? " behind one reader" : "");
  }

 private:
  DpdkCapture() = default;

  [[nodiscard]] Result<std::vector<std::uint16_t>> find_ports(const std::string& file, const CaptureSettings& capture) {
    DpdkEnvironment::Settings eal;
    eal.arguments = capture.eal;
    for (const CaptureSettings::Port& port : capture.ports) {
      if (port.kind == CaptureSettings::Port::Kind::pci) eal.pci.push_back(port.name);
    }
    eal.all_pci = capture.ports.empty();
    auto started = DpdkEnvironment::start(eal);
    if (!started) return started.problems();
    environment_ = std::move(started).value();
    if (!environment_->note().empty()) notes_.push_back(environment_->note());
    if (capture.ports.empty()) {
      std::vector<std::uint16_t> all = environment_->ports();
      if (all.empty())
        return Problem{"", 0, 0,
                       "DPDK finds no port, and without capture.ports (-c FILE) all of its ports are meant: bind a "
                       "card to a driver that DPDK can use (dpdk-devbind.py), or name one in "
                       "capture.ports, such as {vdev: \"net_af_packet0,iface=eth0\"}, or take {driver: pcap}"};
      return all;
    }
    std::vector<std::uint16_t> numbers;
    Problems problems;
    bool reassembled = false;
    for (const CaptureSettings::Port& port : capture.ports) {
      reassembled = reassembled || port.name.starts_with("net_af_packet");
      const auto number = port.kind == CaptureSettings::Port::Kind::vdev ? environment_->make_device(port.name)
                                                                         : environment_->find_device(port.name);
      if (number) {
        numbers.push_back(number.value());
      } else {
        for (const Problem& one : number.problems())
          problems.push_back({file, port.place.line, port.place.column, one.what});
      }
    }
    if (!problems.empty()) return problems;
    if (reassembled)
      notes_.emplace_back(
          "net_af_packet: the kernel puts IPv4 fragments together before they are seen, so that what contradicts "
          "itself in them does not show; inline, what is then longer than the MTU is lost (docs/sensor.md)");
    return numbers;
  }

  /// Of what only the machine can tell: where the configuration names no ports.
  [[nodiscard]] static std::string pairs_fault(const std::vector<std::pair<unsigned, unsigned>>& pairs,
                                               std::size_t ports) {
    const std::string found = "DPDK finds " + counted(ports, "port") + ", ";
    if (pairs.empty()) return found + "mode: inline needs two, or inline.pairs such as [[0, 1]]";
    for (const auto& [one, other] : pairs) {
      if (std::max(one, other) >= ports)
        return found + "inline.pairs names port " + std::to_string(std::max(one, other)) + ", counted from 0";
    }
    return {};
  }

  /// A pair of queues for every worker where each device can keep address pairs together, else a reader in front.
  [[nodiscard]] Problems open_ports(const CaptureSettings& capture, const std::vector<std::uint16_t>& numbers) {
    const std::size_t cores = allowed_cores().size();
    unsigned queues = worker_count(capture, cores, 1);
    for (const std::uint16_t number : numbers) {
      const DpdkAbilities abilities = DpdkPort::abilities(number);
      if (!abilities.keeps_pairs) queues = std::min(queues, 1U);
      queues = std::min<unsigned>(queues, abilities.queues);
    }
    settings_.workers = worker_count(capture, cores, queues > 1 ? 1 : 2);
    if (capture.workers && queues < *capture.workers) queues = 1;
    deals_ = queues == 1 && settings_.workers > 1;
    if (!deals_) settings_.workers = queues;
    Problems problems;
    std::vector<DpdkPort*> ports;
    for (const std::uint16_t number : numbers) {
      auto port = DpdkPort::open(number, static_cast<std::uint16_t>(queues), settings_.workers * kInFlight);
      if (!port) {
        problems.insert(problems.end(), port.problems().begin(), port.problems().end());
        continue;
      }
      ports_.push_back(std::move(port).value());
      ports.push_back(ports_.back().get());
    }
    if (!problems.empty()) return problems;
    const std::int64_t start = clock_now();
    for (unsigned queue = 0; queue < queues; ++queue) {
      sources_.push_back(std::make_unique<DpdkSource>(ports, static_cast<std::uint16_t>(queue), pairs_));
      sources_.back()->number_as(queue, queues, start);
    }
    const std::vector<unsigned> allowed = allowed_cores();
    if (allowed.size() > settings_.workers) settings_.cores.assign(allowed.begin() + 1, allowed.end());
    return {};
  }

  // In the order in which they are made; given up the other way round.
  std::unique_ptr<DpdkEnvironment> environment_;
  std::vector<std::unique_ptr<DpdkPort>> ports_;
  std::vector<std::unique_ptr<DpdkSource>> sources_;
  std::vector<std::pair<unsigned, unsigned>> pairs_;
  std::vector<std::string> notes_;
  std::vector<LinkState> states_;  // as told
  LiveSettings settings_;
  bool deals_ = false;
  bool gates_ = false;
};

#endif

}  // namespace

Result<std::unique_ptr<LiveCapture>> LiveCapture::open(const Configuration& configuration, const Rules& rules) {
  const CaptureSettings capture = configuration.capture.value_or(CaptureSettings{});
  if (capture.driver == CaptureSettings::Driver::pcap) return open_pcap(configuration.file, capture, rules);
#ifdef GHOSTPORT_DPDK
  return DpdkCapture::open(configuration, capture, rules);
#else
  return Problem{
      configuration.file, 0, 0,
      "capture: the driver dpdk is not built into this program; use {driver: pcap, ports: [{interface: eth0}]}"};
#endif
}

}  // namespace ghostport
