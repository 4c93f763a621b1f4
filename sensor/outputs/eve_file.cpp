#include "sensor/outputs/eve_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace ghostport {
namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10U;  // waking the writer costs as much as many records

std::string words(int error) { return std::generic_category().message(error); }

}  // namespace

Result<std::unique_ptr<EveFile>> EveFile::open(const std::string& path) {
  if (path == "-") return std::unique_ptr<EveFile>(new EveFile("standard output", STDOUT_FILENO, true));
  const int file_descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file_descriptor < 0) return Problem{path, 0, 0, "cannot be written: " + words(errno)};
  return std::unique_ptr<EveFile>(new EveFile(path, file_descriptor, false));
}

EveFile::EveFile(std::string path, int file_descriptor, bool each_line)
    : path_(std::move(path)), file_descriptor_(file_descriptor), each_line_(each_line) {
  gathered_.reserve(kPiece);
  thread_ = std::thread([this] { run(); });
}

EveFile::~EveFile() { close(); }

void EveFile::write(std::string_view line) {
  if (gathered_.size() + line.size() >= kPiece) hand_over();
  gathered_ += line;
  gathered_ += '\n';
  if (each_line_) hand_over();
}

/// To the writer, who may have as much before it already.
void EveFile::hand_over() {
  if (gathered_.empty()) return;
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return pending_.size() < kPiece; });
    if (pending_.empty()) {
      pending_.swap(gathered_);
    } else {
      pending_ += gathered_;
    }
  }
  work_.notify_one();
  gathered_.clear();
}

void EveFile::run() {
  std::string writing;
  writing.reserve(kPiece);
  for (bool ended = false; !ended;) {
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [&] { return ended_ || !pending_.empty(); });
      writing.clear();
      writing.swap(pending_);
      ended = ended_;
    }
    room_.notify_one();
    write_out(writing);
  }
}

void EveFile::write_out(std::string_view bytes) {
  while (error_ == 0 && !bytes.empty()) {
    const ssize_t written = ::write(file_descriptor_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  lost_ += static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
}

void EveFile::close() {
  if (!thread_.joinable()) return;
  hand_over();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  work_.notify_one();
  thread_.join();
  if (file_descriptor_ != STDOUT_FILENO && ::close(file_descriptor_) != 0 && error_ == 0) error_ = errno;
  if (error_ != 0) {
    problem_ = path_ + ": cannot be written: " + words(error_) + "; " + std::to_string(lost_) + " records were lost";
  }
}

}  // namespace ghostport
