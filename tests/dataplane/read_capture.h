// Reads a capture to its end and keeps all that was said. Called by the tests and fuzzers of the readers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataplane/capture_file.h"
#include "tests/packet_builder.h"

namespace ghostport {

struct CaptureContent {
  struct One {
    PacketTime at;
    std::uint32_t length = 0;
    std::uint16_t link_type = 0;
    packets::ByteString bytes;
    friend bool operator==(const One&, const One&) = default;
  };
  bool opened = false;
  std::vector<One> packets;
  std::string problem;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
  std::uint64_t consumed = 0;
  std::uint64_t tag = 0;
  std::size_t most_blocks = 0;
};

/// Of a source that was opened. Batches are released once the next one is there.
[[nodiscard]] inline CaptureContent content_of(CaptureFileSource& source, bool opened, std::size_t batch = 7) {
  CaptureContent content;
  content.opened = opened;
  std::vector<Packet> packets(batch);
  while (const std::size_t count = source.read(packets.data(), batch)) {
    for (std::size_t i = 0; i < count; ++i) {
      const Packet& one = packets[i];
      content.packets.push_back({one.at, one.length, one.link_type, {one.data, one.data + one.captured}});
    }
    content.most_blocks = std::max(content.most_blocks, source.blocks());
    source.release(packets[count - 1].at.number);
  }
  content.problem = source.problem();
  content.size = source.size();
  content.offset = source.offset();
  content.consumed = source.consumed();
  content.tag = source.tag();
  return content;
}

[[nodiscard]] inline CaptureContent read_file(const std::string& path, std::size_t batch = 7) {
  CaptureFileSource source;
  const bool opened = source.open(path);
  return content_of(source, opened, batch);
}

/// From memory, in pieces and blocks of these sizes. The bytes lie in a heap block of exactly their size.
[[nodiscard]] inline CaptureContent read_memory(const packets::ByteString& bytes, std::size_t piece = 1U << 20U,
                                                std::size_t block = FileBytes::kBlock, std::size_t batch = 7) {
  const auto copy = std::make_unique<std::uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.get());
  CaptureFileSource source(block);
  const bool opened = source.open_memory({copy.get(), bytes.size()}, piece);
  return content_of(source, opened, batch);
}

}  // namespace ghostport
