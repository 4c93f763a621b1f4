#include "sensor/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "sensor/terminal.h"

namespace ghostport {
namespace {

constexpr std::chrono::milliseconds kBetweenDraws{100};
constexpr std::size_t kBarWidth = 30;

std::string share_text(std::uint64_t done, std::uint64_t size) {
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(size));
  const auto full = static_cast<std::size_t>(share * kBarWidth);
  return '[' + std::string(full, '#') + std::string(kBarWidth - full, '.') + "] " +
         std::to_string(static_cast<unsigned>(share * 100)) + "%";
}

}  // namespace

ProgressBar::ProgressBar(std::size_t files, bool wanted)
    : files_(files), wanted_(wanted && screen_of(STDERR_FILENO).terminal) {}

void ProgressBar::next_file(const std::string& path) {
  ++file_;
  name_ = path == "-" ? "standard input" : for_terminal(std::filesystem::path(path).filename().string());
}

void ProgressBar::show(std::uint64_t done, std::uint64_t size) {
  if (!wanted_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < kBetweenDraws) return;
  last_ = now;
  std::string line = size == 0 ? counted(done, "byte") : share_text(done, size);
  if (files_ > 1) line += "  file " + std::to_string(file_) + " of " + std::to_string(files_);
  line += "  " + name_;
  const Screen screen = screen_of(STDERR_FILENO);
  if (screen.columns > 1) line = cut_to(line, screen.columns - 1);
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressBar::erase() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace ghostport
