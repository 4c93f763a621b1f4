// What the adjudicator tells the worker of one flow, inline or in a foreign host, where its verdict needed context. The
// sensor has a ring per worker: the adjudicator's thread writes, the worker reads between two batches.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "detection/fact.h"

namespace ghostport {

struct FlowCommand {
  FiveTuple key;
  std::uint64_t flow_id = 0;  ///< another flow of the same ends is not meant
  bool block = false;         ///< or let pass again
  Verdict verdict = Verdict::expected;
  ServiceId service = ServiceId::none;  ///< that payload named
};

[[nodiscard]] inline FlowCommand command_for(const FlowDetail& detail, Verdict verdict) noexcept {
  FlowCommand command;
  (void)make_five_tuple(command.key, detail.address[0].family, detail.transport, detail.address[0].bytes.data(),
                        detail.address[1].bytes.data(), detail.port[0], detail.port[1]);
  command.flow_id = detail.flow_id;
  command.block = verdict == Verdict::unexpected && detail.outcome == Outcome::identified;
  command.verdict = verdict;
  command.service = detail.service;
  return command;
}

class CommandRing {
 public:
  /// Adjudicator. False where the worker is that far behind.
  bool push(const FlowCommand& command) noexcept {
    const std::uint32_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) == kCells) return false;
    cells_[head % kCells] = command;
    head_.store(head + 1, std::memory_order_release);
    return true;
  }
  /// Worker. Calls take(command) for each that is there.
  template <class Take>
  void drain(Take&& take) noexcept {
    std::uint32_t tail = tail_.load(std::memory_order_relaxed);
    const std::uint32_t head = head_.load(std::memory_order_acquire);
    for (; tail != head; ++tail) take(cells_[tail % kCells]);
    tail_.store(tail, std::memory_order_release);
  }

 private:
  static constexpr std::uint32_t kCells = 1024;
  std::unique_ptr<FlowCommand[]> cells_ = std::make_unique<FlowCommand[]>(kCells);
  alignas(64) std::atomic<std::uint32_t> head_{0};
  alignas(64) std::atomic<std::uint32_t> tail_{0};
};

}  // namespace ghostport
