// Conversations: two ends whose sequence numbers, identifications and times are kept. Part of packet_builder.h.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <utility>

#include "tests/capture_writer.h"

namespace ghostport::packets {

enum class Party { client, server };
[[nodiscard]] constexpr Party other(Party party) { return party == Party::client ? Party::server : Party::client; }

/// How a packet goes onto the wire: its frames, in order (the packet's own one unless told otherwise). Fragments,
/// tunnels and link types other than Ethernet are made here.
using Framing = std::function<std::vector<ByteString>(const PacketBuilder& packet, Party from)>;

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
  Framing framing_;
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
  /// The clocks of client and server at the capture's start, in milliseconds: every segment bears a timestamps option.
  std::optional<std::array<std::uint32_t, 2>> timestamps{};
};

/// A TCP connection between two ends that keeps the sequence numbers of both. `says` is data and the peer's
/// acknowledgment; `sends` is the data alone. It reads as a story:
///   TcpConversation talk(capture, client("10.0.0.5", 51514), server("10.0.0.9", 3238));
///   talk.handshake().client_says("GET / HTTP/1.1\r\n\r\n").after(50ms).server_says("HTTP/1.1 204 OK\r\n\r\n").close();
class TcpConversation : public Conversation {
 public:
  TcpConversation(Capture& capture, Endpoint client, Endpoint server, TcpSettings settings = {});

  TcpConversation& editing(Edit edit);
  TcpConversation& framed(Framing framing);
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
  /// Bytes that that party has sent by now in packets of the caller's making: only the state moves.
  TcpConversation& advance(Party from, std::size_t bytes);
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
  [[nodiscard]] ByteString options_of(Party from, std::uint8_t flags);
  void send_segment(Party from, std::uint32_t sequence, std::uint8_t flags, const ByteString& data,
                    const Edit& edit = {});

  TcpSettings settings_;
  std::array<std::uint32_t, 2> next_;          // next sequence number of each party
  std::array<std::uint32_t, 2> acknowledged_;  // what each party has acknowledged of the other
  std::array<std::pair<std::uint32_t, ByteString>, 2> last_data_;
  std::array<std::uint32_t, 2> last_timestamp_{};
};

/// Datagrams between two ends.
class UdpConversation : public Conversation {
 public:
  using Conversation::Conversation;

  UdpConversation& editing(Edit edit);
  UdpConversation& framed(Framing framing);
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
