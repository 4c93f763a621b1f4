// One queue of each of some DPDK ports as a source of packets, and the way out for what goes on: a tap frees every
// frame, a bridge sends it through the other port of its pair. One thread uses it: a worker, or the reader in front of
// many.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/dpdk.h"
#include "dataplane/live_source.h"

struct rte_mbuf;

namespace ghostport {

class DpdkSource {
 public:
  static constexpr std::size_t kMostPorts = 64;

  /// `ports` outlive it. `pairs`: places in `ports` between which frames are passed on; empty: a tap.
  DpdkSource(const std::vector<DpdkPort*>& ports, std::uint16_t queue,
             const std::vector<std::pair<unsigned, unsigned>>& pairs);
  DpdkSource(const DpdkSource&) = delete;
  DpdkSource& operator=(const DpdkSource&) = delete;

  void number_as(std::uint64_t place, std::uint64_t sources, std::int64_t start) noexcept {
    stamps_.number_as(place, sources, start);
  }

  // LiveSource
  void adopt_thread() noexcept;
  void leave_thread() noexcept;
  void receive(PacketBatch& batch, Tick& tick) noexcept;
  void dispose(std::span<const Packet> packets, const Disposal& disposal) noexcept;
  void release(std::uint64_t) noexcept {}
  void end() noexcept { ending_ = true; }
  [[nodiscard]] const Counters& counters() noexcept;

 private:
  static constexpr std::uint8_t kNowhere = 0xFF;
  struct Way {
    std::uint16_t number = 0;  // DPDK's
    DpdkPort::Time time = DpdkPort::Time::ours;
    rte_mempool* pool = nullptr;
    std::uint32_t longest = UINT32_MAX;                       // frame that can go out here
    std::uint8_t onward = kNowhere;                           // place of the other port of its pair
    std::array<rte_mbuf*, 2 * PacketBatch::kMost> waiting{};  // to be sent out here
    std::uint16_t waiting_count = 0;
  };

  void take(std::size_t place, PacketBatch& batch) noexcept;
  void stamp(Packet& packet, const rte_mbuf& frame, const Way& way) noexcept;
  [[nodiscard]] const std::uint8_t* join(const rte_mbuf& frame, std::uint32_t size) noexcept;
  void send(Way& way) noexcept;
  void send_reject(const RejectFrame& reject) noexcept;

  std::vector<Way> ways_;
  std::uint16_t queue_;
  bool bridges_;
  bool file_time_ = false;  // time passes with the packets alone
  int time_offset_ = -1;    // of a packet's own time, in an mbuf
  std::uint64_t time_flag_ = 0;
  LiveStamps stamps_;
  std::int64_t now_ = 0;  // of the running burst
  Counters counters_;
  std::uint64_t broken_ = 0;          // frames that their driver has put together wrongly
  std::vector<std::uint8_t> joined_;  // frames of several segments, in one piece; of the running burst
  std::size_t joined_used_ = 0;
  std::size_t next_ = 0;  // whose turn it is
  std::uint32_t empty_polls_ = 0;
  std::uint32_t after_end_ = 0;
  bool ending_ = false;
};

}  // namespace ghostport
