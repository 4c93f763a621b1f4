// A capture: frames with their times, written as a pcap file. Part of packet_builder.h.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "tests/packet_layers.h"

namespace ghostport::packets {

/// Classic pcap (libpcap's file format, version 2.4).
struct PcapFormat {
  bool nanoseconds = false;
  bool big_endian = false;
  std::uint32_t link_type = 1;  ///< LINKTYPE_ETHERNET (others: link_frames.h)
};

/// 2026-11-20 10:00:00 UTC.
inline constexpr std::chrono::nanoseconds kCaptureStart = 1'795'168'800s;
/// What a packet takes before the next may be sent.
inline constexpr std::chrono::nanoseconds kPacketSpacing = 500us;

struct CapturedFrame {
  std::chrono::nanoseconds time{};  ///< since 1970
  ByteString bytes{};
  std::size_t wire_length = 0;
};

/// Frames with their times, and the clock that all conversations of a capture share.
class Capture {
 public:
  explicit Capture(std::chrono::nanoseconds start = kCaptureStart) : start_(start), now_(start) {}

  Capture& after(std::chrono::nanoseconds pause);
  /// Sets the clock to a time since the start.
  Capture& at(std::chrono::nanoseconds since_start);
  /// Cuts later frames to `bytes`, as tcpdump -s does.
  Capture& snap_length(std::size_t bytes);
  /// Adds a frame now and moves the clock on by kPacketSpacing.
  Capture& add(const ByteString& frame);
  Capture& add(const PacketBuilder& packet) { return add(packet.frame()); }
  /// Repeats every frame so far, each `later` than its first copy: a mirror of a packet's way in and its way out.
  Capture& see_every_packet_twice(std::chrono::nanoseconds later);

  [[nodiscard]] std::chrono::nanoseconds start() const { return start_; }
  [[nodiscard]] std::chrono::nanoseconds now() const { return now_; }
  /// The number of the last packet, counted from 1.
  [[nodiscard]] std::size_t last_packet() const { return frames_.size(); }
  [[nodiscard]] const std::vector<CapturedFrame>& frames() const { return frames_; }
  [[nodiscard]] ByteString pcap(PcapFormat format = {}) const;
  void write(const std::filesystem::path& file, PcapFormat format = {}) const;

 private:
  std::chrono::nanoseconds start_;
  std::chrono::nanoseconds now_;
  std::size_t snap_length_ = 262'144;
  std::vector<CapturedFrame> frames_;
};

}  // namespace ghostport::packets
