// Any bytes as a capture, from memory through the same code as files: in one piece, and in small pieces and blocks.
// Both must give the same packets and the same last word; held packets keep their bytes, and memory stays bounded.
#include <cstdlib>
#include <vector>

#include "dataplane/capture_file.h"

namespace {

using namespace ghostport;

void require(bool holds) {
  if (!holds) std::abort();
}

std::uint64_t sum_of(const Packet& packet) {
  std::uint64_t hash = packet.length ^ (std::uint64_t{packet.link_type} << 32U);
  for (std::uint32_t i = 0; i < packet.captured; ++i) hash = (hash ^ packet.data[i]) * 0x100000001B3U;
  return hash;
}

struct Content {
  std::vector<std::uint64_t> sums;
  std::vector<std::int64_t> times;
  std::string problem;
  std::uint64_t offset = 0;
};

/// Reads up to `most` packets and keeps the last seven of them, as workers do.
Content read_all(std::span<const std::uint8_t> bytes, std::size_t piece, std::size_t block, std::size_t most) {
  CaptureFileSource source(block);
  const bool opened = source.open_memory(bytes, piece);
  require(opened || !source.problem().empty());
  Content content;
  std::vector<Packet> kept;
  Packet packet;
  std::int64_t stamp = 0;
  while (content.sums.size() < most && source.read(&packet, 1) == 1) {
    require(packet.captured <= packet.length && packet.captured <= kMostCaptured);
    require(packet.at.number == content.sums.size() + 1 && packet.at.true_time >= 0);
    require(packet.at.stamp >= packet.at.true_time && (content.sums.empty() || packet.at.stamp >= stamp));
    stamp = packet.at.stamp;
    content.sums.push_back(sum_of(packet));
    content.times.push_back(packet.at.true_time);
    kept.push_back(packet);
    if (kept.size() > 7) {
      const Packet& oldest = kept.front();
      require(sum_of(oldest) == content.sums[oldest.at.number - 1]);
      source.release(oldest.at.number);
      kept.erase(kept.begin());
    }
    require(block < FileBytes::kBlock || source.blocks() <= 16);
  }
  content.problem = source.problem();
  for (const char* where : {" is damaged", " is followed by"}) {  // the place behind it depends on the pieces
    content.problem = content.problem.substr(0, content.problem.find(where));
  }
  content.offset = source.offset();
  return content;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostPackets = 20'000;  // a bomb holds many
  const auto exact = std::make_unique<std::uint8_t[]>(size);
  std::copy_n(data, size, exact.get());
  const std::span<const std::uint8_t> bytes(exact.get(), size);
  const Content whole = read_all(bytes, std::size_t{1} << 20U, FileBytes::kBlock, kMostPackets);
  const std::size_t piece = size == 0 ? 1 : 1 + data[size - 1] % 61U;
  const Content pieces = read_all(bytes, piece, 1 + piece * 3, kMostPackets);
  // What zstd makes of a broken block depends on how its output is asked for.
  const bool is_zstd = size >= 4 && decompressor_for({exact.get(), exact.get() + size}) != nullptr && data[0] != 0x1F;
  if (is_zstd && !whole.problem.empty()) return 0;
  require(whole.sums == pieces.sums && whole.times == pieces.times);
  require(whole.problem == pieces.problem && whole.offset == pieces.offset);
  return 0;
}
