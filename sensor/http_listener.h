// Serves the metrics over HTTP, to Prometheus and to whoever asks whether the sensor lives. libmicrohttpd's own thread
// serves; the main thread only puts a new text there. A client that hangs holds up nobody.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "configuration/live_settings.h"
#include "registry/problem.h"

struct MHD_Daemon;

namespace ghostport {

class HttpListener {
 public:
  [[nodiscard]] static Result<std::unique_ptr<HttpListener>> open(const HttpSettings& settings);
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  /// What /metrics says from now on.
  void show(std::string metrics);
  [[nodiscard]] std::shared_ptr<const std::string> metrics() const;

 private:
  HttpListener() = default;

  MHD_Daemon* daemon_ = nullptr;
  mutable std::mutex mutex_;
  std::shared_ptr<const std::string> metrics_ = std::make_shared<std::string>();  // guarded by mutex_
};

}  // namespace ghostport
