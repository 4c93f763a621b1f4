// The packet sources of a running sensor, as its configuration names them: opened together or not at all, then handed
// to a LiveSensor. Used by the run command on the main thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "configuration/configuration.h"
#include "dataplane/interface_link.h"
#include "dataplane/live_sensor.h"

namespace ghostport {

class LiveCapture {
 public:
  virtual ~LiveCapture() = default;

  /// Every problem: what cannot be opened, and why.
  [[nodiscard]] static Result<std::unique_ptr<LiveCapture>> open(const Configuration& configuration,
                                                                 const Rules& rules);

  [[nodiscard]] virtual LiveSettings settings() const = 0;
  virtual void start(LiveSensor& sensor) = 0;
  /// After a reload: what the kernel keeps back may be another.
  virtual void adopt(const Rules&) {}
  /// What happened to ports since the last call, a line each.
  [[nodiscard]] virtual std::vector<std::string> news() = 0;
  struct Link {
    std::string name;
    LinkState state = LinkState::up;
  };
  [[nodiscard]] virtual std::vector<Link> links() const = 0;
  /// "libpcap on eth0, 1 worker"
  [[nodiscard]] virtual std::string text() const = 0;
};

}  // namespace ghostport
