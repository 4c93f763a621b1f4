// Memory that this process holds now, for tests and trials that ask whether it is bounded.
#pragma once

#include <cstddef>
#include <fstream>

namespace ghostport {

/// A sanitizer's own bookkeeping is part of what the process holds.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

/// Bytes, from proc(5).
[[nodiscard]] inline std::size_t resident_bytes() {
  constexpr std::size_t kPage = 4096;
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * kPage;
}

}  // namespace ghostport
