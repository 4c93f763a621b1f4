#include "dataplane/flow_timeouts.h"

#include <algorithm>

namespace ghostport {
namespace {

constexpr std::uint32_t kHead = 0x80000000;  // in timer_previous: the flow is first in the slot given by the low bits

constexpr auto kLater = [](const auto& a, const auto& b) { return a.due != b.due ? a.due > b.due : a.index > b.index; };

}  // namespace

FlowTimeouts::FlowTimeouts(FlowTable& flows, const Rules& rules)
    : flows_(flows), tcp_(rules.tcp_timeout), udp_(rules.udp_timeout), unanswered_(rules.unanswered_timeout) {
  heap_.reserve(65'536);
}

void FlowTimeouts::begin() noexcept {
  std::fill(slots_.begin(), slots_.end(), kNoIndex);
  heap_.clear();
  started_ = false;
}

void FlowTimeouts::schedule(std::uint32_t index) noexcept {
  Flow& flow = flows_[index];
  if (flow.timer_previous != kNoIndex) detach(index);
  const std::int64_t when = due(flow);
  const std::int64_t second = when / kSecond;
  if (!started_) {
    started_ = true;
    second_ = flow.last / kSecond;
  }
  if (second <= second_) {
    push(index, when);
    return;
  }
  const auto slot = static_cast<std::uint32_t>(std::min<std::int64_t>(second, second_ + kSlots - 1) % kSlots);
  flow.timer_previous = kHead | slot;
  flow.timer_next = slots_[slot];
  if (slots_[slot] != kNoIndex) flows_[slots_[slot]].timer_previous = index;
  slots_[slot] = index;
}

void FlowTimeouts::detach(std::uint32_t index) noexcept {
  Flow& flow = flows_[index];
  if (flow.timer_previous == kNoIndex) return;
  if (flow.timer_previous != kInHeap) {
    if ((flow.timer_previous & kHead) != 0) {
      slots_[flow.timer_previous & ~kHead] = flow.timer_next;
    } else {
      flows_[flow.timer_previous].timer_next = flow.timer_next;
    }
    if (flow.timer_next != kNoIndex) flows_[flow.timer_next].timer_previous = flow.timer_previous;
  }
  flow.timer_previous = flow.timer_next = kNoIndex;
}

void FlowTimeouts::remove(std::uint32_t index) noexcept { detach(index); }

void FlowTimeouts::push(std::uint32_t index, std::int64_t when) noexcept {
  Flow& flow = flows_[index];
  flow.timer_previous = kInHeap;
  flow.timer_next = ++tickets_;
  heap_.push_back({when, index, tickets_});
  std::push_heap(heap_.begin(), heap_.end(), kLater);
}

FlowTimeouts::Entry FlowTimeouts::pop() noexcept {
  std::pop_heap(heap_.begin(), heap_.end(), kLater);
  const Entry entry = heap_.back();
  heap_.pop_back();
  return entry;
}

bool FlowTimeouts::holds(const Entry& entry) noexcept {
  const Flow& flow = flows_[entry.index];
  return flow.bits.live && flow.timer_previous == kInHeap && flow.timer_next == entry.ticket;
}

void FlowTimeouts::spill(std::uint32_t slot, std::int64_t second) noexcept {
  std::uint32_t index = slots_[slot];
  slots_[slot] = kNoIndex;
  while (index != kNoIndex) {
    Flow& flow = flows_[index];
    const std::uint32_t next = flow.timer_next;
    if (next != kNoIndex) flows_.prefetch(next);
    flow.timer_previous = flow.timer_next = kNoIndex;
    const std::int64_t when = due(flow);
    if (when / kSecond <= second) {
      push(index, when);
    } else {
      schedule(index);
    }
    index = next;
  }
}

void FlowTimeouts::turn(std::int64_t stamp) noexcept {
  if (!started_) return;
  const std::int64_t target = stamp / kSecond;
  if (target <= second_) return;
  const std::int64_t first = second_ + 1;
  second_ = target;
  const std::int64_t last = std::min<std::int64_t>(target, first + kSlots - 1);  // a long pause empties every slot once
  for (std::int64_t second = first; second <= last; ++second)
    spill(static_cast<std::uint32_t>(second % kSlots), target);
}

}  // namespace ghostport
