#include "dataplane/dpdk.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_flow.h>
#include <rte_kvargs.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_version.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <mutex>
#include <string_view>

namespace ghostport {
namespace {

constexpr std::uint16_t kDescriptors = 1024;  // of a queue, where the device lets us choose
constexpr unsigned kPoolCache = 256;          // mbufs that a thread keeps to itself
constexpr std::uint16_t kJumbo = 9000;        // bytes of IP packet that a card is set up for
constexpr std::uint16_t kRooms[] = {RTE_MBUF_DEFAULT_DATAROOM, 10'240, 16'384};  // bytes of a buffer

/// The last lines that DPDK has logged: what a failure is told with. Nothing is printed.
class Log {
 public:
  Log() {
    cookie_io_functions_t functions{};
    functions.write = [](void* cookie, const char* text, std::size_t size) -> ssize_t {
      static_cast<Log*>(cookie)->add({text, size});
      return static_cast<ssize_t>(size);
    };
    stream_ = fopencookie(this, "w", functions);
    if (stream_ != nullptr) {
      setvbuf(stream_, nullptr, _IOLBF, 0);
      rte_openlog_stream(stream_);
    }
  }
  ~Log() = default;  // lives as long as the process, as DPDK does

  void clear() {
    const std::lock_guard lock(mutex_);
    text_.clear();
  }
  /// On one line, as the end of a sentence.
  [[nodiscard]] std::string text() {
    if (stream_ != nullptr) std::fflush(stream_);
    const std::lock_guard lock(mutex_);
    std::string line;
    for (const char letter : text_) line += letter == '\n' ? ';' : letter;
    while (!line.empty() && (line.back() == ';' || line.back() == ' ')) line.pop_back();
    return line.empty() ? line : " (" + line + ")";
  }

 private:
  void add(std::string_view text) {
    constexpr std::size_t kMost = 2048;
    const std::lock_guard lock(mutex_);
    text_ += text;
    if (text_.size() > kMost) text_.erase(0, text_.size() - kMost);
  }

  FILE* stream_ = nullptr;
  std::mutex mutex_;
  std::string text_;  // guarded by mutex_
};

Log& log() {
  static Log* const log = new Log;
  return *log;
}

/// EAL prints its usage, and some errors past its own log: on standard output nothing but records may stand.
class Silence {
 public:
  Silence() {
    std::fflush(nullptr);
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (std::size_t i = 0; i < saved_.size(); ++i) {
      saved_[i] = ::fcntl(static_cast<int>(i) + 1, F_DUPFD_CLOEXEC, 3);
      if (nowhere >= 0) (void)::dup2(nowhere, static_cast<int>(i) + 1);
    }
    if (nowhere >= 0) (void)::close(nowhere);
  }
  ~Silence() {
    std::fflush(nullptr);
    for (std::size_t i = 0; i < saved_.size(); ++i) {
      if (saved_[i] < 0) continue;
      (void)::dup2(saved_[i], static_cast<int>(i) + 1);
      (void)::close(saved_[i]);
    }
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  std::array<int, 2> saved_{-1, -1};  // standard output and standard error
};

bool has_free_hugepages() {
  for (const char* size : {"1048576kB", "2048kB"}) {
    std::ifstream file("/sys/kernel/mm/hugepages/hugepages-" + std::string(size) + "/free_hugepages");
    unsigned long pages = 0;
    if (file >> pages && pages != 0) return true;
  }
  return false;
}

std::string first_core() {
  cpu_set_t set;
  CPU_ZERO(&set);
  (void)sched_getaffinity(0, sizeof set, &set);
  int core = 0;
  while (core + 1 < CPU_SETSIZE && !CPU_ISSET(core, &set)) ++core;
  return std::to_string(core);
}

bool any_begins(const std::vector<std::string>& arguments, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& one) {
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [&](std::string_view beginning) { return one.starts_with(beginning); });
  });
}

std::string error_text(int error) { return rte_strerror(error < 0 ? -error : error); }

Problem refused(std::uint16_t port, const std::string& what, int error) {
  char name[RTE_ETH_NAME_MAX_LEN] = "";
  (void)rte_eth_dev_get_name_by_port(port, name);
  return {"", 0, 0, "port " + in_quotes(name) + ": " + what + ": " + error_text(error) + log().text()};
}

std::string_view driver_arguments(const rte_eth_dev_info& info) {
  const rte_devargs* const arguments = info.device == nullptr ? nullptr : rte_dev_devargs(info.device);
  return arguments == nullptr || arguments->args == nullptr ? "" : arguments->args;
}

/// The KEY=VALUE list that a virtual device is made with.
class DeviceArguments {
 public:
  explicit DeviceArguments(std::string_view text) : list_(rte_kvargs_parse(std::string(text).c_str(), nullptr)) {}
  ~DeviceArguments() { rte_kvargs_free(list_); }
  DeviceArguments(const DeviceArguments&) = delete;
  DeviceArguments& operator=(const DeviceArguments&) = delete;

  /// Empty where there is no such key.
  [[nodiscard]] std::string of(const char* key) const {
    const char* const value = list_ == nullptr ? nullptr : rte_kvargs_get(list_, key);
    return value == nullptr ? "" : value;
  }

 private:
  rte_kvargs* list_;
};

/// DPDK's drivers of virtual devices that bear packets (release 22.11).
constexpr std::string_view kDrivers[] = {"net_af_packet",   "net_af_xdp", "net_bonding", "net_failsafe", "net_memif",
                                         "net_null",        "net_pcap",   "net_ring",    "net_softnic",  "net_tap",
                                         "net_virtio_user", "net_vhost",  "virtio_user", "eth_vhost"};

bool may_open_packet_sockets() {
  const int descriptor = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (descriptor >= 0) (void)::close(descriptor);
  return descriptor >= 0;
}

/// The usual causes for which a virtual device cannot be made, where EAL gives an error number alone. Empty: another.
std::string why_not_made(const std::string& name, const DeviceArguments& arguments) {
  const std::string driver = name.substr(0, name.find_last_not_of("0123456789") + 1);
  const std::vector<std::string_view> drivers(std::begin(kDrivers), std::end(kDrivers));
  if (std::find(drivers.begin(), drivers.end(), driver) == drivers.end()) {
    const std::string_view near = nearest(driver, drivers);
    return near.empty() ? "" : "no driver is called " + in_quotes(driver) + ", did you mean " + in_quotes(near) + "?";
  }
  const std::string interface = arguments.of("iface");
  const bool opens_interface = driver == "net_af_packet" || driver == "net_af_xdp";
  if (opens_interface && interface.empty()) return "it needs an interface, such as " + name + ",iface=eth0";
  if ((opens_interface || driver == "net_pcap") && !interface.empty() && ::if_nametoindex(interface.c_str()) == 0)
    return "this machine has no interface " + in_quotes(interface);
  if (opens_interface && !may_open_packet_sockets()) return "it needs the capability CAP_NET_RAW, or root";
  const std::string file = arguments.of("rx_pcap");
  if (!file.empty() && ::access(file.c_str(), R_OK) != 0)
    return "the file " + in_quotes(file) + " cannot be read: " + error_text(errno);
  return {};
}

bool is_pci(const rte_eth_dev_info& info) {
  const rte_bus* const bus = info.device == nullptr ? nullptr : rte_dev_bus(info.device);
  return bus != nullptr && std::string_view(rte_bus_name(bus)) == "pci";
}

/// Hashes over addresses alone; TCP's and UDP's own types would tear address pairs apart.
constexpr std::uint64_t kAddressHashes = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_OTHER |
                                         RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_OTHER |
                                         RTE_ETH_RSS_IPV6_EX;

bool spreads_by_address(const rte_eth_dev_info& info) {
  return (info.flow_type_rss_offloads & RTE_ETH_RSS_IPV4) != 0 && (info.flow_type_rss_offloads & RTE_ETH_RSS_IPV6) != 0;
}

/// The key for which both directions of a flow hash alike: a pair of bytes repeated. It may only choose the queue.
constexpr std::size_t kKeySize = 64;
constexpr std::array<std::uint8_t, kKeySize> symmetric_key() {
  std::array<std::uint8_t, kKeySize> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = i % 2 == 0 ? 0x6D : 0x5A;
  return key;
}

/// One rule of the gate as rte_flow wants it: pattern and actions point into this.
class FlowRule {
 public:
  FlowRule(const HardwareRule& rule, std::uint16_t queues, std::uint64_t hashes) {
    const bool tcp = rule.transport == Transport::tcp;
    attributes_.ingress = 1;
    attributes_.priority = rule.drop ? 1 : 0;
    items_[0].type = RTE_FLOW_ITEM_TYPE_ETH;
    if (rule.family == 4) {
      ip4_[0].hdr.next_proto_id = tcp ? IPPROTO_TCP : IPPROTO_UDP;
      ip4_[1].hdr.next_proto_id = 0xFF;
      ip4_[1].hdr.fragment_offset = RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK);
      items_[1] = {RTE_FLOW_ITEM_TYPE_IPV4, &ip4_[0], nullptr, &ip4_[1]};
    } else {
      ip6_[0].hdr.proto = tcp ? IPPROTO_TCP : IPPROTO_UDP;
      ip6_[1].hdr.proto = 0xFF;
      items_[1] = {RTE_FLOW_ITEM_TYPE_IPV6, &ip6_[0], nullptr, &ip6_[1]};
    }
    const auto ports = [&](auto& header, std::uint16_t PortMask::*part) {
      header.src_port = rte_cpu_to_be_16(rule.source.*part);
      header.dst_port = rte_cpu_to_be_16(rule.destination.*part);
    };
    if (tcp) {
      ports(tcp_[0].hdr, &PortMask::value);
      ports(tcp_[1].hdr, &PortMask::mask);
      items_[2] = {RTE_FLOW_ITEM_TYPE_TCP, &tcp_[0], nullptr, &tcp_[1]};
    } else {
      ports(udp_[0].hdr, &PortMask::value);
      ports(udp_[1].hdr, &PortMask::mask);
      items_[2] = {RTE_FLOW_ITEM_TYPE_UDP, &udp_[0], nullptr, &udp_[1]};
    }
    items_[3].type = RTE_FLOW_ITEM_TYPE_END;
    for (std::uint16_t i = 0; i < kMostQueues; ++i) numbers_[i] = i;
    if (rule.drop) {
      actions_[0].type = RTE_FLOW_ACTION_TYPE_DROP;
    } else if (queues == 1) {
      actions_[0] = {RTE_FLOW_ACTION_TYPE_QUEUE, &queue_};
    } else {
      rss_.types = hashes;
      rss_.key_len = 40;
      rss_.key = key_.data();
      rss_.queue_num = std::min(queues, kMostQueues);
      rss_.queue = numbers_.data();
      actions_[0] = {RTE_FLOW_ACTION_TYPE_RSS, &rss_};
    }
    actions_[1].type = RTE_FLOW_ACTION_TYPE_END;
  }
  FlowRule(const FlowRule&) = delete;
  FlowRule& operator=(const FlowRule&) = delete;

  [[nodiscard]] bool create(std::uint16_t port, rte_flow_error& error) const {
    return rte_flow_validate(port, &attributes_, items_.data(), actions_.data(), &error) == 0 &&
           rte_flow_create(port, &attributes_, items_.data(), actions_.data(), &error) != nullptr;
  }

 private:
  static constexpr std::uint16_t kMostQueues = 64;  // as there are workers

  rte_flow_attr attributes_{};
  std::array<rte_flow_item, 4> items_{};
  std::array<rte_flow_action, 2> actions_{};
  // What has to be there, and which of its bits count.
  std::array<rte_flow_item_ipv4, 2> ip4_{};
  std::array<rte_flow_item_ipv6, 2> ip6_{};
  std::array<rte_flow_item_tcp, 2> tcp_{};
  std::array<rte_flow_item_udp, 2> udp_{};
  rte_flow_action_queue queue_{};
  rte_flow_action_rss rss_{};
  std::array<std::uint8_t, kKeySize> key_ = symmetric_key();
  std::array<std::uint16_t, kMostQueues> numbers_{};
};

}  // namespace

Result<std::unique_ptr<DpdkEnvironment>> DpdkEnvironment::start(const Settings& settings) {
  static bool started = false;
  if (started) return Problem{"", 0, 0, "DPDK: was started in this process before, which it cannot be again"};
  log().clear();
  std::unique_ptr<DpdkEnvironment> environment(new DpdkEnvironment);
  const std::vector<std::string>& more = settings.arguments;
  std::vector<std::string> arguments{"ghostport"};
  const auto add = [&](std::initializer_list<std::string> words) { arguments.insert(arguments.end(), words); };
  if (!any_begins(more, {"-l", "-c", "--lcores"})) add({"-l", first_core()});
  if (settings.pci.empty() && !settings.all_pci && !any_begins(more, {"--no-pci", "-a", "-w", "-b", "--allow"}))
    add({"--no-pci"});
  for (const std::string& address : settings.pci) add({"-a", address});
  const bool shares = any_begins(more, {"--file-prefix", "--proc-type", "--in-memory", "--no-shconf"});
  if (!any_begins(more, {"--no-huge"}) && has_free_hugepages()) {
    if (!shares) add({"--in-memory"});
  } else {
    if (!any_begins(more, {"--no-huge"})) add({"--no-huge"});
    if (!shares) add({"--no-shconf", "--no-telemetry"});
    if (!any_begins(more, {"-m"})) add({"-m", "512"});
    environment->note_ =
        "DPDK runs without hugepages: a large flow table costs 20 to 30 % more cycles "
        "(docs/sensor.md says how to give it some)";
  }
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (std::string& one : arguments) words.push_back(one.data());
  words.push_back(nullptr);
  int used = 0;
  {
    const Silence silence;
    used = rte_eal_init(static_cast<int>(arguments.size()), words.data());
  }
  if (used < 0) return Problem{"", 0, 0, "DPDK cannot be started: " + error_text(rte_errno) + log().text()};
  started = true;
  return environment;
}

DpdkEnvironment::~DpdkEnvironment() { (void)rte_eal_cleanup(); }

Result<std::uint16_t> DpdkEnvironment::make_device(const std::string& arguments) {
  log().clear();
  const std::size_t comma = arguments.find(',');
  const std::string name = arguments.substr(0, comma);
  const std::string rest = comma == std::string::npos ? "" : arguments.substr(comma + 1);
  const int error = rte_eal_hotplug_add("vdev", name.c_str(), rest.c_str());
  if (error != 0) {
    const std::string why = why_not_made(name, DeviceArguments(rest));
    return Problem{
        "", 0, 0,
        "vdev " + in_quotes(arguments) + " cannot be made: " + (why.empty() ? error_text(error) + log().text() : why)};
  }
  return find_device(name);
}

Result<std::uint16_t> DpdkEnvironment::find_device(const std::string& name) const {
  std::uint16_t port = 0;
  if (rte_eth_dev_get_port_by_name(name.c_str(), &port) == 0) return port;
  return Problem{
      "", 0, 0,
      "device " + in_quotes(name) +
          " has no port: it is not there, or bound to no driver that DPDK can use (dpdk-devbind.py --status)" +
          log().text()};
}

std::vector<std::uint16_t> DpdkEnvironment::ports() const {
  std::vector<std::uint16_t> result;
  constexpr std::uint64_t kAnyOwner = 0;  // none: ports that no other port has taken for itself
  for (std::uint64_t port = rte_eth_find_next_owned_by(0, kAnyOwner); port < RTE_MAX_ETHPORTS;
       port = rte_eth_find_next_owned_by(static_cast<std::uint16_t>(port + 1), kAnyOwner))
    result.push_back(static_cast<std::uint16_t>(port));
  return result;
}

DpdkAbilities DpdkPort::abilities(std::uint16_t port) {
  rte_eth_dev_info info{};
  DpdkAbilities abilities;
  if (rte_eth_dev_info_get(port, &info) != 0) return abilities;
  abilities.queues = std::min(info.max_rx_queues, info.max_tx_queues);
  abilities.keeps_pairs = spreads_by_address(info);
  return abilities;
}

Result<std::unique_ptr<DpdkPort>> DpdkPort::open(std::uint16_t number, std::uint16_t queues, std::uint32_t in_flight) {
  log().clear();
  rte_eth_dev_info info{};
  int error = rte_eth_dev_info_get(number, &info);
  if (error != 0) return refused(number, "does not say what it offers", error);

  std::unique_ptr<DpdkPort> port(new DpdkPort);
  port->number_ = number;
  port->queues_ = queues;
  char name[RTE_ETH_NAME_MAX_LEN] = "";
  (void)rte_eth_dev_get_name_by_port(number, name);
  port->name_ = name;
  const std::string_view driver = info.driver_name == nullptr ? "" : info.driver_name;
  if (driver == "net_pcap" && driver_arguments(info).find("rx_pcap=") != std::string_view::npos) {
    port->time_ = Time::file;
  } else if (driver == "net_ring") {
    port->time_ = Time::own_if_set;
  }
  if (const std::string interface = DeviceArguments(driver_arguments(info)).of("iface"); !interface.empty())
    port->interface_ = std::make_unique<InterfaceLink>(interface);
  if (driver == "net_af_packet" && port->interface_ != nullptr && port->interface_->mtu() != 0)
    port->longest_ = port->interface_->mtu() + RTE_ETHER_HDR_LEN;

  rte_eth_conf conf{};
  std::array<std::uint8_t, kKeySize> key = symmetric_key();
  if (queues > 1 && spreads_by_address(info)) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_key = key.data();
    conf.rx_adv_conf.rss_conf.rss_key_len =
        info.hash_key_size == 0 ? std::uint8_t{40} : std::min<std::uint8_t>(info.hash_key_size, key.size());
    port->hashes_ = conf.rx_adv_conf.rss_conf.rss_hf = kAddressHashes & info.flow_type_rss_offloads;
  }
  conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
  conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
  if (is_pci(info)) conf.rxmode.mtu = std::min<std::uint32_t>(info.max_mtu, kJumbo);
  error = rte_eth_dev_configure(number, queues, queues, &conf);
  if (error != 0) return refused(number, "cannot be configured", error);

  std::uint16_t receive = kDescriptors;
  std::uint16_t transmit = kDescriptors;
  error = rte_eth_dev_adjust_nb_rx_tx_desc(number, &receive, &transmit);
  if (error != 0) return refused(number, "has no queues to offer", error);
  const int socket = rte_eth_dev_socket_id(number) < 0 ? SOCKET_ID_ANY : rte_eth_dev_socket_id(number);
  const std::uint32_t wanted =
      static_cast<std::uint32_t>(queues) * (std::uint32_t{receive} + transmit + 2 * kPoolCache) + in_flight;
  // Some devices want every frame in one buffer, and do not say before how large a frame may be.
  for (const std::uint16_t room : kRooms) {
    rte_mempool_free(port->pool_);
    port->pool_ =
        rte_pktmbuf_pool_create(("ghostport-" + std::to_string(number)).c_str(), std::bit_ceil(wanted + 1) - 1,
                                kPoolCache, 0, static_cast<std::uint16_t>(room + RTE_PKTMBUF_HEADROOM), socket);
    if (port->pool_ == nullptr)
      return refused(number, "no memory for its packets (eal: [-m, 2048] gives more)", rte_errno);
    for (std::uint16_t queue = 0; queue < queues; ++queue) {
      error = rte_eth_rx_queue_setup(number, queue, receive, static_cast<unsigned>(socket), nullptr, port->pool_);
      if (error != 0) break;
    }
    if (error == 0) break;
  }
  if (error != 0) return refused(number, "a receive queue cannot be set up", error);
  for (std::uint16_t queue = 0; queue < queues; ++queue) {
    error = rte_eth_tx_queue_setup(number, queue, transmit, static_cast<unsigned>(socket), nullptr);
    if (error != 0) return refused(number, "a transmit queue cannot be set up", error);
  }
  error = rte_eth_dev_start(number);
  if (error != 0) return refused(number, "cannot be started", error);
  (void)rte_eth_promiscuous_enable(number);  // what a device without it gives is all there is
  (void)rte_eth_allmulticast_enable(number);
  return port;
}

DpdkPort::~DpdkPort() {
  if (rte_eth_dev_is_valid_port(number_) == 0) return;
  (void)rte_eth_dev_stop(number_);
  rte_eth_dev_info info{};
  // A virtual device goes with its port, so that one of the same name can be made; a card stays.
  if (rte_eth_dev_info_get(number_, &info) == 0 && !is_pci(info) && info.device != nullptr) {
    (void)rte_dev_remove(info.device);
  } else {
    (void)rte_eth_dev_close(number_);
  }
  rte_mempool_free(pool_);
}

std::string DpdkPort::gate(const std::vector<HardwareRule>& rules) {
  rte_flow_error error{};
  if (gated_) (void)rte_flow_flush(number_, &error);  // until the new ones are there everything comes through
  gated_ = false;
  if (rules.empty()) return "nothing can be left out by these rules";
  for (const HardwareRule& rule : rules) {
    error = {};
    if (FlowRule(rule, queues_, hashes_).create(number_, error)) {
      gated_ = true;
      continue;
    }
    const std::string why = error.message == nullptr ? error_text(rte_errno) : error.message;
    if (gated_) (void)rte_flow_flush(number_, &error);
    gated_ = false;
    return "the card does not take such a rule (" + why + ")";
  }
  return {};
}

LinkState DpdkPort::link() {
  if (gone_) return LinkState::gone;
  if (interface_ != nullptr) {
    const LinkState state = interface_->state();
    gone_ = state == LinkState::gone;
    if (state != LinkState::up) return state;
  }
  rte_eth_link link{};
  const bool down = rte_eth_link_get_nowait(number_, &link) == 0 && link.link_status == RTE_ETH_LINK_DOWN;
  return down ? LinkState::down : LinkState::up;
}

}  // namespace ghostport
