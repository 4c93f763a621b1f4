#include "registry/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "registry/values.h"

namespace ghostport {
namespace {

/// `address` with the bits behind `prefix` all zero, or all one.
Address fill_host_bits(Address address, std::uint64_t prefix, bool ones) {
  for (std::size_t i = 0; i < address.size(); ++i) {
    const std::uint64_t kept = std::min<std::uint64_t>(prefix > i * 8 ? prefix - i * 8 : 0, 8);
    const auto host_mask = static_cast<std::uint8_t>(0xffU >> kept);
    address.bytes[i] = static_cast<std::uint8_t>(ones ? address.bytes[i] | host_mask : address.bytes[i] & ~host_mask);
  }
  return address;
}

char* write_quad(char* at, const std::uint8_t* bytes) noexcept {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i != 0) *at++ = '.';
    at = std::to_chars(at, at + 3, bytes[i]).ptr;
  }
  return at;
}

struct ZeroRun {
  std::size_t first = 0;
  std::size_t count = 0;  ///< 0: nothing to shorten
};

/// The first of the longest runs of two or more (RFC 5952 section 4.2).
ZeroRun longest_zeros(const std::array<std::uint16_t, 8>& words) noexcept {
  ZeroRun longest;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::size_t end = i;
    while (end < words.size() && words[end] == 0) ++end;
    if (end - i >= 2 && end - i > longest.count) longest = {i, end - i};
    i = std::max(i, end);
  }
  return longest;
}

}  // namespace

bool Address::is_group() const noexcept {
  if (family == 6) return bytes[0] == 0xff;      // RFC 4291 section 2.7
  if ((bytes[0] & 0xf0U) == 0xe0U) return true;  // RFC 5771: 224.0.0.0/4
  return bytes[0] == 255 && bytes[1] == 255 && bytes[2] == 255 && bytes[3] == 255;
}

std::string Address::text() const {
  std::array<char, kLongestAddress> buffer;
  return {buffer.data(), write(buffer.data())};
}

char* Address::write(char* at) const noexcept {
  if (family == 4) return write_quad(at, bytes.data());
  std::array<std::uint16_t, 8> words;
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = static_cast<std::uint16_t>(bytes[i * 2] << 8U | bytes[i * 2 + 1]);
  const ZeroRun zeros = longest_zeros(words);
  // IPv4 inside of IPv6, in both of its forms (RFC 4291 section 2.5.5), ends as a dotted quad.
  const bool quad = zeros.first == 0 && ((zeros.count == 6) || (zeros.count == 5 && words[5] == 0xFFFF));
  const std::size_t end = quad ? 6 : words.size();
  for (std::size_t i = 0; i < end; ++i) {
    if (zeros.count != 0 && i == zeros.first) {
      *at++ = ':';
      i += zeros.count - 1;
      if (i + 1 == words.size()) *at++ = ':';
      continue;
    }
    if (i != 0) *at++ = ':';
    at = std::to_chars(at, at + 4, words[i], 16).ptr;
  }
  if (!quad) return at;
  *at++ = ':';
  return write_quad(at, bytes.data() + 12);
}

std::optional<Address> Address::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  Address address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
  address = Address{};
  address.family = 6;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const auto first = Address::parse(text.substr(0, slash));
    const auto prefix = parse_decimal(text.substr(slash + 1));
    if (!first || !prefix || *prefix > first->size() * 8) return std::nullopt;
    if (fill_host_bits(*first, *prefix, false) != *first) return std::nullopt;
    return AddressRange{*first, fill_host_bits(*first, *prefix, true)};
  }
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    const auto first = Address::parse(text.substr(0, dash));
    const auto last = Address::parse(text.substr(dash + 1));
    if (!first || !last || first->family != last->family || *last < *first) return std::nullopt;
    return AddressRange{*first, *last};
  }
  const auto address = Address::parse(text);
  if (!address) return std::nullopt;
  return AddressRange{*address, *address};
}

AddressSet::AddressSet(std::vector<AddressRange> ranges) : ranges_(std::move(ranges)) {
  std::sort(ranges_.begin(), ranges_.end(),
            [](const AddressRange& a, const AddressRange& b) { return a.first < b.first; });
  std::vector<AddressRange> disjoint;
  for (const AddressRange& range : ranges_) {
    if (!disjoint.empty() && range.first <= disjoint.back().last) {
      disjoint.back().last = std::max(disjoint.back().last, range.last);
    } else {
      disjoint.push_back(range);
    }
  }
  ranges_ = std::move(disjoint);
}

bool AddressSet::contains(const Address& address) const noexcept {
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                      [](const Address& a, const AddressRange& range) { return a < range.first; });
  return after != ranges_.begin() && address <= std::prev(after)->last;
}

bool AddressSet::contains(const AddressSet& other) const {
  return std::all_of(other.ranges_.begin(), other.ranges_.end(), [&](const AddressRange& one) {
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [&](const AddressRange& range) { return range.first <= one.first && one.last <= range.last; });
  });
}

}  // namespace ghostport
