// Packets of a classic pcap file (micro- and nanoseconds, both byte orders), straight from the mapped file, each
// stamped once. Used by the replay reader on the calling thread; the bytes stay valid until the next open.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/packet.h"

namespace ghostport {

class PcapFileSource {
 public:
  PcapFileSource() = default;
  ~PcapFileSource();
  PcapFileSource(const PcapFileSource&) = delete;
  PcapFileSource& operator=(const PcapFileSource&) = delete;

  /// False where nothing can be read; problem() says why.
  bool open(const std::string& path);

  /// The next packets, up to `most`; 0 at the end of what can be read.
  std::size_t read(Packet* packets, std::size_t most) noexcept;
  /// Source of a worker that reads by itself. False at the end; the tick is that of the last packet.
  bool receive(PacketBatch& batch, Tick& tick) noexcept;

  /// Empty where everything was read; else why and at which byte reading stopped.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] std::uint64_t packets() const noexcept { return number_; }
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] std::int64_t last_stamp() const noexcept { return stamp_; }

 private:
  void close() noexcept;
  [[nodiscard]] std::uint32_t get32(std::uint64_t at) const noexcept;
  void stop(std::string what);

  std::string problem_;
  const std::uint8_t* data_ = nullptr;
  std::uint64_t size_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t number_ = 0;
  std::int64_t stamp_ = 0;
  std::int64_t fraction_ = 1000;  // nanoseconds in a unit of the record's second field
  bool swapped_ = false;
};

}  // namespace ghostport
