// One reader's window on a capture's bytes, which moves on and grows on request. Packets lie in blocks in place, which
// the reader leaves once all its packets in them are finished.
// Called by the format readers, on the thread that reads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/file_blocks.h"

namespace ghostport {

class FileBytes {
 public:
  /// Read at a time: it stays in the second-level cache. A mapped file is slower (docs/architecture.md, memory).
  static constexpr std::size_t kBlock = std::size_t{128} << 10U;

  /// At the begin of blocks that have been opened, and outlive this or the next begin. One of their readers.
  void begin(FileBlocks& blocks) noexcept;

  /// The next bytes, at least `size` of them in one piece; null where the input ends before.
  [[nodiscard]] const std::uint8_t* need(std::size_t size) noexcept {
    if (static_cast<std::size_t>(end_ - at_) >= size) [[likely]]
      return at_;
    return fill(size) ? at_ : nullptr;
  }
  /// The bytes that are there already, and how many.
  [[nodiscard]] const std::uint8_t* at() const noexcept { return at_; }
  [[nodiscard]] std::size_t ahead() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  /// Goes on behind bytes that need() gave, or that were there.
  void pass(std::size_t size) noexcept { at_ += size; }
  /// Goes on behind any number of bytes; false where the input ends before.
  [[nodiscard]] bool skip(std::uint64_t size) noexcept;
  [[nodiscard]] bool at_end() noexcept { return need(1) == nullptr; }

  /// Packet `number` lies in bytes that need() gave since the last call: they stay until it is released.
  void hand_out(std::uint64_t number) noexcept { last_in_block_ = number; }
  /// Every packet up to `number` is finished.
  void release(std::uint64_t number) noexcept { released_ = number; }

  [[nodiscard]] const ByteInput& input() const noexcept { return blocks_->input(); }
  /// Of the next byte in the capture; decompressed bytes count.
  [[nodiscard]] std::uint64_t offset() const noexcept { return received_ - static_cast<std::uint64_t>(end_ - at_); }
  /// " at byte 5 of 100", as far as that is known.
  [[nodiscard]] std::string place(std::uint64_t offset) const;
  /// Bytes of the file behind the window's begin: for a progress bar.
  [[nodiscard]] std::uint64_t consumed() const noexcept {
    return input().is_compressed() ? blocks_->taken() : offset();
  }

 private:
  struct Held {
    FileBlocks::Block* block;
    std::uint64_t last_packet;
  };

  bool fill(std::size_t size) noexcept;
  void go_on(std::size_t size) noexcept;
  void see(std::size_t end) noexcept;

  FileBlocks* blocks_ = nullptr;
  FileBlocks::Block* current_ = nullptr;
  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  std::vector<Held> held_;  // blocks that the window has left, but perhaps not all packets
  std::uint64_t received_ = 0;
  std::uint64_t released_ = 0;
  std::uint64_t last_in_block_ = 0;  // 0: no packet lies in the current block
};

}  // namespace ghostport
