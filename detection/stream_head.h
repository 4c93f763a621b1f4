// The first bytes of one direction of a stream, in order and bounded, however they arrive. Where two different bytes
// claim one position both versions are kept. Called by the detector on the flow's worker; never allocates.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "detection/reserved_array.h"
#include "signatures/payload.h"

namespace ghostport {

/// Blocks for stream heads in three sizes, bounded in bytes. One per worker.
class HeadPool {
 public:
  /// `largest`: bytes of the largest block (the head limit). `budget`: bytes of each size class.
  HeadPool(std::uint32_t largest, std::size_t budget);

  struct Block {
    std::uint8_t* data = nullptr;  ///< `capacity` bytes, then a bitmap of capacity / 8 bytes
    std::uint32_t capacity = 0;
  };
  /// A block of at least `bytes` (at most the largest) with a clear bitmap; no data where the pool is exhausted.
  [[nodiscard]] Block take(std::uint32_t bytes) noexcept;
  void give_back(Block block) noexcept;
  [[nodiscard]] std::uint32_t largest() const noexcept { return largest_; }
  [[nodiscard]] std::uint64_t exhausted() const noexcept { return exhausted_; }

 private:
  static constexpr std::size_t kClasses = 3;
  struct Class {
    std::uint32_t capacity = 0;
    std::size_t stride = 0;
    ReservedArray<std::uint8_t> memory;
    std::size_t used = 0;          // bytes ever handed out
    std::uint8_t* free = nullptr;  // linked through the first bytes of a free block
  };
  Class classes_[kClasses];
  std::uint32_t largest_;
  std::uint64_t exhausted_ = 0;
};

/// How far a segment may be believed.
enum class Trust : std::uint8_t {
  good,       ///< as far as can be seen the receiver takes it
  ambiguous,  ///< some receivers take it, others do not: kept beside what is good
  doubtful    ///< no right receiver takes it: kept apart, only where nothing better claims the place
};

class StreamHead {
 public:
  /// Adds bytes at a stream offset. Bytes at or past the limit are not kept.
  void add(HeadPool& pool, std::uint32_t offset, Bytes bytes, Trust trust) noexcept;
  /// The receiver acknowledged everything below `offset`: what is there is real.
  void acknowledge(std::uint32_t offset) noexcept {
    if (offset > acknowledged_) acknowledged_ = offset;
  }
  /// All bytes so far have turned out to be doubtful.
  void distrust(HeadPool& pool) noexcept;
  /// Everything so far stands `distance` further right: bytes before the supposed start have turned up. False, and
  /// nothing changed, where the pool is exhausted.
  bool shift(HeadPool& pool, std::uint32_t distance) noexcept;
  /// Forgets everything.
  void clear(HeadPool& pool) noexcept;

  /// The contiguous bytes of the first-wins (0) and the last-wins (1) version, which also holds what is in doubt.
  [[nodiscard]] Bytes version(unsigned which) const noexcept {
    return {versions_[which].block.data, versions_[which].contiguous};
  }
  /// Every run of bytes that the version holds, also beyond holes, to take(offset, bytes).
  template <class Take>
  void pieces(unsigned which, Take&& take) const noexcept {
    const Version& version = versions_[which];
    for (std::uint32_t at = 0; at < version.extent;) {
      std::uint32_t end = at;
      while (end < version.extent && holds(version, end)) ++end;
      if (end != at) take(at, Bytes{version.block.data + at, end - at});
      at = end + 1;
    }
  }
  [[nodiscard]] bool has_second() const noexcept { return versions_[1].block.data != nullptr; }
  [[nodiscard]] std::uint32_t contiguous() const noexcept {
    return versions_[1].contiguous > versions_[0].contiguous ? versions_[1].contiguous : versions_[0].contiguous;
  }
  [[nodiscard]] std::uint32_t acknowledged() const noexcept { return acknowledged_; }
  /// Good bytes contradicted each other.
  [[nodiscard]] bool conflict() const noexcept { return conflict_; }
  /// Ambiguous bytes stand in the second version.
  [[nodiscard]] bool ambiguous() const noexcept { return ambiguous_; }
  /// Ambiguous or doubtful bytes differ from others at their place.
  [[nodiscard]] bool doubt_differs() const noexcept { return doubt_differs_; }
  /// The end of the furthest byte.
  [[nodiscard]] std::uint32_t extent() const noexcept { return std::max(versions_[0].extent, versions_[1].extent); }
  /// Bytes lie beyond a hole.
  [[nodiscard]] bool has_gap() const noexcept {
    return versions_[0].extent > contiguous() || (ambiguous_ && versions_[1].extent > contiguous());
  }
  /// The limit was reached by bytes that are good or acknowledged, or the pool was exhausted.
  [[nodiscard]] bool full() const noexcept { return full_ || (second_full_ != 0 && acknowledged_ >= second_full_); }

 private:
  struct Version {
    HeadPool::Block block;
    std::uint32_t contiguous = 0;
    std::uint32_t extent = 0;  ///< end of the furthest byte
  };
  enum class Rule : std::uint8_t { first_wins, last_wins, ambiguous, holes_only };
  struct Difference {
    bool any = false;
    bool unacknowledged = false;
  };

  [[nodiscard]] static bool holds(const Version& version, std::uint32_t at) noexcept;
  bool grow(HeadPool& pool, Version& version, std::uint32_t bytes) noexcept;
  bool make_second(HeadPool& pool) noexcept;
  [[nodiscard]] static std::uint8_t held_eight(const Version& version, std::uint32_t at) noexcept;
  bool merge_eight(Version& version, std::uint32_t at, const std::uint8_t* bytes, Rule rule,
                   Difference& difference) noexcept;
  Difference merge(Version& version, std::uint32_t offset, Bytes bytes, Rule rule) noexcept;
  void add_doubt(HeadPool& pool, std::uint32_t offset, Bytes bytes, Trust trust) noexcept;

  Version versions_[2];
  std::uint32_t acknowledged_ = 0;
  bool conflict_ = false;
  bool ambiguous_ = false;
  bool doubt_differs_ = false;
  bool full_ = false;
  std::uint32_t second_full_ = 0;  // the limit, once the second version has reached it
};

}  // namespace ghostport
