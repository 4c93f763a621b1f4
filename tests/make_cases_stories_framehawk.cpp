#include "tests/make_cases_payloads.h"
#include "tests/make_cases_stories.h"

namespace ghostport::cases {
namespace {

using namespace packets;

// A VDA whose Framehawk sessions take one port after the other from 3224 on. The datagrams are bytes of no protocol:
// no description of the real ones exists.
const IpAddress kVda = "10.1.2.10";
const IpAddress kGateway = "10.1.1.5";
constexpr std::uint16_t kFirstPort = 3224;
constexpr const char* kVdaDeclared = "{assets: {citrix-vda: [10.1.2.0/24]}}";
constexpr const char* kRangeWatched = "{watch: range}";

IpAddress desktop(unsigned number) { return "10.2.0." + std::to_string(10 + number); }

/// Sessions side by side, as they look from outside: small datagrams both ways. They go on for some seconds, so that
/// what is decided about them in time is not left to the capture's end.
class Sessions {
 public:
  explicit Sessions(Capture& capture) : capture_(&capture) {}
  Sessions& begin(const IpAddress& peer, unsigned session) {
    talks_.emplace_back(*capture_, client(peer, static_cast<std::uint16_t>(50000 + session)),
                        server(kVda, static_cast<std::uint16_t>(kFirstPort + session)));
    exchange(talks_.back(), session);
    return *this;
  }
  /// The first `count` ports, each of a client of its own.
  Sessions& begin_first(unsigned count) {
    for (unsigned session = 0; session < count; ++session) begin(desktop(session), session);
    return *this;
  }
  void go_on() {
    capture_->after(7s);
    for (std::size_t i = 0; i < talks_.size(); ++i) exchange(talks_[i], static_cast<unsigned>(100 + i));
  }

 private:
  static void exchange(UdpConversation& talk, unsigned seed) {
    talk.client_says(unnamed_bytes(48, 1000 + seed)).after(15ms);
    talk.server_says(unnamed_bytes(64, 2000 + seed)).after(200ms);
  }

  Capture* capture_;
  std::vector<UdpConversation> talks_;
};

/// ICA within CGP (session reliability), or by itself; both begin with a preamble that both sides say.
struct IcaSession {
  TcpConversation connection;
  explicit IcaSession(Capture& capture, const IpAddress& peer, const IpAddress& host, bool cgp)
      : connection(capture, client(peer, 50800), server(host, cgp ? 2598 : 1494)) {
    const ByteString preamble = cgp ? from_hex("1A 43 47 50 2F 30 31") : from_hex("7F 7F 49 43 41 00");
    connection.handshake().client_says(preamble).server_says(preamble);
    connection.client_says(unnamed_bytes(120, 71)).server_says(unnamed_bytes(180, 72));
  }
};

std::string finding(const std::string& verdict, unsigned port) {
  return verdict + ", dest_ip: 10.1.2.10, proto: UDP, dest_port: " + std::to_string(port);
}
std::string consistent(unsigned port) {
  return finding("verdict: consistent, service: citrix-framehawk, severity: info", port);
}
std::string unrecognized(unsigned port) { return finding("verdict: unrecognized, severity: medium", port); }

void allocation(CaseBook& book) {
  constexpr unsigned kSessions = 15;  // 3224 to 3238
  for (const bool declared : {true, false}) {
    Capture capture;
    Sessions(capture).begin_first(kSessions).go_on();
    if (declared) {
      book.add(capture, {.name = "framehawk-declared-vda",
                         .why = "sessions of a declared VDA that fill the range from below are consistent",
                         .expect = {consistent(3237), consistent(3238)},
                         .config = kVdaDeclared});
    } else {
      book.add(capture, {.name = "framehawk-nothing-declared",
                         .why = "the same datagrams are nobody's where no VDA is declared and no ICA session is seen",
                         .expect = {unrecognized(3237), unrecognized(3238)}});
    }
  }
  {
    Capture capture;
    Sessions(capture).begin_first(40).go_on();
    book.add(capture, {.name = "framehawk-forty-sessions",
                       .why = "forty sessions of a declared VDA reach every ghost port, each in its place",
                       .expect = {consistent(3237), consistent(3238), consistent(3239), consistent(3248)},
                       .config = kVdaDeclared});
  }
  {
    Capture capture;
    Sessions(capture).begin(desktop(0), 14).go_on();
    book.add(capture, {.name = "framehawk-cold-on-3238",
                       .why = "a first session does not begin on the fifteenth port, nobody being below it",
                       .expect = {unrecognized(3238)},
                       .config = kVdaDeclared});
  }
  {
    Capture capture;
    Sessions(capture).begin_first(8).begin(desktop(40), 24).go_on();
    book.add(capture, {.name = "framehawk-beacon-on-3248",
                       .why = "what answers on 3248 of a real VDA with eight sessions is none of them",
                       .expect = {unrecognized(3248)},
                       .config = kVdaDeclared});
  }
  {
    Capture capture;
    Sessions(capture).begin_first(3).begin(desktop(14), 14).go_on();
    book.add(capture, {.name = "framehawk-incoherent",
                       .why = "a fifteenth port beside three sessions is not how a VDA allocates",
                       .expect = {unrecognized(3238)},
                       .config = kVdaDeclared});
  }
  // A session on 3224+13 needs 13 - max(2, 13/4) = 10 lower ports.
  for (const unsigned below : {10U, 9U}) {
    Capture capture;
    Sessions(capture).begin_first(below).begin(desktop(13), 13).go_on();
    if (below == 10) {
      book.add(capture, {.name = "framehawk-just-enough-ports",
                         .why = "ten lower ports in use are just enough for a session on 3237",
                         .expect = {consistent(3237)},
                         .config = kVdaDeclared});
    } else {
      book.add(capture, {.name = "framehawk-one-port-too-few",
                         .why = "nine lower ports in use are one too few for a session on 3237",
                         .expect = {unrecognized(3237)},
                         .config = kVdaDeclared});
    }
  }
}

void beside_ica(CaseBook& book) {
  for (const bool cgp : {true, false}) {
    Capture capture;
    IcaSession ica(capture, desktop(0), kVda, cgp);
    Sessions(capture).begin(desktop(0), 0).go_on();
    ica.connection.close();
    book.add(capture, {.name = cgp ? "framehawk-beside-cgp" : "framehawk-beside-ica",
                       .why = cgp ? "a live CGP session of the same two hosts shows a VDA that nobody declared"
                                  : "a live ICA session of the same two hosts shows a VDA that nobody declared",
                       .expect = {consistent(3224)},
                       .config = kRangeWatched});
  }
  {
    Capture capture;
    IcaSession ica(capture, kGateway, kVda, true);
    Sessions(capture).begin(kGateway, 0).go_on();
    ica.connection.close();
    book.add(capture, {.name = "framehawk-through-a-gateway",
                       .why = "a gateway that speaks CGP and Framehawk to the VDA counts as the peer",
                       .expect = {consistent(3224)},
                       .config = kRangeWatched});
  }
  {
    Capture capture;
    IcaSession ica(capture, desktop(0), kGateway, true);
    Sessions(capture).begin(kGateway, 0).go_on();
    ica.connection.close();
    book.add(capture, {.name = "framehawk-ica-with-the-client-only",
                       .why = "where CGP ends at the gateway, nothing shows that the host behind it is a VDA",
                       .expect = {unrecognized(3224)},
                       .config = kRangeWatched});
  }
  for (const bool recent : {true, false}) {
    Capture capture;
    IcaSession(capture, desktop(0), kVda, true).connection.close();
    capture.after(recent ? 7h : 9h);
    Sessions(capture).begin(desktop(0), 0).go_on();
    book.add(capture, {.name = recent ? "framehawk-cgp-seven-hours-ago" : "framehawk-cgp-nine-hours-ago",
                       .why = recent ? "a CGP session counts for eight hours after its end"
                                     : "a CGP session that ended more than eight hours ago counts no more",
                       .expect = {recent ? consistent(3224) : unrecognized(3224)},
                       .config = kRangeWatched});
  }
}

void named(CaseBook& book) {
  Capture capture;
  Sessions sessions(capture);
  sessions.begin_first(14);
  UdpConversation talk(capture, client(desktop(14), 50014), server(kVda, 3238));
  talk.client_says(dns_query(0x3224)).server_says(dns_answer(0x3224));
  sessions.go_on();
  book.add(capture, {.name = "framehawk-dns-in-its-place",
                     .why = "a name server on the next port of a declared VDA is a name server",
                     .expect = {consistent(3237), finding("verdict: unexpected, service: dns, severity: high", 3238)},
                     .config = kVdaDeclared});
}

}  // namespace

void add_framehawk_stories(CaseBook& book) {
  allocation(book);
  beside_ica(book);
  named(book);
}

}  // namespace ghostport::cases
