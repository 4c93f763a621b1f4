// The bytes of one capture in a chain of blocks, each read from the input once, by whichever of its readers needs it
// first. All readers go through the whole chain; a block that all have left is used anew, so that memory follows the
// distance between the readers and the packets in flight, not the file.
// Called by FileBytes, on the thread of each reader.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "dataplane/byte_input.h"

namespace ghostport {

class FileBlocks {
 public:
  struct Block {
    std::unique_ptr<std::uint8_t[]> bytes;
    std::size_t size = 0;
    std::atomic<std::size_t> end{0};    ///< bytes that have been read; those in front of it stay as they are
    std::atomic<Block*> next{nullptr};  ///< where the capture goes on, once somebody has got there
    std::atomic<unsigned> readers{0};   ///< that have not left it
  };

  /// `block`: bytes of a block, unless more are needed in one piece.
  explicit FileBlocks(std::size_t block) : block_size_(block) {}

  // As ByteInput::open and open_memory, with nobody reading. `readers` will go through it.
  bool open(const std::string& path, unsigned readers);
  bool open_memory(std::span<const std::uint8_t> bytes, std::size_t piece, unsigned readers);

  /// Where every reader begins.
  [[nodiscard]] Block& first() noexcept { return *first_; }
  /// The end of what has been read into a block; more than `seen`, but at the end of the input. The block has room.
  [[nodiscard]] std::size_t more(Block& block, std::size_t seen) noexcept;
  /// The block behind this one, of at least `size` bytes. It begins with those behind `kept`, which every reader that
  /// gets here has still to read.
  [[nodiscard]] Block& after(Block& block, std::size_t kept, std::size_t size) noexcept;
  /// A reader is done with the block.
  void leave(Block& block) noexcept;

  [[nodiscard]] const ByteInput& input() const noexcept { return input_; }
  /// Bytes of the file itself that have been taken from it.
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_.load(std::memory_order_relaxed); }
  /// Blocks that exist: those in use, and those that wait to be used anew.
  [[nodiscard]] std::size_t count() noexcept;

 private:
  bool begin(bool opened, unsigned readers);
  Block& make(std::size_t size);

  const std::size_t block_size_;
  std::mutex reading_;  // held by who reads, or adds a block to the chain
  ByteInput input_;     // what it says of itself is settled for a reader that has got to where reading stopped
  unsigned readers_ = 1;
  Block* first_ = nullptr;
  std::atomic<std::uint64_t> taken_{0};
  std::mutex pool_;                             // never held for long
  std::vector<std::unique_ptr<Block>> blocks_;  // all of them; guarded by pool_
  std::vector<Block*> free_;                    // guarded by pool_
};

}  // namespace ghostport
