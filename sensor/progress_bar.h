// A bar on standard error that shows how far a replay is; draws only where standard error is a terminal.
// Called on the thread that reads the captures.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace ghostport {

class ProgressBar {
 public:
  /// `wanted`: false draws nothing.
  ProgressBar(std::size_t files, bool wanted);
  ~ProgressBar() { erase(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void next_file(const std::string& path);
  /// Redraws at most ten times a second.
  void show(std::uint64_t done, std::uint64_t size);
  void erase();

 private:
  std::size_t files_;
  bool wanted_;
  std::size_t file_ = 0;
  std::string name_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_ =
      std::chrono::steady_clock::now();  // nothing is drawn for a short replay
};

}  // namespace ghostport
