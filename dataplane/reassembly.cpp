#include "dataplane/reassembly.h"

#include <algorithm>
#include <cstring>

namespace ghostport {
namespace {

constexpr std::uint32_t kUnit = FragmentBlock::kUnit;
constexpr std::uint32_t kBlock = FragmentBlock::kBytes;

// A mixed datagram costs a copy of all its bytes, which 8-byte fragments could ask for again and again. Each fragment
// pays for what a plain packet costs.
constexpr std::uint32_t kFirstBudget = 256U << 10U;
constexpr std::uint32_t kBudgetOfFragment = 4U << 10U;
constexpr std::uint32_t kMostBudget = 1U << 20U;

}  // namespace

/// One unit of 8 bytes, or what there is of the datagram's last one.
struct Reassembly::Unit {
  std::uint32_t block;
  std::uint32_t index;        ///< in the block
  const std::uint8_t* bytes;  ///< of the fragment
  std::uint32_t size;         ///< bytes that the fragment has there
  std::uint32_t captured;
};

/// How a fragment meets what is already there.
struct Reassembly::Overlap {
  bool changed = false;  ///< it brought something
  bool all_seen = true;  ///< nothing but places that the generation has
  bool any_seen = false;
  bool differs = false;  ///< other bytes for one of them
  bool version_lost = false;
};

void Reassembly::start() noexcept {
  std::fill(std::begin(last_), std::end(last_), kNoIndex);
  std::fill(std::begin(first_), std::end(first_), kNoIndex);
  header_size_ = 0;
  family_ = 4;
  known_prefix_ = seen_prefix_ = 0;
  end_first_ = end_last_ = end_older_ = more_end_ = 0;
  pending_ = frames_ = length_ = 0;
  budget_ = kFirstBudget;
  since_ = 0;
  begun_ = end_first_copied_ = end_last_seen_ = header_seen_ = options_seen_ = older_ = false;
  odd_ = conflict_ = repeated_ = changed_ = touched_ = false;
  plain_ = true;
  next_[0] = next_[1] = life_ = service_ = 0;
  options_ = 0;
}

std::uint32_t Reassembly::blocks_for(const Fragment& fragment) const noexcept {
  std::uint32_t count = 0;
  for (std::uint32_t block = fragment.offset / kBlock; block * kBlock < fragment.end; ++block) {
    if (last_[block] == kNoIndex || first_[block] == kNoIndex) ++count;
  }
  return count;
}

bool Reassembly::take_blocks(FragmentStore& store, const Fragment& fragment) noexcept {
  const std::uint32_t from = fragment.offset / kBlock;
  std::uint32_t missing = 0;
  for (std::uint32_t block = from; block * kBlock < fragment.end; ++block) missing += last_[block] == kNoIndex ? 1 : 0;
  if (missing > store.left()) return false;
  for (std::uint32_t block = from; block * kBlock < fragment.end; ++block) {
    if (last_[block] == kNoIndex) last_[block] = store.take();
  }
  return true;
}

Reassembly::Added Reassembly::add(FragmentStore& store, const Fragment& fragment, const Packet& packet) noexcept {
  Added added;
  touched_ = false;
  if (!take_blocks(store, fragment)) {
    added.room = false;
    return added;
  }
  if (!begun_) since_ = packet.at.stamp;
  begun_ = true;
  frames_ += packet.frames;
  length_ += packet.length;
  family_ = fragment.key.family;
  const bool repeats = repeats_one(store, fragment);
  const bool copy = is_copy(store, fragment);
  Overlap overlap;
  for (std::uint32_t at = fragment.offset; at < fragment.end;) {
    const std::uint32_t stop = std::min(fragment.end, at / kBlock * kBlock + kBlock);
    if (copy) {
      take_again(store[last_[at / kBlock]], at % kBlock / kUnit, at % kBlock / kUnit + (stop - at) / kUnit);
    } else {
      put_piece(store, fragment, at, stop, overlap);
    }
    at = stop;
  }
  store[last_[fragment.offset / kBlock]].starts.set(fragment.offset % kBlock / kUnit);
  touched_ = overlap.changed;
  added.version_lost = overlap.version_lost;
  note_header(fragment);
  note_end(fragment, copy, added);
  odd_ = odd_ || fragment.odd || (overlap.any_seen && !overlap.differs && !(repeats && overlap.all_seen));
  advance(store);
  changed_ = changed_ || touched_;
  if (touched_) ++pending_;
  if (older_) budget_ = std::min(kMostBudget, budget_ + kBudgetOfFragment + 2 * (fragment.end - fragment.offset));
  return added;
}

void Reassembly::note_header(const Fragment& fragment) noexcept {
  if (!options_seen_) {
    options_seen_ = true;
    life_ = fragment.life;
    service_ = fragment.service;
    options_ = fragment.options;
  } else if (life_ != fragment.life || service_ != fragment.service || options_ != fragment.options) {
    odd_ = true;
  }
  plain_ = plain_ && fragment.plain;
  if (fragment.offset != 0) return;
  touched_ = touched_ || next_[1] != fragment.next;
  next_[1] = fragment.next;
  if (header_seen_) {
    conflict_ = conflict_ || next_[0] != fragment.next;
    return;
  }
  header_seen_ = true;
  next_[0] = fragment.next;
  header_size_ = fragment.header_size;
  std::memcpy(header_, fragment.header, fragment.header_size);
}

/// Where the datagram ends. A fragment that more follow contradicts an end at or before its own. What may be a stray
/// copy (`copy`: nothing but bytes of an earlier generation) contradicts nothing for sure.
void Reassembly::note_end(const Fragment& fragment, bool copy, Added& added) noexcept {
  if (fragment.more) {
    if (!copy) more_end_ = std::max(more_end_, fragment.end);
    if (end_first_ != 0 && fragment.end >= end_first_) conflict_ = conflict_ || !(copy || end_first_copied_);
    if (end_last_ == 0 || fragment.end < end_last_) return;
    end_last_ = end_older_ > fragment.end ? end_older_ : 0;
    end_older_ = 0;
    end_last_seen_ = end_last_ != 0 && end_last_ == end_first_;
    touched_ = true;
    return;
  }
  if (end_first_ == 0) {
    end_first_ = fragment.end;
    end_first_copied_ = copy;
  } else if (end_first_ != fragment.end) {
    conflict_ = conflict_ || !(copy || end_first_copied_);
    added.version_lost = added.version_lost || (end_last_seen_ && end_last_ != end_first_ && end_last_ != fragment.end);
  }
  if (more_end_ >= fragment.end && !copy) conflict_ = true;
  if (end_last_ != fragment.end) {
    end_older_ = end_last_;
    end_last_ = fragment.end;
    touched_ = true;
  }
  end_last_seen_ = true;
}

/// Bytes at a unit's position that only a last fragment has, which ends within the unit.
std::uint32_t Reassembly::tail(std::uint32_t position, bool of_generation) const noexcept {
  std::uint32_t size = 0;
  const auto look = [&](std::uint32_t end) {
    if (end / kUnit * kUnit == position) size = std::max(size, end % kUnit);
  };
  look(end_first_);
  if (!of_generation || end_last_seen_) look(end_last_);
  if (!of_generation) look(end_older_);
  return size;
}

bool Reassembly::any_tail(std::uint32_t from, std::uint32_t to, bool of_generation) const noexcept {
  const auto within = [&](std::uint32_t end) { return end % kUnit != 0 && end > from && end / kUnit * kUnit < to; };
  if (within(end_first_) || ((!of_generation || end_last_seen_) && within(end_last_))) return true;
  return !of_generation && within(end_older_);
}

/// Whether the generation has nothing of the fragment's places yet, and the one before had these very bytes there: a
/// stray copy, or part of a datagram that is sent again.
bool Reassembly::is_copy(FragmentStore& store, const Fragment& fragment) const noexcept {
  if (!older_ || fragment.captured < fragment.end - fragment.offset) return false;
  for (std::uint32_t at = fragment.offset; at < fragment.end;) {
    const std::uint32_t stop = std::min(fragment.end, at / kBlock * kBlock + kBlock);
    const FragmentBlock& block = store[last_[at / kBlock]];
    const std::uint32_t from = at % kBlock / kUnit;
    const std::uint32_t to = from + (stop - at) / kUnit;
    const std::uint32_t touched = from + (stop - at + kUnit - 1) / kUnit;
    if (block.known.first(false, from) < to || block.seen.any(from, touched) || block.cut.any(from, touched))
      return false;
    if (any_tail(at, stop, true)) return false;
    if (to != touched && !block.known.at(to) && tail(stop / kUnit * kUnit, false) < stop % kUnit) return false;
    if (std::memcmp(block.bytes + from * kUnit, fragment.bytes + (at - fragment.offset), stop - at) != 0) return false;
    at = stop;
  }
  return true;
}

void Reassembly::take_again(FragmentBlock& block, std::uint32_t from, std::uint32_t to) noexcept {
  block.seen.set(from, to);
  block.again.set(from, to);
  repeated_ = true;
}

namespace {

/// The unit's bytes that are there, of `covered`.
std::uint32_t valid_bytes(const FragmentBlock& block, std::uint32_t index, std::uint32_t covered) noexcept {
  if (!block.cut.at(index)) return covered;
  return std::min<std::uint32_t>(covered, block.bytes[index * kUnit + kUnit - 1]);
}

void set_valid(FragmentBlock& block, std::uint32_t index, std::uint32_t covered, std::uint32_t valid) noexcept {
  if (valid >= covered) {
    block.cut.clear(index);
  } else {
    block.cut.set(index);
    block.bytes[index * kUnit + kUnit - 1] = static_cast<std::uint8_t>(valid);
  }
}

}  // namespace

/// Other bytes for `common` ones that are there, of `seen`. Returns the block that keeps the first ones.
FragmentBlock* Reassembly::differ(FragmentStore& store, const Unit& unit, std::uint32_t common, std::uint32_t seen,
                                  Overlap& overlap) noexcept {
  FragmentBlock& block = store[last_[unit.block]];
  std::uint8_t* const last = block.bytes + unit.index * kUnit;
  FragmentBlock* first = first_[unit.block] != kNoIndex ? &store[first_[unit.block]] : nullptr;
  overlap.changed = overlap.differs = true;
  conflict_ = conflict_ || !block.again.at(unit.index);
  if (first != nullptr) {
    const std::uint32_t valid = std::min(common, valid_bytes(*first, unit.index, seen));
    if (std::memcmp(first->bytes + unit.index * kUnit, last, valid) != 0) overlap.version_lost = true;
  } else {
    first = keep_first(store, unit.block);
  }
  if (first == nullptr) overlap.version_lost = true;
  block.again.clear(unit.index);
  block.sum_valid = false;
  std::memcpy(last, unit.bytes, common);
  return first;
}

void Reassembly::put_piece(FragmentStore& store, const Fragment& fragment, std::uint32_t at, std::uint32_t stop,
                           Overlap& overlap) noexcept {
  const std::uint32_t number = at / kBlock;
  FragmentBlock& block = store[last_[number]];
  const std::uint32_t from = at % kBlock / kUnit;
  const std::uint32_t to = from + (stop - at) / kUnit;
  const std::uint32_t before = std::min(at - fragment.offset, fragment.captured);
  const std::uint8_t* bytes = fragment.bytes + before;
  const std::uint32_t captured = std::min(stop - at, fragment.captured - before);
  const std::uint32_t touched = from + (stop - at + kUnit - 1) / kUnit;
  const bool simple = captured == stop - at && !block.cut.any(from, touched) && !any_tail(at, stop, false);
  if (simple && !block.seen.any(from, touched)) {  // all of it is new in this generation
    for (FragmentBlock* each : {&block, first_[number] != kNoIndex ? &store[first_[number]] : nullptr}) {
      if (each == nullptr) continue;
      each->sum_valid = false;
      std::memcpy(each->bytes + from * kUnit, bytes, stop - at);
    }
    block.known.set(from, to);
    block.seen.set(from, to);
    overlap.changed = true;
    overlap.all_seen = false;
    return;
  }
  if (simple && to == touched && block.seen.first(false, from) >= to) {  // none of it is new
    overlap.any_seen = true;
    for (std::uint32_t index = from; index < to; ++index, bytes += kUnit) {
      if (std::memcmp(block.bytes + index * kUnit, bytes, kUnit) != 0)
        (void)differ(store, {number, index, bytes, kUnit, kUnit}, kUnit, kUnit, overlap);
    }
    return;
  }
  for (std::uint32_t index = from; index < touched; ++index) {
    const std::uint32_t past = (index - from) * kUnit;
    put_unit(store,
             {number, index, bytes + std::min(past, captured), std::min(kUnit, stop - at - past),
              captured > past ? std::min(kUnit, captured - past) : 0},
             overlap);
  }
}

FragmentBlock* Reassembly::keep_first(FragmentStore& store, std::uint32_t block) noexcept {
  if (first_[block] == kNoIndex) {
    first_[block] = store.take();
    if (first_[block] == kNoIndex) return nullptr;
    store[first_[block]] = store[last_[block]];
  }
  return &store[first_[block]];
}

void Reassembly::put_unit(FragmentStore& store, const Unit& unit, Overlap& overlap) noexcept {
  FragmentBlock& block = store[last_[unit.block]];
  const std::uint32_t position = unit.block * kBlock + unit.index * kUnit;
  std::uint8_t* last = block.bytes + unit.index * kUnit;
  const std::uint32_t known = block.known.at(unit.index) ? kUnit : tail(position, false);
  const std::uint32_t seen = block.seen.at(unit.index) ? kUnit : tail(position, true);
  FragmentBlock* first = first_[unit.block] != kNoIndex ? &store[first_[unit.block]] : nullptr;
  const auto mark = [&] {
    if (unit.size < kUnit) return;
    block.known.set(unit.index);
    block.seen.set(unit.index);
  };
  if (seen < unit.size) overlap.all_seen = false;
  if (seen != 0) overlap.any_seen = true;

  if (seen == 0) {  // new in this generation
    const std::uint32_t valid = valid_bytes(block, unit.index, known);
    const std::uint32_t kept = unit.captured == unit.size ? std::max(valid, unit.size) : unit.captured;
    for (FragmentBlock* each : {&block, first}) {
      if (each == nullptr) continue;
      each->sum_valid = false;
      std::memcpy(each->bytes + unit.index * kUnit, unit.bytes, unit.captured);
      set_valid(*each, unit.index, std::max(known, unit.size), kept);
    }
    overlap.changed = true;
    mark();
    return;
  }

  const std::uint32_t valid = valid_bytes(block, unit.index, seen);
  const std::uint32_t common = std::min(valid, unit.captured);
  const std::uint32_t covered = std::max(seen, unit.size);
  if (std::memcmp(last, unit.bytes, common) != 0) first = differ(store, unit, common, seen, overlap);
  if (unit.captured > valid) overlap.changed = true;
  if (unit.size > seen || unit.captured > valid) {
    for (FragmentBlock* each : {&block, first}) {
      if (each == nullptr) continue;
      const std::uint32_t there = valid_bytes(*each, unit.index, seen);
      const std::uint32_t older = valid_bytes(*each, unit.index, known);
      const std::uint32_t now = std::max(there, unit.captured);
      each->sum_valid = false;
      if (unit.captured > there)
        std::memcpy(each->bytes + unit.index * kUnit + there, unit.bytes + there, unit.captured - there);
      set_valid(*each, unit.index, std::max(known, unit.size), now < covered ? now : std::max(now, older));
    }
  }
  mark();
}

/// Whether a fragment of this generation had the same first and last unit.
bool Reassembly::repeats_one(FragmentStore& store, const Fragment& fragment) const noexcept {
  const auto bits = [&](std::uint32_t position) -> const FragmentBlock* {
    const std::uint32_t index = position < Fragment::kMostBytes ? last_[position / kBlock] : kNoIndex;
    return index != kNoIndex ? &store[index] : nullptr;
  };
  const FragmentBlock* block = bits(fragment.offset);
  if (block == nullptr || !block->starts.at(fragment.offset % kBlock / kUnit)) return false;
  for (std::uint32_t at = fragment.offset + kUnit; at < fragment.end;) {
    const std::uint32_t stop = std::min(fragment.end, at / kBlock * kBlock + kBlock);
    block = bits(at);
    const std::uint32_t from = at % kBlock / kUnit;
    if (block != nullptr && block->starts.any(from, from + (stop - at + kUnit - 1) / kUnit)) return false;
    at = stop;
  }
  if (!fragment.more) return fragment.end == end_first_ || fragment.end == end_last_;
  block = bits(fragment.end);
  const std::uint32_t unit = fragment.end % kBlock / kUnit;
  const bool ends_here = block == nullptr || (!block->seen.at(unit) && tail(fragment.end, true) == 0);
  return ends_here || block->starts.at(unit);
}

void Reassembly::advance(FragmentStore& store) noexcept {
  const auto move = [&](std::uint32_t& prefix, UnitBits FragmentBlock::*bits) {
    while (prefix / UnitBits::kUnits < kBlocks && last_[prefix / UnitBits::kUnits] != kNoIndex) {
      const std::uint32_t number = prefix / UnitBits::kUnits;
      const std::uint32_t hole = (store[last_[number]].*bits).first(false, prefix % UnitBits::kUnits);
      prefix = number * UnitBits::kUnits + hole;
      if (hole < UnitBits::kUnits) return;
    }
  };
  move(known_prefix_, &FragmentBlock::known);
  move(seen_prefix_, &FragmentBlock::seen);
}

void Reassembly::next_generation(FragmentStore& store) noexcept {
  for (std::uint32_t number = 0; number < kBlocks; ++number) {
    if (last_[number] == kNoIndex) continue;
    FragmentBlock& block = store[last_[number]];
    block.seen.clear();
    block.again.clear();
    block.starts.clear();
    if (first_[number] == kNoIndex) continue;
    store.give_back(first_[number]);
    first_[number] = kNoIndex;
  }
  next_[0] = next_[1];
  if (end_older_ != end_first_) end_older_ = 0;  // of a datagram that is over
  seen_prefix_ = end_first_ = more_end_ = 0;
  pending_ = frames_ = length_ = 0;
  begun_ = end_first_copied_ = end_last_seen_ = header_seen_ = options_seen_ = odd_ = conflict_ = repeated_ = changed_ =
      false;
  older_ = true;
}

void Reassembly::clear(FragmentStore& store) noexcept {
  for (std::uint32_t number = 0; number < kBlocks; ++number) {
    if (last_[number] != kNoIndex) store.give_back(last_[number]);
    if (first_[number] != kNoIndex) store.give_back(first_[number]);
    last_[number] = first_[number] = kNoIndex;
  }
}

}  // namespace ghostport
