#include "tests/make_cases.h"
#include "tests/make_cases_payloads.h"

namespace ghostport::cases {
namespace {

using namespace packets;

const Endpoint kClient = client("10.0.0.5", 51514);
const Endpoint kServer = server("10.0.0.9", 3238);
const TcpSettings kSecondConnection{.client_isn = 0x7A000001, .server_isn = 0x7B000001};

void begin_ssh(TcpConversation& talk) {
  talk.handshake().server_says(kSshServerBanner).client_says(kSshClientBanner);
  talk.client_says(ssh_key_exchange_init(21)).server_says(ssh_key_exchange_init(22));
}

void row_24_idle_flows(CaseBook& book) {
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    begin_ssh(talk);
    talk.after(700s).client_says(random_bytes(96, 241)).server_says(random_bytes(128, 242)).close();
    book.add(capture, {.name = "row-24-ssh-idle-for-700-seconds",
                       .why = "a connection that goes on after its timeout keeps its verdict and is not reported again",
                       .expect = {"verdict: unexpected, service: ssh, dest_port: 3238"}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, kClient, kServer);
    talk.client_says(dns_query(24)).server_says(dns_answer(24)).after(120s);
    talk.client_says(dns_query(25)).server_says(dns_answer(25));
    book.add(capture, {.name = "row-24-dns-again-after-120-seconds",
                       .why = "the same UDP tuple after its timeout keeps its verdict and is not reported again",
                       .expect = {"verdict: unexpected, service: dns, dest_port: 3238, proto: UDP"}});
  }
}

void row_25_joined(CaseBook& book) {
  Capture capture;
  TcpConversation talk(capture, kClient, kServer);
  for (unsigned i = 0; i < 4; ++i) {
    talk.client_says(unnamed_bytes(900, 250 + i)).server_says(unnamed_bytes(1300, 260 + i)).after(200ms);
  }
  book.add(capture, {.name = "row-25-encrypted-in-mid-flow",
                     .why = "encrypted bytes of a connection that began before the capture weigh one step less",
                     .expect = {"verdict: unrecognized, joined: mid-stream, severity: low, dest_port: 3238, "
                                "role_basis: port-rank"}});
}

void row_28_random_bytes(CaseBook& book) {
  const std::string unrecognized = "verdict: unrecognized, severity: medium, dest_port: 3238";
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(unnamed_bytes(5000, 281)).server_says(unnamed_bytes(5000, 282)).close();
    book.add(capture, {.name = "row-28-random-tcp",
                       .why = "5000 bytes a side that nothing matches are unrecognized",
                       .expect = {unrecognized + ", proto: TCP, role_basis: syn"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(unnamed_bytes(120, 283)).server_says(unnamed_bytes(90, 284)).close();
    book.add(capture, {.name = "row-28-random-tcp-short",
                       .why = "a short exchange that nothing matches is judged at its end",
                       .expect = {unrecognized + ", proto: TCP, role_basis: syn"}});
  }
  {
    Capture capture;
    UdpConversation talk(capture, kClient, kServer);
    for (unsigned i = 0; i < 20; ++i) {
      talk.client_says(unnamed_bytes(60 + i, 2800 + i)).server_says(unnamed_bytes(90 + i, 2900 + i)).after(50ms);
    }
    book.add(capture, {.name = "row-28-random-udp",
                       .why = "datagrams both ways that nothing matches are unrecognized",
                       .expect = {unrecognized + ", proto: UDP, role_basis: first-packet"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(unnamed_bytes(50, 285)).server_says(unnamed_bytes(50, 286));
    talk.after(40s).client_says(unnamed_bytes(50, 287)).server_says(unnamed_bytes(50, 288));
    book.add(capture, {.name = "row-28-random-tcp-slow",
                       .why = "after 30 seconds a slow exchange is judged by what it has shown",
                       .expect = {unrecognized + ", proto: TCP, role_basis: syn"}});
  }
}

void row_32_reused_tuples(CaseBook& book) {
  const std::string ssh = "verdict: unexpected, service: ssh, dest_port: 3238, src_port: 51514";
  const std::string http = "verdict: unexpected, service: http, dest_port: 3238, src_port: 51514";
  {
    Capture capture;
    TcpConversation first(capture, kClient, kServer);
    begin_ssh(first);
    first.close().after(2s);
    TcpConversation second(capture, kClient, kServer, kSecondConnection);
    second.handshake().client_says(http_request()).server_says(http_response()).close();
    book.add(capture, {.name = "row-32-tuple-reused-after-both-fins",
                       .why = "a new handshake on a closed tuple is a new flow with its own finding",
                       .expect = {ssh + ", revises: false", http + ", revises: false"}});
  }
  {
    Capture capture;
    TcpConversation first(capture, kClient, kServer);
    begin_ssh(first);
    first.rst_from_client().after(2s);
    TcpConversation second(capture, kClient, kServer, kSecondConnection);
    second.handshake().client_says(http_request()).server_says(http_response()).close();
    book.add(capture, {.name = "row-32-tuple-reused-after-a-reset",
                       .why = "an exact reset closes the tuple too",
                       .expect = {ssh + ", revises: false", http + ", revises: false"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    begin_ssh(talk);
    TcpConversation(capture, kClient, kServer, kSecondConnection).syn();
    talk.acknowledge(Party::server);  // challenge acknowledgment (RFC 5961 section 4.2)
    talk.client_says(random_bytes(96, 321)).server_says(random_bytes(128, 322)).close();
    book.add(capture, {.name = "row-32-stray-syn",
                       .why = "a SYN in mid-connection that no SYN-ACK answers begins nothing",
                       .expect = {ssh}});
  }
}

}  // namespace

void add_lifetime_cases(CaseBook& book) {
  row_24_idle_flows(book);
  row_25_joined(book);
  row_28_random_bytes(book);
  row_32_reused_tuples(book);
}

}  // namespace ghostport::cases
