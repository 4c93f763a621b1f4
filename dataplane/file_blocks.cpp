#include "dataplane/file_blocks.h"

#include <algorithm>
#include <cstring>

namespace ghostport {

bool FileBlocks::open(const std::string& path, unsigned readers) { return begin(input_.open(path), readers); }

bool FileBlocks::open_memory(std::span<const std::uint8_t> bytes, std::size_t piece, unsigned readers) {
  return begin(input_.open_memory(bytes, piece), readers);
}

bool FileBlocks::begin(bool opened, unsigned readers) {
  readers_ = readers;
  {
    const std::lock_guard lock(pool_);
    free_.clear();
    for (const auto& block : blocks_) free_.push_back(block.get());
  }
  taken_.store(0, std::memory_order_relaxed);
  first_ = &make(block_size_);
  return opened;
}

/// A block in which no packet lies any more.
FileBlocks::Block& FileBlocks::make(std::size_t size) {
  Block& block = *[this] {
    const std::lock_guard lock(pool_);
    if (free_.empty()) return blocks_.emplace_back(std::make_unique<Block>()).get();
    Block* const last = free_.back();  // the warmest
    free_.pop_back();
    return last;
  }();
  if (block.size < size) {
    block.size = std::max(size, block_size_);
    block.bytes = std::make_unique_for_overwrite<std::uint8_t[]>(block.size);
  }
  block.end.store(0, std::memory_order_relaxed);
  block.next.store(nullptr, std::memory_order_relaxed);
  block.readers.store(readers_, std::memory_order_relaxed);
  return block;
}

std::size_t FileBlocks::more(Block& block, std::size_t seen) noexcept {
  std::size_t end = block.end.load(std::memory_order_acquire);
  if (end != seen) return end;
  const std::lock_guard lock(reading_);
  end = block.end.load(std::memory_order_relaxed);
  if (end != seen) return end;
  end += input_.read(block.bytes.get() + end, block.size - end);
  taken_.store(input_.taken(), std::memory_order_relaxed);
  block.end.store(end, std::memory_order_release);
  return end;
}

FileBlocks::Block& FileBlocks::after(Block& block, std::size_t kept, std::size_t size) noexcept {
  if (Block* const next = block.next.load(std::memory_order_acquire)) return *next;
  const std::lock_guard lock(reading_);
  if (Block* const next = block.next.load(std::memory_order_relaxed)) return *next;
  Block& next = make(size);
  const std::size_t end = block.end.load(std::memory_order_relaxed);
  if (end != kept) std::memcpy(next.bytes.get(), block.bytes.get() + kept, end - kept);
  next.end.store(end - kept, std::memory_order_relaxed);
  block.next.store(&next, std::memory_order_release);
  return next;
}

void FileBlocks::leave(Block& block) noexcept {
  if (block.readers.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const std::lock_guard lock(pool_);
  free_.push_back(&block);
}

std::size_t FileBlocks::count() noexcept {
  const std::lock_guard lock(pool_);
  return blocks_.size();
}

}  // namespace ghostport
