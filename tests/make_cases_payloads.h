// What applications say on the wire, built from their specifications: the words of the generated cases.
// Called by make_cases; every result is a function of the arguments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/packet_builder.h"

namespace ghostport::cases {

using packets::ByteString;

// HTTP/1.1 (RFC 9112)
[[nodiscard]] std::string http_request(std::string_view path = "/status");
[[nodiscard]] std::string http_response(std::size_t body_bytes = 64);
/// A POST request of exactly `total_bytes`, header and body.
[[nodiscard]] std::string http_post(std::size_t total_bytes);

// SSH (RFC 4253)
inline constexpr std::string_view kSshClientBanner = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n";
inline constexpr std::string_view kSshServerBanner = "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u3\r\n";
/// A key exchange init packet with its name lists.
[[nodiscard]] ByteString ssh_key_exchange_init(std::uint64_t seed);

// TLS 1.3 (RFC 8446), as a browser and a web server speak it
[[nodiscard]] ByteString tls_client_hello(std::string_view server_name = "www.example.org");
/// Server hello, change cipher spec and the encrypted rest of the server's flight, in one TCP segment.
[[nodiscard]] ByteString tls_server_flight();
/// Change cipher spec and the encrypted finished message.
[[nodiscard]] ByteString tls_client_finished();
/// One application data record.
[[nodiscard]] ByteString tls_application_data(std::size_t bytes, std::uint64_t seed);

// DNS (RFC 1035)
[[nodiscard]] ByteString dns_query(std::uint16_t id, std::string_view name = "www.example.org");
/// The answer to that query: one address record, 192.0.2.80.
[[nodiscard]] ByteString dns_answer(std::uint16_t id, std::string_view name = "www.example.org");

// RTP (RFC 3550): 20 ms of PCMU
[[nodiscard]] ByteString rtp_packet(std::uint16_t sequence, std::uint32_t timestamp, std::uint32_t source);

// MySQL client/server protocol, handshake version 10
[[nodiscard]] ByteString mysql_greeting();
[[nodiscard]] ByteString mysql_login();
[[nodiscard]] ByteString mysql_ok();

/// AppNeta's Responder Packet Protocol, after the layout of AppNeta's own dissector: an RTP-like header, then
/// a chain of headers that each name the type of the next one.
class RppPacket {
 public:
  static constexpr std::uint32_t kNoFlow = 0xFFFFFFFF;

  /// Begins with the sequence header that every packet carries. Dual-ended: between two AppNeta points.
  RppPacket(std::uint16_t sequence, std::uint32_t packet_id, std::uint32_t flow = kNoFlow, bool dual_ended = true);
  RppPacket& request();
  /// The IPv4 and UDP headers that the answer is to bear, 28 bytes.
  RppPacket& reply(const ByteString& headers);
  RppPacket& create_flow(std::uint16_t port);
  RppPacket& create_flow(std::uint16_t first_port, std::uint16_t last_port);
  RppPacket& flow_response(std::uint32_t flow, std::uint16_t port, std::uint16_t status = 0);
  RppPacket& command_info(std::uint32_t first_id, std::uint16_t burst_size, std::uint16_t packet_size,
                          std::uint8_t mode);
  RppPacket& version(std::uint32_t major, std::uint32_t minor, std::uint32_t revision, std::uint32_t build);
  RppPacket& error(std::uint8_t code);
  /// EC BD 7F 60 FF and filling, up to `total_bytes` of UDP payload.
  RppPacket& path_payload(std::size_t total_bytes);
  /// Ends the chain.
  [[nodiscard]] ByteString bytes() const;
  /// The older form: the same without the 12 bytes that look like RTP, and as many bytes shorter.
  [[nodiscard]] ByteString older_bytes() const;

 private:
  RppPacket& header(std::uint8_t type, const ByteString& body);

  packets::ByteWriter fixed_;
  std::vector<std::pair<std::uint8_t, ByteString>> chain_;
  std::size_t filled_to_ = 0;
};

/// Bytes of no protocol: the first four are fixed, so that they cannot look like one by accident.
[[nodiscard]] ByteString unnamed_bytes(std::size_t count, std::uint64_t seed);

}  // namespace ghostport::cases
