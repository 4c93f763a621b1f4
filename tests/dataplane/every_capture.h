// The captures of pcaps/, for tests that try something on all of them.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace ghostport {

/// In the order of their names.
[[nodiscard]] inline std::vector<std::string> every_capture() {
  const char* source = std::getenv("GHOSTPORT_SOURCE");
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(source == nullptr ? "." : source) / "pcaps")) {
    if (entry.path().extension() == ".pcap") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace ghostport
