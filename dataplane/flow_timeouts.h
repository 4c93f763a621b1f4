// Packet-time expiry: a wheel of one-second slots, and a heap for the second that is running, so that flows end exactly
// in the order in which they were due. A flow's packets do not touch it: what is not yet due when its slot comes is put
// back. One per worker.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/flow_table.h"
#include "detection/rules.h"

namespace ghostport {

class FlowTimeouts {
 public:
  FlowTimeouts(FlowTable& flows, const Rules& rules);

  /// When the flow ends if nothing more comes: closed connections and one-way flows sooner.
  [[nodiscard]] std::int64_t due(const Flow& flow) const noexcept {
    if (flow.is_closed() || flow.packets[0] == 0 || flow.packets[1] == 0) return flow.last + unanswered_;
    return flow.last + (flow.key.transport == Transport::tcp ? tcp_ : udp_);
  }
  /// A new flow, or one whose end has come nearer.
  void schedule(std::uint32_t index) noexcept;
  void remove(std::uint32_t index) noexcept;

  /// Calls end(index, due) for every flow that was due before `stamp`, in order of due. `end` must erase or re-attach
  /// the flow.
  template <class End>
  void expire(std::int64_t stamp, End&& end) {
    turn(stamp);
    while (!heap_.empty() && heap_.front().due < stamp) {
      const Entry entry = pop();
      if (!heap_.empty()) flows_.prefetch(heap_.front().index);
      if (!holds(entry)) continue;
      const std::int64_t now_due = due(flows_[entry.index]);
      detach(entry.index);
      if (now_due == entry.due) {
        end(entry.index, now_due);
      } else {
        schedule(entry.index);  // in its turn, even where that has come
      }
    }
  }
  /// A new capture begins.
  void begin() noexcept;

 private:
  static constexpr std::uint32_t kSlots = 1024;
  static constexpr std::uint32_t kInHeap = 0xFFFFFFFE;

  struct Entry {
    std::int64_t due;
    std::uint32_t index;
    std::uint32_t ticket;
  };

  void turn(std::int64_t stamp) noexcept;
  void spill(std::uint32_t slot, std::int64_t second) noexcept;
  void push(std::uint32_t index, std::int64_t due) noexcept;
  Entry pop() noexcept;
  [[nodiscard]] bool holds(const Entry& entry) noexcept;
  void detach(std::uint32_t index) noexcept;

  FlowTable& flows_;
  std::int64_t tcp_;
  std::int64_t udp_;
  std::int64_t unanswered_;
  std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(kSlots, kNoIndex);
  std::vector<Entry> heap_;
  std::int64_t second_ = 0;  // its slot and all before it have been emptied
  bool started_ = false;
  std::uint32_t tickets_ = 0;
};

}  // namespace ghostport
