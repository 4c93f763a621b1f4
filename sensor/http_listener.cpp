#include "sensor/http_listener.h"

#include <arpa/inet.h>
#include <microhttpd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

namespace ghostport {
namespace {

constexpr unsigned kMostConnections = 16;
constexpr unsigned kPatience = 10;  // seconds with a client that says nothing, or does not read

MHD_Result reply(MHD_Connection* connection, unsigned status, std::string_view body, const char* type,
                 const char* allow = nullptr) {
  MHD_Response* const response =
      MHD_create_response_from_buffer(body.size(), const_cast<char*>(body.data()),
                                      MHD_RESPMEM_MUST_COPY);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
  if (allow != nullptr) MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
  const MHD_Result result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return result;
}

MHD_Result answer(void* listener, MHD_Connection* connection, const char* url, const char* method, const char*,
                  const char*, std::size_t* upload, void** state) {
  static int greeted = 0;
  if (*state == nullptr) {  // the headers are there; a body may follow
    *state = &greeted;
    return MHD_YES;
  }
  if (*upload != 0) {
    *upload = 0;
    return MHD_YES;
  }
  const std::string_view path(url);
  const std::string_view verb(method);
  if (path != "/metrics" && path != "/healthz") return reply(connection, 404, "not found\n", "text/plain");
  if (verb != "GET" && verb != "HEAD") return reply(connection, 405, "GET or HEAD\n", "text/plain", "GET, HEAD");
  if (path == "/healthz") return reply(connection, 200, "ok\n", "text/plain");
  const auto text = static_cast<const HttpListener*>(listener)->metrics();
  return reply(connection, 200, *text, "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace

Result<std::unique_ptr<HttpListener>> HttpListener::open(const HttpSettings& settings) {
  std::unique_ptr<HttpListener> listener(new HttpListener);
  sockaddr_storage address{};
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
  if (settings.address.family == 4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(settings.port);
    std::memcpy(&v4.sin_addr, settings.address.bytes.data(), 4);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(settings.port);
    std::memcpy(&v6.sin6_addr, settings.address.bytes.data(), 16);
    flags |= MHD_USE_IPv6;
  }
  errno = 0;
  listener->daemon_ = MHD_start_daemon(flags, settings.port, nullptr, nullptr, &answer, listener.get(),
                                       MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT, kMostConnections,
                                       MHD_OPTION_CONNECTION_TIMEOUT, kPatience, MHD_OPTION_END);
  if (listener->daemon_ == nullptr)
    return Problem{"", 0, 0,
                   "http: cannot listen on " + settings.address.text() + " port " + std::to_string(settings.port) +
                       (errno != 0 ? ": " + std::generic_category().message(errno) : "")};
  return listener;
}

HttpListener::~HttpListener() {
  if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
}

void HttpListener::show(std::string metrics) {
  auto next = std::make_shared<const std::string>(std::move(metrics));
  const std::lock_guard lock(mutex_);
  metrics_ = std::move(next);
}

std::shared_ptr<const std::string> HttpListener::metrics() const {
  const std::lock_guard lock(mutex_);
  return metrics_;
}

}  // namespace ghostport
