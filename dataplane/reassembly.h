// The bytes of one identification as they arrive. Generations: the fragments since the last whole datagram (or since a
// timeout). Within one, the first bytes of each place are kept beside the last; of earlier ones only the last bytes
// are, so that neither junk left behind nor a late fragment can hide a datagram. Called by the defragmenter.
#pragma once

#include <cstdint>

#include "dataplane/fragment.h"
#include "dataplane/fragment_store.h"

namespace ghostport {

class Reassembly {
 public:
  /// One reading of the datagram: in version 0 the first bytes of the generation win, in version 1 the last.
  struct Version {
    std::uint8_t which = 0;
    std::uint32_t end = 0;  ///< bytes of what was fragmented
  };
  /// The versions that are whole now.
  struct Whole {
    Version versions[2];
    unsigned count = 0;
    bool conflict = false;
    bool finished = false;       ///< the generation is over with it
    bool beyond_budget = false;  ///< there is one, but too much has been shown already
  };
  struct Added {
    bool room = true;           ///< false: not taken, the store is exhausted
    bool version_lost = false;  ///< neither the first nor the last of its place any more
  };

  /// A new identification.
  void start() noexcept;
  [[nodiscard]] Added add(FragmentStore& store, const Fragment& fragment, const Packet& packet) noexcept;
  /// To be asked once behind each add(). Datagrams of several generations, and further copies, are left out where their
  /// transport checksum is wrong.
  [[nodiscard]] Whole whole(FragmentStore& store) noexcept;
  /// What whole() gave has been shown.
  void shown(FragmentStore& store, const Whole& whole) noexcept;
  /// The generation is over; its bytes are now only the last ones of their places.
  void next_generation(FragmentStore& store) noexcept;
  /// Gives all blocks back.
  void clear(FragmentStore& store) noexcept;

  /// Blocks that adding the fragment may take.
  [[nodiscard]] std::uint32_t blocks_for(const Fragment& fragment) const noexcept;
  /// Bytes from the start up to the first that the capture lacks.
  [[nodiscard]] std::uint32_t captured(FragmentStore& store, Version version) const noexcept;
  void copy_bytes(FragmentStore& store, Version version, std::uint32_t size, std::uint8_t* to) const noexcept;
  /// Bytes of the header of the whole datagram.
  [[nodiscard]] std::uint32_t header_size() const noexcept { return header_size_; }
  void copy_header(Version version, std::uint8_t* to) const noexcept;
  [[nodiscard]] bool too_long(Version version) const noexcept {
    return family_ == 4 && header_size_ + version.end > Fragment::kMostBytes;
  }

  [[nodiscard]] std::int64_t since() const noexcept { return since_; }  ///< stamp of the generation's first fragment
  [[nodiscard]] bool generation_empty() const noexcept { return !begun_; }
  [[nodiscard]] std::uint32_t pending() const noexcept { return pending_; }  ///< fragments not yet part of a datagram
  [[nodiscard]] std::uint32_t frames() const noexcept { return frames_; }    ///< since the last datagram
  [[nodiscard]] std::uint32_t length() const noexcept { return length_; }    ///< of these, on the wire
  [[nodiscard]] bool odd() const noexcept { return odd_; }

 private:
  static constexpr std::uint32_t kBlocks = (Fragment::kMostBytes + FragmentBlock::kBytes) / FragmentBlock::kBytes;
  enum class Checksum : std::uint8_t { none, right, wrong };
  struct Unit;
  struct Overlap;

  bool take_blocks(FragmentStore& store, const Fragment& fragment) noexcept;
  [[nodiscard]] bool is_copy(FragmentStore& store, const Fragment& fragment) const noexcept;
  void take_again(FragmentBlock& block, std::uint32_t from, std::uint32_t to) noexcept;
  void put_piece(FragmentStore& store, const Fragment& fragment, std::uint32_t at, std::uint32_t stop,
                 Overlap& overlap) noexcept;
  void put_unit(FragmentStore& store, const Unit& unit, Overlap& overlap) noexcept;
  inline FragmentBlock* differ(FragmentStore& store, const Unit& unit, std::uint32_t common, std::uint32_t seen,
                               Overlap& overlap) noexcept;
  FragmentBlock* keep_first(FragmentStore& store, std::uint32_t block) noexcept;
  void note_end(const Fragment& fragment, bool copy, Added& added) noexcept;
  void note_header(const Fragment& fragment) noexcept;
  [[nodiscard]] bool repeats_one(FragmentStore& store, const Fragment& fragment) const noexcept;
  [[nodiscard]] std::uint32_t tail(std::uint32_t position, bool of_generation) const noexcept;
  [[nodiscard]] bool any_tail(std::uint32_t from, std::uint32_t to, bool of_generation) const noexcept;
  void advance(FragmentStore& store) noexcept;
  [[nodiscard]] bool is_known(std::uint32_t end) const noexcept {
    return end != 0 && known_prefix_ >= end / FragmentBlock::kUnit;
  }
  [[nodiscard]] bool is_fresh(std::uint32_t end) const noexcept {
    return seen_prefix_ >= end / FragmentBlock::kUnit && (end == end_first_ || (end == end_last_ && end_last_seen_));
  }
  [[nodiscard]] bool same(FragmentStore& store, std::uint32_t end) const noexcept;
  [[nodiscard]] FragmentBlock& block_of(FragmentStore& store, unsigned which, std::uint32_t block) const noexcept {
    return store[which == 0 && first_[block] != kNoIndex ? first_[block] : last_[block]];
  }
  [[nodiscard]] Checksum checksum(FragmentStore& store, Version version) const noexcept;
  [[nodiscard]] std::uint64_t sum(FragmentStore& store, Version version, std::uint32_t size) const noexcept;

  std::uint32_t last_[kBlocks];   ///< kNoIndex: nothing there yet
  std::uint32_t first_[kBlocks];  ///< version 0 where it is another one
  std::uint8_t header_[60];       ///< of the generation's first fragment at offset 0, before that of an earlier one
  std::uint8_t header_size_;      ///< 0: none yet
  std::uint8_t family_;
  std::uint8_t next_[2];  ///< protocol number in the versions
  std::uint8_t life_;
  std::uint8_t service_;
  std::uint32_t options_;
  std::uint32_t known_prefix_;  ///< units from the start without a hole
  std::uint32_t seen_prefix_;
  std::uint32_t end_first_;  ///< where the generation's first last fragment ends; 0: none
  std::uint32_t end_last_;   ///< where the newest one that nothing contradicts ends, of any generation
  std::uint32_t end_older_;  ///< the one before, should the newest be contradicted
  std::uint32_t more_end_;   ///< furthest end of the generation's fragments that more follow
  std::uint32_t pending_;
  std::uint32_t frames_;
  std::uint32_t length_;
  std::uint32_t budget_;  ///< bytes of mixed datagrams that may still be shown
  std::int64_t since_;
  bool begun_;             ///< the generation has a fragment
  bool end_first_copied_;  ///< and may belong to an earlier generation
  bool end_last_seen_;     ///< in this generation
  bool header_seen_;       ///< in this generation
  bool options_seen_;
  bool older_;  ///< there was a generation before
  bool odd_;
  bool plain_;  ///< no fragment had options or extension headers
  bool conflict_;
  bool repeated_;  ///< bytes of an earlier generation came again
  bool changed_;   ///< the generation has something that was not there before
  bool touched_;   ///< and the last fragment brought it
};

}  // namespace ghostport
