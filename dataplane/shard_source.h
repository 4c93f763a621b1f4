// One of several workers that all read the same capture file: takes the packets of its shard, and passes the others by,
// which costs less than to have one reader hand them over. The worker's end is a PacketSource; used on its thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "dataplane/capture_file.h"
#include "dataplane/intake.h"
#include "dataplane/packet_parser.h"

namespace ghostport {

/// Keeps the readers of one capture together, so that what they have found out need not wait long for each other.
class Pace {
 public:
  explicit Pace(std::size_t readers) : places_(readers) {}

  /// A new capture begins; nobody reads.
  void begin() noexcept {
    for (Place& place : places_) place.number.store(0, std::memory_order_relaxed);
  }
  /// The reader has got to this packet; waits while another one is far behind it.
  void reach(std::size_t reader, std::uint64_t number) noexcept {
    say(reader, number);
    for (const Place& place : places_) {
      for (std::uint64_t other = place.number.load(std::memory_order_acquire);
           other < number && number - other > kMostAhead; other = place.number.load(std::memory_order_acquire))
        place.number.wait(other, std::memory_order_acquire);
    }
  }
  /// The reader has got to the end.
  void end(std::size_t reader) noexcept { say(reader, std::numeric_limits<std::uint64_t>::max()); }

 private:
  static constexpr std::uint64_t kMostAhead = 16'384;  // packets

  void say(std::size_t reader, std::uint64_t number) noexcept {
    places_[reader].number.store(number, std::memory_order_release);
    places_[reader].number.notify_all();
  }

  struct alignas(64) Place {
    std::atomic<std::uint64_t> number{0};
  };
  std::vector<Place> places_;
};

class ShardSource {
 public:
  /// `capture`, `pace` and `counters` outlive it. `counters`: what every reader counts alike, as it looks at what is
  /// not plain before it knows whose that is.
  ShardSource(CaptureFileSource& capture, Pace& pace, Counters& counters, const Rules& rules, std::size_t shard,
              std::size_t shards)
      : capture_(capture), pace_(pace), intake_(counters, rules), shard_(shard), shards_(shards) {}

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
    if (capture_.packets() - told_ >= kStep) {
      told_ = capture_.packets();
      pace_.reach(shard_, told_);
    }
    batch.count = 0;
    for (unsigned looked_at = 0; !ended_ && looked_at < kMostLookedAt && batch.count <= kEnough; ++looked_at) {
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
  // To say how far a reader has got is a call of the system: as long as any thread of the process sleeps, it may be
  // that one waits for just this.
  static constexpr std::uint64_t kStep = 2048;     // packets
  static constexpr unsigned kMostLookedAt = 1024;  // packets that a batch may cost where few are the shard's

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
  std::uint64_t told_ = 0;  // how far by the last word to the others
  bool ended_ = false;
};

}  // namespace ghostport
