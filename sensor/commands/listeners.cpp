#include <pwd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sensor/commands/commands.h"
#include "sensor/listeners.h"
#include "sensor/terminal.h"

namespace ghostport {
namespace {

std::string user_name(std::uint32_t user) {
  const passwd* const entry = getpwuid(user);
  return entry == nullptr ? std::to_string(user) : entry->pw_name;
}

std::string process_name(std::uint32_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/comm");
  std::string name;
  std::getline(file, name);
  return name.empty() ? "?" : name;
}

std::string processes_text(const BoundSocket& socket) {
  std::string text;
  for (const std::uint32_t process : socket.processes)
    text += (text.empty() ? "" : ", ") + process_name(process) + " (" + std::to_string(process) + ")";
  return text.empty() ? "unknown: only root may see it" : text;
}

std::string expected_text(const Rules& rules, const BoundSocket& socket) {
  const PortEntry* const entry = rules.registry.find(socket.port);
  if (entry == nullptr) return "a port that the registry does not know";
  std::string text;
  for (const Expectation& one : entry->expectations) {
    if (one.transport == socket.transport) text += (text.empty() ? "" : ", ") + one.service;
  }
  const std::string_view name = entry->registered_name(socket.transport);
  return "registered to " + std::string(name.empty() ? "nobody" : name) + "; expected " +
         (text.empty() ? "is nothing" : "is " + text);
}

}  // namespace

int run_command(const ListenersOptions& options, std::chrono::steady_clock::time_point) {
  const auto configured = configuration_of(options.configuration);
  if (!configured) return kWrongUsage;
  const Configuration& configuration = *configured;
  const auto rules = rules_of(configuration);
  if (!rules) return kWrongUsage;
  const auto sockets = bound_sockets();
  if (!sockets) {
    print_problems(sockets.problems());
    return kIncomplete;
  }
  std::size_t found = 0;
  for (const BoundSocket& one : sockets.value()) {
    if ((rules->watch.at(one.transport, one.port) & WatchTable::kWatched) == 0) continue;
    ++found;
    const std::string place = with_port(one.address, one.port) + '/' + std::string(transport_name(one.transport));
    if (options.json) {
      const nlohmann::ordered_json json = {{"address", one.address.text()},
                                           {"port", one.port},
                                           {"proto", one.transport == Transport::tcp ? "TCP" : "UDP"},
                                           {"user", user_name(one.user)},
                                           {"processes", one.processes},
                                           {"registry", expected_text(*rules, one)}};
      std::puts(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    } else {
      std::printf("%s  user %s, process %s: %s\n", place.c_str(), for_terminal(user_name(one.user)).c_str(),
                  for_terminal(processes_text(one)).c_str(), for_terminal(expected_text(*rules, one)).c_str());
    }
  }
  if (found == 0)
    std::fprintf(stderr, "ghostport: nobody on this host is bound to %s\n",
                 rules->watch.text(WatchTable::kWatched).c_str());
  return kDone;
}

}  // namespace ghostport
