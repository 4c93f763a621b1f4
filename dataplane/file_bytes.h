// A capture's bytes as a window that moves on and grows on request. Packets lie in its blocks in place; a block is used
// anew once all packets in it are finished, so that memory follows the packets in flight, not the file.
// Called by the format readers, on the thread that reads the capture.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/byte_input.h"

namespace ghostport {

class FileBytes {
 public:
  /// Read at a time: it stays in the second-level cache. A mapped file is slower (docs/architecture.md, memory).
  static constexpr std::size_t kBlock = std::size_t{128} << 10U;

  explicit FileBytes(std::size_t block = kBlock) : block_size_(block) {}

  /// As ByteInput::open and open_memory.
  bool open(const std::string& path);
  bool open_memory(std::span<const std::uint8_t> bytes, std::size_t piece);

  /// The next bytes, at least `size` of them in one piece; null where the input ends before.
  [[nodiscard]] const std::uint8_t* need(std::size_t size) noexcept {
    if (static_cast<std::size_t>(end_ - at_) >= size) [[likely]]
      return at_;
    return fill(size) ? at_ : nullptr;
  }
  /// Goes on behind bytes that need() gave.
  void pass(std::size_t size) noexcept { at_ += size; }
  /// Goes on behind any number of bytes; false where the input ends before.
  [[nodiscard]] bool skip(std::uint64_t size) noexcept;
  [[nodiscard]] bool at_end() noexcept { return need(1) == nullptr; }

  /// Packet `number` lies in bytes that need() gave since the last call: they stay until it is released.
  void hand_out(std::uint64_t number) noexcept { last_in_block_ = number; }
  /// Every packet up to `number` is finished.
  void release(std::uint64_t number) noexcept { released_ = number; }

  [[nodiscard]] const ByteInput& input() const noexcept { return input_; }
  /// Of the next byte in the capture; decompressed bytes count.
  [[nodiscard]] std::uint64_t offset() const noexcept { return received_ - static_cast<std::uint64_t>(end_ - at_); }
  /// " at byte 5 of 100", as far as that is known.
  [[nodiscard]] std::string place(std::uint64_t offset) const;
  /// Bytes of the file behind the window's begin: for a progress bar.
  [[nodiscard]] std::uint64_t consumed() const noexcept { return input_.is_compressed() ? input_.taken() : offset(); }
  /// Blocks that exist: those in use, and those that wait to be used anew.
  [[nodiscard]] std::size_t blocks() const noexcept { return retired_.size() + free_.size() + 1; }

 private:
  struct Block {
    std::unique_ptr<std::uint8_t[]> bytes;
    std::size_t size = 0;
    std::uint64_t last_packet = 0;
  };

  void reset() noexcept;
  bool fill(std::size_t size) noexcept;
  void next_block(std::size_t size) noexcept;
  [[nodiscard]] Block take(std::size_t size);

  std::size_t block_size_;
  ByteInput input_;
  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  Block current_;
  std::vector<Block> retired_;  // in order of their last packets
  std::vector<Block> free_;
  std::uint64_t received_ = 0;
  std::uint64_t released_ = 0;
  std::uint64_t last_in_block_ = 0;  // 0: no packet lies in the current block
};

}  // namespace ghostport
