#include "signatures/scanner.h"

#include <gtest/gtest.h>

#include "signatures/identifier.h"
#include "tests/counted_allocations.h"
#include "tests/signatures/payloads.h"

namespace ghostport {
namespace {

std::shared_ptr<const SignatureSet> shipped() {
  static const std::shared_ptr<const SignatureSet> set = SignatureSet::builtin();
  return set;
}

std::shared_ptr<const SignatureSet> set_of(const std::string& text) {
  return SignatureSet::compile(read_signatures(read_yaml(text, "a.yaml").value(), "a.yaml").value()).value();
}

ByteString bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::vector<std::string> ids(const SignatureSet& set, const SideMatches& matches) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < matches.count; ++i) result.push_back(set.at(matches.indices[i]).id);
  return result;
}

std::string id(const SignatureSet& set, SignatureIndex index) { return index == kNoSignature ? "" : set.at(index).id; }

/// Two sides of a TCP flow, and what they show.
struct Talk {
  std::string_view client;
  std::string_view server;
  std::string client_shows;
  std::string server_shows;
  std::string client_words;
};

void expect_talk(const Talk& talk) {
  Scanner scanner(shipped());
  const Said client = Said::stream(bytes_of(talk.client));
  const Said server = Said::stream(bytes_of(talk.server));
  const Identification shown = identify(*shipped(), scanner.scan(Transport::tcp, Side::client, client.payload(false)),
                                        scanner.scan(Transport::tcp, Side::server, server.payload(false)));
  EXPECT_EQ(id(*shipped(), shown.client), talk.client_shows) << talk.client;
  EXPECT_EQ(id(*shipped(), shown.server), talk.server_shows) << talk.server;
  EXPECT_EQ(id(*shipped(), shown.client_words), talk.client_words) << talk.client;
}

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kClientHello = [] {
  for (const Signature& signature : shipped()->signatures()) {
    if (signature.id == "tls.client-hello") return signature.match.front().datagrams.front();
  }
  return std::string();
}();

TEST(Scanner, EachSideShowsItsOwnService) {
  expect_talk({kRequest, "SSH-2.0-OpenSSH_9.2p1\r\n", "http.request", "ssh.banner", "http.request"});
  expect_talk({kRequest, "HTTP/1.1 200 OK\r\n\r\n", "http.request", "http.status", "http.request"});
  expect_talk({kRequest, "", "http.request", "", "http.request"});
  expect_talk({"", "Welcome\r\n\r\nSSH-2.0-OpenSSH_9.2p1\r\n", "", "ssh.banner-behind-lines", ""});
}

TEST(Scanner, AWeakSignatureNeedsItsAnswer) {
  expect_talk({"EHLO a\r\n", "220 mail ready\r\n", "smtp.hello", "smtp.bare-greeting", "smtp.hello"});
  expect_talk({"EHLO a\r\n", "", "", "", "smtp.hello"});
  expect_talk({"EHLO a\r\n", "500 what\r\n", "", "", "smtp.hello"});
  expect_talk({"", "220 mail ready\r\n", "", "", ""});
  expect_talk({"EHLO a\r\n", "220 mail ESMTP\r\n", "smtp.hello", "smtp.greeting", "smtp.hello"});
  expect_talk({kClientHello, std::string_view("\x15\x03\x01\x00\x02\x02\x28", 7), "tls.client-hello", "tls.refusal",
               "tls.client-hello"});
  expect_talk({kRequest, std::string_view("\x15\x03\x01\x00\x02\x02\x28", 7), "http.request", "", "http.request"});
  expect_talk({"GET /a", "HTTP/1.1 200 OK\r\n\r\n", "http.request-start", "http.status", "http.request-start"});
  expect_talk({"GET /a", "", "", "", "http.request-start"});
}

TEST(Scanner, FtpIsNotSmtp) {
  expect_talk({"USER anonymous\r\n", "220 ProFTPD Server ready.\r\n331 Password required\r\n", "ftp.login",
               "ftp.greeting-and-reply", "ftp.login"});
  expect_talk({"AUTH TLS\r\n", "220-Welcome\r\n220 mirror FTP service\r\n234 go\r\n", "ftp.session",
               "ftp.greeting-and-reply", "ftp.session"});
}

TEST(Scanner, AMailServerMayRunOnAHostNamedFtp) {
  expect_talk({"EHLO a\r\n", "220 ftp.example.com ESMTP\r\n", "smtp.hello", "smtp.greeting-of-ftp-host", "smtp.hello"});
  expect_talk({"EHLO a\r\n", "220 ftp.example.com ready\r\n", "smtp.hello", "smtp.bare-greeting", "smtp.hello"});
  expect_talk({"", "220 FTP and ESMTP gateway\r\n", "", "smtp.greeting-of-ftp-host", ""});
}

TEST(Scanner, AShellsOutputCountsWithItsCommand) {
  expect_talk({"id\n", "uid=0(root) gid=0(root)\n/root\n", "shell.commands", "shell.identity", "shell.commands"});
  expect_talk({"uid=0(root) gid=0(root)\n/root\n", "id\npwd\n", "shell.identity", "shell.commands", "shell.identity"});
  expect_talk({"", "uid=0(root) gid=0(root)\n/root\n", "", "", ""});
}

TEST(Scanner, OneGreetingAnswersTwoProtocolsOfMail) {
  expect_talk({"USER a\r\n", "+OK ready\r\n", "pop3.login", "pop3.bare-reply", "pop3.login"});
  expect_talk({"USER a\r\n", "220 ready\r\n", "ftp.login", "ftp.bare-reply", "ftp.login"});
  expect_talk({"a NOOP\r\n", "a OK done\r\n", "imap.login", "imap.tagged-reply", "imap.login"});
}

TEST(Scanner, Http2IsNotHttp1) {
  expect_talk({"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", "http2.preface", "", "http2.preface"});
}

TEST(Scanner, ADatabaseThatSpeaksHttpIsNamedByItsOwnName) {
  expect_talk({"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nX-elastic-product: Elasticsearch\r\n\r\n", "http.request",
               "elasticsearch.product-header", "http.request"});
}

TEST(Scanner, WhatHttpCarriesIsShownByBothSides) {
  const auto inner = [](std::string_view client, std::string_view server) {
    Scanner scanner(shipped());
    const Said asks = Said::stream(bytes_of(client));
    const Said answers = Said::stream(bytes_of(server));
    const auto point =
        scanner.find_upgrade(*find_service("http"), asks.payload(false).bytes, answers.payload(false).bytes);
    return point ? service_name(shipped()->upgrades()[point->upgrade].inner) : "nothing";
  };
  EXPECT_EQ(inner("POST /wsman HTTP/1.1\r\n\r\n", "HTTP/1.1 401 \r\nWWW-Authenticate: Negotiate\r\n\r\n"), "winrm");
  EXPECT_EQ(inner("POST /wsman HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found\r\n\r\n"), "nothing");
  EXPECT_EQ(inner("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 401 \r\nWWW-Authenticate: Basic realm=\"WSMAN\"\r\n\r\n"),
            "winrm");
  EXPECT_EQ(inner("GET http://a/ HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nVia: 1.1 b\r\n\r\n"), "http-proxy");
  EXPECT_EQ(inner("GET http://a/ HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"), "nothing");
  EXPECT_EQ(inner("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 407 Sign on\r\n\r\n"), "http-proxy");
}

TEST(Scanner, MoreVerifiedBytesComeFirstThenTheServicesName) {
  const auto set = set_of(R"(
signatures:
  - {id: tls.a, service: tls, transport: tcp, side: client, expression: '^ab', examples: {match: [ab], no-match: [b]}}
  - {id: http.a, service: http, transport: tcp, side: client, expression: '^a.', examples: {match: [ab], no-match: [b]}}
  - {id: ssh.a, service: ssh, transport: tcp, side: client, expression: '^abc', examples: {match: [abc], no-match: [b]}}
  - {id: smtp.a, service: smtp, transport: tcp, side: client, expression: '^a', examples: {match: [ab], no-match: [b]}}
  - {id: dns.b, service: dns, transport: tcp, side: client, expression: '^a', examples: {match: [ab], no-match: [b]}}
  - {id: dns.a, service: dns, transport: tcp, side: client, expression: '^a', examples: {match: [ab], no-match: [b]}}
)");
  Scanner scanner(set);
  const Said said = Said::stream(bytes_of("abcd"));
  EXPECT_EQ(ids(*set, scanner.scan(Transport::tcp, Side::client, said.payload(false))),
            (std::vector<std::string>{"ssh.a", "http.a", "tls.a", "dns.a", "dns.b", "smtp.a"}))
      << "of one service, by id";
  EXPECT_EQ(ids(*set, scanner.scan(Transport::tcp, Side::server, said.payload(false))), std::vector<std::string>{});
  EXPECT_EQ(ids(*set, scanner.scan(Transport::udp, Side::client, said.payload(false))), std::vector<std::string>{});
  EXPECT_EQ(scanner.scans(), 3U);
}

TEST(Scanner, AStructuralProofOutranksAnExpression) {
  const auto set = set_of(R"(
signatures:
  - {id: http.a, service: http, transport: udp, side: client, expression: '^..\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01', examples: {match: ['aa\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01'], no-match: [b]}}
  - {id: tls.a, service: tls, transport: udp, side: client, expression: '^.', check: dns, examples: {match: ['aa\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01'], no-match: [b]}}
)");
  Scanner scanner(set);
  const Said said = Said::train({joined(from_hex("1234 0100 0001 0000 0000 0000"), from_hex("0161 00 0001 0001"))});
  EXPECT_EQ(ids(*set, scanner.scan(Transport::udp, Side::client, said.payload(false))),
            (std::vector<std::string>{"tls.a", "http.a"}));
}

TEST(Scanner, ConfirmationsCountTheDatagramsThatMatch) {
  const auto set = set_of(R"(
signatures:
  - {id: dns.a, service: dns, transport: udp, side: client, expression: '^ab', confirmations: 3, examples: {match: ['ab\|ab\|ab'], no-match: ['ab\|ab']}}
)");
  Scanner scanner(set);
  const auto scan = [&](const std::vector<std::string_view>& datagrams, bool complete) {
    std::vector<ByteString> bytes;
    for (const std::string_view datagram : datagrams) bytes.push_back(bytes_of(datagram));
    return scanner.scan(Transport::udp, Side::client, Said::train(bytes).payload(complete));
  };
  EXPECT_EQ(scan({"ab1", "ab2"}, false).count, 0U);
  EXPECT_TRUE(scan({"ab1", "ab2"}, false).more);
  EXPECT_FALSE(scan({"ab1", "ab2"}, true).more);
  EXPECT_EQ(scan({"ab1", "ab2", "ab3"}, false).count, 1U);
  EXPECT_EQ(scan({"ab1", "x", "ab2", "x", "ab3"}, false).count, 1U);
  EXPECT_EQ(scan({"ab1", "ab2", "ab3", "x"}, false).count, 0U) << "the newest is none of them";
}

TEST(Scanner, SaysWhenACheckWantsMore) {
  Scanner scanner(shipped());
  const Said start = Said::stream(first_bytes(bytes_of(kClientHello), 20));
  EXPECT_TRUE(scanner.scan(Transport::tcp, Side::client, start.payload(false)).more);
  EXPECT_EQ(scanner.scan(Transport::tcp, Side::client, start.payload(false)).count, 0U);
  EXPECT_FALSE(scanner.scan(Transport::tcp, Side::client, start.payload(true)).more);
  EXPECT_EQ(scanner.scan(Transport::tcp, Side::client, start.payload(true)).count, 1U);
  EXPECT_FALSE(scanner.scan(Transport::tcp, Side::client, Said::stream(bytes_of("hello")).payload(false)).more);
  EXPECT_FALSE(scanner.scan(Transport::tcp, Side::client, Said::stream({}).payload(false)).more);
}

TEST(Scanner, RppIsNamedBeforeRtp) {
  Scanner scanner(shipped());
  std::vector<ByteString> train;
  for (unsigned i = 1; i <= 4; ++i) {
    train.push_back(ByteWriter()
                        .u8(0x80)
                        .u8(0x82)
                        .u16(i)
                        .u32(16 * i)
                        .u32(7)
                        .u8(1)
                        .u8(6)
                        .u32(i)
                        .add(from_hex("ecbd7f60ff00"))
                        .bytes());
    for (const Side side : {Side::client, Side::server}) {
      EXPECT_EQ(ids(*shipped(), scanner.scan(Transport::udp, side, Said::train(train).payload(false))),
                std::vector<std::string>{"appneta-rpp.chain"});
    }
  }
}

TEST(Scanner, RtpIsNamedAtItsThirdPacketOnEitherSide) {
  Scanner scanner(shipped());
  std::vector<ByteString> train;
  for (unsigned i = 1; i <= 3; ++i) {
    train.push_back(ByteWriter().u8(0x80).u8(0).u16(i).u32(160 * i).u32(0x5A170033).zeros(160).bytes());
    for (const Side side : {Side::client, Side::server}) {
      const SideMatches matches = scanner.scan(Transport::udp, side, Said::train(train).payload(false));
      EXPECT_EQ(ids(*shipped(), matches), i < 3 ? std::vector<std::string>{} : std::vector<std::string>{"rtp.stream"});
      EXPECT_EQ(matches.more, i < 3);
    }
  }
}

TEST(Scanner, ADnsRefusalNeedsItsQuery) {
  Scanner scanner(shipped());
  const ByteString query = from_hex("1234 0100 0001 0000 0000 0000 0161 00 0001 0001");
  const ByteString refusal = from_hex("1234 8105 0000 0000 0000 0000");
  const SideMatches asked = scanner.scan(Transport::udp, Side::client, Said::train({query}).payload(false));
  const SideMatches refused = scanner.scan(Transport::udp, Side::server, Said::train({refusal}).payload(false));
  EXPECT_EQ(id(*shipped(), identify(*shipped(), asked, refused).server), "dns.refusal");
  EXPECT_EQ(id(*shipped(), identify(*shipped(), {}, refused).server), "");
  EXPECT_EQ(id(*shipped(), identify(*shipped(), asked, {}).client), "dns.query");
}

TEST(Scanner, AnsweringOneSideDoesNotNeedItToStand) {
  const auto set = set_of(R"(
signatures:
  - {id: ssh.ask, service: ssh, transport: tcp, side: client, expression: '^a', both-directions: true, answers: ssh.answer, examples: {match: [a], no-match: [b]}}
  - {id: ssh.answer, service: ssh, transport: tcp, side: server, expression: '^b', both-directions: true, answers: ssh.third, examples: {match: [b], no-match: [a]}}
  - {id: ssh.third, service: ssh, transport: tcp, side: client, expression: '^c', examples: {match: [c], no-match: [a]}}
)");
  Scanner scanner(set);
  const SideMatches client = scanner.scan(Transport::tcp, Side::client, Said::stream(bytes_of("a")).payload(false));
  const SideMatches server = scanner.scan(Transport::tcp, Side::server, Said::stream(bytes_of("b")).payload(false));
  EXPECT_EQ(identify(*set, client, server).client, 0U);
  EXPECT_EQ(identify(*set, client, server).server, kNoSignature);
}

struct Switch {
  std::string_view service;
  std::string_view client;  ///< up to where the inner protocol begins
  std::string_view server;
  std::string_view upgrade;
};

constexpr std::string_view kMysqlGreeting(
    "\x4A\x00\x00\x00\x0A"
    "8.0.36\x00\x08\x00\x00\x00"
    "abcdefgh\x00\xFF\xFF\xFF\x02\x00\xFF\xDF\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "ijklmnopqrst\x00"
    "caching_sha2_password\x00",
    78);
constexpr std::string_view kMysqlRequest(
    "\x20\x00\x00\x01\x05\xAE\xFF\x19\x00\x00\x00\x01\xFF\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00",
    36);

const std::vector<Switch>& switches() {
  static const std::vector<Switch> all = {
      {"smtp", "EHLO a\r\nSTARTTLS\r\n", "220 mail ESMTP\r\n250-mail\r\n250 STARTTLS\r\n220 go ahead\r\n",
       "smtp.starttls"},
      {"smtp", "EHLO a\r\nNOOP\r\nstarttls\r\n", "220-mail\r\n220 ESMTP\r\n250 mail\r\n250 ok\r\n220 go ahead\r\n",
       "smtp.starttls"},
      {"http", "CONNECT a:22 HTTP/1.1\r\nHost: a:22\r\n\r\n", "HTTP/1.1 200 Connection established\r\n\r\n",
       "http.connect"},
      {"http", "CONNECT a:22 HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\nVia: b\r\n\r\n", "http.connect"},
      {"http", "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "http.upgrade"},
      {"mysql", kMysqlRequest, kMysqlGreeting, "mysql.tls"},
      {"socks5", std::string_view("\x05\x01\x00\x05\x01\x00\x01\xC0\x00\x02\x01\x00\x16", 13),
       std::string_view("\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x10\x10", 12), "socks5.connect"},
      {"socks5",
       std::string_view("\x05\x02\x00\x01\x05\x01\x00\x03\x09"
                        "a.example\x00\x16",
                        20),
       std::string_view("\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x10\x10", 12), "socks5.connect"},
      {"socks5",
       std::string_view("\x05\x02\x00\x02\x01\x03"
                        "bob\x05"
                        "Alice\x05\x01\x00\x01\xC0\x00\x02\x01\x00\x16",
                        25),
       std::string_view("\x05\x02\x01\x00\x05\x00\x00\x01\xC0\xA8\x00\x01\xDA\x8F", 14), "socks5.connect-signed-on"},
      {"socks4",
       std::string_view("\x04\x01\x00\x16\xC0\x00\x02\x01"
                        "bob\x00",
                        12),
       std::string_view("\x00\x5A\x00\x00\x00\x00\x00\x00", 8), "socks4.connect"},
      {"socks4",
       std::string_view("\x04\x01\x00\x16\x00\x00\x00\x01"
                        "bob\x00"
                        "a.example\x00",
                        22),
       std::string_view("\x00\x5A\x00\x00\x00\x00\x00\x00", 8), "socks4.connect-by-name"},
  };
  return all;
}

std::optional<UpgradePoint> upgrade_in(std::string_view service, const std::string& client, const std::string& server) {
  Scanner scanner(shipped());
  const Said from_client = Said::stream(bytes_of(client));
  const Said from_server = Said::stream(bytes_of(server));
  return scanner.find_upgrade(find_service(service).value(), from_client.payload(false).bytes,
                              from_server.payload(false).bytes);
}

TEST(Scanner, FindsWhereTheInnerProtocolBegins) {
  // What follows holds text that would match again further on.
  const std::string inner = "\r\nSTARTTLS\r\n220 x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
  for (const Switch& point : switches()) {
    for (const std::string& behind : {std::string(), "SSH-2.0-x" + inner, kClientHello + inner}) {
      const auto found =
          upgrade_in(point.service, std::string(point.client) + behind, std::string(point.server) + behind);
      ASSERT_TRUE(found) << point.client;
      EXPECT_EQ(shipped()->upgrades()[found->upgrade].id, point.upgrade);
      EXPECT_EQ(found->client_offset, point.client.size()) << point.client << behind;
      EXPECT_EQ(found->server_offset, point.server.size()) << point.server << behind;
    }
  }
}

TEST(Scanner, AnUpgradeNeedsBothSidesToTheLastByte) {
  for (const Switch& point : switches()) {
    const std::string client(point.client);
    const std::string server(point.server);
    for (std::size_t size = 0; size < client.size(); ++size)
      EXPECT_FALSE(upgrade_in(point.service, client.substr(0, size), server)) << size;
    for (std::size_t size = 0; size < server.size(); ++size)
      EXPECT_FALSE(upgrade_in(point.service, client, server.substr(0, size))) << size;
    EXPECT_FALSE(upgrade_in("tls", client, server));
  }
  EXPECT_FALSE(upgrade_in("smtp", "EHLO a\r\nSTARTTLS\r\n", "220 mail ESMTP\r\n250 mail\r\n454 not now\r\n"));
  EXPECT_FALSE(upgrade_in("http", "CONNECT a:22 HTTP/1.1\r\n\r\n", "HTTP/1.1 403 Forbidden\r\n\r\n"));
  EXPECT_FALSE(upgrade_in("http", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_FALSE(upgrade_in("http", "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"));
}

TEST(Scanner, NeverAllocatesWhileScanning) {
  Scanner scanner(shipped());
  const Said stream = Said::stream(bytes_of(kRequest));
  const Said hello = Said::stream(bytes_of(kClientHello));
  const Said train = Said::train({from_hex("1234 0100 0001 0000 0000 0000 0161 00 0001 0001"), ByteString(64, 0x80)});
  const std::size_t before = allocations;
  for (const Side side : {Side::client, Side::server}) {
    for (const Said* said : {&stream, &hello}) {
      const SideMatches matches = scanner.scan(Transport::tcp, side, said->payload(false));
      static_cast<void>(identify(*shipped(), matches, matches));
    }
    static_cast<void>(scanner.scan(Transport::udp, side, train.payload(false)));
  }
  static_cast<void>(
      scanner.find_upgrade(find_service("http").value(), stream.payload(false).bytes, hello.payload(false).bytes));
  EXPECT_EQ(allocations, before);
  ::operator delete(::operator new(1));  // a new-expression without use may be optimised away
  EXPECT_GT(allocations, before) << "the counter counts";
}

/// The next number of SplitMix64.
std::uint64_t next(std::uint64_t& state) {
  std::uint64_t z = state += 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

constexpr unsigned kRandomPayloads = 20000;  // tests/trials/random_flows.cpp asks more

/// The matches that name something without an answer from the other side.
std::string named_alone(const SignatureSet& set, const SideMatches& matches) {
  std::string names;
  for (std::size_t i = 0; i < matches.count; ++i) {
    if (!set.at(matches.indices[i]).both_directions) names += id(set, matches.indices[i]) + ' ';
  }
  return names;
}

TEST(Scanner, RandomDatagramsAreNeverNamed) {
  Scanner scanner(shipped());
  std::uint64_t seed = 3239;
  for (unsigned i = 0; i < kRandomPayloads / 4; ++i) {
    std::vector<ByteString> train;
    for (unsigned packet = 0; packet < 4; ++packet) {
      train.push_back(random_bytes(next(seed) % 200, next(seed)));
      const Said said = Said::train(train);
      for (const Side side : {Side::client, Side::server}) {
        const SideMatches matches = scanner.scan(Transport::udp, side, said.payload(packet == 3));
        ASSERT_EQ(named_alone(*shipped(), matches), "") << "in train " << i;
      }
    }
  }
}

TEST(Scanner, RandomStreamsAreNeverNamed) {
  Scanner scanner(shipped());
  std::uint64_t seed = 3238;
  for (unsigned i = 0; i < kRandomPayloads; ++i) {
    const Said said = Said::stream(random_bytes(next(seed) % 400, next(seed)));
    for (const Side side : {Side::client, Side::server}) {
      const SideMatches matches = scanner.scan(Transport::tcp, side, said.payload(i % 2 == 0));
      ASSERT_EQ(named_alone(*shipped(), matches), "") << "in stream " << i;
    }
  }
}

}  // namespace
}  // namespace ghostport
