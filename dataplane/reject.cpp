#include "dataplane/reject.h"

#include <algorithm>
#include <cstring>

#include "dataplane/internet_sum.h"
#include "dataplane/ip_header.h"
#include "detection/doubt.h"

namespace ghostport {
namespace {

constexpr std::size_t kMac = 6;
constexpr std::size_t kTcpHeader = 20;
constexpr std::size_t kIcmpHeader = 8;
constexpr std::size_t kMostQuoted = 64;  // behind the ICMP header: an IP header with its first 8 bytes, or more
constexpr std::uint8_t kHopLimit = 64;

void put16(std::uint8_t* at, std::uint32_t value) noexcept {
  at[0] = static_cast<std::uint8_t>(value >> 8U);
  at[1] = static_cast<std::uint8_t>(value);
}
void put32(std::uint8_t* at, std::uint32_t value) noexcept {
  put16(at, value >> 16U);
  put16(at + 2, value & 0xFFFFU);
}
std::uint32_t get32(const std::uint8_t* at) noexcept {
  return static_cast<std::uint32_t>(get16(at)) << 16U | get16(at + 2);
}

/// What internet_sum found, as it is written into a header.
void put_sum(std::uint8_t* at, std::uint64_t sum) noexcept {
  const auto value = static_cast<std::uint16_t>(~folded(sum));
  std::memcpy(at, &value, sizeof value);  // internet_sum works in memory order
}

class Frame {
 public:
  Frame(const Packet& packet, RejectBytes& bytes, bool back) noexcept : packet_(packet), bytes_(bytes), back_(back) {}

  /// Link layer and IP header for `size` bytes of `protocol` behind them. False where there is no making one.
  bool begin(std::uint8_t protocol, std::size_t size) noexcept {
    const bool v4 = packet_.family == 4;
    const std::size_t header = v4 ? 20 : 40;
    const std::size_t link = packet_.ip_offset;
    if (packet_.link_type != kLinkEthernet || packet_.tunnels != 0 || packet_.frames != 1 || link < 2 * kMac ||
        packet_.captured < link + header || link + header + size > bytes_.size())
      return false;
    std::memcpy(bytes_.data(), packet_.data, link);
    if (back_) std::swap_ranges(bytes_.begin(), bytes_.begin() + kMac, bytes_.begin() + kMac);
    ip_ = link;
    transport_ = link + header;
    size_ = size;
    const std::uint8_t* const from = packet_.data + link;
    std::uint8_t* const to = bytes_.data() + link;
    std::memset(to, 0, header + size);
    if (v4) {
      to[0] = 0x45;
      put16(to + 2, static_cast<std::uint32_t>(header + size));
      to[6] = 0x40;  // not to be fragmented
      to[8] = kHopLimit;
      to[9] = protocol;
      std::memcpy(to + 12, from + (back_ ? 16 : 12), 4);
      std::memcpy(to + 16, from + (back_ ? 12 : 16), 4);
      put_sum(to + 10, internet_sum(to, header));
    } else {
      to[0] = 0x60;
      put16(to + 4, static_cast<std::uint32_t>(size));
      to[6] = protocol;
      to[7] = kHopLimit;
      std::memcpy(to + 8, from + (back_ ? 24 : 8), 16);
      std::memcpy(to + 24, from + (back_ ? 8 : 24), 16);
    }
    protocol_ = protocol;
    return true;
  }
  [[nodiscard]] std::uint8_t* transport() noexcept { return bytes_.data() + transport_; }

  /// The checksum over the pseudo-header (ICMPv4 has none) goes to `at` of the transport header.
  std::uint16_t end(std::size_t at) noexcept {
    std::uint64_t sum = internet_sum(transport(), size_);
    if (protocol_ != kIcmp) {
      const bool v4 = packet_.family == 4;
      std::uint8_t tail[8]{};
      put32(tail, static_cast<std::uint32_t>(size_));
      tail[7] = protocol_;
      sum += internet_sum(bytes_.data() + ip_ + (v4 ? 12 : 8), v4 ? 8 : 32) + internet_sum(tail, sizeof tail);
    }
    put_sum(transport() + at, sum);
    return static_cast<std::uint16_t>(transport_ + size_);
  }

 private:
  const Packet& packet_;
  RejectBytes& bytes_;
  bool back_;
  std::size_t ip_ = 0;
  std::size_t transport_ = 0;
  std::size_t size_ = 0;
  std::uint8_t protocol_ = 0;
};

std::uint16_t make_reset(const Packet& packet, bool back, std::uint32_t sequence, std::uint32_t acknowledgment,
                         std::uint8_t flags, RejectBytes& bytes) noexcept {
  Frame frame(packet, bytes, back);
  if (!frame.begin(kTcp, kTcpHeader)) return 0;
  const std::uint8_t* const header = packet.data + packet.transport_offset;
  std::uint8_t* const tcp = frame.transport();
  std::memcpy(tcp, header + (back ? 2 : 0), 2);
  std::memcpy(tcp + 2, header + (back ? 0 : 2), 2);
  put32(tcp + 4, sequence);
  put32(tcp + 8, acknowledgment);
  tcp[12] = 0x50;
  tcp[13] = flags;
  return frame.end(16);
}

std::uint16_t make_icmp(const Packet& packet, RejectBytes& bytes) noexcept {
  const bool v4 = packet.family == 4;
  const std::size_t quoted =
      std::min<std::size_t>({packet.end - packet.ip_offset, packet.captured - packet.ip_offset, kMostQuoted});
  Frame frame(packet, bytes, true);
  if (packet.group || !frame.begin(v4 ? kIcmp : kIcmp6, kIcmpHeader + quoted)) return 0;
  std::uint8_t* const icmp = frame.transport();
  icmp[0] = v4 ? 3 : 1;   // destination unreachable
  icmp[1] = v4 ? 13 : 1;  // communication administratively prohibited
  std::memcpy(icmp + kIcmpHeader, packet.data + packet.ip_offset, quoted);
  return frame.end(2);
}

}  // namespace

std::uint16_t make_reject(const Packet& packet, std::uint32_t acknowledgment, RejectBytes& bytes) noexcept {
  if (packet.kind == PacketKind::udp) return make_icmp(packet, bytes);
  if (packet.kind != PacketKind::tcp || packet.captured < packet.transport_offset + kTcpHeader) return 0;
  // Where the segment acknowledges, the reset stands where the sender expects the next byte; else it acknowledges.
  const bool acknowledges = (packet.tcp_flags & kTcpAck) != 0;
  const std::uint32_t sequence = acknowledges ? get32(packet.data + packet.transport_offset + 8) : 0;
  return make_reset(packet, true, sequence, acknowledgment,
                    static_cast<std::uint8_t>(acknowledges ? kTcpReset : kTcpReset | kTcpAck), bytes);
}

std::uint16_t make_reset_onward(const Packet& packet, RejectBytes& bytes) noexcept {
  if (packet.kind != PacketKind::tcp || packet.captured < packet.transport_offset + kTcpHeader) return 0;
  const std::uint8_t* const header = packet.data + packet.transport_offset;
  return make_reset(packet, false, get32(header + 4), get32(header + 8),
                    static_cast<std::uint8_t>(packet.tcp_flags & kTcpAck ? kTcpReset | kTcpAck : kTcpReset), bytes);
}

}  // namespace ghostport
