// The key of a flow: both ends in a canonical order, the transport, and the hashes that tables and shards use.
// Plain values, used on any thread. VLAN is data, not part of the key.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "registry/address.h"
#include "registry/port.h"

namespace ghostport {

/// Which end of the canonical key sent a packet: 0 the low end, 1 the high end.
using Direction = std::uint8_t;

/// Both ends, the numerically smaller (address, port) first, so that the two directions of a flow have one key. 40
/// bytes.
struct FiveTuple {
  std::array<std::uint8_t, 16> address[2]{};  ///< network order, IPv4 in the first four bytes
  std::uint16_t port[2]{};                    ///< host order
  std::uint8_t family = 4;
  Transport transport = Transport::tcp;
  std::uint16_t zero = 0;

  [[nodiscard]] Address end(Direction which) const noexcept { return Address{address[which], family}; }

  friend bool operator==(const FiveTuple& a, const FiveTuple& b) noexcept { return std::memcmp(&a, &b, sizeof a) == 0; }
};
static_assert(sizeof(FiveTuple) == 40);

/// Of two addresses of a family in network order: is the first one larger? `alike`: what is said of two that are alike.
[[nodiscard]] inline bool is_beyond(const std::uint8_t* one, const std::uint8_t* two, std::uint8_t family,
                                    bool alike) noexcept {
  if (family == 4) {
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    std::memcpy(&a, one, 4);
    std::memcpy(&b, two, 4);
    return a == b ? alike : __builtin_bswap32(a) > __builtin_bswap32(b);
  }
  for (std::size_t half = 0; half < 16; half += 8) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, one + half, 8);
    std::memcpy(&b, two + half, 8);
    if (a != b) return __builtin_bswap64(a) > __builtin_bswap64(b);
  }
  return alike;
}

/// Fills `key` from a packet's source and destination and returns the direction of that packet.
[[nodiscard]] inline Direction make_five_tuple(FiveTuple& key, std::uint8_t family, Transport transport,
                                               const std::uint8_t* source, const std::uint8_t* destination,
                                               std::uint16_t source_port, std::uint16_t destination_port) noexcept {
  // Copies of a size that the compiler knows are a load and a store each.
  const bool swapped = is_beyond(source, destination, family, source_port > destination_port);
  key = FiveTuple{};
  std::uint8_t* const from = key.address[swapped ? 1 : 0].data();
  std::uint8_t* const to = key.address[swapped ? 0 : 1].data();
  if (family == 4) {
    std::memcpy(from, source, 4);
    std::memcpy(to, destination, 4);
  } else {
    std::memcpy(from, source, 16);
    std::memcpy(to, destination, 16);
  }
  // Ports, family and transport in one store, because the hash soon loads them as one.
  static_assert(std::endian::native == std::endian::little && offsetof(FiveTuple, port) == 32);
  const std::uint64_t low = swapped ? destination_port : source_port;
  const std::uint64_t high = swapped ? source_port : destination_port;
  const std::uint64_t end =
      low | high << 16U | std::uint64_t{family} << 32U | static_cast<std::uint64_t>(transport) << 40U;
  std::memcpy(reinterpret_cast<std::uint8_t*>(&key) + offsetof(FiveTuple, port), &end, sizeof end);
  return swapped ? 1 : 0;
}

/// A key for hash tables that others fill: a sender who knew it could make every lookup slow. From the system's
/// randomness; the order of a table never shows in the output.
[[nodiscard]] std::uint64_t random_seed();

/// One round of a 64x64 -> 128 bit multiply-and-fold hash.
[[nodiscard]] inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ 0x9E3779B97F4A7C15U) * (b ^ 0xD6E8FEB86659FD93U);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

/// What the other factors of a keyed hash are mixed with: a sender who could make one of them 0 would make all keys
/// collide, whatever the seed.
[[nodiscard]] constexpr std::uint64_t other_secret(std::uint64_t seed) noexcept { return seed * 0x9FB21C651E98DF25U; }

/// Keyed hash of the whole key, for the flow table.
[[nodiscard]] inline std::uint64_t hash_of(const FiveTuple& key, std::uint64_t seed) noexcept {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&key);
  std::uint64_t low[2]{};
  std::uint64_t high[2]{};
  if (key.family == 4) {  // no more than was just stored: a longer load would wait until that has got to the cache
    std::uint32_t ends[2];
    std::memcpy(&ends[0], bytes, 4);
    std::memcpy(&ends[1], bytes + 16, 4);
    low[0] = ends[0];
    high[0] = ends[1];
  } else {
    std::memcpy(low, bytes, 16);
    std::memcpy(high, bytes + 16, 16);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, bytes + offsetof(FiveTuple, port), sizeof rest);
  const std::uint64_t other = other_secret(seed);
  return mix(mix(low[0] ^ seed, high[0] ^ other) ^ rest, mix(low[1] + seed, high[1] + other));
}

/// Hash of the address pair alone, the same for both directions: the shard a packet belongs to. Not keyed: the same
/// capture gives the same shards. `size`: 4 or 16.
[[nodiscard]] inline std::uint64_t pair_hash(const std::uint8_t* one, const std::uint8_t* two,
                                             std::size_t size) noexcept {
  std::uint64_t a[2]{};
  std::uint64_t b[2]{};
  if (size == 4) {
    std::memcpy(a, one, 4);
    std::memcpy(b, two, 4);
  } else {
    std::memcpy(a, one, 16);
    std::memcpy(b, two, 16);
  }
  return mix(mix(a[0] + b[0], a[1] + b[1]), (a[0] ^ b[0]) + (a[1] ^ b[1]));
}

[[nodiscard]] inline std::uint64_t pair_hash(const FiveTuple& key) noexcept {
  return pair_hash(key.address[0].data(), key.address[1].data(), key.family == 4 ? 4 : 16);
}

/// Which of so many shards, at most 2^32, a hash belongs to; without a division, as every reader asks for every packet.
[[nodiscard]] inline std::size_t shard_of(std::uint64_t hash, std::size_t shards) noexcept {
  return (hash >> 32U) * shards >> 32U;
}

}  // namespace ghostport
