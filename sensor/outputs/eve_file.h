// Writes records to a file or to standard output on a thread of its own.
// `write` is called by whoever runs the adjudicator, everything else on the main thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "registry/problem.h"

namespace ghostport {

class EveFile {
 public:
  /// Begins the file anew. "-" is standard output, where every line is passed on at once.
  [[nodiscard]] static Result<std::unique_ptr<EveFile>> open(const std::string& path);
  ~EveFile();
  EveFile(const EveFile&) = delete;
  EveFile& operator=(const EveFile&) = delete;

  /// One line, without its line break. Lines of a file wait until they are 256 KiB. While the writer has as much before
  /// it, the caller waits: in a replay no record is given up.
  void write(std::string_view line);

  /// Writes what is left and ends the thread. Nothing may be written afterwards.
  void close();
  /// After close: why writing ended early, with the number of records that were lost to it.
  [[nodiscard]] const std::optional<std::string>& problem() const { return problem_; }

 private:
  EveFile(std::string path, int file_descriptor, bool each_line);
  void hand_over();
  void run();
  void write_out(std::string_view bytes);

  const std::string path_;
  const int file_descriptor_;
  const bool each_line_;

  std::string gathered_;  // of the thread that calls `write`
  std::mutex mutex_;
  std::condition_variable work_;  // for the writer: something to write, or the end
  std::condition_variable room_;  // for `write`
  std::string pending_;           // guarded by mutex_
  bool ended_ = false;            // guarded by mutex_

  int error_ = 0;           // the writer's until it has ended
  std::uint64_t lost_ = 0;  // the same
  std::optional<std::string> problem_;
  std::thread thread_;
};

}  // namespace ghostport
