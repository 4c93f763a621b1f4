#include <algorithm>

#include "tests/make_cases_evasions.h"

namespace ghostport::cases {
namespace {

using namespace packets;

/// Floods that must not keep the conversation among them from being named; small ones, so that each is a case.
void around_one_conversation(CaseBook& book) {
  play(book,
       {.name = "exhaustion-first-fragments-only",
        .why = "sixty datagrams of which only first fragments come stand around a conversation without fragments"},
       [](Scene& scene) {
         scene.opening();
         PacketBuilder stranger = scene.packet(0, unnamed_bytes(60, 3));
         for (std::uint32_t i = 0; i < 60; ++i) {
           scene.send({fragment_of(stranger, {.offset = 0, .size = 8}, {.identification = 0x100 + i})});
           if (i == 30) scene.part(0, 3);
         }
         scene.part(3, scene.truth.size()).rest();
       });
  play(book,
       {.name = "exhaustion-fragments-of-one-bucket",
        .why = "fragments of forty host pairs that a weak hash maps to one place (CVE-2026-45762)"},
       [](Scene& scene) {
         scene.opening();
         for (unsigned i = 0; i < 40; ++i) {
           PacketBuilder stranger = scene.packet(0, unnamed_bytes(60, 3));
           // The same sum and exclusive or of both addresses: bytes move from one to the other.
           const auto shift = [i](IpAddress& address, int by) {
             std::uint8_t& last = address.bytes.back();
             last = static_cast<std::uint8_t>(100 + static_cast<int>(i) * by);
           };
           if (stranger.is_ipv6()) {
             shift(stranger.ipv6().source, 1);
             shift(stranger.ipv6().destination, -1);
           } else {
             shift(stranger.ipv4().source, 1);
             shift(stranger.ipv4().destination, -1);
           }
           scene.send({fragment_of(stranger, {.offset = 8, .size = 16}, {.identification = 7})});
         }
         scene.send(fragments_of(scene.whole_packet(), in_fragments_of(24)));
         scene.rest();
       });
  play(book,
       {.name = "exhaustion-every-second-byte",
        .why = "segments at every second byte of the words come first, then the bytes between them"},
       [](Scene& scene) {
         scene.opening();
         for (const std::size_t first : {std::size_t{1}, std::size_t{0}}) {
           for (std::size_t at = first; at < scene.truth.size(); at += 2) scene.part(at, at + 1);
         }
         scene.rest();
       });
  play(book,
       {.name = "exhaustion-eighty-conflicts",
        .why = "eighty segments contradict the first one before the receiver acknowledges any",
        .anomalies = "conflicting-data"},
       [](Scene& scene) {
         scene.opening().part(0, 2);
         for (unsigned i = 0; i < 80; ++i) {
           scene.piece(0, ByteString(2, static_cast<std::uint8_t>('a' + i % 26)));
         }
         scene.part(2, scene.truth.size()).rest();
       });
}

/// Within the head, and dear to whoever tries every way to read them.
void long_beginnings(CaseBook& book) {
  play(book,
       {.name = "exhaustion-lines-before-the-words",
        .why = "hundreds of lines that may stand before a request or a version come in segments of 400 bytes "
               "(CVE-2024-28870)"},
       [](Scene& scene) {
         std::string lines;
         while (lines.size() < 3000) lines += scene.hider == Party::client ? "\r\n" : "aaaaaaaaaaaa\r\n";
         scene.truth = joined(Data(lines).bytes, scene.truth);
         scene.opening();
         for (std::size_t at = 0; at < scene.truth.size(); at += 400)
           scene.part(at, std::min<std::size_t>(at + 400, scene.truth.size()));
         scene.rest();
       });
}

void lookalikes(CaseBook& book) {
  {
    Capture capture;
    TcpConversation web(capture, client("1.2.3.4", 40000), server("5.6.7.8", 3238));
    TcpConversation shell(capture, client("102:304::", 40000), server("506:708::", 3238));
    web.handshake();
    shell.handshake();
    web.client_says("GET /status HT");
    shell.server_says("SSH-2");
    web.client_says("TP/1.1\r\n\r\n").server_says(unnamed_bytes(20, 1));
    shell.server_says(".0-OpenSSH_8.4p1\r\n");
    web.close();
    shell.close();
    book.add(capture,
             {.name = "exhaustion-ipv4-looks-like-ipv6",
              .why = "an IPv4 and an IPv6 connection whose addresses begin with the same bytes are two "
                     "(CVE-2026-57222)",
              .expect = {"verdict: unexpected, service: http, src_ip: 1.2.3.4, dest_ip: 5.6.7.8, dest_port: 3238",
                         "verdict: unexpected, service: ssh, src_ip: '102:304::', dest_ip: '506:708::', "
                         "dest_port: 3238"}});
  }
  {
    Capture capture;
    TcpConversation there(capture, client("10.0.0.5", 3238), server("10.0.0.9", 3239));
    TcpConversation back(capture, client("10.0.0.9", 3238), server("10.0.0.5", 3239));
    there.handshake();
    back.handshake();
    there.client_says("GET /status HT");
    back.server_says("SSH-2");
    there.client_says("TP/1.1\r\n\r\n").server_says(unnamed_bytes(20, 1));
    back.server_says(".0-OpenSSH_8.4p1\r\n");
    there.close();
    back.close();
    book.add(capture, {.name = "exhaustion-addresses-swapped",
                       .why = "two connections with the same ports and swapped addresses are two",
                       .expect = {"verdict: unexpected, service: http, src_ip: 10.0.0.5, dest_ip: 10.0.0.9, src_port: "
                                  "3238, dest_port: 3239",
                                  "verdict: unexpected, service: ssh, src_ip: 10.0.0.9, dest_ip: 10.0.0.5, src_port: "
                                  "3238, dest_port: 3239"}});
  }
}

void many_flows(CaseBook& book) {
  {
    // Seven silent connections with one byte each: the first is said at its end, the others together.
    Capture capture;
    for (std::uint16_t i = 0; i < 7; ++i) {
      TcpConversation talk(capture, client("10.0.0.5", static_cast<std::uint16_t>(52000 + i)),
                           server("10.0.0.9", 3238));
      talk.handshake().client_says(ByteString{'G'}).after(1s);
    }
    TcpConversation talk(capture, client("10.0.0.6", 51514), server("10.0.0.9", 3238));
    talk.handshake().client_says("GET /status HTTP/1.1\r\n\r\n").server_says(unnamed_bytes(20, 1)).close();
    book.add(capture,
             {.name = "exhaustion-open-heads-of-one-byte",
              .why = "connections that say one byte and wait are counted together, the one that speaks is named",
              .expect = {"verdict: listener, dest_port: 3238, src_ip: 10.0.0.5",
                         "verdict: listener, dest_port: 3238, count: 6",
                         "verdict: unexpected, service: http, src_ip: 10.0.0.6, dest_port: 3238"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, client("10.0.0.5", 51514), server("10.0.0.9", 3237));
    talk.handshake().client_sends("GET /");
    for (std::uint16_t i = 0; i < 40; ++i) {
      TcpConversation knock(capture, client("10.0.0.7", static_cast<std::uint16_t>(52000 + i)),
                            server("10.0.0.9", 3237));
      knock.syn();
    }
    talk.segment(Party::client, 5, "status HTTP/1.1\r\n\r\n").advance(Party::client, 19);
    talk.acknowledge(Party::server).server_says(unnamed_bytes(20, 1)).close();
    book.add(capture, {.name = "exhaustion-a-new-flow-every-packet",
                       .why = "forty SYNs on forty tuples come in the middle of a request",
                       .expect = {"verdict: unexpected, service: http, src_ip: 10.0.0.5, dest_port: 3237",
                                  "verdict: probe, src_ip: 10.0.0.7, dest_port: 3237, probe: {flows: 40, hosts: 1, "
                                  "ports: 1, answers: {none: 40, rst: 0, icmp: 0}}"}});
  }
}

}  // namespace

void add_exhaustion_evasions(CaseBook& book) {
  around_one_conversation(book);
  long_beginnings(book);
  lookalikes(book);
  many_flows(book);
}

}  // namespace ghostport::cases
