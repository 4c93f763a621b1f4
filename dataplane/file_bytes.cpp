#include "dataplane/file_bytes.h"

#include <algorithm>

namespace ghostport {

void FileBytes::begin(FileBlocks& blocks) noexcept {
  blocks_ = &blocks;
  current_ = &blocks.first();
  at_ = end_ = current_->bytes.get();
  held_.clear();
  received_ = released_ = last_in_block_ = 0;
}

std::string FileBytes::place(std::uint64_t offset) const {
  std::string text = " at byte " + std::to_string(offset);
  if (input().is_compressed()) return text + " of what it unpacks to";
  if (input().size() != 0) text += " of " + std::to_string(input().size());
  return text;
}

/// What is there now of the current block, up to this place in it.
void FileBytes::see(std::size_t end) noexcept {
  const std::uint8_t* const seen = current_->bytes.get() + end;
  received_ += static_cast<std::uint64_t>(seen - end_);
  end_ = seen;
}

/// Goes on in the next block, where what is still to be read of this one lies once more.
void FileBytes::go_on(std::size_t size) noexcept {
  const auto kept = static_cast<std::size_t>(at_ - current_->bytes.get());
  std::erase_if(held_, [this](const Held& one) {
    if (one.last_packet > released_) return false;
    blocks_->leave(*one.block);
    return true;
  });
  held_.push_back({current_, last_in_block_});
  current_ = &blocks_->after(*current_, kept, size);
  received_ = offset();
  at_ = end_ = current_->bytes.get();
  last_in_block_ = 0;
  see(current_->end.load(std::memory_order_acquire));
}

bool FileBytes::fill(std::size_t size) noexcept {
  if (current_->size - static_cast<std::size_t>(at_ - current_->bytes.get()) < size) go_on(size);
  while (static_cast<std::size_t>(end_ - at_) < size) {
    const auto seen = static_cast<std::size_t>(end_ - current_->bytes.get());
    const std::size_t end = blocks_->more(*current_, seen);
    if (end == seen) return false;
    see(end);
  }
  return true;
}

bool FileBytes::skip(std::uint64_t size) noexcept {
  for (;;) {
    const auto ahead = static_cast<std::uint64_t>(end_ - at_);
    const std::uint64_t step = std::min(size, ahead);
    at_ += step;
    size -= step;
    if (size == 0) return true;
    if (!fill(1)) return false;
  }
}

}  // namespace ghostport
