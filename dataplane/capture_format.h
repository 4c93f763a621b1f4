// What the readers of both capture formats share: the outcome of a step, the link types' numbers and their bounds.
// Called by CaptureFileSource on the thread that reads the capture.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "dataplane/file_bytes.h"
#include "dataplane/packet.h"
#include "detection/rules.h"

namespace ghostport {

enum class ReadStep : std::uint8_t {
  packet,
  end,     ///< of the capture, where it may end
  broken,  ///< the problem says why, and at which byte
};

/// Bytes of one packet that are looked at: libpcap's MAXIMUM_SNAPLEN.
inline constexpr std::uint32_t kMostCaptured = 256U * 1024;

/// Latest time that is told apart (2255-03-14): 64 bits of nanoseconds end 7 years later. Times of pcapng before 1970
/// or beyond this are set to these ends.
inline constexpr std::int64_t kLatestSecond = 9'000'000'000;

/// The longest record that a link type may have (libpcap's limits): a longer one is a broken record.
[[nodiscard]] constexpr std::uint32_t most_recorded(std::uint16_t link_type) noexcept {
  switch (link_type) {
    case 231: return 128U << 20U;  // D-Bus
    case 249: return 1U << 20U;    // USBPcap
    case 279: return 8U << 20U;    // EBHSCR
    default: return kMostCaptured;
  }
}

/// A link type as files carry it, by the registry's number: 12 and 14 are what some systems wrote for raw IP, 101.
[[nodiscard]] constexpr std::uint16_t link_type_of(std::uint32_t number) noexcept {
  return number == 12 || number == 14 ? std::uint16_t{101} : static_cast<std::uint16_t>(number);
}

/// Snap lengths of 0 or beyond 2^31 tell nothing.
[[nodiscard]] constexpr std::uint32_t snap_length_of(std::uint32_t number) noexcept {
  return number == 0 || number > 0x7FFFFFFFU ? 0xFFFFFFFFU : number;
}

/// Numbers of a file in the byte order of the machine that wrote it.
struct ByteOrder {
  bool swapped = false;

  [[nodiscard]] std::uint16_t get16(const std::uint8_t* at) const noexcept {
    std::uint16_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return swapped ? __builtin_bswap16(value) : value;
  }
  [[nodiscard]] std::uint32_t get32(const std::uint8_t* at) const noexcept {
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return swapped ? __builtin_bswap32(value) : value;
  }
  [[nodiscard]] std::uint64_t get64(const std::uint8_t* at) const noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return swapped ? __builtin_bswap64(value) : value;
  }
};

}  // namespace ghostport
