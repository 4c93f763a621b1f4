// From the replay reader to one worker: batches of packets of its shard, each with the tick behind them. Single
// producer, single consumer; both sleep when there is nothing to do. The worker's end is a PacketSource, and tells the
// reader up to which packet of the capture it has finished.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "dataplane/packet.h"

namespace ghostport {

class ShardQueue {
 public:
  enum class Kind : std::uint8_t { packets, begin, stop };

  /// What the reader fills. `begin` carries the tag of a new capture.
  struct Message {
    Kind kind = Kind::packets;
    std::uint64_t file_tag = 0;
    Tick tick;
    std::uint32_t count = 0;
    std::array<Packet, PacketBatch::kMost> packets;  ///< located
  };

  /// Reader: the message to fill; waits for room.
  Message& claim() noexcept {
    const std::uint32_t head = head_.load(std::memory_order_relaxed);
    for (;;) {
      const std::uint32_t tail = tail_.load(std::memory_order_acquire);
      if (head - tail < kMessages) break;
      tail_.wait(tail, std::memory_order_acquire);
    }
    return messages_[head % kMessages];
  }
  void send() noexcept {
    head_.fetch_add(1, std::memory_order_release);
    head_.notify_one();
  }
  /// Reader: the worker has finished its packets up to this number, that of the last tick it is done with.
  [[nodiscard]] std::uint64_t finished() const noexcept { return finished_.load(std::memory_order_acquire); }
  /// Reader: waits until the worker is done with all that was sent, and starts the numbers anew.
  void drain() noexcept {
    const std::uint32_t head = head_.load(std::memory_order_relaxed);
    for (std::uint32_t tail = tail_.load(std::memory_order_acquire); tail != head;
         tail = tail_.load(std::memory_order_acquire)) {
      tail_.wait(tail, std::memory_order_acquire);
    }
    finished_.store(0, std::memory_order_relaxed);
  }

  /// Worker: the oldest message; waits for one. done() gives it back, once its packets are finished.
  [[nodiscard]] const Message& next() noexcept {
    const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
    while (head_.load(std::memory_order_acquire) == tail) head_.wait(tail, std::memory_order_acquire);
    return messages_[tail % kMessages];
  }
  void done() noexcept {
    const Message& message = messages_[tail_.load(std::memory_order_relaxed) % kMessages];
    if (message.kind == Kind::packets) finished_.store(message.tick.number, std::memory_order_release);
    tail_.fetch_add(1, std::memory_order_release);
    tail_.notify_one();
  }

  /// PacketSource: the packets of the next message, which must be of kind packets.
  void receive(PacketBatch& batch, Tick& tick) noexcept {
    const Message& message = next();
    batch.count = message.count;
    std::copy_n(message.packets.begin(), message.count, batch.packets.begin());
    tick = message.tick;
  }

 private:
  static constexpr std::uint32_t kMessages = 32;
  std::unique_ptr<std::array<Message, kMessages>> storage_ = std::make_unique<std::array<Message, kMessages>>();
  std::array<Message, kMessages>& messages_ = *storage_;
  alignas(64) std::atomic<std::uint32_t> head_{0};
  alignas(64) std::atomic<std::uint32_t> tail_{0};
  std::atomic<std::uint64_t> finished_{0};  // beside tail_: written with it
};

}  // namespace ghostport
