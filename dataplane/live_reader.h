// In front of many workers: deals the packets of one live source by address pair, and gives their frames back to it
// with the workers' answers. Runs on a thread of its own; a worker that is too slow never holds it up.
#pragma once

#include <algorithm>
#include <thread>
#include <vector>

#include "dataplane/intake.h"
#include "dataplane/live_source.h"
#include "dataplane/packet_parser.h"
#include "dataplane/shard_queue.h"

namespace ghostport {

enum class Overload : std::uint8_t { drop, forward };

template <LiveSource Source>
class LiveReader {
 public:
  LiveReader(Source& source, std::vector<ShardQueue*> queues, Overload overload, const Rules& rules)
      : source_(source),
        queues_(std::move(queues)),
        overload_(overload),
        open_(queues_.size()),
        intake_(counters_, rules) {
    intake_.begin();
  }

  /// One batch. False after the end. `wake`: every worker gets a message, even one that says nothing new.
  bool run_once(bool wake = false) noexcept {
    Tick tick;
    source_.receive(batch_, tick);
    collect();
    batch_.disposal.blocked = 0;
    batch_.disposal.reject_count = 0;
    for (std::size_t i = 0; i < batch_.count; ++i) {
      batch_.packets[i].place = static_cast<std::uint8_t>(i);
      deal(batch_.packets[i]);
    }
    if (tick.end) intake_.end();
    send_all(tick, wake);
    // What no worker looks at goes on from here.
    source_.dispose(std::span<const Packet>(batch_.packets.data(), batch_.count), batch_.disposal);
    if (tick.end) wait_for_workers();
    release();
    return !tick.end;
  }

  /// What this thread has counted, with what the source has.
  [[nodiscard]] Counters counters() noexcept {
    Counters all = counters_;
    all += source_.counters();
    return all;
  }

 private:
  static constexpr std::uint32_t kEnough = 2;               // batches before a worker
  static constexpr std::int64_t kTickInterval = 1'000'000;  // ns: a worker without packets hears the time that often

  void deal(Packet& packet) noexcept {
    switch (intake_.locate(packet)) {
      case Reach::nothing: return;
      case Reach::network: hand_over(packet, packet, true); return;
      case Reach::fragment: break;
    }
    const std::span<Packet> whole = intake_.reassemble(packet);
    for (std::size_t i = 0; i < whole.size(); ++i) hand_over(whole[i], packet, i + 1 == whole.size());
  }

  /// `last`: of the datagrams that one frame completed. The frame goes with it, and comes back with the answer.
  void hand_over(Packet packet, Packet& carrier, bool last) noexcept {
    const std::size_t to = shard_of(shard_hash(packet), queues_.size());
    ShardQueue::Message* const message = open(to);
    if (message == nullptr) {
      counters_.add(overload_ == Overload::forward ? Counter::overload_forwarded : Counter::overload_dropped);
      if (overload_ == Overload::drop) batch_.disposal.blocked |= std::uint64_t{1} << carrier.place;
      return;
    }
    packet.located = true;
    packet.frame = last ? carrier.frame : nullptr;
    packet.port = carrier.port;
    message->packets[message->count++] = packet;
    if (last) carrier.frame = nullptr;
    if (message->count == PacketBatch::kMost) send(to, settled_);  // of this round more may come
  }

  ShardQueue::Message* open(std::size_t to) noexcept {
    if (open_[to] != nullptr) return open_[to];
    ShardQueue::Message* const message = queues_[to]->try_claim();
    if (message == nullptr) return nullptr;
    message->count = 0;
    message->disposal.blocked = 0;
    message->disposal.reject_count = 0;
    return open_[to] = message;
  }
  void send(std::size_t to, const Tick& tick) noexcept {
    open_[to]->tick = tick;
    queues_[to]->send();
    open_[to] = nullptr;
  }
  void send_all(const Tick& tick, bool wake) noexcept {
    const bool due = wake || tick.end || tick.stamp - told_ >= kTickInterval;
    for (std::size_t to = 0; to < queues_.size(); ++to) {
      if (open_[to] == nullptr && !due) continue;
      // A worker that has enough before it is not served sooner by a batch of a few packets.
      if (!tick.end && queues_[to]->waiting() >= kEnough) continue;
      while (open(to) == nullptr) {
        if (!tick.end) break;
        collect();  // the end must reach everybody
        std::this_thread::yield();
      }
      if (open_[to] != nullptr) send(to, tick);
    }
    if (due) told_ = tick.stamp;
    settled_ = tick;
  }

  void collect() noexcept {
    for (ShardQueue* queue : queues_) {
      queue->collect([this](const ShardQueue::Message& message) {
        source_.dispose(std::span<const Packet>(message.packets.data(), message.count), message.disposal);
      });
    }
  }
  void wait_for_workers() noexcept {
    for (ShardQueue* queue : queues_) queue->wait_until_done();
    collect();
  }
  void release() noexcept {
    std::uint64_t finished = settled_.number;
    for (const ShardQueue* queue : queues_) {
      if (!queue->all_collected()) finished = std::min(finished, queue->finished());
    }
    source_.release(finished);
    intake_.release(finished);
  }

  Source& source_;
  std::vector<ShardQueue*> queues_;
  Overload overload_;
  std::vector<ShardQueue::Message*> open_;  // by worker
  PacketBatch batch_;
  Counters counters_;
  Intake intake_;
  Tick settled_;           // of the last round
  std::int64_t told_ = 0;  // when workers without packets heard the time
};

}  // namespace ghostport
