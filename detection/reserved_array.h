// A fixed-size array whose pages cost memory only once touched: how tables and pools are bounded at start-up without
// paying for what is never used. Owned by one worker.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

namespace ghostport {

/// Bytes of all that are there now, of all threads: what tables and pools may come to.
inline std::atomic<std::size_t>& reserved_bytes() noexcept {
  static std::atomic<std::size_t> bytes{0};
  return bytes;
}

/// `count` zero bytes-initialised objects of a trivially destructible type. Throws std::bad_alloc at construction only.
template <class T>
class ReservedArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  ReservedArray() = default;
  explicit ReservedArray(std::size_t count) : count_(count) {
    if (count == 0) return;
    // Large tables are looked up all over: with small pages each look-up would walk page tables as well.
    const std::size_t size = count * sizeof(T);
    const std::size_t room = size < kHugePage ? 0 : kHugePage;
    void* memory =
        ::mmap(nullptr, size + room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    if (room != 0) {
      auto* const begin = static_cast<std::uint8_t*>(memory);
      const std::size_t skipped = (~reinterpret_cast<std::uintptr_t>(begin) + 1) % kHugePage;
      const std::size_t end = (skipped + size + kPage - 1) / kPage * kPage;
      if (skipped != 0) (void)::munmap(begin, skipped);
      if (end < size + room) (void)::munmap(begin + end, size + room - end);
      memory = begin + skipped;
      (void)::madvise(memory, size, MADV_HUGEPAGE);
    }
    data_ = static_cast<T*>(memory);
    reserved_bytes() += count * sizeof(T);
  }
  ReservedArray(ReservedArray&& from) noexcept
      : data_(std::exchange(from.data_, nullptr)), count_(std::exchange(from.count_, 0)) {}
  ReservedArray& operator=(ReservedArray&& from) noexcept {
    std::swap(data_, from.data_);
    std::swap(count_, from.count_);
    return *this;
  }
  ~ReservedArray() {
    if (data_ == nullptr) return;
    ::munmap(data_, count_ * sizeof(T));
    reserved_bytes() -= count_ * sizeof(T);
  }

  [[nodiscard]] T& operator[](std::size_t index) noexcept { return data_[index]; }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return data_[index]; }
  [[nodiscard]] T* data() noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

 private:
  static constexpr std::size_t kPage = 4096;
  static constexpr std::size_t kHugePage = std::size_t{2} << 20U;

  T* data_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace ghostport
