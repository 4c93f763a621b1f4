// One output of a running sensor: a bounded queue of lines, and a thread that writes them to a destination. `put` is
// called on the adjudicator's thread and never waits for the destination; everything else on the main thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "sensor/outputs/destination.h"

namespace ghostport {

struct OutputCounters {
  std::uint64_t written = 0;  ///< records
  std::uint64_t lost = 0;     ///< the destination did not take them, and the queue was full or the end had come
  std::string trouble;        ///< what is wrong now; empty: nothing
};

class LiveOutput {
 public:
  static constexpr std::size_t kQueue = std::size_t{4} << 20U;  ///< bytes, where nothing else is said

  /// What the operator is told: trouble once when it begins, and once when it is over. Called on the output's thread.
  using Say = std::function<void(const std::string&)>;

  /// `is_open`: the destination has been opened already. `queue`: bytes of records that may wait.
  LiveOutput(std::string name, std::unique_ptr<Destination> destination, bool is_open, std::size_t queue, Say say);
  ~LiveOutput();
  LiveOutput(const LiveOutput&) = delete;
  LiveOutput& operator=(const LiveOutput&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// One record, without its line break. Lost where the queue is full.
  void put(std::string_view line);
  /// The file is opened anew, so that it can be rotated from outside.
  void reopen();
  /// Writes what is left, for as long as the destination takes it within `patience`, and ends the thread.
  void close(std::chrono::milliseconds patience);
  [[nodiscard]] OutputCounters counters() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  [[nodiscard]] bool take(std::string& writing);
  [[nodiscard]] bool write(std::string& writing);
  void trouble(const std::string& what);
  void relief();
  [[nodiscard]] bool rest(Clock::duration time);

  const std::string name_;
  const std::unique_ptr<Destination> destination_;
  const std::size_t queue_;
  const Say say_;

  mutable std::mutex mutex_;
  std::condition_variable work_;
  // guarded by mutex_
  std::string pending_;
  bool ended_ = false;
  bool reopen_ = false;
  Clock::time_point last_chance_ = Clock::time_point::max();
  OutputCounters counters_;
  std::uint64_t lost_told_ = 0;  // of counters_.lost, what the operator has been told of

  bool open_;                  // the thread's
  Clock::duration backoff_{};  // the same
  std::thread thread_;
};

}  // namespace ghostport
