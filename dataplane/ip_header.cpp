#include "dataplane/ip_header.h"

#include <algorithm>

namespace ghostport {
namespace {

constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kAuthentication = 51;
constexpr std::uint8_t kDestination = 60;
constexpr std::uint8_t kMobility = 135;
constexpr std::uint8_t kHostIdentity = 139;
constexpr std::uint8_t kShim6 = 140;
constexpr unsigned kMostExtensionHeaders = 24;  // RFC 8200 sets no limit; more is no honest packet

/// IANA's list of IPv6 extension header types, without ESP and the experiments.
bool is_extension(std::uint8_t next) noexcept {
  switch (next) {
    case kHopByHop:
    case kRouting:
    case kFragment:
    case kAuthentication:
    case kDestination:
    case kMobility:
    case kHostIdentity:
    case kShim6: return true;
    default: return false;
  }
}

/// RFC 791 section 3.1: each option but the two of one byte has its length behind its type.
bool options_are_good(const std::uint8_t* at, const std::uint8_t* end) noexcept {
  while (at < end && at[0] != 0) {
    if (at[0] == 1) {
      ++at;
      continue;
    }
    if (end - at < 2 || at[1] < 2 || at[1] > end - at) return false;
    at += at[1];
  }
  return true;
}

/// Segmentation offload writes no length, but only into packets that are to be cut: shorter ones are refused.
bool is_for_offload(std::uint32_t size) noexcept { return size > 1500; }

/// Where a packet without a payload length ends. RFC 2675: a jumbogram says it in an option, which must come to more
/// than 65,535. 0: nowhere.
std::uint32_t jumbo_end(const std::uint8_t* ip, std::uint32_t offset, std::uint32_t end,
                        std::uint32_t wire_end) noexcept {
  constexpr std::uint32_t kLongest = 0xFFFF;
  const std::uint32_t options_end = std::min(end, offset + 40 + (offset + 42 <= end ? (ip[41] + 1U) * 8U : 0U));
  for (std::uint32_t at = offset + 42; at + 2 <= options_end;) {
    const std::uint8_t* option = ip + (at - offset);
    if (option[0] == 0xC2 && option[1] == 4 && at + 6 <= options_end) {
      const std::uint32_t length = static_cast<std::uint32_t>(get16(option + 2)) << 16U | get16(option + 4);
      return length > kLongest ? wire_end : 0;
    }
    at += option[0] == 0 ? 1U : 2U + option[1];
  }
  return 0;
}

IpHeader read_ipv4(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end, std::uint32_t wire_end) noexcept {
  IpHeader header;
  const std::uint8_t* ip = data + offset;
  if (offset + 20 > end) {
    header.state = IpHeader::State::truncated;
    return header;
  }
  const std::uint32_t size = (ip[0] & 0x0FU) * 4U;
  std::uint32_t total = get16(ip + 2);
  if (total == 0) {
    total = wire_end - offset;
    header.doubtful = !is_for_offload(total);
  }
  if (size < 20 || total < size) return header;
  if (offset + size > end) {
    header.state = IpHeader::State::truncated;
    return header;
  }
  header.protocol = ip[9];
  header.doubtful = header.doubtful || !options_are_good(ip + 20, ip + size);
  header.source = ip + 12;
  header.destination = ip + 16;
  header.transport_offset = offset + size;
  header.wire_end = offset + total;
  const bool whole = (get16(ip + 6) & 0x3FFFU) == 0;  // neither MF nor an offset
  header.state = whole ? IpHeader::State::good : IpHeader::State::fragment;
  return header;
}

IpHeader read_ipv6(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end, std::uint32_t wire_end) noexcept {
  IpHeader header;
  header.family = 6;
  if (offset + 40 > end) {
    header.state = IpHeader::State::truncated;
    return header;
  }
  const std::uint8_t* ip = data + offset;
  const std::uint32_t payload = get16(ip + 4);
  header.source = ip + 8;
  header.destination = ip + 24;
  header.wire_end = offset + 40 + payload;
  if (payload == 0 && ip[6] == kHopByHop) {
    header.wire_end = jumbo_end(ip, offset, end, wire_end);
    if (header.wire_end == 0) return header;
  } else if (payload == 0) {
    header.wire_end = wire_end;
    header.doubtful = !is_for_offload(wire_end - offset);
  }
  header.state = IpHeader::State::chain;
  std::uint8_t next = ip[6];
  std::uint32_t at = offset + 40;
  for (unsigned headers = 0; is_extension(next); ++headers) {
    if (headers == kMostExtensionHeaders) return header;
    if (at + 8 > end) {
      if (at + 8 <= header.wire_end) header.state = IpHeader::State::truncated;
      return header;
    }
    header.transport_offset = at;
    if (next == kFragment && (get16(data + at + 2) & 0xFFF9U) != 0) {  // not atomic (RFC 6946)
      header.protocol = data[at];
      header.state = IpHeader::State::fragment;
      return header;
    }
    const std::uint32_t size = next == kFragment         ? 8U
                               : next == kAuthentication ? (data[at + 1] + 2U) * 4U   // RFC 4302 section 2.2
                                                         : (data[at + 1] + 1U) * 8U;  // RFC 8200 section 4
    next = data[at];
    at += size;
    if (at > header.wire_end) return header;
  }
  header.protocol = next;
  header.transport_offset = at;
  header.state = IpHeader::State::good;
  return header;
}

}  // namespace

IpHeader read_ip(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end, std::uint32_t wire_end) noexcept {
  if (offset >= end) {
    IpHeader nothing;
    nothing.state = IpHeader::State::truncated;
    return nothing;
  }
  const unsigned version = data[offset] >> 4U;
  if (version == 4) return read_ipv4(data, offset, end, wire_end);
  if (version == 6) return read_ipv6(data, offset, end, wire_end);
  return {};
}

bool looks_like_ip(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end) noexcept {
  if (offset + 20 > end) return false;
  const std::uint8_t* ip = data + offset;
  if ((ip[0] >> 4U) == 6) return offset + 40 <= end;
  const std::uint32_t size = (ip[0] & 0x0FU) * 4U;
  return (ip[0] >> 4U) == 4 && size >= 20 && (get16(ip + 2) >= size || get16(ip + 2) == 0);
}

bool looks_like_frame(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end) noexcept {
  std::uint32_t at = offset + 12;
  for (unsigned tags = 0; at + 2 <= end && tags <= 4; ++tags, at += 4) {
    const std::uint16_t type = get16(data + at);
    if (type == 0x0800 || type == 0x86DD) return looks_like_ip(data, at + 2, end);
    if (type != 0x8100 && type != 0x88A8 && type != 0x9100) return false;
  }
  return false;
}

}  // namespace ghostport
