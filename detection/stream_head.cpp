#include "detection/stream_head.h"

#include <algorithm>
#include <cstring>

namespace ghostport {
namespace {

std::uint8_t* bitmap(const HeadPool::Block& block) noexcept { return block.data + block.capacity; }

bool bit(const HeadPool::Block& block, std::uint32_t index) noexcept {
  return ((bitmap(block)[index >> 3U] >> (index & 7U)) & 1U) != 0;
}

void set_bit(const HeadPool::Block& block, std::uint32_t index) noexcept {
  std::uint8_t& byte = bitmap(block)[index >> 3U];
  byte = static_cast<std::uint8_t>(byte | (1U << (index & 7U)));
}

}  // namespace

HeadPool::HeadPool(std::uint32_t largest, std::size_t budget) : largest_(largest) {
  const std::uint32_t sizes[kClasses] = {256, 1024, largest};
  for (std::size_t i = 0; i < kClasses; ++i) {
    Class& one = classes_[i];
    one.capacity = std::min((sizes[i] + 7U) & ~7U, (largest + 7U) & ~7U);
    one.stride = (one.capacity + one.capacity / 8U + 63U) & ~std::size_t{63};
    one.memory = ReservedArray<std::uint8_t>(budget / one.stride * one.stride);
  }
}

HeadPool::Block HeadPool::take(std::uint32_t bytes) noexcept {
  for (Class& one : classes_) {
    if (one.capacity < bytes) continue;
    std::uint8_t* data = one.free;
    if (data != nullptr) {
      std::memcpy(&one.free, data, sizeof one.free);
      __builtin_prefetch(one.free);  // the next one's link
    } else if (one.used < one.memory.size()) {
      data = one.memory.data() + one.used;
      one.used += one.stride;
    } else {
      continue;
    }
    std::memset(data + one.capacity, 0, one.capacity / 8U);
    return {data, one.capacity};
  }
  ++exhausted_;
  return {};
}

void HeadPool::give_back(Block block) noexcept {
  if (block.data == nullptr) return;
  for (Class& one : classes_) {
    // Equal capacities (a small head limit) are told apart by where the block lies.
    if (block.data < one.memory.data() || block.data >= one.memory.data() + one.memory.size()) continue;
    std::memcpy(block.data, &one.free, sizeof one.free);
    one.free = block.data;
    return;
  }
}

bool StreamHead::grow(HeadPool& pool, Version& version, std::uint32_t bytes) noexcept {
  if (bytes <= version.block.capacity) return true;
  const HeadPool::Block larger = pool.take(bytes);
  if (larger.data == nullptr) {
    full_ = true;
    return false;
  }
  if (version.block.data != nullptr) {
    std::memcpy(larger.data, version.block.data, version.extent);
    std::memcpy(bitmap(larger), bitmap(version.block), version.block.capacity / 8U);
    pool.give_back(version.block);
  }
  version.block = larger;
  return true;
}

bool StreamHead::make_second(HeadPool& pool) noexcept {
  if (has_second()) return true;
  Version& second = versions_[1];
  if (!grow(pool, second, std::max(versions_[0].block.capacity, 1U))) return false;
  second.contiguous = versions_[0].contiguous;
  second.extent = versions_[0].extent;
  if (versions_[0].block.data != nullptr) {
    std::memcpy(second.block.data, versions_[0].block.data, second.extent);
    std::memcpy(bitmap(second.block), bitmap(versions_[0].block), versions_[0].block.capacity / 8U);
  }
  return true;
}

bool StreamHead::holds(const Version& version, std::uint32_t at) noexcept {
  return at < version.contiguous || (at < version.extent && bit(version.block, at));
}

/// The bits of the eight bytes from `at` on, a multiple of eight; none where the contiguous part ends among them.
std::uint8_t StreamHead::held_eight(const Version& version, std::uint32_t at) noexcept {
  if (at + 8 <= version.contiguous) return 0xFF;
  return at < version.contiguous || at >= version.extent ? 0 : bitmap(version.block)[at >> 3U];
}

/// Eight bytes at once where all of them are treated alike, as in floods; else false, and nothing is done.
bool StreamHead::merge_eight(Version& version, std::uint32_t at, const std::uint8_t* bytes, Rule rule,
                             Difference& difference) noexcept {
  std::uint8_t* kept = version.block.data + at;
  if (held_eight(version, at) != 0xFF) return false;
  if (std::memcmp(kept, bytes, 8) == 0) return true;
  if (rule == Rule::last_wins && held_eight(versions_[0], at) != 0xFF) return false;
  if (at < acknowledged_ && acknowledged_ < at + 8) return false;
  difference.any = true;
  if (at < acknowledged_) return true;
  difference.unacknowledged = true;
  if (rule != Rule::first_wins && rule != Rule::holes_only) std::memcpy(kept, bytes, 8);
  return true;
}

StreamHead::Difference StreamHead::merge(Version& version, std::uint32_t offset, Bytes bytes, Rule rule) noexcept {
  const auto end = offset + static_cast<std::uint32_t>(bytes.size());
  Difference difference;
  if (offset == version.contiguous && offset == version.extent) {  // the usual case: the next bytes in order
    std::memcpy(version.block.data + offset, bytes.data(), bytes.size());
    version.contiguous = version.extent = end;
    return difference;
  }
  for (std::uint32_t at = offset; at < end; ++at) {
    if (at % 8 == 0 && at + 8 <= end && merge_eight(version, at, bytes.data() + (at - offset), rule, difference)) {
      at += 7;
      continue;
    }
    const std::uint8_t value = bytes[at - offset];
    std::uint8_t& kept = version.block.data[at];
    if (at >= version.contiguous && !bit(version.block, at)) {
      kept = value;
      set_bit(version.block, at);
    } else if (kept == value) {
      continue;
    } else if (rule == Rule::last_wins && !holds(versions_[0], at)) {
      doubt_differs_ = true;
      if (!ambiguous_) kept = value;  // what stood there was doubtful
    } else {
      difference.any = true;
      if (at >= acknowledged_) {
        difference.unacknowledged = true;
        if (rule == Rule::last_wins || rule == Rule::ambiguous) kept = value;
      }
    }
  }
  version.extent = std::max(version.extent, end);
  while (version.contiguous < version.extent && bit(version.block, version.contiguous)) ++version.contiguous;
  return difference;
}

void StreamHead::add(HeadPool& pool, std::uint32_t offset, Bytes bytes, Trust trust) noexcept {
  if (bytes.empty()) return;
  if (offset >= pool.largest()) {
    full_ = full_ || versions_[0].contiguous >= pool.largest();
    return;
  }
  if (bytes.size() > pool.largest() - offset) bytes = bytes.first(pool.largest() - offset);
  const auto end = offset + static_cast<std::uint32_t>(bytes.size());

  if (trust != Trust::good) {
    add_doubt(pool, offset, bytes, trust);
  } else {
    if (!grow(pool, versions_[0], end)) return;
    if (has_second() && !grow(pool, versions_[1], end)) return;
    const bool second_before = has_second();
    if (second_before) (void)merge(versions_[1], offset, bytes, Rule::last_wins);
    const Difference difference = merge(versions_[0], offset, bytes, Rule::first_wins);
    conflict_ = conflict_ || difference.any;
    if (!second_before && difference.unacknowledged && make_second(pool)) {
      (void)merge(versions_[1], offset, bytes, Rule::last_wins);
    }
  }
  full_ = full_ || versions_[0].contiguous >= pool.largest();
  if (versions_[1].contiguous >= pool.largest()) second_full_ = pool.largest();
}

void StreamHead::add_doubt(HeadPool& pool, std::uint32_t offset, Bytes bytes, Trust trust) noexcept {
  const Version& first = versions_[0];
  const bool known = offset + bytes.size() <= first.contiguous;
  if (known && std::equal(bytes.begin(), bytes.end(), first.block.data + offset)) return;  // a copy of good bytes
  if (!make_second(pool) || !grow(pool, versions_[1], offset + static_cast<std::uint32_t>(bytes.size()))) return;
  const Rule rule = trust == Trust::ambiguous ? Rule::ambiguous : Rule::holes_only;
  doubt_differs_ = merge(versions_[1], offset, bytes, rule).any || doubt_differs_;
  ambiguous_ = ambiguous_ || trust == Trust::ambiguous;
}

void StreamHead::distrust(HeadPool& pool) noexcept {
  if (versions_[0].block.data == nullptr) return;
  if (has_second()) {
    pool.give_back(versions_[0].block);
  } else {
    versions_[1] = versions_[0];
  }
  versions_[0] = {};
  if (full_) second_full_ = pool.largest();
  full_ = false;
}

bool StreamHead::shift(HeadPool& pool, std::uint32_t distance) noexcept {
  HeadPool::Block moved[2];
  const auto kept_of = [&](const Version& version) {
    return std::min(version.extent, pool.largest() > distance ? pool.largest() - distance : 0);
  };
  for (std::size_t i = 0; i < 2; ++i) {
    if (versions_[i].block.data == nullptr) continue;
    moved[i] = pool.take(std::min(kept_of(versions_[i]) + distance, pool.largest()));
    if (moved[i].data == nullptr) {
      pool.give_back(moved[0]);
      full_ = true;
      return false;
    }
  }
  for (std::size_t i = 0; i < 2; ++i) {
    Version& version = versions_[i];
    if (version.block.data == nullptr) continue;
    const std::uint32_t kept = kept_of(version);
    for (std::uint32_t at = 0; at < kept; ++at) {
      if (!holds(version, at)) continue;
      moved[i].data[at + distance] = version.block.data[at];
      set_bit(moved[i], at + distance);
    }
    pool.give_back(version.block);
    version = {moved[i], 0, version.extent == 0 ? 0 : std::min(version.extent + distance, pool.largest())};
  }
  acknowledged_ += acknowledged_ == 0 ? 0 : distance;
  return true;
}

void StreamHead::clear(HeadPool& pool) noexcept {
  for (Version& version : versions_) pool.give_back(version.block);
  *this = StreamHead{};
}

}  // namespace ghostport
