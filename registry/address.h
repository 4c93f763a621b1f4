// IP addresses and sets of them: value types that every room shares.
// Plain values, used on any thread; an AddressSet is immutable once built.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ghostport {

/// Bytes of an address as text, at most: INET6_ADDRSTRLEN less its end.
inline constexpr std::size_t kLongestAddress = 45;

/// An IPv4 or IPv6 address in network byte order. IPv4 fills the first four bytes, the rest is zero; the family keeps
/// 1.2.3.4 and 102:304:: apart.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  std::uint8_t family = 4;  ///< 4 or 6

  [[nodiscard]] static Address v4(const std::uint8_t* network_order) noexcept {
    Address address;
    std::memcpy(address.bytes.data(), network_order, 4);
    return address;
  }
  [[nodiscard]] static Address v6(const std::uint8_t* network_order) noexcept {
    Address address;
    address.family = 6;
    std::memcpy(address.bytes.data(), network_order, 16);
    return address;
  }
  /// 4 or 16
  [[nodiscard]] std::size_t size() const noexcept { return family == 4 ? 4 : 16; }
  /// Multicast, or the IPv4 limited broadcast.
  [[nodiscard]] bool is_group() const noexcept;

  /// Dotted quad, or RFC 5952 text.
  [[nodiscard]] std::string text() const;
  /// The same into room for kLongestAddress; what is behind it.
  char* write(char* at) const noexcept;
  [[nodiscard]] static std::optional<Address> parse(std::string_view text);

  friend bool operator==(const Address&, const Address&) = default;
  friend auto operator<=>(const Address& a, const Address& b) noexcept {
    if (const auto order = a.family <=> b.family; order != 0) return order;
    return std::memcmp(a.bytes.data(), b.bytes.data(), 16) <=> 0;
  }
};

/// First and last address, both included, of one family.
struct AddressRange {
  Address first;
  Address last;

  /// "10.0.0.5", "10.0.0.0/8", "10.0.0.1-10.0.0.9", and the same for IPv6. Host bits set behind a prefix, mixed
  /// families or first above last give no value.
  [[nodiscard]] static std::optional<AddressRange> parse(std::string_view text);
};

/// A sorted set of ranges.
class AddressSet {
 public:
  AddressSet() = default;
  explicit AddressSet(std::vector<AddressRange> ranges);
  [[nodiscard]] bool contains(const Address& address) const noexcept;
  /// Every address of the other set too.
  [[nodiscard]] bool contains(const AddressSet& other) const;
  [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }

 private:
  std::vector<AddressRange> ranges_;  // sorted by first, disjoint
};

}  // namespace ghostport
