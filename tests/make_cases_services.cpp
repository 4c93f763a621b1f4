#include "tests/make_cases.h"
#include "tests/make_cases_payloads.h"

namespace ghostport::cases {
namespace {

using namespace packets;

const Endpoint kClient = client("10.0.0.5", 51514);
const Endpoint kServer = server("10.0.0.9", 3238);

void say_tls(TcpConversation& talk) {
  talk.client_says(tls_client_hello()).server_says(tls_server_flight()).client_says(tls_client_finished());
  talk.client_says(tls_application_data(300, 11)).server_says(tls_application_data(700, 12));
}

void say_ssh(TcpConversation& talk) {
  talk.server_says(kSshServerBanner).client_says(kSshClientBanner);
  talk.client_says(ssh_key_exchange_init(21)).server_says(ssh_key_exchange_init(22));
}

void row_01_answered_services(CaseBook& book) {
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake();
    say_tls(talk);
    talk.close();
    book.add(capture,
             {.name = "row-01-tls-answered",
              .why = "TLS of a browser that a server on a ghost port answers is unexpected",
              .expect = {"verdict: unexpected, service: tls, severity: high, src_ip: 10.0.0.5, src_port: 51514, "
                         "dest_ip: 10.0.0.9, dest_port: 3238, proto: TCP, role_basis: syn, revises: false"}});
  }
  {
    Capture capture;
    TcpConversation web(capture, kClient, server("10.0.0.9", 3237));
    web.handshake().client_says(http_request()).server_says(http_response()).close();
    TcpConversation shell(capture, client("10.0.0.5", 51515), server("10.0.0.9", 3239));
    shell.handshake();
    say_ssh(shell);
    shell.close();
    TcpConversation secure(capture, client("10.0.0.5", 51516), server("10.0.0.9", 3248));
    secure.handshake();
    say_tls(secure);
    secure.close();
    UdpConversation names(capture, client("10.0.0.5", 51517), server("10.0.0.9", 3248));
    names.client_says(dns_query(7)).server_says(dns_answer(7));
    book.add(capture, {.name = "row-01-every-ghost-port",
                       .why = "every ghost port is watched, on both transports",
                       .expect = {"verdict: unexpected, service: http, dest_port: 3237, proto: TCP",
                                  "verdict: unexpected, service: ssh, dest_port: 3239, proto: TCP",
                                  "verdict: unexpected, service: tls, dest_port: 3248, proto: TCP",
                                  "verdict: unexpected, service: dns, dest_port: 3248, proto: UDP"}});
  }
  {
    Capture capture;
    TcpConversation secure(capture, kClient, server("10.0.0.9", 443));
    secure.handshake();
    say_tls(secure);
    secure.close();
    TcpConversation web(capture, client("10.0.0.5", 51515), server("10.0.0.9", 3240));
    web.handshake().client_says(http_request()).server_says(http_response()).close();
    TcpConversation shell(capture, client("10.0.0.5", 51516), server("10.0.0.9", 3236));
    shell.handshake();
    say_ssh(shell);
    book.add(capture, {.name = "row-01-unwatched-ports",
                       .why = "the same services on ports that are no ghosts are nobody's business",
                       .expect = {}});
  }
}

void row_02_silent_server(CaseBook& book) {
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(tls_client_hello()).after(5s).close();
    book.add(capture,
             {.name = "row-02-tls-never-answered",
              .why = "a client hello that the server acknowledges and never answers proves no service",
              .expect = {"verdict: listener, severity: medium, asked: tls, dest_port: 3238, role_basis: syn"}});
  }
  const auto post = [&book](const std::string& name, const std::string& why, std::size_t sent,
                            std::uint32_t acknowledged, const std::string& expect) {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_sends(http_post(sent)).acknowledge(Party::server, acknowledged);
    talk.after(2s).rst_from_client();
    book.add(capture, {.name = name, .why = why, .expect = {expect}});
  };
  const std::string listener = "verdict: listener, asked: http, dest_port: 3238";
  post("row-02-post-to-a-silent-server", "more than 4096 acknowledged client bytes are judged by what they are", 6000,
       6000, "verdict: unexpected, service: http, one-sided: true, severity: medium, dest_port: 3238");
  post("row-02-post-of-4096-bytes", "4096 acknowledged client bytes are not more than 4096", 4096, 4096, listener);
  post("row-02-post-not-acknowledged", "client bytes count only as far as the server acknowledged them", 6000, 2920,
       listener);
}

void row_03_server_wins(CaseBook& book) {
  Capture capture;
  TcpConversation talk(capture, kClient, kServer);
  talk.handshake().client_says(http_request()).server_sends(kSshServerBanner);
  const std::size_t banner = capture.last_packet();
  talk.acknowledge(Party::client).close();
  book.add(capture, {.name = "row-03-http-asked-ssh-answers",
                     .why = "the server's own words decide, whatever the client asked for",
                     .expect = {"verdict: unexpected, service: ssh, asked: http, dest_port: 3238, side: server" +
                                at_packet(banner)}});
}

void row_05_client_half(CaseBook& book) {
  const std::string expect =
      "verdict: unexpected, service: tls, one-sided: true, severity: medium, dest_port: 3238, role_basis: "
      "syn";
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.only_seen(Party::client).handshake().client_says(tls_client_hello());
    book.add(capture, {.name = "row-05-client-half-to-the-request",
                       .why = "the acknowledgment of a handshake proves an answer that the mirror did not show",
                       .expect = {expect}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.only_seen(Party::client).handshake();
    say_tls(talk);
    talk.close();
    book.add(capture, {.name = "row-05-client-half-to-the-end",
                       .why = "a mirror of the client's direction alone shows the whole life of a connection",
                       .expect = {expect}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.only_seen(Party::client).syn();
    book.add(capture, {.name = "row-05-client-half-syn-only",
                       .why = "a SYN alone proves no answer",
                       .expect = {"verdict: probe, dest_port: 3238, probe: {flows: 1, hosts: 1, ports: 1, "
                                  "answers: {none: 1, rst: 0, icmp: 0}}"}});
  }
}

void row_06_server_half(CaseBook& book) {
  for (const bool from_the_start : {true, false}) {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.only_seen(Party::server);
    if (from_the_start) talk.handshake();
    talk.server_sends(kSshServerBanner);
    const std::size_t banner = capture.last_packet();
    talk.acknowledge(Party::client).client_says(kSshClientBanner).server_says(ssh_key_exchange_init(22));
    const std::string expect = "verdict: unexpected, service: ssh, dest_port: 3238, src_port: 51514, side: server";
    if (from_the_start) {
      book.add(capture, {.name = "row-06-server-half",
                         .why = "a SYN-ACK tells the server's side where the mirror shows that side only",
                         .expect = {expect + ", role_basis: syn-ack" + at_packet(banner)},
                         .format = {.nanoseconds = true}});
    } else {
      book.add(capture, {.name = "row-06-server-half-in-mid-flow",
                         .why = "without a SYN-ACK the banner is still a server's banner on the watched port",
                         .expect = {expect + at_packet(banner)}});
    }
  }
}

/// Two findings: the carrier, then its revision that names what it carries.
std::vector<std::string> carrier_and_inner(const std::string& carrier, const std::string& inner) {
  const std::string both = "verdict: unexpected, service: " + carrier + ", dest_port: 3238";
  return {both + ", revises: false", both + ", inner: " + inner + ", revises: true"};
}

void row_10_upgrades(CaseBook& book) {
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake()
        .server_says("220 mail.example.org ESMTP Postfix (Debian/GNU)\r\n")
        .client_says("EHLO client.example.org\r\n");
    talk.server_says("250-mail.example.org\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250 8BITMIME\r\n");
    talk.client_says("STARTTLS\r\n").server_says("220 2.0.0 Ready to start TLS\r\n");
    say_tls(talk);
    talk.close();
    book.add(capture, {.name = "row-10-smtp-starttls",
                       .why = "STARTTLS leads from SMTP to TLS in one connection",
                       .expect = carrier_and_inner("smtp", "tls")});
  }
  const std::string established = "HTTP/1.1 200 Connection established\r\n\r\n";
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake();
    talk.client_says("CONNECT www.example.org:443 HTTP/1.1\r\nHost: www.example.org:443\r\n\r\n")
        .server_says(established);
    say_tls(talk);
    talk.close();
    book.add(capture, {.name = "row-10-http-connect-tls",
                       .why = "CONNECT turns an HTTP connection into a tunnel for TLS",
                       .expect = carrier_and_inner("http", "tls")});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake();
    talk.client_says("CONNECT 198.51.100.7:22 HTTP/1.1\r\nHost: 198.51.100.7:22\r\n\r\n").server_says(established);
    say_ssh(talk);
    talk.close();
    book.add(capture, {.name = "row-10-http-connect-ssh",
                       .why = "CONNECT turns an HTTP connection into a tunnel for SSH",
                       .expect = carrier_and_inner("http", "ssh")});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake();
    talk.client_says(
        "OPTIONS * HTTP/1.1\r\nHost: intranet.example.org\r\nUpgrade: TLS/1.0\r\nConnection: "
        "Upgrade\r\n\r\n");
    talk.server_says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0, HTTP/1.1\r\nConnection: Upgrade\r\n\r\n");
    say_tls(talk);
    talk.close();
    book.add(capture, {.name = "row-10-http-upgrade-tls",
                       .why = "HTTP Upgrade leads to TLS in the same connection (RFC 2817)",
                       .expect = carrier_and_inner("http", "tls")});
  }
}

void row_11_dns(CaseBook& book) {
  {
    Capture capture;
    UdpConversation talk(capture, kClient, kServer);
    talk.client_says(dns_query(0x1234)).server_says(dns_answer(0x1234));
    book.add(capture, {.name = "row-11-dns-answered",
                       .why = "a DNS server on a ghost port is unexpected",
                       .expect = {"verdict: unexpected, service: dns, severity: high, dest_port: 3238, proto: UDP, "
                                  "role_basis: first-packet"}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, kClient, kServer);
    talk.client_says(dns_query(0x1234)).after(5s).client_says(dns_query(0x1234));
    book.add(capture,
             {.name = "row-11-dns-unanswered",
              .why = "a DNS query that nobody answers is a knock, whatever it asked for",
              .expect = {"verdict: probe, severity: low, asked: dns, dest_port: 3238, probe: {flows: 1, hosts: 1, "
                         "ports: 1, answers: {none: 1, rst: 0, icmp: 0}}"}});
  }
}

/// STUN as ICE begins with it, then DTLS's ClientHello and its answer on the same two ports (RFC 7983).
void row_12_one_tuple(CaseBook& book) {
  const ByteString binding = packets::from_hex("0001 0008 2112a442 00112233445566778899aabb 8022 0004 67686f73");
  const ByteString success =
      packets::from_hex("0101 000c 2112a442 00112233445566778899aabb 0020 0008 0001 e9a2 e112a647");
  const ByteString hello =
      packets::ByteWriter()
          .add(packets::from_hex("16 fefd 0000 000000000000 0036 01 00002a 0000 000000 00002a fefd"))
          .add(packets::random_bytes(32, 12))
          .add(packets::from_hex("00 00 0002 c02b 01 00"))
          .bytes();
  const ByteString request =
      packets::ByteWriter()
          .add(packets::from_hex("16 fefd 0000 000000000000 001f 03 000013 0000 000000 000013 fefd 10"))
          .add(packets::random_bytes(16, 13))
          .bytes();
  Capture capture;
  UdpConversation talk(capture, kClient, kServer);
  talk.client_says(binding).server_says(success).client_says(hello).server_says(request);
  book.add(capture, {.name = "row-12-dtls-behind-stun",
                     .why = "a call that checks its path by STUN and then speaks DTLS on the same ports is both",
                     .expect = {"verdict: unexpected, service: stun, inner: dtls, dest_port: 3238, revises: false"}});
  Capture media;
  UdpConversation call(media, kClient, kServer);
  call.client_says(binding).server_says(success);
  for (std::uint16_t i = 0; i < 6; ++i) {
    call.client_says(rtp_packet(static_cast<std::uint16_t>(100 + i), 160U * i, 0x11223344)).after(20ms);
    call.server_says(rtp_packet(static_cast<std::uint16_t>(900 + i), 160U * i, 0x55667788));
    if (i % 2 == 0) call.client_says(binding).server_says(success);
  }
  book.add(media, {.name = "row-12-rtp-between-stun",
                   .why = "sound among the checks of its path, on the same ports, is named behind STUN",
                   .expect = {"verdict: unexpected, service: stun, inner: rtp, dest_port: 3238, revises: false"}});
}

void row_17_groups(CaseBook& book) {
  for (const bool named : {true, false}) {
    Capture capture;
    UdpConversation talk(capture, kClient, server("239.1.2.3", 3238));
    for (std::uint64_t i = 0; i < 12; ++i) {
      talk.client_says(named ? dns_query(static_cast<std::uint16_t>(0x1234 + i)) : packets::random_bytes(90, 700 + i))
          .after(1s);
    }
    book.add(capture,
             {.name = named ? "row-17-dns-to-a-group" : "row-17-random-to-a-group",
              .why = named ? "what a group is sent is no knock but named by its payload"
                           : "what a group is sent is no knock, and without a name it is unrecognized",
              .expect = {named ? "verdict: unexpected, service: dns, one-sided: true, severity: medium, dest_port: 3238"
                               : "verdict: unrecognized, one-sided: true, severity: low, dest_port: 3238"}});
  }
}

void row_17_groups_summed(CaseBook& book) {
  Capture capture;
  for (unsigned i = 0; i < 5; ++i) {
    UdpConversation talk(capture, client("10.0.0." + std::to_string(5 + i), 51514), server("239.1.2.3", 3238));
    talk.after(std::chrono::minutes(i)).client_says(dns_query(static_cast<std::uint16_t>(0x1234 + i)));
  }
  book.add(capture, {.name = "row-17-five-hosts-to-a-group",
                     .why = "the first that a group is sent within an hour is said, the others are one finding",
                     .expect = {"verdict: unexpected, service: dns, src_ip: 10.0.0.5, dest_port: 3238",
                                "verdict: unexpected, service: dns, src_ip: 10.0.0.6, dest_port: 3238, count: 4"}});
}

void row_18_ipv6(CaseBook& book) {
  const Endpoint near = client("2001:db8:1::5", 51514);
  const Endpoint far = server("2001:db8:2::9", 3238);
  const Edit with_extensions = [](PacketBuilder& packet, Party) {
    packet.ipv6().extensions = {hop_by_hop(), destination_options(from_hex("1e 04 01 02 03 04"))};
  };
  {
    Capture capture;
    TcpConversation talk(capture, near, far);
    talk.editing(with_extensions).handshake().client_says(http_request()).server_says(http_response()).close();
    book.add(capture,
             {.name = "row-18-http-behind-extension-headers",
              .why = "hop-by-hop and destination options do not hide what TCP carries",
              .expect = {"verdict: unexpected, service: http, severity: high, role_basis: syn, dest_port: 3238, "
                         "src_ip: '2001:db8:1::5', dest_ip: '2001:db8:2::9'"}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, near, far);
    talk.editing(with_extensions).client_says(unnamed_bytes(32, 18)).unreachable();
    book.add(capture, {.name = "row-18-icmpv6-unreachable",
                       .why = "an ICMPv6 error belongs to the flow that it quotes, extension headers included",
                       .expect = {"verdict: probe, dest_port: 3238, proto: UDP, probe: {flows: 1, hosts: 1, ports: 1, "
                                  "answers: {none: 0, rst: 0, icmp: 1}}"}});
  }
}

void row_19_between_ghost_ports(CaseBook& book) {
  for (const std::uint16_t from : {std::uint16_t{3238}, std::uint16_t{3239}}) {
    const std::uint16_t to = from == 3238 ? 3239 : 3238;
    Capture capture;
    TcpConversation talk(capture, client("10.0.0.5", from), server("10.0.0.9", to));
    talk.handshake().client_says(http_request()).server_says(http_response()).close();
    book.add(capture, {.name = "row-19-syn-from-" + std::to_string(from),
                       .why = "between two ghost ports the SYN tells the server",
                       .expect = {"verdict: unexpected, service: http, role_basis: syn, src_port: " +
                                  std::to_string(from) + ", dest_port: " + std::to_string(to)}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, client("10.0.0.5", 3238), server("10.0.0.9", 3239));
    talk.client_says(unnamed_bytes(400, 191)).server_says(unnamed_bytes(400, 192)).close();
    book.add(capture, {.name = "row-19-no-syn",
                       .why = "without a SYN the destination of the first packet counts as the server",
                       .expect = {"verdict: unrecognized, role_basis: unknown, joined: mid-stream, src_port: 3238, "
                                  "dest_port: 3239"}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, client("10.0.0.5", 3238), server("10.0.0.9", 3239));
    talk.client_says(dns_query(19)).server_says(dns_answer(19));
    book.add(capture, {.name = "row-19-first-datagram",
                       .why = "the first datagram of a new UDP flow tells the server",
                       .expect = {"verdict: unexpected, service: dns, role_basis: first-packet, src_port: 3238, "
                                  "dest_port: 3239"}});
  }
}

void mysql(CaseBook& book) {
  Capture capture;
  TcpConversation talk(capture, kClient, kServer);
  talk.handshake().server_sends(mysql_greeting());
  const std::size_t greeting = capture.last_packet();
  talk.acknowledge(Party::client).client_says(mysql_login()).server_says(mysql_ok()).close();
  book.add(capture, {.name = "service-mysql-greeting",
                     .why = "a MySQL server speaks first and is named at its greeting",
                     .expect = {"verdict: unexpected, service: mysql, severity: high, dest_port: 3238, side: server" +
                                at_packet(greeting)}});
}

}  // namespace

void add_service_cases(CaseBook& book) {
  row_01_answered_services(book);
  row_02_silent_server(book);
  row_03_server_wins(book);
  row_05_client_half(book);
  row_06_server_half(book);
  row_10_upgrades(book);
  row_11_dns(book);
  row_12_one_tuple(book);
  row_17_groups(book);
  row_17_groups_summed(book);
  row_18_ipv6(book);
  row_19_between_ghost_ports(book);
  mysql(book);
}

}  // namespace ghostport::cases
