#include "tests/make_cases.h"
#include "tests/make_cases_payloads.h"

namespace ghostport::cases {
namespace {

using namespace packets;

const Endpoint kClient = client("10.0.0.5", 51514);
const Endpoint kServer = server("10.0.0.9", 3238);
const std::string kHttp = "verdict: unexpected, service: http, severity: high, dest_port: 3238";

void segments(CaseBook& book) {
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().server_says(kSshServerBanner, in_pieces_of(1)).client_says(kSshClientBanner, in_pieces_of(1));
    talk.client_says(ssh_key_exchange_init(21)).server_says(ssh_key_exchange_init(22)).close();
    book.add(capture, {.name = "stream-ssh-banner-byte-by-byte",
                       .why = "a banner is the same banner in segments of one byte",
                       .expect = {"verdict: unexpected, service: ssh, dest_port: 3238"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(tls_client_hello(), cut_at({5, 60, 200, 310}, {3, 1, 4, 0, 2}));
    talk.server_says(tls_server_flight(), cut_at({3, 90, 600}, {3, 2, 1, 0}))
        .client_says(tls_client_finished())
        .close();
    book.add(capture, {.name = "stream-tls-handshake-out-of-order",
                       .why = "a TLS handshake is put in order before it is read",
                       .expect = {"verdict: unexpected, service: tls, severity: high, dest_port: 3238"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(http_request()).retransmit(Party::client).retransmit(Party::client);
    talk.server_says(http_response()).retransmit(Party::server).close();
    book.add(capture,
             {.name = "stream-retransmissions", .why = "retransmitted segments are not said twice", .expect = {kHttp}});
  }
}

void conflicts(CaseBook& book) {
  const std::string request = http_request();
  const std::string junk(request.size(), 'J');
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_sends(request).segment(Party::client, 0, junk).acknowledge(Party::server);
    talk.server_says(http_response()).close();
    book.add(capture, {.name = "stream-conflicting-overlap",
                       .why = "two different bytes at one place of the stream, neither acknowledged, are "
                              "both read and reported",
                       .expect = {kHttp + ", anomalies: [conflicting-data]"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(request).segment(Party::client, 0, junk).acknowledge(Party::server);
    talk.server_says(http_response()).close();
    book.add(capture, {.name = "stream-junk-over-acknowledged-data",
                       .why = "bytes that the receiver acknowledged are real, later ones at their place are not",
                       .expect = {kHttp}});
  }
}

void checksums(CaseBook& book) {
  const auto exchange = [](TcpConversation& talk) {
    talk.handshake().client_says(http_request()).server_says(http_response()).close();
  };
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    exchange(talk.editing([](PacketBuilder& packet, Party) { packet.tcp().checksum = 0x1234; }));
    book.add(capture, {.name = "checksum-wrong-throughout",
                       .why = "a tap that shows every TCP checksum before the card fills it in still names the service",
                       .expect = {kHttp}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    exchange(talk.editing([](PacketBuilder& packet, Party from) {
      if (from == Party::server) packet.tcp().checksum = 0x1234;
    }));
    book.add(capture, {.name = "checksum-wrong-from-the-own-host",
                       .why = "a capture on the server itself shows wrong checksums in its direction only",
                       .expect = {kHttp}});
  }
  {
    const Edit spoilt = [](PacketBuilder& packet, Party) { packet.tcp().checksum = 0xDEAD; };
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().segment(Party::client, 0, kSshClientBanner, spoilt).client_says(http_request());
    talk.segment(Party::server, 0, kSshServerBanner, spoilt).server_says(http_response()).close();
    book.add(capture, {.name = "checksum-wrong-on-a-decoy",
                       .why = "one segment with a wrong checksum among good ones is a decoy that no host accepts",
                       .expect = {kHttp}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().editing([](PacketBuilder& packet, Party from) {
      if (from == Party::server && !packet.payload().empty()) packet.tcp().checksum = 0xDEAD;
    });
    talk.client_says(http_request()).server_says(http_response()).close();
    book.add(capture, {.name = "checksum-wrong-and-acknowledged",
                       .why = "what its receiver acknowledged was real, wrong checksum or not, and the finding says so",
                       .expect = {"verdict: unexpected, service: http, side: server, dest_port: 3238, anomalies: "
                                  "[bad-checksum]"}});
  }
}

void row_33_every_packet_twice(CaseBook& book) {
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().server_sends(kSshServerBanner);
    const std::size_t banner = capture.last_packet();
    talk.acknowledge(Party::client).client_says(kSshClientBanner).client_says(ssh_key_exchange_init(21));
    talk.server_says(ssh_key_exchange_init(22)).close();
    capture.see_every_packet_twice(50us);
    book.add(capture, {.name = "row-33-tcp-twice",
                       .why = "a mirror that copies every packet twice shows one connection",
                       .expect = {"verdict: unexpected, service: ssh, dest_port: 3238" + at_packet(2 * banner - 1)}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().after(1s).close();
    capture.see_every_packet_twice(50us);
    book.add(capture, {.name = "row-33-silent-connection-twice",
                       .why = "a doubled handshake is neither a second connection nor payload",
                       .expect = {"verdict: listener, dest_port: 3238, role_basis: syn"}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, kClient, kServer);
    for (unsigned i = 0; i < 6; ++i) {
      capture.at(5s * i);
      talk.client_says(unnamed_bytes(40, 330 + i));
    }
    capture.see_every_packet_twice(50us);
    book.add(capture, {.name = "row-33-udp-knocks-twice",
                       .why = "six unanswered datagrams stay six when each is seen twice",
                       .expect = {"verdict: probe, dest_port: 3238, proto: UDP, probe: {flows: 1, hosts: 1, ports: 1, "
                                  "answers: {none: 1, rst: 0, icmp: 0}}"}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, kClient, kServer);
    talk.client_says(dns_query(33)).server_says(dns_answer(33));
    capture.see_every_packet_twice(50us);
    book.add(capture, {.name = "row-33-dns-twice",
                       .why = "a doubled question and its doubled answer are one exchange",
                       .expect = {"verdict: unexpected, service: dns, dest_port: 3238, proto: UDP"}});
  }
}

void row_34_holes(CaseBook& book) {
  const TcpSettings without_options{.syn_options = {}};
  const auto exchange = [](TcpConversation& talk) {
    talk.handshake().client_says(http_request()).server_says(http_response()).close();
  };
  const std::string unrecognized = "verdict: unrecognized, dest_port: 3238, role_basis: syn";
  {
    Capture capture;
    capture.snap_length(54);  // Ethernet, IPv4 and TCP headers
    TcpConversation talk(capture, kClient, kServer, without_options);
    exchange(talk);
    book.add(capture, {.name = "row-34-headers-only",
                       .why = "payload that the snap length cut off was there, so the port is no silent listener",
                       .expect = {unrecognized + ", anomalies: [truncated]"}});
  }
  {
    Capture capture;
    capture.snap_length(96);
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().server_says(kSshServerBanner).client_says(kSshClientBanner);
    talk.client_says(ssh_key_exchange_init(21)).server_says(ssh_key_exchange_init(22)).close();
    book.add(capture, {.name = "row-34-snap-length-96",
                       .why = "a short snap length that keeps the banner is enough",
                       .expect = {"verdict: unexpected, service: ssh, dest_port: 3238"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().missing(Party::client, 300).client_says(unnamed_bytes(200, 341));
    talk.missing(Party::server, 500).server_says(unnamed_bytes(300, 342)).close();
    book.add(capture, {.name = "row-34-first-segments-lost",
                       .why = "what follows a hole at the start of the stream cannot be named",
                       .expect = {unrecognized + ", anomalies: [gap]"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().missing(Party::client, 300).missing(Party::server, 500).close();
    book.add(capture, {.name = "row-34-every-data-segment-lost",
                       .why = "acknowledgments prove payload that the capture lost, so the port is no silent listener",
                       .expect = {unrecognized + ", anomalies: [gap]"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(http_request()).server_says(http_response(5000).substr(0, 400));
    talk.missing(Party::server, 1460).server_says(unnamed_bytes(600, 343)).close();
    book.add(capture, {.name = "row-34-hole-behind-the-head",
                       .why = "a hole after the head has named the service changes nothing",
                       .expect = {kHttp}});
  }
}

void links(CaseBook& book) {
  const auto tagged = [&book](const std::string& name, const std::string& why, const Edit& edit, PcapFormat format) {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.editing(edit).handshake().client_says(http_request()).server_says(http_response()).close();
    book.add(capture, {.name = name, .why = why, .expect = {kHttp}, .format = format});
  };
  tagged("link-vlan", "a VLAN tag is only a tag", [](PacketBuilder& packet, Party) { packet.vlan({.id = 100}); },
         {.nanoseconds = true, .big_endian = true});
  tagged("link-qinq", "a service tag around a VLAN tag is read through",
         [](PacketBuilder& packet, Party) { packet.vlan({.id = 200, .protocol_id = 0x88A8}).vlan({.id = 100}); },
         {.big_endian = true});
  tagged("link-vlan-per-direction", "a flow may come on one VLAN and go on another",
         [](PacketBuilder& packet, Party from) {
           packet.vlan({.id = static_cast<std::uint16_t>(from == Party::client ? 100 : 200)});
         },
         {});
}

}  // namespace

void add_stream_cases(CaseBook& book) {
  segments(book);
  conflicts(book);
  checksums(book);
  row_33_every_packet_twice(book);
  row_34_holes(book);
  links(book);
}

}  // namespace ghostport::cases
