#include "dataplane/defragmenter.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "detection/fact.h"

namespace ghostport {

Defragmenter::Defragmenter(const DefragmenterLimits& limits)
    : limits_(limits),
      seed_(random_seed()),
      slots_(limits.datagrams),
      table_(std::bit_ceil(limits.datagrams * 2U)),
      store_(limits.bytes),
      ready_(limits.ready_bytes),
      mask_(static_cast<std::uint32_t>(table_.size() - 1)) {}

void Defragmenter::begin() noexcept {
  for (List* list : {&open_, &whole_}) {
    while (list->first != kNoIndex) drop(list->first);
  }
  ready_.clear();
}

void Defragmenter::end(Counters& counters) noexcept {
  for (std::uint32_t index = open_.first; index != kNoIndex; index = slots_[index].next)
    counters.add(Counter::unfinished_fragments, slots_[index].pieces.pending());
  begin();
}

std::size_t Defragmenter::add(const Packet& packet, std::uint32_t fragment_header, std::uint32_t wire_end,
                              Packet* ready, Counters& counters) noexcept {
  counters.add(Counter::fragments);
  expire(packet.at.stamp, counters);
  Fragment fragment;
  const FragmentFault fault = read_fragment(packet, fragment_header, wire_end, fragment);
  if (fault != FragmentFault::none) {
    counters.add(fault == FragmentFault::impossible ? Counter::impossible_fragments : Counter::bad_fragment_checksum);
    return 0;
  }
  const std::uint32_t hash = hash_of(fragment.key);
  std::uint32_t index = find(fragment.key, hash);
  if (index == kNoIndex) index = create(fragment.key, hash, counters);
  Slot& slot = slots_[index];
  if (!slot.pieces.generation_empty() && slot.pieces.since() + limits_.timeout < packet.at.stamp) {
    counters.add(Counter::unfinished_fragments, slot.pieces.pending());
    slot.pieces.next_generation(store_);
  }
  while (store_.left() < slot.pieces.blocks_for(fragment) && evict(index, counters)) {
  }
  const Reassembly::Added added = slot.pieces.add(store_, fragment, packet);
  std::size_t count = 0;
  if (added.room) {
    if (added.version_lost) counters.add(Counter::fragment_versions_beyond_limits);
    count = show(slot, packet, ready, counters);
  } else {
    counters.add(Counter::fragments_beyond_limits);
  }
  unlink(index);
  slot.last = packet.at.stamp;
  slot.open = slot.pieces.pending() != 0;
  link(index);
  return count;
}

std::size_t Defragmenter::show(Slot& slot, const Packet& packet, Packet* ready, Counters& counters) noexcept {
  const Reassembly::Whole whole = slot.pieces.whole(store_);
  if (whole.beyond_budget) counters.add(Counter::fragment_versions_beyond_limits);
  if (whole.count == 0) return 0;
  std::size_t count = 0;
  bool too_long = false;
  for (unsigned i = 0; i < whole.count; ++i) {
    if (slot.pieces.too_long(whole.versions[i])) {
      too_long = true;
    } else if (write(slot, whole.versions[i], packet, ready[count])) {
      if (whole.conflict) ready[count].anomalies |= kConflictingData;
      if (slot.pieces.odd()) ready[count].anomalies |= kOddFragments;
      ++count;
    } else {
      counters.add(Counter::reassembly_without_room);
    }
  }
  if (too_long) counters.add(Counter::impossible_fragments);
  if (count != 0) counters.add(Counter::reassembled);
  slot.pieces.shown(store_, whole);
  return count;
}

bool Defragmenter::write(Slot& slot, Reassembly::Version version, const Packet& packet, Packet& ready) noexcept {
  const Reassembly& pieces = slot.pieces;
  const std::uint32_t bytes = pieces.captured(store_, version);
  const std::uint32_t headers = packet.ip_offset + pieces.header_size();
  std::uint8_t* data = ready_.take(headers + bytes, packet.at.number);
  if (data == nullptr) return false;
  std::memcpy(data, packet.data, packet.ip_offset);
  pieces.copy_header(version, data + packet.ip_offset);
  pieces.copy_bytes(store_, version, bytes, data + headers);
  ready = packet;
  ready.data = data;
  ready.captured = ready.end = headers + bytes;
  ready.length = pieces.length();
  ready.frames =
      static_cast<std::uint16_t>(std::min<std::uint32_t>(pieces.frames(), std::numeric_limits<std::uint16_t>::max()));
  return true;
}

void Defragmenter::expire(std::int64_t now, Counters& counters) noexcept {
  for (List* list : {&open_, &whole_}) {
    while (list->first != kNoIndex && slots_[list->first].last + limits_.timeout < now) {
      counters.add(Counter::unfinished_fragments, slots_[list->first].pieces.pending());
      drop(list->first);
    }
  }
}

bool Defragmenter::evict(std::uint32_t spared, Counters& counters) noexcept {
  for (const List* list : {&whole_, &open_}) {
    std::uint32_t index = list->first;
    if (index == spared && index != kNoIndex) index = slots_[index].next;
    if (index == kNoIndex) continue;
    counters.add(Counter::fragments_beyond_limits, slots_[index].pieces.pending());
    drop(index);
    return true;
  }
  return false;
}

std::uint32_t Defragmenter::hash_of(const FragmentKey& key) const noexcept {
  std::uint64_t words[5];
  std::memcpy(words, &key, sizeof words);
  const std::uint64_t other = other_secret(seed_);
  const std::uint64_t mixed =
      mix(mix(words[0] ^ seed_, words[1] ^ other) ^ words[4], mix(words[2] + seed_, words[3] + other));
  const auto hash = static_cast<std::uint32_t>(mixed >> 32U);
  return hash != 0 ? hash : 1;
}

std::uint32_t Defragmenter::find(const FragmentKey& key, std::uint32_t hash) const noexcept {
  for (std::uint32_t at = hash & mask_; table_[at].hash != 0; at = (at + 1) & mask_) {
    if (table_[at].hash == hash && slots_[table_[at].index].key == key) return table_[at].index;
  }
  return kNoIndex;
}

std::uint32_t Defragmenter::create(const FragmentKey& key, std::uint32_t hash, Counters& counters) noexcept {
  if (live_ == limits_.datagrams) (void)evict(kNoIndex, counters);
  std::uint32_t index = free_;
  if (index != kNoIndex) {
    free_ = slots_[index].next;
  } else {
    index = used_++;
  }
  ++live_;
  std::uint32_t at = hash & mask_;
  while (table_[at].hash != 0) at = (at + 1) & mask_;
  table_[at] = {hash, index};
  Slot& slot = slots_[index];
  slot.key = key;
  slot.hash = hash;
  slot.open = true;
  slot.last = 0;
  slot.pieces.start();
  link(index);
  return index;
}

void Defragmenter::drop(std::uint32_t index) noexcept {
  unlink(index);
  erase_hash(index);
  slots_[index].pieces.clear(store_);
  slots_[index].next = free_;
  free_ = index;
  --live_;
}

void Defragmenter::erase_hash(std::uint32_t index) noexcept {
  std::uint32_t at = slots_[index].hash & mask_;
  while (table_[at].index != index || table_[at].hash == 0) at = (at + 1) & mask_;
  // Later entries of the run move back, so that no marker of the dead is needed.
  for (std::uint32_t next = (at + 1) & mask_; table_[next].hash != 0; next = (next + 1) & mask_) {
    const std::uint32_t home = table_[next].hash & mask_;
    if (((next - home) & mask_) >= ((next - at) & mask_)) {
      table_[at] = table_[next];
      at = next;
    }
  }
  table_[at] = {0, 0};
}

void Defragmenter::link(std::uint32_t index) noexcept {
  Slot& slot = slots_[index];
  List& list = list_of(slot);
  slot.previous = list.last;
  slot.next = kNoIndex;
  (list.last != kNoIndex ? slots_[list.last].next : list.first) = index;
  list.last = index;
}

void Defragmenter::unlink(std::uint32_t index) noexcept {
  const Slot& slot = slots_[index];
  List& list = list_of(slot);
  (slot.previous != kNoIndex ? slots_[slot.previous].next : list.first) = slot.next;
  (slot.next != kNoIndex ? slots_[slot.next].previous : list.last) = slot.previous;
}

}  // namespace ghostport
