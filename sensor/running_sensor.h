// A sensor that runs: everything that the configuration asks for, started together, and the main thread's loop that
// answers signals, the control socket and the clock until it is told to stop. Made by the run command.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "configuration/make_rules.h"
#include "sensor/control_socket.h"
#include "sensor/http_listener.h"
#include "sensor/live_capture.h"
#include "sensor/options.h"
#include "sensor/outputs/outputs.h"
#include "sensor/service_manager.h"
#include "sensor/status.h"

namespace ghostport {

class RunningSensor {
 public:
  explicit RunningSensor(RunOptions options) : options_(std::move(options)) {}

  /// kDone, or the exit status of what could not be started; the problems have been printed.
  [[nodiscard]] int start();
  /// Until a signal, the control socket, the duration or idleness ends it. `signals`: a signalfd.
  void loop(int signals);
  /// Takes what is still there, ends every flow, writes every record, and says what was lost. The exit status.
  [[nodiscard]] int stop();

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool read_configuration();
  [[nodiscard]] std::string waiting_for_restart() const;
  [[nodiscard]] bool give_up_root();
  void confine_process();
  void on_signal(int number);
  void on_tick();
  [[nodiscard]] std::string reload();
  [[nodiscard]] ControlAnswer command(const std::string& name, const nlohmann::json& arguments);
  [[nodiscard]] std::vector<std::string> interface_names() const;
  [[nodiscard]] ControlAnswer interface_statistics(const nlohmann::json& arguments);
  [[nodiscard]] SensorStatus status();
  void say_news();

  const RunOptions options_;
  Configuration configuration_;
  std::map<std::string, std::string, std::less<>> at_start_;  // keys that are read at the start alone
  RulesMaker maker_;
  std::shared_ptr<const Rules> rules_;
  std::unique_ptr<LiveCapture> capture_;
  std::unique_ptr<Outputs> outputs_;
  std::unique_ptr<LiveSensor> sensor_;
  std::unique_ptr<HttpListener> http_;
  std::unique_ptr<ControlSocket> control_;
  ServiceManager manager_;
  SensorStatus status_;                // as of the last sample
  std::uint64_t packets_at_tick_ = 0;  // for idle-exit
  Clock::time_point started_;
  Clock::time_point last_packet_;
  Clock::time_point next_tick_;
  Clock::time_point next_stats_;
  Clock::time_point last_sample_;
  bool ends_ = false;
};

}  // namespace ghostport
