// Builds frames, conversations and whole captures, byte by byte: right by default, any field wrong on request.
// Called by unit tests and by the generator of the bundled cases; not safe to share between threads.
// Every result is a function of the calls alone: no clock, no randomness without a seed. Errors throw std::exception.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ghostport::packets {

using namespace std::chrono_literals;
using ByteString = std::vector<std::uint8_t>;

// ---- bytes ----

/// Bytes to send: from a text (its characters, up to the first zero where it is a literal) or from bytes.
struct Data {
  Data() = default;
  Data(ByteString value) : bytes(std::move(value)) {}
  Data(std::string_view text) : bytes(text.begin(), text.end()) {}
  Data(const std::string& text) : Data(std::string_view(text)) {}
  Data(const char* text) : Data(std::string_view(text)) {}
  ByteString bytes;
};

/// Bytes from hexadecimal digits; blanks between pairs are skipped.
[[nodiscard]] ByteString from_hex(std::string_view digits);

/// The same bytes for the same seed, everywhere (SplitMix64).
[[nodiscard]] ByteString random_bytes(std::size_t count, std::uint64_t seed);

/// `head`, then `tail`.
[[nodiscard]] ByteString joined(ByteString head, const ByteString& tail);

/// Appends numbers in network order (le: in little-endian order), texts and counted fields.
class ByteWriter {
 public:
  ByteWriter& u8(std::uint64_t value) { return put(value, 1); }
  ByteWriter& u16(std::uint64_t value) { return put(value, 2); }
  ByteWriter& u24(std::uint64_t value) { return put(value, 3); }
  ByteWriter& u32(std::uint64_t value) { return put(value, 4); }
  ByteWriter& le16(std::uint64_t value) { return put_little(value, 2); }
  ByteWriter& le24(std::uint64_t value) { return put_little(value, 3); }
  ByteWriter& le32(std::uint64_t value) { return put_little(value, 4); }
  ByteWriter& add(const Data& field);
  ByteWriter& zeros(std::size_t count);
  /// The field behind its length, a number of `length_bytes` bytes in network order.
  ByteWriter& counted(unsigned length_bytes, const Data& field);

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] const ByteString& bytes() const { return bytes_; }

 private:
  ByteWriter& put(std::uint64_t value, unsigned size);
  ByteWriter& put_little(std::uint64_t value, unsigned size);
  ByteString bytes_;
};

/// The Internet checksum (RFC 1071) of `bytes`, an odd last byte padded with zero.
[[nodiscard]] std::uint16_t internet_checksum(const ByteString& bytes);

// ---- layers: plain values; an empty optional is computed ----

/// An IPv4 or IPv6 address, parsed from its text.
struct IpAddress {
  IpAddress(std::string_view text);
  IpAddress(const char* text) : IpAddress(std::string_view(text)) {}
  IpAddress(const std::string& text) : IpAddress(std::string_view(text)) {}
  [[nodiscard]] bool is_v6() const { return bytes.size() == 16; }
  ByteString bytes;  ///< 4 or 16, network order
};

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

// ---- a capture ----

/// Classic pcap (libpcap's file format, version 2.4), link type Ethernet.
struct PcapFormat {
  bool nanoseconds = false;
  bool big_endian = false;
};

/// 2026-11-20 10:00:00 UTC.
inline constexpr std::chrono::nanoseconds kCaptureStart = 1'795'168'800s;
/// What a packet takes before the next may be sent.
inline constexpr std::chrono::nanoseconds kPacketSpacing = 500us;

struct CapturedFrame {
  std::chrono::nanoseconds time{};  ///< since 1970
  ByteString bytes{};
  std::size_t wire_length = 0;
};

/// Frames with their times, and the clock that all conversations of a capture share.
class Capture {
 public:
  explicit Capture(std::chrono::nanoseconds start = kCaptureStart) : start_(start), now_(start) {}

  Capture& after(std::chrono::nanoseconds pause);
  /// Sets the clock to a time since the start.
  Capture& at(std::chrono::nanoseconds since_start);
  /// Cuts later frames to `bytes`, as tcpdump -s does.
  Capture& snap_length(std::size_t bytes);
  /// Adds a frame now and moves the clock on by kPacketSpacing.
  Capture& add(const ByteString& frame);
  Capture& add(const PacketBuilder& packet) { return add(packet.frame()); }
  /// Repeats every frame so far, each `later` than its first copy: a mirror of a packet's way in and its way out.
  Capture& see_every_packet_twice(std::chrono::nanoseconds later);

  [[nodiscard]] std::chrono::nanoseconds now() const { return now_; }
  /// The number of the last packet, counted from 1.
  [[nodiscard]] std::size_t last_packet() const { return frames_.size(); }
  [[nodiscard]] const std::vector<CapturedFrame>& frames() const { return frames_; }
  [[nodiscard]] ByteString pcap(PcapFormat format = {}) const;
  void write(const std::filesystem::path& file, PcapFormat format = {}) const;

 private:
  std::chrono::nanoseconds start_;
  std::chrono::nanoseconds now_;
  std::size_t snap_length_ = 262'144;
  std::vector<CapturedFrame> frames_;
};

// ---- conversations ----

struct Endpoint {
  IpAddress address;
  std::uint16_t port;
};
[[nodiscard]] inline Endpoint client(const IpAddress& address, std::uint16_t port) { return {address, port}; }
[[nodiscard]] inline Endpoint server(const IpAddress& address, std::uint16_t port) { return {address, port}; }

enum class Party { client, server };
[[nodiscard]] constexpr Party other(Party party) { return party == Party::client ? Party::server : Party::client; }

/// A last word on a packet before it is written: a VLAN tag, an option, a wrong checksum.
using Edit = std::function<void(PacketBuilder& packet, Party from)>;

/// What TCP and UDP conversations share: two ends, the capture and its clock, the edit, and whom the tap sees.
class Conversation {
 public:
  Conversation(Capture& capture, Endpoint client, Endpoint server);
  [[nodiscard]] Capture& capture() { return *capture_; }
  /// The last packet of that party, also where the tap did not see it.
  [[nodiscard]] const PacketBuilder& last_packet(Party from) const { return last_[index(from)]; }

 protected:
  [[nodiscard]] static std::size_t index(Party party) { return static_cast<std::size_t>(party); }
  [[nodiscard]] const Endpoint& end(Party party) const { return party == Party::client ? client_ : server_; }
  /// Addresses, MAC addresses and the IPv4 identification of the next packet of that party.
  [[nodiscard]] PacketBuilder next_packet(Party from);
  void send(Party from, PacketBuilder packet);
  void send_unreachable(Unreachable what, const std::optional<IpAddress>& reporter, std::size_t quoted_bytes);

  Edit edit_;
  std::optional<Party> seen_;

 private:
  Capture* capture_;
  Endpoint client_;
  Endpoint server_;
  std::array<std::uint16_t, 2> next_identification_{0x1000, 0x8000};
  std::array<PacketBuilder, 2> last_;
};

/// How bytes are cut into segments, and in which order those are sent (in stream order without `order`).
struct Segmentation {
  std::size_t largest = 1460;
  std::vector<std::size_t> cuts{};   ///< offsets in the bytes to say, rising
  std::vector<std::size_t> order{};  ///< indexes of the segments
};
[[nodiscard]] inline Segmentation in_pieces_of(std::size_t largest) { return {.largest = largest}; }
[[nodiscard]] inline Segmentation cut_at(std::vector<std::size_t> cuts, std::vector<std::size_t> order = {}) {
  return {.cuts = std::move(cuts), .order = std::move(order)};
}

struct TcpSettings {
  std::uint32_t client_isn = 0x1A2B3C4D;
  std::uint32_t server_isn = 0x5E6F7081;
  ByteString syn_options{2, 4, 0x05, 0xB4, 4, 2, 1, 1};  ///< MSS 1460, SACK permitted
};

/// A TCP connection between two ends that keeps the sequence numbers of both. `says` is data and the peer's
/// acknowledgment; `sends` is the data alone. It reads as a story:
///   TcpConversation talk(capture, client("10.0.0.5", 51514), server("10.0.0.9", 3238));
///   talk.handshake().client_says("GET / HTTP/1.1\r\n\r\n").after(50ms).server_says("HTTP/1.1 204 OK\r\n\r\n").close();
class TcpConversation : public Conversation {
 public:
  TcpConversation(Capture& capture, Endpoint client, Endpoint server, TcpSettings settings = {});

  TcpConversation& editing(Edit edit);
  /// The tap sees that party's packets only.
  TcpConversation& only_seen(Party party);
  TcpConversation& after(std::chrono::nanoseconds pause);

  TcpConversation& handshake() { return syn().syn_ack().acknowledge(Party::client); }
  TcpConversation& syn();
  TcpConversation& syn_ack();
  TcpConversation& client_says(const Data& data, const Segmentation& how = {});
  TcpConversation& server_says(const Data& data, const Segmentation& how = {});
  TcpConversation& client_sends(const Data& data, const Segmentation& how = {}) {
    return send_data(Party::client, data, how);
  }
  TcpConversation& server_sends(const Data& data, const Segmentation& how = {}) {
    return send_data(Party::server, data, how);
  }
  /// Bytes that were sent, but are missing from the capture; the peer's acknowledgment is there.
  TcpConversation& missing(Party from, std::size_t bytes);
  /// An acknowledgment of all that the other party sent, or of its first `stream_bytes` only.
  TcpConversation& acknowledge(Party from, std::optional<std::uint32_t> stream_bytes = {});
  /// A data segment at an offset in the stream (0 is the first byte behind the SYN); the state stays as it is.
  TcpConversation& segment(Party from, std::uint32_t offset, const Data& data, const Edit& edit = {});
  /// The last data segment of that party once more.
  TcpConversation& retransmit(Party from);
  /// A keep-alive: `garbage` bytes (0 or 1, RFC 9293 section 3.8.4) below the next sequence number, acknowledged.
  TcpConversation& keep_alive(Party from, std::size_t garbage = 1);
  /// FIN of the client, FIN of the server, the last acknowledgment.
  TcpConversation& close() { return fin_from_client().fin_from_server().acknowledge(Party::client); }
  TcpConversation& fin_from_client() { return fin(Party::client); }
  TcpConversation& fin_from_server() { return fin(Party::server); }
  /// A reset at the exact next sequence number, without data.
  TcpConversation& rst_from_client() { return rst(Party::client); }
  TcpConversation& rst_from_server() { return rst(Party::server); }
  /// An ICMP error about the client's last packet, from the server or from a router.
  TcpConversation& unreachable(Unreachable what = Unreachable::port, const std::optional<IpAddress>& reporter = {},
                               std::size_t quoted_bytes = 500);

  /// How many bytes that party has sent so far: the offset of its next one.
  [[nodiscard]] std::uint32_t sent(Party from) const;

 private:
  TcpConversation& send_data(Party from, const Data& data, const Segmentation& how);
  TcpConversation& fin(Party from);
  TcpConversation& rst(Party from);
  [[nodiscard]] std::uint32_t first_sequence(Party from) const;
  void send_segment(Party from, std::uint32_t sequence, std::uint8_t flags, const ByteString& data,
                    const Edit& edit = {});

  TcpSettings settings_;
  std::array<std::uint32_t, 2> next_;          // next sequence number of each party
  std::array<std::uint32_t, 2> acknowledged_;  // what each party has acknowledged of the other
  std::array<std::pair<std::uint32_t, ByteString>, 2> last_data_;
};

/// Datagrams between two ends.
class UdpConversation : public Conversation {
 public:
  using Conversation::Conversation;

  UdpConversation& editing(Edit edit);
  UdpConversation& only_seen(Party party);
  UdpConversation& after(std::chrono::nanoseconds pause);
  UdpConversation& client_says(const Data& data) { return say(Party::client, data); }
  UdpConversation& server_says(const Data& data) { return say(Party::server, data); }
  /// An ICMP error about the client's last datagram, from the server or from a router.
  UdpConversation& unreachable(Unreachable what = Unreachable::port, const std::optional<IpAddress>& reporter = {},
                               std::size_t quoted_bytes = 500);

 private:
  UdpConversation& say(Party from, const Data& data);
};

}  // namespace ghostport::packets
