#include "tests/make_cases_payloads.h"

#include <stdexcept>

namespace ghostport::cases {

using packets::ByteWriter;
using packets::from_hex;
using packets::joined;
using packets::random_bytes;

// ---- HTTP ----

std::string http_request(std::string_view path) {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\nHost: intranet.example.org\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
         "Accept: text/html\r\nConnection: keep-alive\r\n\r\n";
}

std::string http_response(std::size_t body_bytes) {
  return "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Type: text/plain\r\nContent-Length: " +
         std::to_string(body_bytes) + "\r\nConnection: keep-alive\r\n\r\n" + std::string(body_bytes, 'x');
}

std::string http_post(std::size_t total_bytes) {
  const auto head = [](std::size_t body_bytes) {
    return "POST /upload HTTP/1.1\r\nHost: intranet.example.org\r\nContent-Type: "
           "text/plain\r\nContent-Length: " +
           std::to_string(body_bytes) + "\r\n\r\n";
  };
  std::size_t body = total_bytes;
  while (head(body).size() + body > total_bytes) --body;
  const std::string request = head(body) + std::string(body, 'a');
  if (request.size() != total_bytes) throw std::invalid_argument("no POST request has this length");
  return request;
}

// ---- SSH ----

ByteString ssh_key_exchange_init(std::uint64_t seed) {
  ByteWriter message;
  message.u8(20).add(random_bytes(16, seed));
  for (const char* names :
       {"curve25519-sha256,ecdh-sha2-nistp256", "ssh-ed25519,rsa-sha2-512",
        "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com",
        "hmac-sha2-256-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "none,zlib@openssh.com",
        "none,zlib@openssh.com", "", ""}) {
    message.counted(4, names);
  }
  message.u8(0).u32(0);
  // RFC 4253 section 6: at least four bytes of padding, the whole a multiple of eight.
  std::size_t padding = 8 - (5 + message.size()) % 8;
  if (padding < 4) padding += 8;
  ByteWriter packet;
  packet.u32(1 + message.size() + padding).u8(padding).add(message.bytes()).zeros(padding);
  return packet.bytes();
}

// ---- TLS ----

namespace {

ByteString tls_record(std::uint8_t type, std::uint16_t version, const ByteString& body) {
  return ByteWriter().u8(type).u16(version).counted(2, body).bytes();
}

ByteString tls_handshake(std::uint8_t type, const ByteString& body) {
  return ByteWriter().u8(type).counted(3, body).bytes();
}

ByteString tls_extension(std::uint16_t type, const ByteString& body) {
  return ByteWriter().u16(type).counted(2, body).bytes();
}

/// A list of 16-bit numbers behind its length in bytes.
ByteString numbers(unsigned length_bytes, std::initializer_list<std::uint16_t> values) {
  ByteWriter list;
  for (const std::uint16_t value : values) list.u16(value);
  return ByteWriter().counted(length_bytes, list.bytes()).bytes();
}

const ByteString kSessionId = random_bytes(32, 0x5E55);
constexpr std::uint16_t kX25519 = 0x001D;

}  // namespace

ByteString tls_client_hello(std::string_view server_name) {
  const ByteString name_entry = ByteWriter().u8(0).counted(2, server_name).bytes();
  const ByteString protocols = ByteWriter().counted(1, "h2").counted(1, "http/1.1").bytes();
  const ByteString key = ByteWriter().u16(kX25519).counted(2, random_bytes(32, 0xC11E)).bytes();
  ByteWriter extensions;
  extensions.add(tls_extension(0, ByteWriter().counted(2, name_entry).bytes()));
  extensions.add(tls_extension(23, {}));                                               // extended master secret
  extensions.add(tls_extension(0xFF01, ByteWriter().u8(0).bytes()));                   // renegotiation info
  extensions.add(tls_extension(10, numbers(2, {kX25519, 0x0017, 0x0018, 0x0019})));    // groups
  extensions.add(tls_extension(11, ByteWriter().counted(1, from_hex("00")).bytes()));  // point formats
  extensions.add(tls_extension(35, {}));                                               // session ticket
  extensions.add(tls_extension(16, ByteWriter().counted(2, protocols).bytes()));
  extensions.add(tls_extension(5, from_hex("01 0000 0000")));               // status request: OCSP
  extensions.add(tls_extension(51, ByteWriter().counted(2, key).bytes()));  // key share
  extensions.add(tls_extension(43, numbers(1, {0x0304, 0x0303})));          // supported versions
  extensions.add(
      tls_extension(13, numbers(2, {0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601})));
  extensions.add(tls_extension(45, ByteWriter().counted(1, from_hex("01")).bytes()));  // key exchange modes
  extensions.add(tls_extension(21, ByteString(120)));                                  // padding (RFC 7685)
  ByteWriter hello;
  hello.u16(0x0303).add(random_bytes(32, 0xC11E47)).counted(1, kSessionId);
  hello.add(numbers(2, {0x1301, 0x1303, 0x1302, 0xC02B, 0xC02F, 0xCCA9, 0xCCA8, 0xC02C, 0xC030, 0xC013, 0xC014, 0x009C,
                        0x009D, 0x002F, 0x0035}));
  hello.counted(1, from_hex("00")).counted(2, extensions.bytes());
  return tls_record(22, 0x0301, tls_handshake(1, hello.bytes()));
}

ByteString tls_server_flight() {
  const ByteString key = ByteWriter().u16(kX25519).counted(2, random_bytes(32, 0x5E4E)).bytes();
  const ByteString extensions = joined(tls_extension(51, key), tls_extension(43, from_hex("0304")));
  ByteWriter hello;
  hello.u16(0x0303).add(random_bytes(32, 0x5E4E47)).counted(1, kSessionId).u16(0x1301).u8(0).counted(2, extensions);
  ByteWriter flight;
  flight.add(tls_record(22, 0x0303, tls_handshake(2, hello.bytes())));
  flight.add(tls_record(20, 0x0303, from_hex("01")));
  flight.add(tls_application_data(900, 0x5E4E48));
  return flight.bytes();
}

ByteString tls_client_finished() {
  return joined(tls_record(20, 0x0303, from_hex("01")), tls_application_data(53, 0xC11E48));
}

ByteString tls_application_data(std::size_t bytes, std::uint64_t seed) {
  return tls_record(23, 0x0303, random_bytes(bytes, seed));
}

// ---- DNS ----

namespace {

ByteString dns_name(std::string_view name) {
  ByteWriter out;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    out.counted(1, name.substr(at, end - at));
    at = end + 1;
  }
  return out.u8(0).bytes();
}

}  // namespace

ByteString dns_query(std::uint16_t id, std::string_view name) {
  ByteWriter out;
  out.u16(id).u16(0x0100).u16(1).u16(0).u16(0).u16(0);  // recursion desired, one question
  return out.add(dns_name(name)).u16(1).u16(1).bytes();
}

ByteString dns_answer(std::uint16_t id, std::string_view name) {
  ByteWriter out;
  out.u16(id).u16(0x8180).u16(1).u16(1).u16(0).u16(0).add(dns_name(name)).u16(1).u16(1);
  return out.u16(0xC00C).u16(1).u16(1).u32(300).counted(2, from_hex("C0000250")).bytes();
}

// ---- RTP ----

ByteString rtp_packet(std::uint16_t sequence, std::uint32_t timestamp, std::uint32_t source) {
  ByteWriter out;
  out.u8(0x80).u8(0).u16(sequence).u32(timestamp).u32(source);
  return out.add(random_bytes(160, std::uint64_t{source} << 16 | sequence)).bytes();
}

// ---- MySQL ----

namespace {

ByteString mysql_packet(std::uint8_t sequence, const ByteString& body) {
  return ByteWriter().le24(body.size()).u8(sequence).add(body).bytes();
}

}  // namespace

ByteString mysql_greeting() {
  ByteWriter body;
  body.u8(10).add("8.0.36-0ubuntu0.22.04.1").u8(0).le32(4711);
  body.add("Kz5#vQ1p").u8(0);                      // first eight bytes of the scramble
  body.le16(0xF7FF).u8(255).le16(2).le16(0xDFFF);  // capabilities, utf8mb4, autocommit
  body.u8(21).zeros(10).add("m2!xR7dW0s@u").u8(0);
  return mysql_packet(0, body.add("caching_sha2_password").u8(0).bytes());
}

ByteString mysql_login() {
  ByteWriter body;
  body.le32(0x00BAA28D).le32(0x01000000).u8(255).zeros(23).add("inventory").u8(0);
  body.counted(1, random_bytes(32, 0x109)).add("caching_sha2_password").u8(0);
  return mysql_packet(1, body.bytes());
}

ByteString mysql_ok() { return mysql_packet(2, from_hex("00 00 00 02 00 00 00")); }

// ---- RPP ----

namespace {
constexpr std::uint8_t kLast = 1, kSequence = 2, kRequest = 4, kReply = 5, kCreateFlow = 6, kFlowResponse = 7;
constexpr std::uint8_t kCommandInfo = 12, kVersion = 13, kError = 25;
}  // namespace

RppPacket::RppPacket(std::uint16_t sequence, std::uint32_t packet_id, std::uint32_t flow, bool dual_ended) {
  fixed_.u8(0x80).u8(dual_ended ? 0x82 : 0x02).u16(sequence).u32(packet_id * 160U).u32(flow);
  header(kSequence, ByteWriter().u32(packet_id).bytes());
}

RppPacket& RppPacket::header(std::uint8_t type, const ByteString& body) {
  chain_.emplace_back(type, body);
  return *this;
}

RppPacket& RppPacket::request() { return header(kRequest, {}); }

RppPacket& RppPacket::reply(const ByteString& headers) {
  if (headers.size() != 28) throw std::invalid_argument("an RPP reply holds an IPv4 and a UDP header");
  return header(kReply, headers);
}

RppPacket& RppPacket::create_flow(std::uint16_t port) { return header(kCreateFlow, ByteWriter().u16(port).bytes()); }

RppPacket& RppPacket::create_flow(std::uint16_t first_port, std::uint16_t last_port) {
  return header(kCreateFlow, ByteWriter().u16(first_port).u16(last_port).bytes());
}

RppPacket& RppPacket::flow_response(std::uint32_t flow, std::uint16_t port, std::uint16_t status) {
  return header(kFlowResponse, ByteWriter().u32(flow).u16(port).u16(status).bytes());
}

RppPacket& RppPacket::command_info(std::uint32_t first_id, std::uint16_t burst_size, std::uint16_t packet_size,
                                   std::uint8_t mode) {
  return header(kCommandInfo, ByteWriter().u32(first_id).u16(burst_size).u16(packet_size).u8(mode).u8(0).bytes());
}

RppPacket& RppPacket::version(std::uint32_t major, std::uint32_t minor, std::uint32_t revision, std::uint32_t build) {
  return header(kVersion, ByteWriter().u32(major).u32(minor).u32(revision).u32(build).bytes());
}

RppPacket& RppPacket::error(std::uint8_t code) { return header(kError, {code}); }

RppPacket& RppPacket::path_payload(std::size_t total_bytes) {
  filled_to_ = total_bytes;
  return *this;
}

ByteString RppPacket::bytes() const {
  ByteWriter out;
  out.add(fixed_.bytes());
  for (std::size_t i = 0; i < chain_.size(); ++i) {
    const ByteString& body = chain_[i].second;
    out.u8(i + 1 < chain_.size() ? chain_[i + 1].first : kLast).u8(2 + body.size()).add(body);
  }
  if (filled_to_ == 0) return out.bytes();
  out.add(from_hex("EC BD 7F 60 FF"));
  if (out.size() > filled_to_) throw std::invalid_argument("the RPP headers leave no room for a payload");
  return out.zeros(filled_to_ - out.size()).bytes();
}

ByteString RppPacket::older_bytes() const {
  ByteString all = bytes();
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(fixed_.size()));
  return all;
}

ByteString unnamed_bytes(std::size_t count, std::uint64_t seed) {
  ByteString bytes = joined(from_hex("F5 9A 07 C2"), random_bytes(count, seed));
  bytes.resize(count);
  return bytes;
}

}  // namespace ghostport::cases
