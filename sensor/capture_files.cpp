#include "sensor/capture_files.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace ghostport {

namespace {

/// By its name. Those that this version cannot read are named too, so that the replay says so.
bool is_named_capture(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (name.ends_with(packed)) name.resize(name.size() - packed.size());
  }
  return name.ends_with(".pcap") || name.ends_with(".cap") || name.ends_with(".pcapng");
}

}  // namespace

bool is_capture(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  std::ifstream file(path, std::ios::binary);
  std::uint32_t magic = 0;
  if (!file.read(reinterpret_cast<char*>(&magic), sizeof magic)) return false;
  for (const std::uint32_t known : {0xA1B2C3D4U, 0xA1B23C4DU, 0xA1B2CD34U, 0x0A0D0D0AU}) {
    if (magic == known || magic == __builtin_bswap32(known)) return true;
  }
  return false;
}

std::vector<std::string> capture_files(const std::vector<std::string>& paths, Problems& problems) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
      std::error_code unreadable;
      if (is_named_capture(entry->path().filename().string()) && entry->is_regular_file(unreadable))
        found.push_back(entry->path().string());
    }
    if (error) problems.push_back({path, 0, 0, "cannot be read: " + error.message()});
    if (!error && found.empty()) problems.push_back({path, 0, 0, "no capture in this folder"});
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

}  // namespace ghostport
