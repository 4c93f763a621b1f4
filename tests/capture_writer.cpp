#include "tests/capture_writer.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace ghostport::packets {

Capture& Capture::after(std::chrono::nanoseconds pause) {
  now_ += pause;
  return *this;
}
Capture& Capture::at(std::chrono::nanoseconds since_start) {
  now_ = start_ + since_start;
  return *this;
}
Capture& Capture::snap_length(std::size_t bytes) {
  snap_length_ = bytes;
  return *this;
}

Capture& Capture::add(const ByteString& frame) {
  ByteString kept = frame;
  kept.resize(std::min(kept.size(), snap_length_));
  frames_.push_back({.time = now_, .bytes = std::move(kept), .wire_length = frame.size()});
  return after(kPacketSpacing);
}

Capture& Capture::see_every_packet_twice(std::chrono::nanoseconds later) {
  std::vector<CapturedFrame> twice;
  for (const CapturedFrame& frame : frames_) {
    twice.push_back(frame);
    twice.push_back(frame);
    twice.back().time += later;
  }
  std::stable_sort(twice.begin(), twice.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  frames_ = std::move(twice);
  return *this;
}

ByteString Capture::pcap(PcapFormat format) const {
  ByteWriter out;
  const auto u16 = [&](std::uint64_t value) { format.big_endian ? out.u16(value) : out.le16(value); };
  const auto u32 = [&](std::uint64_t value) { format.big_endian ? out.u32(value) : out.le32(value); };
  u32(format.nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4);
  u16(2);
  u16(4);
  u32(0);
  u32(0);
  u32(snap_length_);
  u32(format.link_type);
  for (const CapturedFrame& frame : frames_) {
    const auto nanoseconds = static_cast<std::uint64_t>(frame.time.count());
    u32(nanoseconds / 1'000'000'000U);
    u32(nanoseconds % 1'000'000'000U / (format.nanoseconds ? 1U : 1000U));
    u32(frame.bytes.size());
    u32(frame.wire_length);
    out.add(frame.bytes);
  }
  return out.bytes();
}

void Capture::write(const std::filesystem::path& file, PcapFormat format) const {
  const ByteString bytes = pcap(format);
  std::ofstream stream(file, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace ghostport::packets
