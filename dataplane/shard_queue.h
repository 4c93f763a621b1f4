// From the replay reader to one worker: batches of packets of its shard, each with the tick behind them. Single
// producer, single consumer; both sleep when there is nothing to do. The worker's end is a PacketSource.
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
  static constexpr std::uint32_t kMessages = 32;
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

  /// Worker: the oldest message; waits for one. done() gives it back.
  [[nodiscard]] const Message& next() noexcept {
    const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
    while (head_.load(std::memory_order_acquire) == tail) head_.wait(tail, std::memory_order_acquire);
    return messages_[tail % kMessages];
  }
  void done() noexcept {
    tail_.fetch_add(1, std::memory_order_release);
    tail_.notify_one();
  }

  /// PacketSource: the packets of the next message, which must be of kind packets.
  void receive(PacketBatch& batch, Tick& tick) noexcept {
    const Message& message = next();
    batch.count = message.count;
    std::copy_n(message.packets.begin(), message.count, batch.packets.begin());
    tick = message.tick;
    done();
  }

 private:
  std::unique_ptr<std::array<Message, kMessages>> storage_ = std::make_unique<std::array<Message, kMessages>>();
  std::array<Message, kMessages>& messages_ = *storage_;
  alignas(64) std::atomic<std::uint32_t> head_{0};
  alignas(64) std::atomic<std::uint32_t> tail_{0};
};

}  // namespace ghostport
