// What a foreign host, such as Suricata, knows of a flow by its own tables, and what it is told of it. One a flow,
// beside the flow table of the worker that owns it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "registry/service.h"
#include "registry/verdict.h"

namespace ghostport {

struct HostFlow {
  std::uint64_t id = 0;  ///< by which the host's records know it; 0: it has none
  bool judged = false;
  Verdict verdict = Verdict::expected;  ///< where it was judged, as the next
  ServiceId service = ServiceId::none;
};

/// Until when (ns of packet time) some TCP connection to a port may be one that signalling announced. Workers write,
/// whoever wants to know at once that a packet is nobody's concern reads.
class AnnouncedPorts {
 public:
  /// `flags`: by port, of those that somebody may care for; `flag` marks the announced ones. They outlive this.
  AnnouncedPorts(std::atomic<std::uint8_t>* flags, std::uint8_t flag) : flags_(flags), flag_(flag) {}

  void announce(std::uint16_t port, std::int64_t until) noexcept {
    until_[port].store(until, std::memory_order_relaxed);
    flags_[port].fetch_or(flag_, std::memory_order_relaxed);
  }
  /// A port whose time is over loses its flag.
  [[nodiscard]] bool holds(std::uint16_t port, std::int64_t now) noexcept {
    if ((flags_[port].load(std::memory_order_relaxed) & flag_) == 0) return false;
    if (now <= until_[port].load(std::memory_order_relaxed)) return true;
    flags_[port].fetch_and(static_cast<std::uint8_t>(~flag_), std::memory_order_relaxed);
    return false;
  }

 private:
  std::atomic<std::uint8_t>* flags_;
  std::uint8_t flag_;
  std::unique_ptr<std::atomic<std::int64_t>[]> until_ = std::make_unique<std::atomic<std::int64_t>[]>(65'536);
};

}  // namespace ghostport
