#include "dataplane/byte_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace ghostport {
namespace {

std::string words(int error) { return std::generic_category().message(error); }

}  // namespace

ByteInput::~ByteInput() { close(); }

void ByteInput::close() noexcept {
  if (file_ > STDIN_FILENO) ::close(file_);
  file_ = -1;
  problem_.clear();
  decompressor_.reset();
  memory_ = {};
  size_ = raw_ = 0;
  ended_ = false;
  unread_ = {};
}

bool ByteInput::open(const std::string& path) {
  close();
  file_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (file_ < 0) {
    problem_ = "cannot be opened: " + words(errno);
    return false;
  }
  if (::isatty(file_) == 1) {
    problem_ = "is a terminal: no capture";
    return false;
  }
  struct stat status {};
  if (::fstat(file_, &status) == 0 && S_ISREG(status.st_mode)) {
    const off_t begin = ::lseek(file_, 0, SEEK_CUR);  // standard input may stand further on
    size_ = static_cast<std::uint64_t>(std::max<off_t>(status.st_size - std::max<off_t>(begin, 0), 0));
    (void)::posix_fadvise(file_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  return start();
}

bool ByteInput::open_memory(std::span<const std::uint8_t> bytes, std::size_t piece) {
  close();
  memory_ = bytes;
  piece_ = piece;
  size_ = bytes.size();
  return start();
}

/// The first bytes tell whether, and how, the input is compressed.
bool ByteInput::start() {
  if (buffer_ == nullptr) buffer_ = std::make_unique<std::array<std::uint8_t, kBuffer>>();
  refill();
  while (!ended_ && unread_.size() < 4) refill();
  if (!problem_.empty()) return false;
  if (unread_.size() == 0) {
    problem_ = "is empty: no capture";
    return false;
  }
  decompressor_ = decompressor_for(unread_);
  return true;
}

std::size_t ByteInput::read_raw(std::uint8_t* to, std::size_t most) noexcept {
  if (file_ < 0) {
    const std::size_t count = std::min({most, piece_, memory_.size()});
    if (count != 0) std::memcpy(to, memory_.data(), count);
    memory_ = memory_.subspan(count);
    raw_ += count;
    ended_ = count == 0;
    return count;
  }
  for (;;) {
    const ssize_t count = ::read(file_, to, most);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) problem_ = "cannot be read: " + words(errno) + (raw_ == 0 ? "" : place());
    if (count <= 0) {
      ended_ = true;
      return 0;
    }
    raw_ += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }
}

/// More raw bytes behind those that the buffer still holds.
void ByteInput::refill() noexcept {
  const std::size_t kept = unread_.size();
  if (kept != 0) std::memmove(buffer_->data(), unread_.at, kept);
  const std::size_t count = read_raw(buffer_->data() + kept, kBuffer - kept);
  unread_ = {buffer_->data(), buffer_->data() + kept + count};
}

std::string ByteInput::place() const {
  std::string text = " at byte " + std::to_string(taken());
  if (size_ != 0) text += " of " + std::to_string(size_);
  return text;
}

std::size_t ByteInput::read(std::uint8_t* to, std::size_t most) noexcept {
  if (most == 0) return 0;
  if (decompressor_ == nullptr) {
    if (unread_.size() == 0) {
      const std::size_t count = ended_ ? 0 : read_raw(to, most);
      if (count == 0) end_of_input();
      return count;
    }
    const std::size_t count = std::min(most, unread_.size());
    std::memcpy(to, unread_.at, count);
    unread_.at += count;
    return count;
  }
  while (problem_.empty()) {
    if (const std::size_t count = decompressor_->step(unread_, to, most); count != 0) return count;
    if (!decompressor_->problem().empty()) {
      problem_ = std::string("the ") + decompressor_->name() + " stream " + decompressor_->problem() + place();
    } else if (ended_) {
      if (decompressor_->is_open() || unread_.size() != 0)
        problem_ = std::string("the ") + decompressor_->name() + " stream ends too early" + place();
      end_of_input();
      break;
    } else {
      refill();
    }
  }
  return 0;
}

/// A file that has become shorter since it was opened did not end by itself.
void ByteInput::end_of_input() noexcept {
  if (problem_.empty() && file_ >= 0 && raw_ < size_) problem_ = "was cut while it was read" + place();
}

}  // namespace ghostport
