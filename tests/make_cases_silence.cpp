#include "tests/make_cases.h"
#include "tests/make_cases_payloads.h"

namespace ghostport::cases {
namespace {

using namespace packets;

const Endpoint kClient = client("10.0.0.5", 51514);
const Endpoint kServer = server("10.0.0.9", 3238);

/// The sum of one source's knocks.
std::string knocks(unsigned flows, unsigned hosts, unsigned ports, unsigned none, unsigned rst, unsigned icmp) {
  const auto text = [](unsigned number) { return std::to_string(number); };
  return "probe: {flows: " + text(flows) + ", hosts: " + text(hosts) + ", ports: " + text(ports) +
         ", answers: {none: " + text(none) + ", rst: " + text(rst) + ", icmp: " + text(icmp) + "}}";
}
const std::string kUnansweredKnock = knocks(1, 1, 1, 1, 0, 0);

/// Short frames as a card receives them, padded to Ethernet's minimum.
void pad(PacketBuilder& packet, Party) { packet.ethernet().minimum_frame = 60; }

void row_04_icmp(CaseBook& book) {
  const std::string probe = "verdict: probe, severity: low, dest_port: 3238, proto: UDP, " + knocks(1, 1, 1, 0, 0, 1);
  {
    Capture capture;
    UdpConversation talk(capture, kClient, kServer);
    talk.client_says(unnamed_bytes(48, 4)).unreachable();
    book.add(capture,
             {.name = "row-04-port-unreachable", .why = "an ICMP port unreachable answers a knock", .expect = {probe}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, kClient, kServer);
    talk.client_says(unnamed_bytes(48, 4)).unreachable(Unreachable::prohibited, "192.0.2.254", 8);
    book.add(capture, {.name = "row-04-router-quotes-eight-bytes",
                       .why = "eight quoted bytes are enough to find the flow that a router refused",
                       .expect = {probe}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, kClient, kServer);
    talk.client_says(dns_query(4)).server_says(dns_answer(4));
    capture.add(icmp_unreachable("10.0.0.5", talk.last_packet(Party::server)));
    book.add(capture, {.name = "row-04-client-gone-before-the-answer",
                       .why = "a client that refuses a late answer does not undo the answer",
                       .expect = {"verdict: unexpected, service: dns, dest_port: 3238, proto: UDP"}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, kClient, kServer);
    talk.client_says(unnamed_bytes(48, 4)).server_says(unnamed_bytes(64, 5));
    book.add(capture, {.name = "row-04-answered-instead",
                       .why = "the same datagram with an answer is a conversation that nothing names",
                       .expect = {"verdict: unrecognized, severity: medium, dest_port: 3238, proto: UDP"}});
  }
}

void row_07_08_silent_connections(CaseBook& book) {
  const std::string listener = "verdict: listener, severity: medium, dest_port: 3238, proto: TCP, role_basis: syn";
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.syn().syn_ack().rst_from_client();
    book.add(capture, {.name = "row-07-half-open-scan",
                       .why = "a SYN-ACK says that somebody listens, even to a half-open scan",
                       .expect = {listener}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().close();
    book.add(capture, {.name = "row-08-handshake-then-fin",
                       .why = "a connection without a word shows a listener",
                       .expect = {listener},
                       .format = {.big_endian = true}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.editing(pad).handshake().close();
    book.add(capture, {.name = "row-08-padded-frames",
                       .why = "the padding of short Ethernet frames is no payload",
                       .expect = {listener}});
  }
}

void row_09_from_a_ghost_port(CaseBook& book) {
  const auto datagrams_to = [&book](std::uint16_t port, const std::string& name, const std::string& why,
                                    const std::vector<std::string>& expect) {
    Capture capture;
    UdpConversation talk(capture, client("10.0.0.5", port), kServer);
    for (unsigned i = 0; i < 3; ++i) talk.server_says(unnamed_bytes(80, 90 + i)).after(2s);
    book.add(capture, {.name = name, .why = why, .expect = expect});
  };
  datagrams_to(51514, "row-09-from-ghost-port-to-high-port",
               "who speaks from a ghost port to a high port probably serves",
               {"verdict: listener, severity: low, role_basis: unknown, proto: UDP, src_ip: 10.0.0.5, "
                "src_port: 51514, "
                "dest_ip: 10.0.0.9, dest_port: 3238"});
  datagrams_to(53, "row-09-from-ghost-port-to-53", "towards a known server port the ghost port is the client's own",
               {});
  datagrams_to(443, "row-09-from-ghost-port-to-443", "towards a known server port the ghost port is the client's own",
               {});
  {
    Capture capture;
    UdpConversation talk(capture, client("10.0.0.5", 3238), server("10.0.0.53", 53));
    talk.client_says(dns_query(9)).server_says(dns_answer(9));
    book.add(capture, {.name = "row-09-resolver-with-a-ghost-source-port",
                       .why = "a resolver may draw a ghost port as its own",
                       .expect = {}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, client("10.0.0.5", 3238), server("10.0.0.53", 53));
    talk.server_says(dns_answer(9));
    book.add(capture, {.name = "row-09-answers-without-the-questions",
                       .why = "with one direction of a mirror, what only a name server says knocks at no port",
                       .expect = {}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, client("10.0.0.5", 53), server("10.0.0.9", 3238));
    talk.client_says(dns_query(9));
    book.add(capture, {.name = "row-09-question-from-port-53",
                       .why = "a question is a knock, whatever port it comes from",
                       .expect = {"verdict: probe, asked: dns, dest_port: 3238"}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, client("10.0.0.5", 53), server("10.0.0.9", 3238));
    for (unsigned i = 0; i < 12; ++i) talk.client_says(random_bytes(200, 900 + i)).after(1s);
    book.add(capture, {.name = "row-09-beacon-from-port-53",
                       .why = "a beacon from the port of a name server is judged by its bytes",
                       .expect = {"verdict: unrecognized, dest_port: 3238"}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, client("10.0.0.5", 3238), server("10.0.0.53", 15'353));
    talk.client_says(dns_query(9)).server_says(dns_answer(9)).after(300s).server_says(dns_answer(9));
    talk.client_says(dns_query(10));
    book.add(capture, {.name = "row-24-client-with-a-ghost-port-wakes",
                       .why = "who was the client is known from before the pause, though the server speaks first now",
                       .expect = {}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, client("10.0.0.5", 3238), server("10.0.0.9", 8080));
    talk.handshake().client_says(http_request()).server_says(http_response()).close();
    book.add(capture, {.name = "row-09-client-with-a-ghost-source-port",
                       .why = "a SYN from a ghost port makes it the client's own, wherever it goes",
                       .expect = {}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, client("10.0.0.5", 3238), server("10.0.0.9", 443));
    talk.client_says(tls_application_data(200, 91)).server_says(tls_application_data(400, 92)).close();
    book.add(capture, {.name = "row-09-mid-flow-to-443",
                       .why = "without a SYN the known server port tells that the ghost port is the client's",
                       .expect = {}});
  }
}

void row_20_keep_alives(CaseBook& book) {
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.acknowledge(Party::client).acknowledge(Party::server);
    for (unsigned i = 0; i < 5; ++i) talk.after(60s).keep_alive(Party::client, 1);
    book.add(capture, {.name = "row-20-keep-alives-in-mid-flow",
                       .why = "the byte of a keep-alive is no payload, and acknowledgments both ways show a listener",
                       .expect = {"verdict: listener, dest_port: 3238, role_basis: port-rank"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake();
    for (unsigned i = 0; i < 5; ++i) talk.after(60s).keep_alive(Party::server, i % 2);
    book.add(capture, {.name = "row-20-keep-alives-after-a-handshake",
                       .why = "a server that only keeps the connection alive has said nothing",
                       .expect = {"verdict: listener, severity: medium, dest_port: 3238, role_basis: syn"}});
  }
}

void row_21_empty_datagrams(CaseBook& book) {
  const auto empty = [&book](const std::string& name, const std::string& why, const std::optional<Data>& answer,
                             const std::string& expect) {
    Capture capture;
    UdpConversation talk(capture, kClient, kServer);
    talk.editing(pad).client_says("");
    if (answer) talk.server_says(*answer);
    book.add(capture, {.name = name, .why = why, .expect = {expect + ", dest_port: 3238, proto: UDP"}});
  };
  empty("row-21-empty-datagram-empty-answer", "an empty datagram that is answered shows a listener", Data(),
        "verdict: listener");
  empty("row-21-empty-datagram-answered", "any answer to an empty datagram shows a listener",
        Data(unnamed_bytes(24, 21)), "verdict: listener");
  empty("row-21-empty-datagram-unanswered", "an empty datagram without an answer is a knock", {},
        "verdict: probe, " + kUnansweredKnock);
}

void row_22_retransmitted_syn(CaseBook& book) {
  Capture capture;
  TcpConversation talk(capture, kClient, kServer);
  for (const auto second : {0s, 1s, 3s, 7s, 15s, 31s, 63s}) {
    capture.at(second);
    talk.syn();
  }
  book.add(capture, {.name = "row-22-retransmitted-syn",
                     .why = "a SYN and its retransmissions are one knock",
                     .expect = {"verdict: probe, dest_port: 3238, proto: TCP, " + kUnansweredKnock}});
}

void row_23_reset_after_payload(CaseBook& book) {
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(http_request()).server_says(http_response(5000).substr(0, 700));
    talk.rst_from_server().rst_from_client();
    book.add(capture, {.name = "row-23-reset-during-the-response",
                       .why = "what was said before a firewall reset the connection decides",
                       .expect = {"verdict: unexpected, service: http, severity: high, dest_port: 3238"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(http_request()).rst_from_server();
    book.add(capture, {.name = "row-23-reset-before-the-response",
                       .why = "a request that only a reset answers proves a listener and no service",
                       .expect = {"verdict: listener, asked: http, dest_port: 3238"}});
  }
}

/// One-way datagrams, `apart` from each other.
template <class Content>
void one_way(CaseBook& book, const std::string& name, const std::string& why, unsigned datagrams,
             std::chrono::nanoseconds apart, const Content& content, const std::string& expect) {
  Capture capture;
  UdpConversation talk(capture, kClient, kServer);
  for (unsigned i = 0; i < datagrams; ++i) {
    capture.at(apart * i);
    talk.client_says(content(i));
  }
  book.add(capture, {.name = name, .why = why, .expect = {expect + ", dest_port: 3238, proto: UDP"}});
}

void row_26_27_one_way_datagrams(CaseBook& book) {
  const auto unnamed = [](unsigned i) { return unnamed_bytes(40 + 7 * i, 260 + i); };
  const auto query = [](unsigned i) {
    return dns_query(static_cast<std::uint16_t>(700 + i), "chunk" + std::to_string(i) + ".data.example.org");
  };
  const auto rtp = [](unsigned i) { return rtp_packet(static_cast<std::uint16_t>(100 + i), 160 * i, 0x27272727); };
  const std::string probe = "verdict: probe, severity: low, " + kUnansweredKnock;
  const std::string unrecognized = "verdict: unrecognized, one-sided: true, severity: low";
  one_way(book, "row-26-eight-datagrams", "a few datagrams without an answer are a knock", 8, 7s, unnamed, probe);
  one_way(book, "row-26-ten-datagrams", "ten datagrams within a minute are still a knock", 10, 5s, unnamed, probe);
  one_way(book, "row-26-eight-queries", "a knock says what it asked for", 8, 7s, query, probe + ", asked: dns");
  one_way(book, "row-27-eleven-datagrams", "the eleventh datagram makes a stream of a knock", 11, 5s, unnamed,
          unrecognized);
  one_way(book, "row-27-slow-beacon", "datagrams that go on for more than a minute are no knock", 5, 20s, unnamed,
          unrecognized);
  one_way(book, "row-27-forty-datagrams", "a one-way stream is judged by its payload", 40, 1s, unnamed, unrecognized);
  one_way(book, "row-27-forty-queries", "a one-way stream of DNS queries carries something out", 40, 1s, query,
          "verdict: unexpected, service: dns, one-sided: true, severity: medium");
  one_way(book, "row-27-one-way-rtp", "a one-way media stream is judged by its payload", 40, 20ms, rtp,
          "verdict: unexpected, service: rtp, one-sided: true, severity: medium");
}

// ---- scans ----

void scans(CaseBook& book) {
  const std::vector<std::uint16_t> ports{3237, 3238, 3239, 3248};
  const TcpSettings refusing{.server_isn =
                                 0xFFFFFFFF};  // a reset of a SYN has sequence number 0 (RFC 9293 section 3.5.2)
  {
    Capture capture;
    std::uint16_t from = 40000;
    for (unsigned host = 1; host <= 6; ++host) {
      for (const std::uint16_t port : ports) {
        TcpConversation knock(capture, client("10.0.7.66", from++), server("10.0.1." + std::to_string(host), port),
                              refusing);
        knock.syn();
        if (host <= 2) knock.rst_from_server();
        if (host == 3 || host == 4) knock.unreachable(Unreachable::prohibited, "10.0.1.254");
        capture.after(100ms);
      }
    }
    book.add(capture,
             {.name = "scan-of-six-hosts",
              .why = "a scan is one finding, with the number of its targets and of each kind of answer",
              .expect = {"verdict: probe, severity: low, src_ip: 10.0.7.66, dest_ip: 10.0.1.1, dest_port: 3237, " +
                         knocks(24, 6, 4, 8, 8, 8)}});
  }
  {
    Capture capture;
    for (std::uint16_t i = 0; i < 4; ++i) {
      const std::uint16_t from = static_cast<std::uint16_t>(40000 + i);
      TcpConversation(capture, client("10.0.7.66", from), server("10.0.1.1", ports[i])).syn();
      TcpConversation(capture, client("10.0.7.67", from), server("10.0.1.2", ports[i]), refusing)
          .syn()
          .rst_from_server();
    }
    book.add(capture, {.name = "scan-from-two-sources",
                       .why = "each source has its own finding",
                       .expect = {"verdict: probe, src_ip: 10.0.7.66, " + knocks(4, 1, 4, 4, 0, 0),
                                  "verdict: probe, src_ip: 10.0.7.67, " + knocks(4, 1, 4, 0, 4, 0)}});
  }
  {
    Capture capture;
    std::uint16_t from = 40000;
    for (const auto minute : {0min, 10min, 20min}) {
      capture.at(minute);
      for (const std::uint16_t port : ports)
        TcpConversation(capture, client("10.0.7.66", from++), server("10.0.1.1", port)).syn();
    }
    book.add(capture, {.name = "scan-that-comes-back",
                       .why = "later knocks of a source within the hour are one more finding",
                       .expect = {"verdict: probe, src_ip: 10.0.7.66, " + knocks(4, 1, 4, 4, 0, 0),
                                  "verdict: probe, src_ip: 10.0.7.66, " + knocks(8, 1, 4, 8, 0, 0)}});
  }
  {
    Capture capture;
    for (std::uint16_t i = 0; i < 4; ++i) {
      const Endpoint from = client("10.0.7.66", static_cast<std::uint16_t>(40000 + i));
      if (ports[i] == 3239) {
        TcpConversation(capture, from, server("10.0.1.1", ports[i])).syn().syn_ack().rst_from_client();
      } else {
        TcpConversation(capture, from, server("10.0.1.1", ports[i]), refusing).syn().rst_from_server();
      }
    }
    book.add(capture, {.name = "scan-that-finds-a-listener",
                       .why = "a scan and the listener that it finds are two findings",
                       .expect = {"verdict: probe, src_ip: 10.0.7.66, " + knocks(3, 1, 3, 0, 3, 0),
                                  "verdict: listener, src_ip: 10.0.7.66, dest_port: 3239"}});
  }
}

void listener_sums(CaseBook& book) {
  Capture capture;
  for (std::uint16_t i = 0; i < 3; ++i) {
    capture.at(5min * i);
    TcpConversation(capture, client("10.0.0.5", static_cast<std::uint16_t>(51514 + i)), kServer).handshake().close();
  }
  TcpConversation(capture, client("10.0.0.5", 51600), server("10.0.0.10", 3238)).handshake().close();
  book.add(capture, {.name = "listener-sums",
                     .why = "a silent listener is reported once, then summed by host, port and hour",
                     .expect = {"verdict: listener, src_port: 51514, dest_ip: 10.0.0.9, dest_port: 3238",
                                "verdict: listener, count: 2, dest_ip: 10.0.0.9, dest_port: 3238",
                                "verdict: listener, src_port: 51600, dest_ip: 10.0.0.10, dest_port: 3238"}});
}

}  // namespace

void add_silence_cases(CaseBook& book) {
  row_04_icmp(book);
  row_07_08_silent_connections(book);
  row_09_from_a_ghost_port(book);
  row_20_keep_alives(book);
  row_21_empty_datagrams(book);
  row_22_retransmitted_syn(book);
  row_23_reset_after_payload(book);
  row_26_27_one_way_datagrams(book);
  scans(book);
  listener_sums(book);
}

}  // namespace ghostport::cases
