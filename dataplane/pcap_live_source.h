// Live packets through libpcap, of one or several interfaces: wherever DPDK cannot go, as a tap alone. Opened on the
// main thread; afterwards one thread uses it. An interface that goes away is opened again when it is back.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dataplane/interface_link.h"
#include "dataplane/live_source.h"
#include "dataplane/ready_buffers.h"
#include "registry/problem.h"

namespace ghostport {

class PcapLiveSource {
 public:
  /// All interfaces, or every problem, whose file is then the interface's name. `filter`: in tcpdump's language, for
  /// the kernel; empty: everything comes.
  [[nodiscard]] static Result<std::unique_ptr<PcapLiveSource>> open(const std::vector<std::string>& interfaces,
                                                                    const std::string& filter);
  ~PcapLiveSource();
  PcapLiveSource(const PcapLiveSource&) = delete;
  PcapLiveSource& operator=(const PcapLiveSource&) = delete;

  // LiveSource
  void adopt_thread() noexcept {}
  void leave_thread() noexcept {}
  void receive(PacketBatch& batch, Tick& tick) noexcept;
  void dispose(std::span<const Packet>, const Disposal&) noexcept {}
  void release(std::uint64_t number) noexcept { bytes_.release(number); }
  void end() noexcept { ending_ = true; }
  [[nodiscard]] const Counters& counters() noexcept;

  /// From now on the kernel is to leave out what does not pass this filter. On the main thread, at any time.
  void ask_for(std::string filter);
  /// Of each interface, in the order in which they were named. On the main thread, at any time.
  [[nodiscard]] std::vector<LinkState> links() const;
  /// What happened to interfaces since the last call, a line each. On the main thread, at any time.
  [[nodiscard]] std::vector<std::string> news();

 private:
  struct Interface;

  explicit PcapLiveSource(std::string filter);
  void take(Interface& from);
  void take_filter();
  void keep(const Interface& from, std::int64_t time, std::uint32_t captured, std::uint32_t length,
            const std::uint8_t* bytes) noexcept;
  void tell(std::string line);
  [[nodiscard]] bool wait() noexcept;

  std::vector<std::unique_ptr<Interface>> interfaces_;
  std::string filter_;
  LiveStamps stamps_;
  ReadyBuffers bytes_;
  Counters counters_;
  PacketBatch* batch_ = nullptr;  // that is being filled
  std::size_t next_ = 0;          // whose turn it is
  bool ending_ = false;
  std::uint32_t after_end_ = 0;  // packets taken since
  std::mutex mutex_;
  std::vector<std::string> news_;  // guarded by mutex_
  std::string next_filter_;        // guarded by mutex_
  std::atomic<bool> filter_asked_{false};
};

}  // namespace ghostport
