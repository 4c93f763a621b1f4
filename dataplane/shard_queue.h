// From a live reader to one worker: batches of packets of its shard, each with the tick behind them. Single producer,
// single consumer; the worker sleeps when there is nothing to do. Its end is a PacketSource. Back to the reader go the
// number up to which packets are finished, and the batches with what is to become of their frames.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/packet.h"

namespace ghostport {

class ShardQueue {
 public:
  /// What the reader fills.
  struct Message {
    Tick tick;
    std::uint32_t count = 0;
    std::array<Packet, PacketBatch::kMost> packets;  ///< located
    Disposal disposal;                               ///< the worker's answer
  };

  /// `messages` may be under way; a power of two.
  explicit ShardQueue(std::uint32_t messages) : count_(messages), messages_(std::make_unique<Message[]>(messages)) {}

  /// Reader: the message to fill, or null where the worker is that far behind. Counts what has been collected.
  [[nodiscard]] Message* try_claim() noexcept {
    const std::uint32_t head = head_.load(std::memory_order_relaxed);
    return head - collected_ < count_ ? &messages_[head & (count_ - 1)] : nullptr;
  }
  /// Reader: calls take(message) for each that the worker is done with. False where there was none.
  template <class Take>
  bool collect(Take&& take) noexcept {
    const std::uint32_t tail = tail_.load(std::memory_order_acquire);
    const bool any = collected_ != tail;
    for (; collected_ != tail; ++collected_) take(messages_[collected_ & (count_ - 1)]);
    return any;
  }
  /// How many the worker has before it, the one that it is at included.
  [[nodiscard]] std::uint32_t waiting() const noexcept {
    return head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_acquire);
  }
  [[nodiscard]] bool all_collected() const noexcept { return collected_ == head_.load(std::memory_order_relaxed); }
  void send() noexcept {
    head_.fetch_add(1, std::memory_order_release);
    head_.notify_one();
  }
  /// Reader: the worker has finished its packets up to this number, that of the last tick it is done with.
  [[nodiscard]] std::uint64_t finished() const noexcept { return finished_.load(std::memory_order_acquire); }
  /// Reader: waits until the worker is done with all that was sent.
  void wait_until_done() noexcept {
    const std::uint32_t head = head_.load(std::memory_order_relaxed);
    for (std::uint32_t tail = tail_.load(std::memory_order_acquire); tail != head;
         tail = tail_.load(std::memory_order_acquire)) {
      tail_.wait(tail, std::memory_order_acquire);
    }
  }

  /// Worker: the oldest message; waits for one. done() gives it back, once its packets are finished.
  [[nodiscard]] const Message& next() noexcept {
    const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
    while (head_.load(std::memory_order_acquire) == tail) head_.wait(tail, std::memory_order_acquire);
    return messages_[tail & (count_ - 1)];
  }
  void done() noexcept {
    const std::uint32_t at = tail_.load(std::memory_order_relaxed);
    finished_.store(messages_[at & (count_ - 1)].tick.number, std::memory_order_release);
    const std::uint32_t tail = tail_.fetch_add(1, std::memory_order_release) + 1;
    if (head_.load(std::memory_order_relaxed) == tail) tail_.notify_one();
  }

  /// PacketSource: the packets of the next message.
  void receive(PacketBatch& batch, Tick& tick) noexcept {
    const Message& message = next();
    batch.count = message.count;
    std::copy_n(message.packets.begin(), message.count, batch.packets.begin());
    tick = message.tick;
  }
  /// Of a datagram that several packets stand for, the last one has the frame.
  void dispose(std::span<const Packet>, const Disposal& disposal) noexcept {
    if (disposal.blocked == 0) return;
    Message& message = messages_[tail_.load(std::memory_order_relaxed) & (count_ - 1)];
    message.disposal = disposal;
    bool blocked = false;
    for (std::uint32_t i = 0; i < message.count; ++i) {
      blocked = blocked || (message.disposal.blocked >> i & 1U) != 0;
      if (blocked) message.disposal.blocked |= std::uint64_t{1} << i;
      if (message.packets[i].frame != nullptr) blocked = false;
    }
  }

 private:
  const std::uint32_t count_;
  const std::unique_ptr<Message[]> messages_;
  alignas(64) std::atomic<std::uint32_t> head_{0};
  alignas(64) std::atomic<std::uint32_t> tail_{0};
  std::atomic<std::uint64_t> finished_{0};  // beside tail_: written with it
  std::uint32_t collected_ = 0;             // the reader's
};

}  // namespace ghostport
