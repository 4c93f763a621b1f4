#pragma once
#include "dataplane/counters.h"
#include "dataplane/packet.h"
namespace ghostport {
class Defragmenter {
 public:
  static constexpr std::size_t kMostReady = 2;
  void begin() noexcept {}
  void end(Counters&) noexcept {}
  std::size_t add(const Packet&, std::uint32_t, std::uint32_t, Packet*, Counters& c) noexcept {
    c.add(Counter::fragments);
    return 0;
  }
  void release(std::uint64_t) noexcept {}
};
}  // namespace ghostport
