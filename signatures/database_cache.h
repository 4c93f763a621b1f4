// Compiled databases of an earlier start, in one file of a folder that the operator names: what takes Hyperscan seconds
// is then read in milliseconds. Used on the main thread, by SignatureSet.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ghostport {

class DatabaseCache {
 public:
  explicit DatabaseCache(std::string folder) : folder_(std::move(folder)) {}

  /// What was stored under `name`, a file of the folder, for exactly this content. Nothing where there is no such file;
  /// where it is damaged, of another content, or could have been written by anybody, note() says so.
  [[nodiscard]] std::optional<std::vector<std::string>> load(const std::string& name, std::string_view content);
  /// In place of what the file held, at once or not at all; note() says why not.
  void store(const std::string& name, std::string_view content, const std::vector<std::string>& databases);
  /// What was loaded is of no use after all.
  void refuse(const std::string& name);

  /// Empty, or one line on what became of the file.
  [[nodiscard]] const std::string& note() const noexcept { return note_; }

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const { return folder_ + '/' + name; }
  void say(const std::string& name, std::string_view what);

  std::string folder_;
  std::string note_;
};

}  // namespace ghostport
