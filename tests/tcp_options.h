// TCP options, one after the other in a header's `options` (IANA's list of TCP option kinds). Part of packet_builder.h.
#pragma once

#include <cstdint>

#include "tests/packet_bytes.h"

namespace ghostport::packets {

/// Maximum segment size (RFC 9293 section 3.7.1).
[[nodiscard]] inline ByteString tcp_mss(std::uint16_t bytes) { return ByteWriter().u8(2).u8(4).u16(bytes).bytes(); }

/// Window scale (RFC 7323 section 2), behind a no-operation.
[[nodiscard]] inline ByteString tcp_window_scale(std::uint8_t shift) {
  return ByteWriter().u8(1).u8(3).u8(3).u8(shift).bytes();
}

/// SACK permitted (RFC 2018), behind two no-operations.
[[nodiscard]] inline ByteString tcp_sack_permitted() { return {1, 1, 4, 2}; }

/// Timestamps (RFC 7323 section 3), behind two no-operations.
[[nodiscard]] inline ByteString tcp_timestamps(std::uint32_t value, std::uint32_t echo) {
  return ByteWriter().u8(1).u8(1).u8(8).u8(10).u32(value).u32(echo).bytes();
}

/// MD5 signature (RFC 2385) of made-up bytes: a receiver without the key refuses the segment, one with it too.
[[nodiscard]] inline ByteString tcp_md5(std::uint64_t seed = 1) {
  return ByteWriter().u8(1).u8(1).u8(19).u8(18).add(random_bytes(16, seed)).bytes();
}

/// Fast Open (RFC 7413); an empty cookie asks for one. The cookie has 4 to 16 bytes, an even number.
[[nodiscard]] inline ByteString tcp_fast_open(const ByteString& cookie) {
  return ByteWriter().u8(1).u8(1).u8(34).u8(2 + cookie.size()).add(cookie).bytes();
}

}  // namespace ghostport::packets
