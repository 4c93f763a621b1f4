#include "sensor/outputs/live_output.h"

#include <algorithm>
#include <utility>

#include "sensor/terminal.h"

namespace ghostport {
namespace {

constexpr auto kFirstRest = std::chrono::milliseconds(100);
constexpr auto kLongestRest = std::chrono::seconds(5);
constexpr auto kPatience = std::chrono::milliseconds(500);  // with a reader, before it counts as asleep
constexpr auto kLook = std::chrono::seconds(1);             // how often a rotation by the clock is looked for

std::uint64_t lines_of(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

LiveOutput::LiveOutput(std::string name, std::unique_ptr<Destination> destination, bool is_open, std::size_t queue,
                       Say say)
    : name_(std::move(name)),
      destination_(std::move(destination)),
      queue_(queue),
      say_(std::move(say)),
      open_(is_open) {
  thread_ = std::thread([this] { run(); });
}

LiveOutput::~LiveOutput() { close(std::chrono::milliseconds(0)); }

void LiveOutput::put(std::string_view line) {
  {
    const std::lock_guard lock(mutex_);
    if (pending_.size() + line.size() + 1 > queue_) {
      ++counters_.lost;
      return;
    }
    pending_ += line;
    pending_ += '\n';
  }
  work_.notify_one();
}

void LiveOutput::reopen() {
  {
    const std::lock_guard lock(mutex_);
    reopen_ = true;
  }
  work_.notify_one();
}

void LiveOutput::close(std::chrono::milliseconds patience) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    last_chance_ = Clock::now() + patience;
  }
  work_.notify_one();
  thread_.join();
}

OutputCounters LiveOutput::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

void LiveOutput::run() {
  std::string writing;
  while (take(writing)) {
    if (write(writing)) continue;
    backoff_ = std::clamp<Clock::duration>(2 * backoff_, kFirstRest, kLongestRest);
    if (rest(backoff_)) continue;
    const std::lock_guard lock(mutex_);  // the end has come, and the destination does not take what is left
    counters_.lost += lines_of(writing) + lines_of(pending_);
    break;
  }
  destination_->close();
}

/// Waits for lines, or for a reason to open anew. False at the end, when all is written.
bool LiveOutput::take(std::string& writing) {
  std::unique_lock lock(mutex_);
  while (writing.empty() && pending_.empty() && !ended_ && !reopen_) {
    work_.wait_for(lock, kLook);
    if (destination_->is_due(std::chrono::system_clock::now())) break;
  }
  if (std::exchange(reopen_, false) || destination_->is_due(std::chrono::system_clock::now())) {
    destination_->close();
    open_ = false;
  }
  if (writing.empty()) std::swap(writing, pending_);
  return !writing.empty() || !ended_;
}

/// As much as the destination takes; false where it takes no more now.
bool LiveOutput::write(std::string& writing) {
  if (!open_) {
    const std::string why = destination_->open();
    if (!why.empty()) {
      trouble(why);
      return false;
    }
    open_ = true;
  }
  if (writing.empty()) {
    relief();
    return true;
  }
  const Written result = destination_->write(writing, kPatience);
  {
    const std::lock_guard lock(mutex_);
    counters_.written += lines_of(std::string_view(writing).substr(0, result.bytes)) - result.refused;
    counters_.lost += result.refused;
  }
  writing.erase(0, result.bytes);
  if (result.error.empty()) {
    relief();
    return true;
  }
  trouble(result.error);
  if (!result.stalled) {
    destination_->close();
    open_ = false;
  }
  return false;
}

void LiveOutput::trouble(const std::string& what) {
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(counters_.trouble, what).empty()) return;
  }
  say_("output " + for_terminal(name_) + ": " + what + "; its records wait, and are lost once " + with_commas(queue_) +
       " bytes of them do");
}

void LiveOutput::relief() {
  backoff_ = {};
  std::uint64_t lost = 0;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(counters_.trouble, {}).empty()) return;
    lost = counters_.lost - std::exchange(lost_told_, counters_.lost);
  }
  say_("output " + for_terminal(name_) + ": is written again; " + counted(lost, "record") + " lost meanwhile");
}

/// Before another attempt. False where there will be none.
bool LiveOutput::rest(Clock::duration time) {
  std::unique_lock lock(mutex_);
  const Clock::time_point until = Clock::now() + time;
  work_.wait_until(lock, std::min(until, last_chance_),
                   [this, until] { return reopen_ || Clock::now() >= until || Clock::now() >= last_chance_; });
  return Clock::now() < last_chance_;
}

}  // namespace ghostport
