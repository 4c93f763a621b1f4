// Which of our plugins for Suricata fits a Suricata that is installed, before anybody configures it. Called by check,
// on the main thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registry/problem.h"

namespace ghostport {

struct SuricataPlugin {
  std::string path;
  std::string built_for;  ///< Suricata's version
};

/// The plugins beside this program, and where the packages put them.
[[nodiscard]] std::vector<SuricataPlugin> installed_plugins();

/// The version of Suricata that a plugin's file says it was built for; nothing where it is no such file.
[[nodiscard]] std::optional<std::string> plugin_built_for(const std::string& path);

/// What `path -V` says: "7.0.10". The program is run.
[[nodiscard]] Result<std::string> suricata_version(const std::string& path);

/// The plugin for that program; else what is wrong, and which there are. `path`: of a Suricata, or of a plugin, which
/// is then held against the `suricata` of PATH.
[[nodiscard]] Result<std::string> suricata_fit(const std::string& path);

}  // namespace ghostport
