#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>

#include "sensor/outputs/destination.h"

namespace ghostport {
namespace {

std::string words(int error) { return std::generic_category().message(error); }

std::string setting(const OutputSettings& settings, std::string_view key, std::string_view otherwise) {
  const auto found = settings.settings.find(key);
  return found == settings.settings.end() ? std::string(otherwise) : found->second;
}

class SocketDestination : public Destination {
 public:
  SocketDestination(std::string path, bool datagrams) : path_(std::move(path)), datagrams_(datagrams) {}
  SocketDestination(const SocketDestination&) = delete;
  SocketDestination& operator=(const SocketDestination&) = delete;
  ~SocketDestination() override { close(); }

  [[nodiscard]] std::string open() override {
    sockaddr_un address{};
    if (path_.size() >= sizeof address.sun_path) return "the path of a socket has at most 107 bytes";
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    half_ = 0;
    descriptor_ = ::socket(AF_UNIX, (datagrams_ ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor_ < 0) return words(errno);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
    std::string why = words(errno);
    close();
    return why;
  }

  [[nodiscard]] Written write(std::string_view lines, std::chrono::milliseconds patience) override {
    return datagrams_ ? write_datagrams(lines, patience) : write_stream(lines, patience);
  }

  void close() override {
    if (descriptor_ >= 0) (void)::close(descriptor_);
    descriptor_ = -1;
  }

 protected:
  /// One record as its datagram.
  [[nodiscard]] virtual std::string_view framed(std::string_view record) { return record; }

 private:
  /// Until there is room, or for so long.
  [[nodiscard]] bool wait(std::chrono::milliseconds patience) const {
    pollfd one{descriptor_, POLLOUT, 0};
    return ::poll(&one, 1, static_cast<int>(patience.count())) > 0 && (one.revents & POLLOUT) != 0;
  }
  [[nodiscard]] bool send(std::string_view bytes, std::chrono::milliseconds patience, std::size_t& sent) const {
    for (bool waited = false;;) {
      const ssize_t now = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (now >= 0) {
        sent = static_cast<std::size_t>(now);
        return true;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN || waited) return false;
      waited = true;
      if (!wait(patience)) {
        errno = EAGAIN;
        return false;
      }
    }
  }

  /// A line of which the reader has got a part goes on where it stopped, for as long as the connection holds.
  [[nodiscard]] Written write_stream(std::string_view lines, std::chrono::milliseconds patience) {
    Written result;
    std::size_t at = half_;
    while (at < lines.size()) {
      std::size_t sent = 0;
      if (!send(lines.substr(at), patience, sent)) {
        if (errno == EAGAIN) {
          stalls(result);
        } else {
          result.error = words(errno);
        }
        break;
      }
      at += sent;
    }
    result.bytes = at == 0 ? 0 : lines.rfind('\n', at - 1) + 1;  // 0 where not one line is whole
    half_ = at - result.bytes;
    return result;
  }

  [[nodiscard]] Written write_datagrams(std::string_view lines, std::chrono::milliseconds patience) {
    Written result;
    while (result.bytes < lines.size()) {
      const std::size_t end = lines.find('\n', result.bytes);
      const std::string_view record = framed(lines.substr(result.bytes, end - result.bytes));
      std::size_t sent = 0;
      if (!send(record, patience, sent)) {
        if (errno == EMSGSIZE) {
          ++result.refused;
        } else {
          if (errno == EAGAIN) {
            stalls(result);
          } else {
            result.error = words(errno);
          }
          return result;
        }
      }
      result.bytes = end + 1;
    }
    return result;
  }

  static void stalls(Written& result) {
    result.error = "its reader does not read";
    result.stalled = true;
  }

  const std::string path_;
  const bool datagrams_;
  int descriptor_ = -1;
  std::size_t half_ = 0;  // bytes of the next line that the reader has got
};

/// Position of a name in a list of Suricata's or syslog's words, as RFC 3164 numbers them.
template <std::size_t Count>
unsigned number_of(const std::array<std::string_view, Count>& names, std::string_view name) {
  return static_cast<unsigned>(std::find(names.begin(), names.end(), name) - names.begin());
}
constexpr std::array<std::string_view, 24> kFacilities{
    "kern", "user", "mail", "daemon", "auth",   "syslog", "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
    "",     "",     "",     "",       "local0", "local1", "local2", "local3", "local4", "local5", "local6",   "local7"};
constexpr std::array<std::string_view, 8> kLevels{"Emergency", "Alert",  "Critical", "Error",
                                                  "Warning",   "Notice", "Info",     "Debug"};

class SyslogDestination final : public SocketDestination {
 public:
  explicit SyslogDestination(const OutputSettings& settings)
      : SocketDestination(settings.path.empty() ? "/dev/log" : settings.path, true),
        priority_('<' +
                  std::to_string(number_of(kFacilities, setting(settings, "facility", "local5")) * 8 +
                                 number_of(kLevels, setting(settings, "level", "Info"))) +
                  '>'),
        tag_(' ' + setting(settings, "identity", "ghostport") + '[' + std::to_string(::getpid()) +
             "]: " + setting(settings, "prefix", "")) {}

 private:
  [[nodiscard]] std::string_view framed(std::string_view record) override {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    std::array<char, 32> time{};
    const std::size_t length = std::strftime(time.data(), time.size(), "%b %e %H:%M:%S", &local);
    line_ = priority_;
    line_.append(time.data(), length).append(tag_).append(record);
    return line_;
  }

  const std::string priority_;
  const std::string tag_;
  std::string line_;
};

}  // namespace

std::unique_ptr<Destination> make_socket_destination(const OutputSettings& settings) {
  return std::make_unique<SocketDestination>(settings.path, setting(settings, "type", "stream") == "dgram");
}

std::unique_ptr<Destination> make_syslog_destination(const OutputSettings& settings) {
  return std::make_unique<SyslogDestination>(settings);
}

}  // namespace ghostport
