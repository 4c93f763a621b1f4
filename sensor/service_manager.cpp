#include "sensor/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "registry/values.h"

namespace ghostport {

ServiceManager::ServiceManager() {
  if (const char* const path = std::getenv("NOTIFY_SOCKET")) path_ = path;
  const char* const patience = std::getenv("WATCHDOG_USEC");
  const auto micros = patience == nullptr ? std::nullopt : parse_decimal(patience);
  if (micros && *micros > 1) interval_ = std::chrono::microseconds(*micros / 2);
}

void ServiceManager::tell(std::string_view state) const {
  sockaddr_un address{};
  if (path_.empty() || path_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract socket (unix(7))
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  (void)::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size()));
  (void)::close(descriptor);
}

void ServiceManager::alive(std::chrono::steady_clock::time_point now) {
  if (!interval_ || now < next_) return;
  next_ = now + *interval_;
  tell("WATCHDOG=1");
}

}  // namespace ghostport
