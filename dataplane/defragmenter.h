// IP fragments to whole datagrams, IPv4 and IPv6, bounded in number, bytes and packet time. Where fragments contradict
// each other a datagram comes out in two versions: in one the first bytes win, in the other the last.
// Called by the worker for what the parser finds to be a fragment; one per worker; never allocates, never throws.
#pragma once

#include "dataplane/counters.h"
#include "dataplane/packet.h"
#include "dataplane/ready_buffers.h"
#include "dataplane/reassembly.h"

namespace ghostport {

/// Memory is reserved at construction, and costs something only as far as it was ever used.
struct DefragmenterLimits {
  std::uint32_t datagrams = 16'384;                  ///< identifications at a time, 512 bytes each
  std::size_t bytes = std::size_t{32} << 20U;        ///< of fragments, in blocks of 2 KiB
  std::size_t ready_bytes = std::size_t{64} << 20U;  ///< whole datagrams until release()
  std::int64_t timeout = 30'000'000'000;  ///< packet time; Linux's net.ipv4.ipfrag_time and ip6frag_time are 30 s
};

class Defragmenter {
 public:
  /// Whole datagrams that one fragment can give: the two versions of one.
  static constexpr std::size_t kMostReady = 2;

  /// Throws std::bad_alloc.
  explicit Defragmenter(const DefragmenterLimits& limits = {});

  /// A new capture: forgets everything, counts nothing.
  void begin() noexcept;

  /// One fragment. Of the packet must be set: data, end, length, at, frames, family (4 or 6), ip_offset and tunnels;
  /// the IP header (IPv6: the chain up to and including the fragment header) lies before `end`.
  /// `fragment_header`: its offset, IPv6 only. `wire_end`: the offset at which the IP packet ends on the wire.
  /// Returns how many whole datagrams there are now and fills ready[0], ready[1] with copies of the packet in which
  ///   data       is what stood before the IP header in this packet, then the datagram: the header of the first
  ///              fragment made that of a whole packet, its checksum right; IPv6 extension headers before the fragment
  ///              header are left out, the fixed header is followed by what was fragmented
  ///   captured   ends at the first byte that the capture cut off; so does end
  ///   length     and frames count all frames since the last datagram of this identification, in both versions
  ///   anomalies  has kConflictingData, kOddFragments (detection/fact.h)
  /// `packet` must not be one of `ready`. The bytes stay until release().
  std::size_t add(const Packet& packet, std::uint32_t fragment_header, std::uint32_t wire_end, Packet* ready,
                  Counters& counters) noexcept;

  /// Every packet up to this number is done with, and so are the datagrams that it completed.
  void release(std::uint64_t number) noexcept { ready_.release(number); }

  /// The capture is over: counts what never became whole, and forgets it.
  void end(Counters& counters) noexcept;

  /// Identifications remembered: unfinished ones, and whole ones that wait for late fragments.
  [[nodiscard]] std::uint32_t datagrams() const noexcept { return live_; }
  /// Bytes of the blocks in use.
  [[nodiscard]] std::size_t bytes() const noexcept { return store_.bytes(); }

 private:
  struct Slot {
    FragmentKey key;
    std::uint32_t hash;
    std::uint32_t previous;  ///< links of the list that the slot is in; free slots use `next`
    std::uint32_t next;
    bool open;          ///< in which list
    std::int64_t last;  ///< stamp of the last fragment
    Reassembly pieces;
  };
  struct HashSlot {
    std::uint32_t hash;  ///< 0: empty
    std::uint32_t index;
  };
  /// In the order of their last fragments.
  struct List {
    std::uint32_t first = kNoIndex;
    std::uint32_t last = kNoIndex;
  };

  [[nodiscard]] std::uint32_t hash_of(const FragmentKey& key) const noexcept;
  [[nodiscard]] std::uint32_t find(const FragmentKey& key, std::uint32_t hash) const noexcept;
  [[nodiscard]] std::uint32_t create(const FragmentKey& key, std::uint32_t hash, Counters& counters) noexcept;
  void drop(std::uint32_t index) noexcept;
  void erase_hash(std::uint32_t index) noexcept;
  void link(std::uint32_t index) noexcept;
  void unlink(std::uint32_t index) noexcept;
  [[nodiscard]] List& list_of(const Slot& slot) noexcept { return slot.open ? open_ : whole_; }

  void expire(std::int64_t now, Counters& counters) noexcept;
  /// Gives up the oldest identification but `spared`, those that wait for nothing first. False where there is none.
  bool evict(std::uint32_t spared, Counters& counters) noexcept;
  std::size_t show(Slot& slot, const Packet& packet, Packet* ready, Counters& counters) noexcept;
  [[nodiscard]] bool write(Slot& slot, Reassembly::Version version, const Packet& packet, Packet& ready) noexcept;

  DefragmenterLimits limits_;
  std::uint64_t seed_;
  ReservedArray<Slot> slots_;
  ReservedArray<HashSlot> table_;
  FragmentStore store_;
  ReadyBuffers ready_;
  List open_;   ///< has fragments that are not yet part of a whole datagram
  List whole_;  ///< has none
  std::uint32_t mask_ = 0;
  std::uint32_t used_ = 0;  ///< slots ever used
  std::uint32_t free_ = kNoIndex;
  std::uint32_t live_ = 0;
};

}  // namespace ghostport
