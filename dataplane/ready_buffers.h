// Where bytes lie until the packets that they belong to are done with, given back in the order of packet numbers: the
// datagrams that a defragmenter has put together, and what libpcap's live source has copied. A ring of bytes; one
// owner.
#pragma once

#include <cstddef>
#include <cstdint>

#include "detection/reserved_array.h"

namespace ghostport {

class ReadyBuffers {
 public:
  /// `packets`: most that may have something here at one time. Throws std::bad_alloc.
  explicit ReadyBuffers(std::size_t bytes, std::size_t packets = 4096)
      : memory_(bytes), taken_(packets), most_packets_(packets) {}

  /// `size` bytes in one piece for the packet of this number, which is not smaller than any before; nullptr where there
  /// is no room.
  [[nodiscard]] std::uint8_t* take(std::size_t size, std::uint64_t number) noexcept {
    const std::size_t start = place(size);
    if (start == kNowhere) return nullptr;
    Taken* last = count_ != 0 ? &taken_[(first_ + count_ - 1) % most_packets_] : nullptr;
    if (last == nullptr || last->number != number) {
      if (count_ == most_packets_) return nullptr;
      last = &taken_[(first_ + count_++) % most_packets_];
      last->number = number;
    }
    last->end = end_ = start + size;
    return memory_.data() + start;
  }
  void release(std::uint64_t number) noexcept {
    while (count_ != 0 && taken_[first_].number <= number) {
      begin_ = taken_[first_].end;
      first_ = (first_ + 1) % most_packets_;
      --count_;
    }
    if (count_ == 0) clear();  // from the start again: the same pages stay in use
  }
  void clear() noexcept { begin_ = end_ = first_ = count_ = 0; }

 private:
  static constexpr std::size_t kNowhere = ~std::size_t{0};
  struct Taken {
    std::uint64_t number;
    std::size_t end;
  };

  /// In use is [begin_, end_), or where end_ < begin_ everything but [end_, begin_).
  [[nodiscard]] std::size_t place(std::size_t size) const noexcept {
    if (count_ == 0) return size <= memory_.size() ? 0 : kNowhere;
    if (end_ < begin_) return end_ + size < begin_ ? end_ : kNowhere;
    if (end_ + size <= memory_.size()) return end_;
    return size < begin_ ? 0 : kNowhere;
  }

  ReservedArray<std::uint8_t> memory_;
  ReservedArray<Taken> taken_;
  std::size_t most_packets_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace ghostport
