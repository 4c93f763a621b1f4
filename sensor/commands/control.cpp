#include <cstdio>
#include <sstream>

#include "configuration/configuration.h"
#include "sensor/commands/commands.h"
#include "sensor/control_socket.h"
#include "sensor/status.h"
#include "sensor/terminal.h"

namespace ghostport {

int run_command(const ControlOptions& options, std::chrono::steady_clock::time_point) {
  const auto configured = configuration_of(options.configuration);
  if (!configured) return kWrongUsage;
  const Configuration& configuration = *configured;
  const std::string path =
      configuration.control.path.empty() ? std::string(kControlSocket) : configuration.control.path;
  const bool asks_status = options.what == ControlOptions::What::status;
  const auto answer = ask_sensor(path, asks_status ? "ghostport-status" : "reload-rules");
  if (!answer) {
    print_problems(answer.problems());
    return kFailed;
  }
  const nlohmann::json& message = answer.value().message;
  if (!answer.value().ok) {
    const std::string why = message.is_string() ? message.get<std::string>() : message.dump();
    std::fprintf(stderr, "ghostport: %s", asks_status ? "" : "not reloaded: ");
    std::istringstream lines(why);
    for (std::string line; std::getline(lines, line);) std::fprintf(stderr, "%s\n", for_terminal(line).c_str());
    return kFailed;
  }
  if (!asks_status) {
    const std::string said = message.is_string() ? message.get<std::string>() : std::string();
    const std::size_t more = said.find(';');  // keys that are read at the start alone
    std::printf("reloaded%s\n", more == std::string::npos ? "" : for_terminal(said.substr(more)).c_str());
  } else if (options.json) {
    std::puts(message.dump().c_str());
  } else {
    std::fputs(status_table(message).c_str(), stdout);
  }
  return kDone;
}

}  // namespace ghostport
