// What the configuration says about the live sensor: where packets come from, what happens inline, where records go.
// Read at start-up by configuration/configuration.cpp, on the main thread; plain values afterwards.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registry/address.h"
#include "registry/yaml_reader.h"

namespace ghostport {

/// Where something stands in the configuration file, from 1.
struct Place {
  unsigned line = 0;
  unsigned column = 0;
};

/// Where live packets come from.
struct CaptureSettings {
  enum class Driver : std::uint8_t { dpdk, pcap } driver = Driver::dpdk;
  struct Port {
    enum class Kind : std::uint8_t { pci, vdev, interface } kind = Kind::pci;
    std::string name;
    Place place{};
  };
  std::vector<Port> ports;          ///< empty: every port that EAL finds, in its order
  std::optional<unsigned> workers;  ///< absent: as many as the machine allows
  bool hardware_gate = false;       ///< the card drops what nothing looks at
  std::vector<std::string> eal;     ///< further arguments for DPDK's environment layer
};

/// The interface that a capture port reads, be it by libpcap, net_af_packet, net_af_xdp or net_pcap; empty: none that
/// its name tells.
[[nodiscard]] std::string_view interface_of(const CaptureSettings::Port& port);

enum class Mode : std::uint8_t { tap, inline_bridge };

struct InlineSettings {
  std::vector<std::pair<unsigned, unsigned>> pairs;  ///< indices of capture ports
  enum class OnUnexpected : std::uint8_t { drop, reject, alert } on_unexpected = OnUnexpected::drop;
  enum class OnOverload : std::uint8_t { forward, drop } on_overload = OnOverload::forward;
};

/// One sink of records. `settings` holds the other keys of its kind as they were written and checked.
struct OutputSettings {
  enum class Kind : std::uint8_t { eve, fast, unix_socket, syslog, redis, kafka } kind = Kind::eve;
  std::string path;  ///< eve, fast, unix-socket
  Place place{};
  std::vector<std::string> types;  ///< of ghostport, alert, flow, stats
  std::map<std::string, std::string, std::less<>> settings;
};

struct HttpSettings {
  Address address;
  std::uint16_t port = 0;
};

/// The control socket, under the name that it has in Suricata.
struct ControlSettings {
  bool enabled = true;
  std::string path;  ///< empty: the usual place
};

/// What the process is once everything is open.
struct RunAsSettings {
  std::optional<std::string> user;  ///< absent: who started it
  Place place{};                    ///< of the user
  bool confine = true;              ///< Landlock and seccomp
};

/// Each reads one section whose keys have not been asked for; faults are reported through the mapping. The caller calls
/// finish(), except for outputs, which are items of a list.
[[nodiscard]] CaptureSettings read_capture(YamlMapping& mapping);
/// `ports`: how many there are for its pairs; 0: not known here.
[[nodiscard]] InlineSettings read_inline(YamlMapping& mapping, std::size_t ports);
[[nodiscard]] std::optional<HttpSettings> read_http(YamlMapping& mapping);
[[nodiscard]] ControlSettings read_control(YamlMapping& mapping);
[[nodiscard]] RunAsSettings read_run_as(YamlMapping& mapping);
[[nodiscard]] std::vector<OutputSettings> read_outputs(const std::vector<YamlNode>& items, const std::string& file,
                                                       Problems& problems);

}  // namespace ghostport
