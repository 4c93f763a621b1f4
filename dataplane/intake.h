// What happens to a packet before it can be sharded or tracked: its IP packet is found, fragments wait until their
// datagram is whole. One for each thread that does this: a worker that reads by itself, or the reader in front of many.
#pragma once

#include <span>

#include "dataplane/defragmenter.h"
#include "dataplane/layers.h"
#include "detection/rules.h"

namespace ghostport {

class Intake {
 public:
  /// A packet may complete this many datagrams: two versions, and again inside a tunnel. More are counted as lost.
  static constexpr std::size_t kMostWhole = 4;

  /// Throws std::bad_alloc.
  /// `rules`: whose limits.memory it keeps to.
  explicit Intake(Counters& counters, const Rules& rules = {})
      : counters_(counters), defragmenter_(limits_within(rules)) {}

  /// A new capture begins.
  void begin() noexcept { defragmenter_.begin(); }
  /// No more packets will come: what never became whole is counted.
  void end() noexcept { defragmenter_.end(counters_); }

  /// Counts the packet and finds its network.
  [[nodiscard]] Reach locate(Packet& packet) noexcept {
    count(packet);
    packet.frames = 1;
    return find_network(packet, counters_);
  }
  /// The same where its headers are known.
  void locate(Packet& packet, const PlainHeaders& plain) noexcept {
    count(packet);
    packet.frames = 1;
    take_plain(packet, plain);
  }
  /// A packet that nothing looks at.
  void count(const Packet& packet) noexcept {
    counters_.add(Counter::packets);
    counters_.add(Counter::bytes, packet.length);
  }
  /// A fragment, as locate() found it: the datagrams that it completes, located, kept until the next call.
  [[nodiscard]] std::span<Packet> reassemble(const Packet& fragment) noexcept;

  /// Packets up to this number are finished: the bytes of datagrams that they completed may go.
  void release(std::uint64_t number) noexcept { defragmenter_.release(number); }

 private:
  /// Fragments of fragments: the packet inside a tunnel is one again, or has a second fragment header.
  static constexpr std::size_t kMostWaiting = 7;

  [[nodiscard]] static DefragmenterLimits limits_within(const Rules& rules) noexcept;

  Counters& counters_;
  Defragmenter defragmenter_;
  Packet whole_[kMostWhole];
  Packet waiting_[kMostWaiting];
  Packet ready_[Defragmenter::kMostReady];
};

}  // namespace ghostport
