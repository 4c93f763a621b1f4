#include "sensor/capture_files.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "dataplane/capture_file.h"

namespace ghostport {

namespace {

/// By its name. tcpdump -C numbers its files behind the suffix: x.pcap, x.pcap1, x.pcap2.
bool is_named_capture(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (name.ends_with(packed)) name.resize(name.size() - packed.size());
  }
  name.erase(name.find_last_not_of("0123456789") + 1);
  for (const std::string_view suffix : {".pcap", ".cap", ".pcapng", ".dmp"}) {
    if (name.ends_with(suffix)) return true;
  }
  return false;
}

}  // namespace

bool is_capture(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  return begins_as_capture(path);
}

std::vector<std::string> capture_files(const std::vector<std::string>& paths, Problems& problems) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path == "-" || !fs::is_directory(path, error)) {
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
