#include "sensor/control_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace ghostport {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostClients = 16;
constexpr std::size_t kMostReceived = std::size_t{64} << 10U;
constexpr std::size_t kMostToSend = std::size_t{4} << 20U;
constexpr int kAnswerTime = 30'000;  // ms
constexpr std::string_view kVersions[] = {"0.1", "0.2"};

std::string words(int error) { return std::generic_category().message(error); }

bool address_of(const std::string& path, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  return true;
}

int connect_to(const std::string& path) {
  sockaddr_un address;
  if (!address_of(path, address)) {
    errno = ENAMETOOLONG;
    return -1;
  }
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return descriptor;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return -1;
}

}  // namespace

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(const std::string& path, Command command) {
  const auto problem = [&](const std::string& what) {
    return Problem{"", 0, 0, "control socket " + path + ": " + what};
  };
  sockaddr_un address;
  if (!address_of(path, address)) return problem("its path has to have 1 to 107 bytes");
  if (const int other = connect_to(path); other >= 0) {
    ::close(other);
    return problem("another sensor listens there");
  }
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) ::unlink(path.c_str());
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return problem(words(errno));
  const mode_t before = ::umask(0117);
  const bool bound = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  ::umask(before);
  if (!bound || ::listen(descriptor, SOMAXCONN) != 0) {
    ::close(descriptor);
    return problem(words(bound ? errno : error));
  }
  return std::unique_ptr<ControlSocket>(new ControlSocket(path, descriptor, std::move(command)));
}

ControlSocket::~ControlSocket() {
  for (const Client& client : clients_) ::close(client.descriptor);
  ::close(descriptor_);
  ::unlink(path_.c_str());
}

void ControlSocket::add_to(std::vector<pollfd>& fds) const {
  fds.push_back({descriptor_, POLLIN, 0});
  for (const Client& client : clients_)
    fds.push_back({client.descriptor, static_cast<short>(client.to_send.empty() ? POLLIN : POLLIN | POLLOUT), 0});
}

void ControlSocket::serve(const pollfd* fds, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i) {
    Client& client = clients_[i - 1];
    if ((fds[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0) read(client);
    send(client);
  }
  std::erase_if(clients_, [](const Client& client) {
    const bool over = client.ends && client.to_send.empty();
    if (over) ::close(client.descriptor);
    return over;
  });
  if (count != 0 && (fds[0].revents & POLLIN) != 0) accept_client();
}

void ControlSocket::accept_client() {
  const int descriptor = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (descriptor < 0) return;
  if (clients_.size() >= kMostClients) {
    ::close(descriptor);
    return;
  }
  clients_.push_back({descriptor, {}, {}, false, false});
}

/// A message is a JSON object; a line break behind it is no part of it, and Suricata's own client leaves it out.
void ControlSocket::read(Client& client) {
  char bytes[4096];
  for (;;) {
    const ssize_t got = ::recv(client.descriptor, bytes, sizeof bytes, 0);
    if (got > 0) {
      client.received.append(bytes, static_cast<std::size_t>(got));
      if (client.received.size() > kMostReceived) break;
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || errno != EAGAIN) client.ends = true;
    break;
  }
  for (;;) {
    client.received.erase(0, std::min(client.received.find_first_not_of(" \t\r\n"), client.received.size()));
    if (client.received.empty()) return;
    const std::size_t line = client.received.find('\n');
    const std::string text = client.received.substr(0, line);
    const Json message = Json::parse(text, nullptr, false);
    const bool whole = !message.is_discarded();
    if (!whole && line == std::string::npos && client.received.size() <= kMostReceived) return;  // more will come
    client.received.erase(0, line == std::string::npos ? line : line + 1);
    if (!whole || !message.is_object()) {
      client.to_send += R"({"return":"NOK","message":"no JSON object"})"
                        "\n";
      client.ends = true;
      client.received.clear();
      return;
    }
    take(client, message);
  }
}

void ControlSocket::take(Client& client, const Json& message) {
  Json reply;
  if (!client.greeted) {
    const std::string version = message.value("version", Json()).is_string() ? message["version"] : "";
    client.greeted = std::find(std::begin(kVersions), std::end(kVersions), version) != std::end(kVersions);
    client.ends = client.ends || !client.greeted;
    reply = client.greeted ? Json{{"return", "OK"}}
                           : Json{{"return", "NOK"}, {"message", "the first message says {\"version\": \"0.2\"}"}};
  } else if (!message.contains("command") || !message["command"].is_string()) {
    reply = {{"return", "NOK"}, {"message", "no command"}};
  } else {
    const Json arguments = message.value("arguments", Json::object());
    const ControlAnswer answer = command_(message["command"], arguments.is_object() ? arguments : Json::object());
    reply = {{"return", answer.ok ? "OK" : "NOK"}, {"message", answer.message}};
  }
  client.to_send += reply.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  if (client.to_send.size() > kMostToSend) {  // asks and never reads
    client.to_send.clear();
    client.ends = true;
  }
}

void ControlSocket::send(Client& client) {
  while (!client.to_send.empty()) {
    const ssize_t sent =
        ::send(client.descriptor, client.to_send.data(), client.to_send.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      client.to_send.erase(0, static_cast<std::size_t>(sent));
      continue;
    }
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) {
      client.to_send.clear();
      client.ends = true;
    }
    return;
  }
}

Result<ControlAnswer> ask_sensor(const std::string& path, const std::string& command, const Json& arguments) {
  const auto problem = [&](const std::string& what) {
    return Problem{"", 0, 0, "control socket " + path + ": " + what};
  };
  const int descriptor = connect_to(path);
  if (descriptor < 0) {
    const bool nobody = errno == ENOENT || errno == ECONNREFUSED;
    return problem(words(errno) + (nobody ? "; does a sensor run (ghostport run), and with this configuration?" : ""));
  }
  std::string received;
  const auto ask = [&](const Json& message, Json& reply) -> std::string {
    const std::string text = message.dump() + '\n';
    if (::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
      return words(errno);
    for (;;) {
      if (const std::size_t line = received.find('\n'); line != std::string::npos) {
        reply = Json::parse(received.substr(0, line), nullptr, false);
        received.erase(0, line + 1);
        return reply.is_object() && reply.value("return", Json()).is_string() ? "" : "its answer is no JSON object";
      }
      pollfd one{descriptor, POLLIN, 0};
      if (::poll(&one, 1, kAnswerTime) <= 0) return "no answer within 30 s";
      char bytes[65'536];
      const ssize_t got = ::recv(descriptor, bytes, sizeof bytes, 0);
      if (got <= 0) return "closed without an answer";
      received.append(bytes, static_cast<std::size_t>(got));
    }
  };
  Json reply;
  std::string why = ask({{"version", "0.2"}}, reply);
  if (why.empty()) why = ask({{"command", command}, {"arguments", arguments}}, reply);
  ::close(descriptor);
  if (!why.empty()) return problem(why);
  return ControlAnswer{reply["return"] == "OK", reply.value("message", Json())};
}

}  // namespace ghostport
