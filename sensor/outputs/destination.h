// Where an output's records go: a file, a socket, the system's log. Used by one output, on its own thread alone.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "configuration/live_settings.h"

namespace ghostport {

/// What became of an attempt to write.
struct Written {
  std::size_t bytes = 0;    ///< of the lines given, that need not be given again: whole lines alone
  std::size_t refused = 0;  ///< lines among them that this destination can never take: too long for a datagram
  std::string error;        ///< empty, or why no more was written; it may be tried again
  bool stalled = false;     ///< nothing is broken, but nobody reads: the destination stays open
};

class Destination {
 public:
  virtual ~Destination() = default;

  /// Empty, or why it cannot be opened now.
  [[nodiscard]] virtual std::string open() = 0;
  /// Lines with their breaks. Waits at most about `patience` for a reader. Only while it is open; after an
  /// error it is closed and opened anew.
  [[nodiscard]] virtual Written write(std::string_view lines, std::chrono::milliseconds patience) = 0;
  /// Nothing half written stays behind.
  virtual void close() = 0;
  /// A new file is due by the clock.
  [[nodiscard]] virtual bool is_due(std::chrono::system_clock::time_point) const { return false; }
};

/// The file that a path with times in it (strftime(3)) stands for now.
[[nodiscard]] std::string path_now(const std::string& pattern);
/// A file of lines that is appended to, or begun anew where `append` is false.
[[nodiscard]] std::unique_ptr<Destination> make_file_destination(const OutputSettings& settings);
/// A unix socket, stream or datagram, of which we are the client.
[[nodiscard]] std::unique_ptr<Destination> make_socket_destination(const OutputSettings& settings);
/// The system's log, as RFC 3164 has it, through /dev/log (or `path`).
[[nodiscard]] std::unique_ptr<Destination> make_syslog_destination(const OutputSettings& settings);

}  // namespace ghostport
