#include "sensor/capture_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace ghostport {

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
      if (entry->path().extension() == ".pcap" && entry->is_regular_file(unreadable))
        found.push_back(entry->path().string());
    }
    if (error) problems.push_back({path, 0, 0, "cannot be read: " + error.message()});
    if (!error && found.empty()) problems.push_back({path, 0, 0, "no *.pcap in this folder"});
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

}  // namespace ghostport
