// The control socket of a running sensor, in version 0.2 of Suricata's protocol, so that suricatasc can talk to it.
// Used by the main thread's loop alone: nothing happens but between its calls. The client side serves `status` and
// `reload`.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "registry/problem.h"

struct pollfd;

namespace ghostport {

/// Where the socket is if the configuration does not say.
inline constexpr std::string_view kControlSocket = "/run/ghostport/ghostport-command.socket";

/// What a command answers: "message" of the reply.
struct ControlAnswer {
  bool ok = true;
  nlohmann::json message;
};

class ControlSocket {
 public:
  /// Is called with the command's name and arguments.
  using Command = std::function<ControlAnswer(const std::string& name, const nlohmann::json& arguments)>;

  /// Makes the socket, mode 0660, and its folder where that is missing. A socket that nobody listens on is replaced.
  [[nodiscard]] static Result<std::unique_ptr<ControlSocket>> open(const std::string& path, Command command);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Adds what is to be waited for; then, with what poll found, answers whoever has asked. `fds` begins where its own
  /// were added.
  void add_to(std::vector<pollfd>& fds) const;
  void serve(const pollfd* fds, std::size_t count);

 private:
  struct Client {
    int descriptor = -1;
    std::string received;
    std::string to_send;
    bool greeted = false;
    bool ends = false;  // once everything is sent
  };

  ControlSocket(std::string path, int descriptor, Command command)
      : path_(std::move(path)), descriptor_(descriptor), command_(std::move(command)) {}
  void accept_client();
  void read(Client& client);
  void take(Client& client, const nlohmann::json& message);
  static void send(Client& client);

  std::string path_;
  int descriptor_;
  Command command_;
  std::vector<Client> clients_;
};

/// Asks a running sensor. A problem where none listens there, or it does not answer within 30 s.
[[nodiscard]] Result<ControlAnswer> ask_sensor(const std::string& path, const std::string& command,
                                               const nlohmann::json& arguments = nlohmann::json::object());

}  // namespace ghostport
