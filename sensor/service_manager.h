// Tells systemd that the sensor is ready, alive, or about to end (sd_notify(3)): a datagram to the socket that it
// names. Main thread only; does nothing where no service manager has started the program.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ghostport {

class ServiceManager {
 public:
  ServiceManager();

  /// "READY=1", "STOPPING=1", "STATUS=..."
  void tell(std::string_view state) const;
  /// Sign of life, as often as was asked for.
  void alive(std::chrono::steady_clock::time_point now);

 private:
  std::string path_;
  std::optional<std::chrono::microseconds> interval_;  // half of what the watchdog waits
  std::chrono::steady_clock::time_point next_;
};

}  // namespace ghostport
