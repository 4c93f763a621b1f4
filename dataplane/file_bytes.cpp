#include "dataplane/file_bytes.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ghostport {

bool FileBytes::open(const std::string& path) {
  reset();
  return input_.open(path);
}

bool FileBytes::open_memory(std::span<const std::uint8_t> bytes, std::size_t piece) {
  reset();
  return input_.open_memory(bytes, piece);
}

void FileBytes::reset() noexcept {
  at_ = end_ = current_.bytes.get();
  for (Block& block : retired_) free_.push_back(std::move(block));
  retired_.clear();
  received_ = released_ = last_in_block_ = 0;
}

std::string FileBytes::place(std::uint64_t offset) const {
  std::string text = " at byte " + std::to_string(offset);
  if (input_.is_compressed()) return text + " of what it unpacks to";
  if (input_.size() != 0) text += " of " + std::to_string(input_.size());
  return text;
}

/// A block of at least `size` bytes in which no packet lies any more.
FileBytes::Block FileBytes::take(std::size_t size) {
  const auto held = std::find_if(retired_.begin(), retired_.end(),
                                 [this](const Block& block) { return block.last_packet > released_; });
  for (auto block = retired_.begin(); block != held; ++block) free_.push_back(std::move(*block));
  retired_.erase(retired_.begin(), held);
  while (!free_.empty()) {
    Block block = std::move(free_.back());  // the one that was used last is the warmest
    free_.pop_back();
    if (block.size >= size) return block;
  }
  const std::size_t room = std::max(size, block_size_);
  return {std::make_unique_for_overwrite<std::uint8_t[]>(room), room, 0};
}

/// Goes on in another block, or in the same where no packet lies in it, and takes along what is still to be read.
void FileBytes::next_block(std::size_t size) noexcept {
  const auto kept = static_cast<std::size_t>(end_ - at_);
  if (last_in_block_ <= released_ && current_.size >= size) {
    if (kept != 0) std::memmove(current_.bytes.get(), at_, kept);
  } else {
    Block next = take(size);
    if (kept != 0) std::memcpy(next.bytes.get(), at_, kept);
    if (current_.bytes != nullptr) {
      current_.last_packet = last_in_block_;
      retired_.push_back(std::move(current_));
    }
    current_ = std::move(next);
  }
  last_in_block_ = 0;
  at_ = current_.bytes.get();
  end_ = at_ + kept;
}

bool FileBytes::fill(std::size_t size) noexcept {
  const std::uint8_t* const room_end = current_.bytes.get() + current_.size;
  if (static_cast<std::size_t>(room_end - at_) < size) next_block(size);
  while (static_cast<std::size_t>(end_ - at_) < size) {
    const auto used = static_cast<std::size_t>(end_ - current_.bytes.get());
    const std::size_t count = input_.read(current_.bytes.get() + used, current_.size - used);
    if (count == 0) return false;
    end_ += count;
    received_ += count;
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
