#include <algorithm>

#include "tests/make_cases_evasions.h"

namespace ghostport::cases {
namespace {

using namespace packets;

/// A conversation that is written out turn by turn.
void told(CaseBook& book, const std::string& name, const std::string& why, const std::string& expect, bool ipv6,
          const std::function<void(TcpConversation&)>& tell, const std::vector<std::string>& further = {}) {
  Capture capture;
  const std::uint16_t port = port_of(book.cases());
  TcpConversation talk(capture, hider_client(ipv6), hider_server(ipv6, port));
  talk.handshake();
  tell(talk);
  talk.close();
  std::vector<std::string> all{expect};
  all.insert(all.end(), further.begin(), further.end());
  for (std::string& one : all) one += ", src_port: 51514, dest_port: " + std::to_string(port);
  book.add(capture, {.name = name, .why = why, .expect = all});
}

std::string unexpected(const std::string& service) { return "verdict: unexpected, service: " + service; }

void junk_in_front(CaseBook& book) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{16}, std::size_t{255}, std::size_t{1024},
                                 std::size_t{4095}, std::size_t{4096}, std::size_t{8192}}) {
    told(book, "content-junk-" + std::to_string(size),
         "bytes of no protocol in front of the request and of the answer are not silence, and nothing is made up of "
         "them",
         "verdict: unrecognized", size == 255, [&](TcpConversation& talk) {
           ByteString junk = unnamed_bytes(std::max<std::size_t>(size, 4), size);
           junk.resize(size);
           talk.client_says(junk).client_says(http_request());
           talk.server_says(unnamed_bytes(std::min<std::size_t>(size, 255) + 4, size + 1))
               .server_says(http_response(20));
         });
  }
  told(book, "content-junk-asked-server-answers", "junk in front of the request does not hide the server's own words",
       unexpected("http") + ", side: server", true, [](TcpConversation& talk) {
         talk.client_says(unnamed_bytes(16, 3)).client_says(http_request()).server_says(http_response(20));
       });
}

void leading_lines(CaseBook& book) {
  play_once(
      book,
      {.name = "content-empty-lines-before-http", .why = "empty lines come before the request (RFC 9112 section 2.2)"},
      Party::client, [](Scene& scene) {
        scene.truth = joined(Data("\r\n\r\n\r\n").bytes, scene.truth);
        scene.opening().part(0, 1).part(1, 5).part(5, scene.truth.size()).rest();
      });
  play_once(
      book,
      {.name = "content-lines-before-ssh",
       .why = "a server may send other lines before its version (RFC 4253 section 4.2), here in segments of 9 bytes"},
      Party::server, [](Scene& scene) {
        scene.truth = joined(Data("HTTP is not spoken here\r\nThis use is logged.\r\n").bytes, scene.truth);
        scene.opening();
        for (std::size_t at = 0; at < scene.truth.size(); at += 9) scene.part(at, std::min(at + 9, scene.truth.size()));
        scene.rest();
      });
  // The header names itself; what stands behind it is its inner protocol once the server has answered.
  const std::string proxy = unexpected("haproxy-proxy") + ", side: client";
  const std::vector<std::string> inner{proxy + ", inner: http, revises: true"};
  const std::string why = "a load balancer's PROXY header stands before the request (HAProxy's PROXY protocol)";
  const ByteString request = request_of(80);
  told(
      book, "content-proxy-header-version-1", why, proxy + ", revises: false", false,
      [&](TcpConversation& talk) {
        talk.client_says(joined(Data("PROXY TCP4 192.0.2.77 10.0.0.9 40000 3238\r\n").bytes, request));
        talk.server_says(unnamed_bytes(32, 9));
      },
      inner);
  told(
      book, "content-proxy-header-version-2", why, proxy + ", revises: false", true,
      [&](TcpConversation& talk) {
        ByteWriter header;
        header.add(from_hex("0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a 21 11")).u16(12);
        header.add(IpAddress("192.0.2.77").bytes).add(IpAddress("10.0.0.9").bytes).u16(40000).u16(3238);
        talk.client_says(joined(header.bytes(), request), in_pieces_of(7)).server_says(unnamed_bytes(32, 9));
      },
      inner);
}

/// A TLS handshake message in records of so many bytes.
ByteString in_records(const ByteString& record, std::size_t size) {
  ByteWriter out;
  const ByteString message = slice(record, 5, record.size());
  for (std::size_t at = 0; at < message.size(); at += size)
    out.u8(22).u16(0x0301).counted(2, slice(message, at, std::min(at + size, message.size())));
  return out.bytes();
}

void tls_shapes(CaseBook& book) {
  const ByteString silent_server = unnamed_bytes(40, 8);
  told(book, "content-tls-in-records-of-one-byte", "a client hello comes in records of one byte (RFC 8446 section 5.1)",
       unexpected("tls") + ", side: client", false, [&](TcpConversation& talk) {
         talk.client_says(in_records(tls_client_hello("a.example"), 1)).server_says(silent_server);
       });
  told(book, "content-tls-in-small-records-and-segments",
       "a client hello comes in records of 11 bytes and segments of 7", unexpected("tls") + ", side: client", true,
       [&](TcpConversation& talk) {
         talk.client_says(in_records(tls_client_hello("a.example"), 11), in_pieces_of(7)).server_says(silent_server);
       });
  told(book, "content-tls-after-a-warning", "a warning alert comes before the client hello (RFC 8446 section 6)",
       unexpected("tls") + ", side: client", false, [&](TcpConversation& talk) {
         talk.client_says(joined(from_hex("15 03 01 00 02 01 5a"), tls_client_hello())).server_says(silent_server);
       });
  told(book, "content-tls-hello-of-ssl-2", "the client hello has the form of SSL 2.0 (RFC 5246 appendix E.2)",
       unexpected("tls") + ", side: client", true, [&](TcpConversation& talk) {
         ByteWriter hello;
         hello.u16(0x8000 | 0x22).u8(1).u16(0x0303).u16(9).u16(0).u16(16).add(from_hex("00 c0 2f 00 00 35 00 00 ff"));
         talk.client_says(hello.add(random_bytes(16, 2)).bytes()).server_says(silent_server);
       });
  told(book, "content-decoy-banner-then-tls",
       "a client's banner of SSH comes before its hello, and the server speaks TLS",
       unexpected("tls") + ", side: server", false, [](TcpConversation& talk) {
         talk.client_says("SSH-2.0-OpenSSH_9.2p1\r\n").client_says(tls_client_hello());
         talk.server_says(tls_server_flight()).client_says(tls_client_finished());
       });
  told(book, "content-first-bytes-of-another", "a request begins like a TLS record, and the server speaks HTTP",
       unexpected("http") + ", side: server", true, [](TcpConversation& talk) {
         talk.client_says(from_hex("16 03 01 02 00")).after(100ms).client_says(http_request());
         talk.server_says(http_response(30));
       });
}

void two_protocols(CaseBook& book) {
  told(book, "content-ssh-asked-http-answers", "a client that speaks SSH is answered in HTTP",
       unexpected("http") + ", asked: ssh, side: server", false,
       [](TcpConversation& talk) { talk.client_says(kSshClientBanner).server_says(http_response(20)); });
  told(book, "content-dcerpc-asked-http-answers", "a DCERPC bind is answered in HTTP (suricata-verify)",
       unexpected("http") + ", side: server", true, [](TcpConversation& talk) {
         talk.client_says(
             from_hex("05 00 0b 03 10 00 00 00 48 00 00 00 01 00 00 00 d0 16 d0 16 00 00 00 00 01 00 00 00 "
                      "00 00 01 00 c4 fe fc 99 60 52 1b 10 bb cb 00 aa 00 21 34 7a 00 00 00 00 04 5d 88 8a "
                      "eb 1c c9 11 9f e8 08 00 2b 10 48 60 02 00 00 00"));
         talk.server_says(http_response(20));
       });
  told(book, "content-websocket", "a WebSocket begins as HTTP (RFC 6455)", unexpected("http"), false,
       [](TcpConversation& talk) {
         talk.client_says(
             "GET /chat HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
         talk.server_says(
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
         talk.client_says(from_hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
       });
  told(book, "content-ssh-within-connect-in-pieces",
       "a tunnel of HTTP CONNECT is opened in segments of five bytes, SSH follows in it",
       unexpected("http") + ", revises: false", true,
       [](TcpConversation& talk) {
         talk.client_says("CONNECT 198.51.100.7:22 HTTP/1.1\r\nHost: 198.51.100.7:22\r\n\r\n", in_pieces_of(5));
         talk.server_says("HTTP/1.1 200 Connection established\r\n\r\n", in_pieces_of(5));
         talk.server_says(kSshServerBanner, in_pieces_of(5)).client_says(kSshClientBanner);
       },
       {unexpected("http") + ", inner: ssh, revises: true"});
}

void slow_ones(CaseBook& book) {
  play_once(book,
            {.name = "content-one-byte-each-50-seconds",
             .why = "the request comes byte by byte, one each 50 seconds (slow drip)"},
            Party::client, [](Scene& scene) {
              scene.opening();
              for (std::size_t at = 0; at < scene.truth.size(); ++at) {
                scene.part(at, at + 1);
                scene.talk.acknowledge(Party::server, static_cast<std::uint32_t>(at + 1)).after(50s);
              }
              scene.rest();
            });
  told(book, "content-banner-each-40-seconds",
       "the server's banner drips, a piece each 40 seconds, beyond the time after which a flow counts as unrecognized",
       "verdict: unrecognized, revises: false", true,
       [](TcpConversation& talk) {
         const std::string banner(kSshServerBanner);
         for (std::size_t at = 0; at < banner.size(); at += 4) talk.server_says(banner.substr(at, 4)).after(40s);
         talk.client_says(unnamed_bytes(24, 7));
       },
       {unexpected("ssh") + ", side: server, revises: true"});
  play(book, {.name = "content-silence-of-400-seconds", .why = "nothing is said for 400 seconds behind the handshake"},
       [](Scene& scene) {
         scene.opening().talk.after(400s);
         scene.whole().rest();
       });
}

void datagrams(CaseBook& book) {
  const auto udp = [&book](const std::string& name, const std::string& why, const std::string& expect, bool ipv6,
                           const std::function<void(UdpConversation&)>& tell) {
    Capture capture;
    // 3239 is the port of AppNeta's datagrams: those of DNS are no less unexpected there.
    const std::uint16_t port = port_of(book.cases());
    UdpConversation talk(capture, hider_client(ipv6), hider_server(ipv6, port));
    tell(talk);
    book.add(capture, {.name = name,
                       .why = why,
                       .expect = {expect + ", proto: UDP, src_port: 51514, dest_port: " + std::to_string(port)}});
  };
  udp("content-junk-datagram-before-dns", "a datagram of no protocol comes before the DNS query (suricata-verify)",
      unexpected("dns"), false, [](UdpConversation& talk) {
        talk.client_says(unnamed_bytes(40, 1)).client_says(dns_query(77)).server_says(dns_answer(77));
      });
  udp("content-junk-answer-before-dns", "a datagram of no protocol comes before the DNS answer", unexpected("dns"),
      true, [](UdpConversation& talk) {
        talk.client_says(dns_query(78)).server_says(unnamed_bytes(30, 2)).server_says(dns_answer(78));
      });
  udp("content-dns-or-enip", "a DNS query whose identification is a command of EtherNet/IP (suricata-verify)",
      unexpected("dns"), false,
      [](UdpConversation& talk) { talk.client_says(dns_query(0x6300)).server_says(dns_answer(0x6300)); });
  udp("content-decoy-with-a-bad-checksum", "a query with a wrong UDP checksum comes between good datagrams",
      unexpected("dns"), true, [](UdpConversation& talk) {
        talk.client_says(dns_query(80));
        talk.editing([](PacketBuilder& packet, Party) { packet.udp().checksum = 0x0101; });
        talk.client_says(unnamed_bytes(50, 4));
        talk.editing({});
        talk.server_says(dns_answer(80));
      });
}

}  // namespace

void add_content_evasions(CaseBook& book) {
  junk_in_front(book);
  leading_lines(book);
  tls_shapes(book);
  two_protocols(book);
  slow_ones(book);
  datagrams(book);
}

}  // namespace ghostport::cases
