// DPDK's environment layer and its ports: what is started once, found, configured by what each device offers, and given
// up again. Main thread only; no DPDK header is seen from here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/hardware_gate.h"
#include "dataplane/interface_link.h"
#include "registry/problem.h"

struct rte_mempool;

namespace ghostport {

/// DPDK keeps its state in the process: one of these at a time, and where it has ended, none again.
class DpdkEnvironment {
 public:
  struct Settings {
    std::vector<std::string> pci;        ///< devices that may be touched; none: no PCI device is, unless `all_pci`
    bool all_pci = false;                ///< everything that is bound to a driver for DPDK
    std::vector<std::string> arguments;  ///< further ones of EAL; what they say wins over what is chosen here
  };
  [[nodiscard]] static Result<std::unique_ptr<DpdkEnvironment>> start(const Settings& settings);
  ~DpdkEnvironment();
  DpdkEnvironment(const DpdkEnvironment&) = delete;
  DpdkEnvironment& operator=(const DpdkEnvironment&) = delete;

  /// A virtual device such as "net_pcap0,rx_pcap=a.pcap", made anew. Its port's number, or why there is none.
  [[nodiscard]] Result<std::uint16_t> make_device(const std::string& arguments);
  /// The port of a device that EAL has found: a PCI address.
  [[nodiscard]] Result<std::uint16_t> find_device(const std::string& name) const;
  /// Every port there is, in DPDK's order.
  [[nodiscard]] std::vector<std::uint16_t> ports() const;

  /// One line where something costs speed: no hugepages. Else empty.
  [[nodiscard]] const std::string& note() const noexcept { return note_; }

 private:
  DpdkEnvironment() = default;
  std::string note_;
};

/// What a device offers, as far as the choice of queues depends on it.
struct DpdkAbilities {
  std::uint16_t queues = 1;  ///< pairs of receive and transmit queues
  bool keeps_pairs = false;  ///< it can spread packets over them by the address pair alone
};

class DpdkPort {
 public:
  [[nodiscard]] static DpdkAbilities abilities(std::uint16_t port);

  /// Configures and starts a port with so many pairs of queues. `in_flight`: frames that may be held elsewhere than in
  /// its queues.
  [[nodiscard]] static Result<std::unique_ptr<DpdkPort>> open(std::uint16_t port, std::uint16_t queues,
                                                              std::uint32_t in_flight);
  ~DpdkPort();
  DpdkPort(const DpdkPort&) = delete;
  DpdkPort& operator=(const DpdkPort&) = delete;

  [[nodiscard]] std::uint16_t number() const noexcept { return number_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] rte_mempool* pool() const noexcept { return pool_; }

  /// Whose clock stamps its packets.
  enum class Time : std::uint8_t {
    ours,        ///< read once a burst
    file,        ///< the packets' own, in microseconds: a capture file is being read, and time passes with it alone
    own_if_set,  ///< nanoseconds where a packet bears a time; else ours
  };
  [[nodiscard]] Time time() const noexcept { return time_; }
  /// Bytes of the longest frame without a tag that can go out, where the driver takes longer ones and loses them
  /// (net_af_packet: the interface's MTU at the start).
  [[nodiscard]] std::uint32_t longest() const noexcept { return longest_; }

  /// Has the card drop what these rules drop, in place of the rules that it had; none: it drops nothing. Empty, or why
  /// it lets everything through.
  [[nodiscard]] std::string gate(const std::vector<HardwareRule>& rules);

  /// Of the link, or of the interface behind a virtual device. One that was gone stays so: its device holds what was.
  [[nodiscard]] LinkState link();

 private:
  DpdkPort() = default;

  std::uint16_t number_ = 0;
  std::string name_;
  rte_mempool* pool_ = nullptr;
  Time time_ = Time::ours;
  std::uint16_t queues_ = 1;
  std::uint64_t hashes_ = 0;  // by which packets are spread over them, as rte_ethdev counts them
  bool gated_ = false;
  std::uint32_t longest_ = UINT32_MAX;
  std::unique_ptr<InterfaceLink> interface_;  // behind a virtual device, where it has one
  bool gone_ = false;
};

}  // namespace ghostport
