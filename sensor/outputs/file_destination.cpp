#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>

#include "registry/values.h"
#include "sensor/outputs/destination.h"

namespace ghostport {
namespace {

using SystemClock = std::chrono::system_clock;

std::string words(int error) { return std::generic_category().message(error); }

std::string setting(const OutputSettings& settings, std::string_view key) {
  const auto found = settings.settings.find(key);
  return found == settings.settings.end() ? std::string() : found->second;
}

std::string with_time(const std::string& pattern, SystemClock::time_point now) {
  const std::time_t seconds = SystemClock::to_time_t(now);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::string text(pattern.size() + 256, '\0');
  text.resize(std::strftime(text.data(), text.size(), pattern.c_str(), &local));
  return text.empty() ? pattern : text;
}

class FileDestination final : public Destination {
 public:
  explicit FileDestination(const OutputSettings& settings)
      : pattern_(settings.path),
        begin_anew_(setting(settings, "append") == "false"),
        interval_(parse_duration(setting(settings, "rotate-interval")).value_or(std::chrono::seconds(0))) {}
  ~FileDestination() override { close(); }

  [[nodiscard]] std::string open() override {
    const auto now = SystemClock::now();
    half_ = 0;
    if (pattern_ == "-") {
      descriptor_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
      struct stat status {};
      regular_ = descriptor_ >= 0 && fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
      return descriptor_ < 0 ? words(errno) : std::string();
    }
    const bool has_time = pattern_.find('%') != std::string::npos;
    const std::string path = has_time ? with_time(pattern_, now) : pattern_;
    if (rotates_) end_interval(path, now);
    rotates_ = false;
    path_ = path;
    if (is_pipe_without_reader(path)) return "a pipe that nobody reads";
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | (begin_anew_ ? O_TRUNC : 0);
    descriptor_ = ::open(path.c_str(), flags, 0640);
    if (descriptor_ < 0) return words(errno);
    begin_anew_ = false;
    struct stat status {};
    regular_ = fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
    due_ = next_due(now);
    return regular_ ? end_last_line(status.st_size) : std::string();
  }

  [[nodiscard]] Written write(std::string_view lines, std::chrono::milliseconds patience) override {
    Written result;
    std::size_t at = half_;
    while (at < lines.size()) {
      if (!regular_ && !wait(patience)) {
        result.error = "its reader does not read";
        result.stalled = true;
        break;
      }
      const std::size_t size = regular_ ? lines.size() - at : std::min(lines.size() - at, kPipeRoom);
      const ssize_t now = ::write(descriptor_, lines.data() + at, size);
      if (now >= 0) {
        at += static_cast<std::size_t>(now);
      } else if (errno != EINTR) {
        result.error = words(errno);
        break;
      }
    }
    result.bytes = at == 0 ? 0 : lines.rfind('\n', at - 1) + 1;  // 0 where not one line is whole
    half_ = at - result.bytes;
    if (!regular_) return result;
    // Half a line would spoil the next one. Where the file ends is asked anew: others may have cut it meanwhile.
    struct stat status {};
    const auto half = static_cast<off_t>(half_);
    if (half != 0 && ::fstat(descriptor_, &status) == 0 && status.st_size >= half &&
        ::ftruncate(descriptor_, status.st_size - half) == 0)
      half_ = 0;
    return result;
  }

  void close() override {
    if (descriptor_ >= 0) (void)::close(descriptor_);
    descriptor_ = -1;
  }

  [[nodiscard]] bool is_due(SystemClock::time_point now) const override {
    if (descriptor_ < 0 || interval_.count() == 0 || now < due_) return false;
    rotates_ = true;
    return true;
  }

 private:
  /// Opening it would wait for one.
  [[nodiscard]] static bool is_pipe_without_reader(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISFIFO(status.st_mode)) return false;
    const int trying = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (trying >= 0) (void)::close(trying);
    return trying < 0;
  }

  [[nodiscard]] SystemClock::time_point next_due(SystemClock::time_point now) const {
    if (interval_.count() == 0) return SystemClock::time_point::max();
    const auto since = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
    return SystemClock::time_point(since - since % interval_ + interval_);
  }

  /// Whose file keeps the time of its end in its name, where no other tells them apart. Nothing is left of one without
  /// records.
  void end_interval(const std::string& path, SystemClock::time_point now) const {
    struct stat status {};
    const bool empty = ::stat(path_.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0;
    if (empty && path != path_) (void)::unlink(path_.c_str());
    if (!empty && path == path_) (void)::rename(path.c_str(), (path + with_time("-%Y%m%d-%H%M%S", now)).c_str());
  }

  /// A pipe or a terminal takes that much without waiting once it says that it takes anything.
  static constexpr std::size_t kPipeRoom = 4096;
  [[nodiscard]] bool wait(std::chrono::milliseconds patience) const {
    pollfd one{descriptor_, POLLOUT, 0};
    return ::poll(&one, 1, static_cast<int>(patience.count())) > 0;
  }

  /// A process that was killed may have left half a line.
  [[nodiscard]] std::string end_last_line(off_t size) const {
    char last = '\n';
    const int reading = ::open(("/proc/self/fd/" + std::to_string(descriptor_)).c_str(), O_RDONLY | O_CLOEXEC);
    if (reading < 0) return {};
    if (size == 0 || ::pread(reading, &last, 1, size - 1) != 1) last = '\n';
    (void)::close(reading);
    if (last == '\n') return {};
    return ::write(descriptor_, "\n", 1) == 1 ? std::string() : words(errno);
  }

  const std::string pattern_;
  bool begin_anew_;
  const std::chrono::seconds interval_;
  std::string path_;  // of the file that was opened last
  int descriptor_ = -1;
  bool regular_ = false;
  std::size_t half_ = 0;  // bytes of the next line that are written already
  SystemClock::time_point due_;
  mutable bool rotates_ = false;
};

}  // namespace

std::string path_now(const std::string& pattern) {
  return pattern.find('%') == std::string::npos ? pattern : with_time(pattern, SystemClock::now());
}

std::unique_ptr<Destination> make_file_destination(const OutputSettings& settings) {
  return std::make_unique<FileDestination>(settings);
}

}  // namespace ghostport
