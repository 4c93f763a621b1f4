// One packet: the headers as plain values, and the builder that puts them together. Part of packet_builder.h.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tests/packet_bytes.h"

namespace ghostport::packets {

// ---- layers: plain values; an empty optional is computed ----

/// An IPv4 or IPv6 address, parsed from its text.
struct IpAddress {
  IpAddress(std::string_view text);
  IpAddress(const char* text) : IpAddress(std::string_view(text)) {}
  IpAddress(const std::string& text) : IpAddress(std::string_view(text)) {}
  [[nodiscard]] bool is_v6() const { return bytes.size() == 16; }
  ByteString bytes;  ///< 4 or 16, network order
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port;
};
[[nodiscard]] inline Endpoint client(const IpAddress& address, std::uint16_t port) { return {address, port}; }
[[nodiscard]] inline Endpoint server(const IpAddress& address, std::uint16_t port) { return {address, port}; }

using MacAddress = std::array<std::uint8_t, 6>;

/// 02:00 and the last four bytes of the address.
[[nodiscard]] MacAddress mac_of(const IpAddress& address);

struct EthernetHeader {
  MacAddress source{2, 0, 0, 0, 0, 1};
  MacAddress destination{2, 0, 0, 0, 0, 2};
  std::optional<std::uint16_t> ether_type{};
  std::size_t minimum_frame = 0;  ///< bytes; shorter frames are padded with zeros (60 on a real wire, without the FCS)
};

struct VlanTag {
  std::uint16_t id = 1;
  std::uint8_t priority = 0;
  bool drop_eligible = false;
  std::uint16_t protocol_id = 0x8100;  ///< 0x88a8 for a service tag (IEEE 802.1ad)
};

struct Ipv4Header {
  IpAddress source = "192.0.2.1";
  IpAddress destination = "192.0.2.2";
  std::uint8_t version = 4;
  std::uint8_t type_of_service = 0;
  std::uint16_t identification = 0;
  bool reserved_flag = false;
  bool dont_fragment = true;
  bool more_fragments = false;
  std::uint16_t fragment_offset = 0;  ///< in units of 8 bytes
  std::uint8_t time_to_live = 64;
  ByteString options{};  ///< padded with zeros to a multiple of 4
  std::optional<std::uint8_t> header_words{};
  std::optional<std::uint16_t> total_length{};
  std::optional<std::uint8_t> protocol{};
  std::optional<std::uint16_t> checksum{};
};

/// An extension header without its first byte, the next header, which is computed unless given.
struct Ipv6Extension {
  std::uint8_t type = 0;
  ByteString after_next_header{};
  std::optional<std::uint8_t> next_header{};
};

/// Options of an IPv6 hop-by-hop (0) or destination (60) header, padded with PadN (RFC 8200 section 4.2).
[[nodiscard]] Ipv6Extension hop_by_hop(const ByteString& options = {});
[[nodiscard]] Ipv6Extension destination_options(const ByteString& options = {});
/// A fragment header (RFC 8200 section 4.5); the offset counts units of 8 bytes.
[[nodiscard]] Ipv6Extension fragment_header(std::uint16_t offset, bool more_fragments, std::uint32_t identification);

struct Ipv6Header {
  IpAddress source = "2001:db8::1";
  IpAddress destination = "2001:db8::2";
  std::uint8_t version = 6;
  std::uint8_t traffic_class = 0;
  std::uint32_t flow_label = 0;
  std::uint8_t hop_limit = 64;
  std::vector<Ipv6Extension> extensions{};
  std::optional<std::uint16_t> payload_length{};
  std::optional<std::uint8_t> next_header{};  ///< of the fixed header
  std::optional<std::uint8_t> protocol{};     ///< behind the last extension header
};

inline constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10, kUrg = 0x20;

struct TcpHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgment = 0;
  std::uint8_t reserved = 0;  ///< the four bits behind the header length
  std::uint8_t flags = kAck;
  std::uint16_t window = 64240;
  std::uint16_t urgent_pointer = 0;
  ByteString options{};  ///< padded with zeros to a multiple of 4
  std::optional<std::uint8_t> header_words{};
  std::optional<std::uint16_t> checksum{};
};

struct UdpHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::optional<std::uint16_t> length{};
  std::optional<std::uint16_t> checksum{};
};

/// ICMP under IPv4, ICMPv6 under IPv6.
struct IcmpHeader {
  std::uint8_t type = 8;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;
  std::optional<std::uint16_t> checksum{};
};

// ---- one packet ----

/// One frame: Ethernet, any VLAN tags (outermost first), an IP header, a transport header, a payload; each but Ethernet
/// may be missing. The accessors let a field be changed afterwards; they throw where the packet has no such layer.
class PacketBuilder {
 public:
  PacketBuilder& ethernet(EthernetHeader header);
  PacketBuilder& vlan(VlanTag tag);
  PacketBuilder& ipv4(Ipv4Header header);
  PacketBuilder& ipv6(Ipv6Header header);
  /// The IP header of the addresses' family, and MAC addresses made from them.
  PacketBuilder& between(const IpAddress& source, const IpAddress& destination);
  PacketBuilder& tcp(TcpHeader header);
  PacketBuilder& udp(UdpHeader header);
  PacketBuilder& icmp(IcmpHeader header);
  PacketBuilder& payload(Data bytes);

  [[nodiscard]] EthernetHeader& ethernet() { return ethernet_; }
  [[nodiscard]] std::vector<VlanTag>& vlans() { return vlans_; }
  [[nodiscard]] Ipv4Header& ipv4() { return std::get<Ipv4Header>(network_); }
  [[nodiscard]] Ipv6Header& ipv6() { return std::get<Ipv6Header>(network_); }
  [[nodiscard]] TcpHeader& tcp() { return std::get<TcpHeader>(transport_); }
  [[nodiscard]] UdpHeader& udp() { return std::get<UdpHeader>(transport_); }
  [[nodiscard]] IcmpHeader& icmp() { return std::get<IcmpHeader>(transport_); }
  [[nodiscard]] ByteString& payload() { return payload_; }

  [[nodiscard]] bool is_ipv6() const { return std::holds_alternative<Ipv6Header>(network_); }
  [[nodiscard]] IpAddress source() const;
  [[nodiscard]] IpAddress destination() const;

  /// From the Ethernet header on.
  [[nodiscard]] ByteString frame() const;
  /// From the IP header on: what an ICMP error quotes and a tunnel carries.
  [[nodiscard]] ByteString datagram() const;

 private:
  [[nodiscard]] std::uint8_t protocol_number() const;
  [[nodiscard]] ByteString pseudo_header(std::size_t length) const;
  [[nodiscard]] ByteString segment() const;

  EthernetHeader ethernet_;
  std::vector<VlanTag> vlans_;
  std::variant<std::monostate, Ipv4Header, Ipv6Header> network_;
  std::variant<std::monostate, TcpHeader, UdpHeader, IcmpHeader> transport_;
  ByteString payload_;
};

/// What an ICMP or ICMPv6 destination unreachable says (RFC 792, RFC 1812 section 5.2.7.1, RFC 4443 section 3.1).
enum class Unreachable { port, host, prohibited };

/// An ICMP error from `reporter` to the sender of `quoted`. It quotes the IP header and at most `quoted_bytes` behind
/// it.
[[nodiscard]] PacketBuilder icmp_unreachable(const IpAddress& reporter, const PacketBuilder& quoted,
                                             Unreachable what = Unreachable::port, std::size_t quoted_bytes = 500);

}  // namespace ghostport::packets
