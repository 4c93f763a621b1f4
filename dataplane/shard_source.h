// One of several workers that all read the same capture: takes the packets of its shard, and passes the others by,
// which costs less than to have one reader hand them over. The worker's end is a PacketSource; used on its thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "dataplane/capture_file.h"
#include "dataplane/intake.h"
#include "dataplane/packet_parser.h"

namespace ghostport {

/// Keeps the readers of one capture together, so that neither its bytes nor what they have found out wait long for each
/// other.
class Pace {
 public:
  explicit Pace(std::size_t readers) : places_(readers) {}

  /// A new capture begins; nobody reads.
  void begin() noexcept {
    for (Place& place : places_) place.offset.store(0, std::memory_order_relaxed);
  }
  /// The reader has got to this byte. True where it is ahead of all others.
  bool reach(std::size_t reader, std::uint64_t offset) noexcept {
    say(reader, offset);
    return std::ranges::none_of(
        places_, [&](const Place& place) { return place.offset.load(std::memory_order_relaxed) > offset; });
  }
  /// Waits while another reader is far behind this byte.
  void wait_for_others(std::uint64_t offset) const noexcept {
    for (const Place& place : places_) {
      for (std::uint64_t other = place.offset.load(std::memory_order_acquire);
           other < offset && offset - other > kMostAhead; other = place.offset.load(std::memory_order_acquire))
        place.offset.wait(other, std::memory_order_acquire);
    }
  }
  /// The reader has got to the end.
  void end(std::size_t reader) noexcept { say(reader, std::numeric_limits<std::uint64_t>::max()); }

 private:
  static constexpr std::uint64_t kMostAhead = std::uint64_t{4} << 20U;  // bytes

  void say(std::size_t reader, std::uint64_t offset) noexcept {
    places_[reader].offset.store(offset, std::memory_order_release);
    places_[reader].offset.notify_all();
  }

  struct alignas(64) Place {
    std::atomic<std::uint64_t> offset{0};
  };
  std::vector<Place> places_;
};

class ShardSource {
 public:
  /// `capture`, `pace` and `counters` outlive it. `counters`: what every reader counts alike, as it looks at what is
  /// not plain before it knows whose that is.
  ShardSource(CaptureFileSource& capture, Pace& pace, Counters& counters, const Rules& rules, std::size_t shard,
              std::size_t shards, std::function<void()> ahead)
      : capture_(capture),
        pace_(pace),
        intake_(counters, rules),
        shard_(shard),
        shards_(shards),
        ahead_(std::move(ahead)) {}

  /// The capture has been opened.
  void begin() noexcept {
    intake_.begin();
    told_ = 0;
    ended_ = false;
  }

  // PacketSource
  void receive(PacketBatch& batch, Tick& tick) noexcept {
    capture_.release(capture_.packets());
    intake_.release(capture_.packets());
    const std::uint64_t begin = capture_.offset();
    if (begin - told_ >= kStep) {
      told_ = begin;
      if (pace_.reach(shard_, told_)) ahead_();
      pace_.wait_for_others(told_);
    }
    batch.count = 0;
    while (!ended_ && batch.count <= kEnough && capture_.offset() - begin < kStep) {
      Packet& packet = batch.packets[batch.count];
      const CaptureFileSource::Next next = capture_.next(packet);
      ended_ = next == CaptureFileSource::Next::end;
      if (next == CaptureFileSource::Next::packet) take(packet, batch);
    }
    const bool end = ended_ && batch.count == 0;
    if (end) {
      intake_.end();
      pace_.end(shard_);
    }
    tick = {capture_.last_stamp(), capture_.packets(), end};
  }
  void dispose(std::span<const Packet>, const Disposal&) noexcept {}

 private:
  static constexpr std::size_t kEnough = PacketBatch::kMost - Intake::kMostWhole;
  // What a batch may cost where few packets are the shard's; and how often a reader says how far it has got, which is a
  // call of the system: as long as any thread of the process sleeps, it may be that one waits for just this.
  static constexpr std::uint64_t kStep = std::uint64_t{512} << 10U;  // bytes

  [[nodiscard]] bool is_own(std::uint64_t hash) const noexcept { return shard_of(hash, shards_) == shard_; }

  /// `packet` lies where the next one of the batch belongs.
  void take(Packet& packet, PacketBatch& batch) noexcept {
    packet.located = false;
    if (const PlainHeaders plain = plain_headers(packet); plain.family != 0) {
      if (is_own(shard_hash(packet, plain))) ++batch.count;  // which the worker counts
      return;
    }
    switch (intake_.locate(packet)) {
      case Reach::nothing: return;
      case Reach::network: add(packet, batch); return;
      case Reach::fragment: break;
    }
    for (const Packet& whole : intake_.reassemble(packet)) add(whole, batch);
  }
  void add(const Packet& packet, PacketBatch& batch) noexcept {
    if (!is_own(shard_hash(packet))) return;
    Packet& place = batch.packets[batch.count++];
    if (&place != &packet) place = packet;
    place.located = true;
  }

  CaptureFileSource& capture_;
  Pace& pace_;
  Intake intake_;
  const std::size_t shard_;
  const std::size_t shards_;
  const std::function<void()> ahead_;
  std::uint64_t told_ = 0;  // how far by the last word to the others
  bool ended_ = false;
};

}  // namespace ghostport
