// A file of given bytes that lives in memory only and goes with its owner.
// Called by tests, fuzzers and benchmarks of the replayer.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace ghostport {

class TemporaryFile {
 public:
  explicit TemporaryFile(std::span<const std::uint8_t> bytes) : file_(::memfd_create("capture", MFD_CLOEXEC)) {
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t written = ::write(file_, bytes.data() + done, bytes.size() - done);
      if (written <= 0) throw std::runtime_error("no memory for a file");
      done += static_cast<std::size_t>(written);
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::close(file_); }

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

}  // namespace ghostport
