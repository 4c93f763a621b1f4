#include <algorithm>
#include <cstring>

#include "dataplane/internet_sum.h"
#include "dataplane/reassembly.h"

namespace ghostport {
namespace {

constexpr std::uint32_t kUnit = FragmentBlock::kUnit;
constexpr std::uint32_t kBlock = FragmentBlock::kBytes;

// Protocol numbers (IANA).
constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kIcmp6 = 58;

std::uint32_t get16(const std::uint8_t* at) noexcept { return static_cast<std::uint32_t>(at[0] << 8U | at[1]); }

void put16(std::uint8_t* at, std::uint32_t value) noexcept {
  at[0] = static_cast<std::uint8_t>(value >> 8U);
  at[1] = static_cast<std::uint8_t>(value);
}

}  // namespace

Reassembly::Whole Reassembly::whole(FragmentStore& store) noexcept {
  Whole whole;
  const bool first = is_known(end_first_);
  const bool last = is_known(end_last_);
  if (!first && !last) return whole;
  const bool two_ends = first && last && end_first_ != end_last_;
  whole.versions[0] = {0, two_ends || !last ? end_first_ : end_last_};
  whole.versions[1] = {1, last ? end_last_ : end_first_};
  const bool fresh = is_fresh(whole.versions[0].end) && is_fresh(whole.versions[1].end);
  if (!fresh && !touched_) return whole;
  whole.count = two_ends || !same(store, whole.versions[1].end) ? 2 : 1;
  if (!fresh && !conflict_) whole.count = 1;  // its first version would be the datagram before
  if (whole.count == 1) whole.versions[0] = whole.versions[1];
  whole.finished = fresh;
  // Bytes of different ages are one datagram only if the checksum says so: else every identification that is used again
  // would look like an attack, and a stray copy like the beginning of the next datagram.
  if (older_ && (!fresh || (repeated_ && changed_))) {
    unsigned kept = 0;
    for (unsigned i = 0; i < whole.count; ++i) {
      const Checksum result = checksum(store, whole.versions[i]);
      if (result == Checksum::wrong) continue;
      whole.finished = whole.finished || result == Checksum::right;
      whole.versions[kept++] = whole.versions[i];
    }
    whole.count = kept;
  }
  whole.conflict = conflict_ || !fresh || whole.count == 2;
  if (!fresh && whole.count != 0) {
    const std::uint32_t price = whole.versions[0].end + (whole.count == 2 ? whole.versions[1].end : 0);
    whole.beyond_budget = price > budget_;
    if (whole.beyond_budget)
      whole.count = 0;
    else
      budget_ -= price;
  }
  return whole;
}

void Reassembly::shown(FragmentStore& store, const Whole& whole) noexcept {
  pending_ = frames_ = length_ = 0;
  if (whole.finished) next_generation(store);
}

/// Whether both versions have the same bytes.
bool Reassembly::same(FragmentStore& store, std::uint32_t end) const noexcept {
  if (next_[0] != next_[1]) return false;
  for (std::uint32_t number = 0; number * kBlock < end; ++number) {
    if (first_[number] == kNoIndex) continue;
    const std::uint32_t size = std::min(kBlock, end - number * kBlock);
    if (std::memcmp(store[first_[number]].bytes, store[last_[number]].bytes, size) != 0) return false;
  }
  return true;
}

std::uint32_t Reassembly::captured(FragmentStore& store, Version version) const noexcept {
  for (std::uint32_t number = 0; number * kBlock < version.end; ++number) {
    const FragmentBlock& block = block_of(store, version.which, number);
    const std::uint32_t unit = block.cut.first(true, 0);
    if (unit == UnitBits::kUnits) continue;
    return std::min(version.end, number * kBlock + unit * kUnit + block.bytes[unit * kUnit + kUnit - 1]);
  }
  return version.end;
}

void Reassembly::copy_bytes(FragmentStore& store, Version version, std::uint32_t size,
                            std::uint8_t* to) const noexcept {
  for (std::uint32_t number = 0; number * kBlock < size; ++number) {
    std::memcpy(to + number * kBlock, block_of(store, version.which, number).bytes,
                std::min(kBlock, size - number * kBlock));
  }
}

void Reassembly::copy_header(Version version, std::uint8_t* to) const noexcept {
  std::memcpy(to, header_, header_size_);
  if (family_ == 6) {
    put16(to + 4, version.end);
    to[6] = next_[version.which];
    return;
  }
  put16(to + 2, header_size_ + version.end);
  to[6] &= 0xC0U;  // neither an offset nor more fragments; what else the sender said stays
  to[7] = 0;
  put16(to + 10, 0);
  const auto checksum = static_cast<std::uint16_t>(~folded(internet_sum(to, header_size_)));
  std::memcpy(to + 10, &checksum, sizeof checksum);
}

std::uint64_t Reassembly::sum(FragmentStore& store, Version version, std::uint32_t size) const noexcept {
  std::uint64_t total = 0;
  for (std::uint32_t number = 0; number * kBlock < size; ++number) {
    FragmentBlock& block = block_of(store, version.which, number);
    const std::uint32_t left = size - number * kBlock;
    if (left < kBlock) {
      total += internet_sum(block.bytes, left);
      continue;
    }
    if (!block.sum_valid) block.sum = folded(internet_sum(block.bytes, kBlock));
    block.sum_valid = true;
    total += block.sum;
  }
  return total;
}

Reassembly::Checksum Reassembly::checksum(FragmentStore& store, Version version) const noexcept {
  const std::uint8_t next = family_ == 4 ? header_[9] : next_[version.which];
  const bool icmp = family_ == 4 && next == kIcmp;
  const bool over_addresses = next == kTcp || next == kUdp || (family_ == 6 && next == kIcmp6);
  const std::uint32_t least = next == kTcp ? 20 : 8;
  if (!plain_ || !(icmp || over_addresses) || captured(store, version) < version.end) return Checksum::none;
  if (version.end < least) return Checksum::wrong;
  std::uint32_t size = version.end;
  if (next == kUdp) {
    const std::uint8_t* udp = block_of(store, version.which, 0).bytes;
    size = get16(udp + 4);
    if (size > version.end) return Checksum::wrong;
    if (get16(udp + 6) == 0 || size < least) return Checksum::none;
  }
  std::uint64_t total = sum(store, version, size);
  if (over_addresses) {
    const std::uint8_t tail[4] = {0, next, static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)};
    total += internet_sum(tail, sizeof tail);
    total += family_ == 4 ? internet_sum(header_ + 12, 8) : internet_sum(header_ + 8, 32);
  }
  return folded(total) == 0xFFFF ? Checksum::right : Checksum::wrong;
}

}  // namespace ghostport
