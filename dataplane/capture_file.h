// Packets of a capture file, a pipe or standard input: pcap or pcapng, plain, gzip or zstd. Each is stamped once.
// The source of a worker that reads by itself, on its thread; several may read one capture, each all of it.
// A packet's bytes stay valid until it is released, or the next open.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "dataplane/file_bytes.h"
#include "dataplane/packet.h"
#include "dataplane/packet_filter.h"
#include "dataplane/pcap_reader.h"
#include "dataplane/pcapng_reader.h"

namespace ghostport {

class CaptureFileSource {
 public:
  /// Packets that a batch may cost where few pass the filter.
  static constexpr std::uint64_t kMostLookedAt = 4096;

  explicit CaptureFileSource(std::size_t block = FileBytes::kBlock) : blocks_(block) {}

  /// "-" is standard input. False where nothing can be read; problem() says why. `readers`: this one, and those that
  /// join it before anything else is read.
  bool open(const std::string& path, unsigned readers = 1);
  /// The same from bytes that stay the caller's, of which each read gives at most `piece`.
  bool open_memory(std::span<const std::uint8_t> bytes, std::size_t piece, unsigned readers = 1);
  /// Reads what `first` has opened, which outlives that; the same packets, numbers and problem.
  void join(CaptureFileSource& first);
  /// What does not pass is left out, and keeps its number; null: everything passes. From the next packet on.
  void set_filter(PacketFilter* filter) noexcept {
    filter_ = filter;
    usual_ = nullptr;
  }

  enum class Next : std::uint8_t { packet, filtered_out, end };
  /// One packet of the file.
  Next next(Packet& packet) noexcept {
    if (usual_ == nullptr || !usual_->take_usual(bytes_, packet)) [[unlikely]]
      return next_of_any(packet);
    number_and_stamp(packet);
    return Next::packet;
  }
  /// The next packets that pass, up to `most`; 0 at the end of what can be read.
  std::size_t read(Packet* packets, std::size_t most) noexcept;
  /// Source of a worker that reads by itself and has finished all earlier batches. False at the end.
  bool receive(PacketBatch& batch, Tick& tick) noexcept;
  /// Nothing goes out again; the bytes stay until the next batch.
  void dispose(std::span<const Packet>, const Disposal&) noexcept {}
  /// Every packet up to `number` is finished: its bytes may go.
  void release(std::uint64_t number) noexcept { bytes_.release(number); }

  /// Empty where everything was read; else why and at which byte reading stopped.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  /// Packets of the file so far, with those that were filtered out.
  [[nodiscard]] std::uint64_t packets() const noexcept { return number_; }
  [[nodiscard]] std::uint64_t filtered_out() const noexcept { return filtered_out_; }
  [[nodiscard]] std::int64_t last_stamp() const noexcept { return stamp_; }
  /// Of the capture, decompressed, how far it was read.
  [[nodiscard]] std::uint64_t offset() const noexcept { return bytes_.offset(); }
  /// Of the file itself, how far it was read, and its size (0: unknown).
  [[nodiscard]] std::uint64_t consumed() const noexcept { return bytes_.consumed(); }
  [[nodiscard]] std::uint64_t size() const noexcept { return bytes_.input().size(); }
  /// From the first packet: the same for one capture in all formats and under all names.
  [[nodiscard]] std::uint64_t tag() const noexcept { return tag_; }
  /// Blocks of memory that hold packets or wait for them.
  [[nodiscard]] std::size_t blocks() noexcept { return blocks_.count(); }

 private:
  bool begin(bool opened);
  bool begin_reader();
  Next next_of_any(Packet& packet) noexcept;
  void number_and_stamp(Packet& packet) noexcept {
    packet.frames = 1;
    packet.at.number = ++number_;
    bytes_.hand_out(number_);
    packet.at.stamp = stamp_ = std::max(stamp_, packet.at.true_time);
  }
  ReadStep step(Packet& packet) noexcept;
  void look_ahead();
  void add_input_problem();

  FileBlocks blocks_;
  FileBytes bytes_;
  std::variant<PcapReader, PcapngReader> reader_;
  PcapReader* usual_ = nullptr;  // where records are to be taken from it, without a filter
  PacketFilter* filter_ = nullptr;
  std::string problem_;
  std::uint64_t number_ = 0;
  std::uint64_t filtered_out_ = 0;
  std::int64_t stamp_ = 0;
  std::uint64_t tag_ = 0;
  bool ended_ = true;
  Packet ahead_;  // the first packet of the file
  bool has_ahead_ = false;
};

/// A regular file that needs no unpacking, so that several may read it each for itself.
[[nodiscard]] bool is_plain_file(const std::string& path);
/// Does a regular file begin as a capture that can be read, compressed or not?
[[nodiscard]] bool begins_as_capture(const std::string& path);

}  // namespace ghostport
