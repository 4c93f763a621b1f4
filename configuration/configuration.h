// Everything that a configuration file may say (docs/configuration.md), typed, with its defaults.
// Read by the commands at start-up and by a reload, on the main thread; a plain value afterwards.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "configuration/live_settings.h"
#include "registry/address.h"
#include "registry/port.h"
#include "registry/problem.h"
#include "registry/registry.h"
#include "registry/service.h"
#include "registry/verdict.h"
#include "registry/yaml_reader.h"

namespace ghostport {

/// A service that the operator allows on a port.
struct PortException {
  Place place;
  std::uint16_t port = 0;
  bool on[kTransports] = {true, true};
  ServiceId service = ServiceId::none;
  std::optional<AddressSet> hosts;  ///< responders; absent: all
  /// Holds while packet time is before this: `until: 2027-01-01` includes that whole day, so this is 2027-01-02 00:00
  /// UTC.
  std::optional<std::chrono::sys_seconds> until;
  std::string why;
};

struct Limits {
  std::uint32_t flows = 1'000'000;      ///< live flows of one worker: 1 to 2^27
  std::uint32_t head_bytes = 4096;      ///< kept of each side of a flow: 256 to 65,536
  std::optional<std::uint64_t> memory;  ///< bytes, at least 64 MiB
  Place memory_place;
};

/// Each from one second to one day of packet time.
struct Timeouts {
  std::chrono::seconds tcp{600};
  std::chrono::seconds udp{60};
  std::chrono::seconds unanswered{30};
};

/// Adds a path unless the list has that file already, however it is spelled there.
void add_file_once(std::vector<std::string>& files, std::string path);

struct Configuration {
  std::string file;  ///< that was read, for what is said of it later
  WatchList watch;
  std::vector<std::string> registry_files;     ///< what registry.include names, each pattern's files in name order
  std::vector<std::string> signature_files;    ///< the same for signatures.include
  std::optional<std::string> signature_cache;  ///< a folder for compiled databases; it need not exist
  std::map<std::string, AddressSet> assets;    ///< a group that is declared empty is declared
  std::map<std::string, Place> asset_places;   ///< by group
  std::optional<AddressSet> home_net;
  std::vector<PortException> exceptions;
  bool log_expected = false;
  std::array<std::optional<Severity>, kVerdictNames.size()> severity{};  ///< by Verdict; absent: the default
  std::optional<CaptureSettings> capture;
  std::optional<Mode> mode;
  std::optional<InlineSettings> inline_bridge;
  std::vector<OutputSettings> outputs;
  std::optional<HttpSettings> http;
  ControlSettings control;  ///< unix-command
  Limits limits;
  Timeouts timeouts;
  RunAsSettings run_as;
  std::string sensor_id;  ///< empty: not written into records
  std::uint16_t community_id_seed = 0;
};

/// Reads a configuration file; an empty one is all defaults. Every fault is reported at once, in the order of its
/// place.
[[nodiscard]] Result<Configuration> read_configuration_file(const std::string& path);
/// The same from memory. `file` is named in problems, and relative includes are looked up in its folder.
[[nodiscard]] Result<Configuration> read_configuration(std::string_view text, const std::string& file);
/// The same for a part of a document that has been read: a case's `config`.
[[nodiscard]] Result<Configuration> read_configuration(const YamlNode& node, const std::string& file);

}  // namespace ghostport
