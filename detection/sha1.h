// SHA-1 of one block, for Community ID: no secret hangs on it. Called when a record is written, never per packet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ghostport {

using Sha1Block = std::array<std::uint8_t, 64>;
using Sha1Digest = std::array<std::uint8_t, 20>;

/// FIPS 180-4, of a message of `size` bytes that fits into one block with its padding: at most 55, zeros behind it.
/// By the processor's own instructions where it has them.
[[nodiscard]] Sha1Digest sha1(const Sha1Block& message, std::size_t size) noexcept;
/// The same without them.
[[nodiscard]] Sha1Digest sha1_portable(const Sha1Block& message, std::size_t size) noexcept;

}  // namespace ghostport
