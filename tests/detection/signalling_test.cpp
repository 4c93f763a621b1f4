// What signalling says: messages built by the encoder of the generated cases, whole, in pieces, cut and damaged.
#include "detection/signalling/signalling.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/make_cases_h323.h"

namespace ghostport {
namespace signalling_test {

using packets::ByteString;
using packets::Endpoint;

const Endpoint kCaller = packets::client("10.3.0.1", 3242);
const Endpoint kCallee = packets::server("10.3.0.9", 3238);
const Endpoint kReports = packets::server("10.3.0.9", 3239);

ServiceId service(std::string_view name) { return *find_service(name); }
Address address(std::string_view text) { return *Address::parse(text); }
ByteString bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::string text_of(const News& one) {
  if (one.event == ContextEvent::call_up) return "up";
  if (one.event == ContextEvent::call_down) return "down";
  return std::string(service_name(one.service)) + (one.transport == Transport::tcp ? "/tcp " : " ") +
         one.address.text() + ' ' + std::to_string(one.first) +
         (one.last == one.first ? "" : '-' + std::to_string(one.last));
}

std::vector<std::string> texts_of(const NewsList& news) {
  std::vector<std::string> texts;
  for (const News& one : news.all()) texts.push_back(text_of(one));
  return texts;
}

SignallingReader reader_of(std::string_view name) { return {service(name), address("10.3.0.1"), address("10.3.0.9")}; }

using Words = std::vector<std::string>;

/// A side's stream as it arrives in pieces of one size.
Words read_in(std::string_view name, Side side, const ByteString& stream, std::size_t piece) {
  SignallingReader reader = reader_of(name);
  NewsList news;
  ByteString waiting;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    waiting.insert(waiting.end(), stream.begin() + static_cast<std::ptrdiff_t>(at),
                   stream.begin() + static_cast<std::ptrdiff_t>(std::min(stream.size(), at + piece)));
    const std::size_t used = reader.read_stream(side, waiting, false, news);
    EXPECT_LE(used, waiting.size());
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(used));
  }
  EXPECT_TRUE(waiting.empty()) << name << ", " << waiting.size() << " bytes left of pieces of " << piece;
  return texts_of(news);
}

Words read_datagram(std::string_view name, Side side, const ByteString& datagram) {
  SignallingReader reader = reader_of(name);
  NewsList news;
  reader.read_datagram(side, datagram, news);
  return texts_of(news);
}

struct StreamRow {
  std::string_view what;
  std::string_view service;
  Side side;
  ByteString stream;
  Words says;
};

constexpr std::string_view kInvite =
    "INVITE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 10.3.0.1\r\nCall-ID: one@10.3.0.1\r\nCSeq: 1 INVITE\r\n"
    "Content-Type: application/sdp\r\nContent-Length: 107\r\n\r\n"
    "v=0\r\no=a 1 1 IN IP4 10.3.0.1\r\ns=-\r\nc=IN IP4 10.3.0.1\r\nt=0 0\r\nm=audio 3242 RTP/AVP 0\r\na=rtpmap:0 PCMU/"
    "8000\r\n\r\n";
constexpr std::string_view kBye = "BYE sip:b@example.com SIP/2.0\r\nCall-ID: one@10.3.0.1\r\nCSeq: 2 BYE\r\n\r\n";

std::vector<StreamRow> rows() {
  using namespace cases;
  const H323Call call;
  H323Call tunnelling;
  tunnelling.tunnels = true;
  const ByteString open = h245_open_channel(1, kReports);
  return {
      {"setup", "h225", Side::client, h225_setup(call, kCaller, kCallee), {"up"}},
      {"setup that offers channels",
       "h225",
       Side::client,
       h225_setup(call, kCaller, kCallee, {fast_send(1, kReports), fast_receive(kCallee, kReports)}),
       {"up", "rtcp 10.3.0.9 3239", "rtp 10.3.0.9 3238", "rtcp 10.3.0.9 3239"}},
      {"call proceeding and alerting",
       "h225",
       Side::server,
       packets::joined(h225_call_proceeding(call), h225_alerting(call)),
       {}},
      {"connect", "h225", Side::server, h225_connect(call, &kCallee), {"h245/tcp 10.3.0.9 3238"}},
      {"connect that accepts channels",
       "h225",
       Side::server,
       h225_connect(call, nullptr, {fast_send_accepted(1, kCallee, kReports), fast_receive_accepted(1, kReports)}),
       {"rtp 10.3.0.9 3238", "rtcp 10.3.0.9 3239", "rtcp 10.3.0.9 3239"}},
      {"tunnelled control", "h225", Side::client, h225_tunnel(tunnelling, true, {open}), {"rtcp 10.3.0.9 3239"}},
      {"release", "h225", Side::client, h225_release_complete(call, true), {"down"}},
      {"busy", "h225", Side::server, h225_release_complete(call, false, Release::busy), {"down"}},
      {"capabilities", "h245", Side::client, h245_capabilities(1), {}},
      {"determination", "h245", Side::client, h245_determination(50, 7), {}},
      {"a channel", "h245", Side::client, h245_open_channel(1, kReports), {"rtcp 10.3.0.9 3239"}},
      {"its acknowledgment",
       "h245",
       Side::server,
       h245_open_channel_ack(1, kCallee, kReports),
       {"rtp 10.3.0.9 3238", "rtcp 10.3.0.9 3239"}},
      {"both behind capabilities",
       "h245",
       Side::server,
       packets::joined(h245_capabilities(1),
                       packets::joined(h245_open_channel(1, kReports), h245_open_channel_ack(1, kCallee, kReports))),
       {"rtcp 10.3.0.9 3239", "rtp 10.3.0.9 3238", "rtcp 10.3.0.9 3239"}},
      {"closing and ending",
       "h245",
       Side::client,
       packets::joined(h245_close_channel(1), h245_end_session()),
       {"down"}},
      {"an invitation", "sip", Side::client, bytes_of(kInvite), {"up", "rtp 10.3.0.1 3242", "rtcp 10.3.0.1 3243"}},
      {"an invitation and its end between empty lines",
       "sip",
       Side::client,
       bytes_of("\r\n\r\n" + std::string(kInvite) + "\r\n\r\n" + std::string(kBye)),
       {"up", "rtp 10.3.0.1 3242", "rtcp 10.3.0.1 3243", "down"}},
      {"a stream that is set up, among its frames",
       "rtsp",
       Side::server,
       packets::joined(packets::from_hex("24 00 0004 61626364"),
                       bytes_of("RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 7\r\nTransport: RTP/AVP;unicast;"
                                "client_port=3238-3239;server_port=6970-6971\r\n\r\n")),
       {"rtp 10.3.0.1 3238", "rtcp 10.3.0.1 3239", "rtp 10.3.0.9 6970", "rtcp 10.3.0.9 6971"}},
      {"a stream that is torn down",
       "rtsp",
       Side::client,
       bytes_of("TEARDOWN rtsp://10.3.0.9/a RTSP/1.0\r\nCSeq: 4\r\n\r\n"),
       {"down"}},
  };
}

TEST(Signalling, StreamsSayTheSameInPiecesOfAnySize) {
  for (const StreamRow& row : rows()) {
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100}, row.stream.size()}) {
      EXPECT_EQ(read_in(row.service, row.side, row.stream, piece), row.says) << row.what << ", pieces of " << piece;
    }
  }
}

TEST(Signalling, WhatIsCutSaysNoMoreThanTheWhole) {
  for (const StreamRow& row : rows()) {
    for (std::size_t size = 0; size < row.stream.size(); ++size) {
      SignallingReader reader = reader_of(row.service);
      const std::vector<std::uint8_t> exactly(row.stream.begin(),
                                              row.stream.begin() + static_cast<std::ptrdiff_t>(size));
      NewsList news;
      EXPECT_LE(reader.read_stream(row.side, exactly, false, news), size);
      EXPECT_LE(news.count, row.says.size()) << row.what;
    }
  }
}

TEST(Signalling, DamageIsSurvived) {
  for (const StreamRow& row : rows()) {
    for (std::size_t bit = 0; bit < row.stream.size() * 8; ++bit) {
      std::vector<std::uint8_t> damaged(row.stream.begin(), row.stream.end());
      damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ 1U << bit % 8);
      for (const bool full : {false, true}) {
        SignallingReader reader = reader_of(row.service);
        NewsList news;
        const std::size_t used = reader.read_stream(row.side, damaged, full, news);
        ASSERT_LE(used, damaged.size());
        if (full) {
          ASSERT_GT(used, 0U) << row.what;
        }
        reader.read_datagram(row.side, damaged, news);
      }
    }
  }
}

TEST(Signalling, ReadsOnBehindAHole) {
  using namespace cases;
  const H323Call call;
  SignallingReader reader = reader_of("h225");
  NewsList news;
  ByteString setup = h225_setup(call, kCaller, kCallee);
  reader.lost(Side::client);
  const ByteString rest =
      packets::joined(ByteString(setup.begin() + 20, setup.end()), h225_release_complete(call, true));
  EXPECT_EQ(reader.read_stream(Side::client, rest, false, news), rest.size());
  EXPECT_EQ(texts_of(news), Words{"down"});

  SignallingReader text = reader_of("sip");
  NewsList words;
  text.lost(Side::client);
  const ByteString tail = bytes_of(std::string(kInvite.substr(40)) + std::string(kBye));
  EXPECT_EQ(text.read_stream(Side::client, tail, false, words), tail.size());
  EXPECT_EQ(texts_of(words), Words{"down"});
}

TEST(Signalling, AMessageLongerThanTheWindowIsPassedOver) {
  using namespace cases;
  SignallingReader reader = reader_of("h225");
  NewsList news;
  ByteString stream = packets::from_hex("03 00 ff ff 08 02");
  const ByteString setup = h225_setup({}, kCaller, kCallee);
  stream.insert(stream.end(), setup.begin(), setup.end());
  EXPECT_EQ(reader.read_stream(Side::client, stream, false, news), 0U);
  EXPECT_EQ(reader.read_stream(Side::client, stream, true, news), stream.size());
  EXPECT_EQ(texts_of(news), Words{"up"});
}

TEST(Signalling, TheLegsOfACallHaveOneNumber) {
  using namespace cases;
  const auto number = [](const ByteString& message) {
    SignallingReader reader = reader_of("h225");
    NewsList news;
    (void)reader.read_stream(Side::client, message, false, news);
    return news.count == 0 ? 0 : news.items[0].call;
  };
  H323Call first;
  H323Call second;
  second.reference = 0x1111;
  H323Call other;
  other.id = 0x999;
  const std::uint64_t call = number(h225_setup(first, kCaller, kCallee));
  EXPECT_NE(call, 0U);
  EXPECT_EQ(number(h225_setup(second, kCallee, kCaller)), call);
  EXPECT_EQ(number(h225_release_complete(first, true)), call);
  EXPECT_NE(number(h225_setup(other, kCaller, kCallee)), call);
}

struct SdpRow {
  std::string_view what;
  std::string_view lines;
  Words says;
};

TEST(Signalling, SdpSaysWhereMediaWillBe) {
  const std::vector<SdpRow> all{
      {"one medium", "c=IN IP4 192.0.2.1\r\nm=audio 3238 RTP/AVP 0\r\n", {"rtp 192.0.2.1 3238", "rtcp 192.0.2.1 3239"}},
      {"an address of its own",
       "c=IN IP4 192.0.2.1\r\nm=audio 3238 RTP/AVP 0\r\nc=IN IP4 192.0.2.2\r\n",
       {"rtp 192.0.2.2 3238", "rtcp 192.0.2.2 3239"}},
      {"a refused medium before another",
       "c=IN IP4 192.0.2.1\nm=audio 0 RTP/AVP 0\nc=IN IP4 192.0.2.9\nm=video 3240 RTP/SAVPF 96\n",
       {"rtp 192.0.2.9 3240", "rtcp 192.0.2.9 3241"}},
      {"IPv6", "c=IN IP6 2001:db8::5\r\nm=audio 3238 RTP/AVP 0\r\n", {"rtp 2001:db8::5 3238", "rtcp 2001:db8::5 3239"}},
      {"reports elsewhere",
       "c=IN IP4 192.0.2.1\r\nm=audio 3238 RTP/AVP 0\r\na=rtcp:4000 IN IP4 192.0.2.7\r\n",
       {"rtp 192.0.2.1 3238", "rtcp 192.0.2.7 4000"}},
      {"reports on the same port",
       "c=IN IP4 192.0.2.1\r\nm=audio 3238 RTP/AVP 0\r\na=rtcp-mux\r\n",
       {"rtp 192.0.2.1 3238", "rtcp 192.0.2.1 3238", "rtcp 192.0.2.1 3239"}},
      {"candidates",
       "c=IN IP4 192.0.2.1\r\nm=audio 3238 UDP/TLS/RTP/SAVPF 96\r\n"
       "a=candidate:1 2 UDP 2130706430 10.0.0.1 3239 typ host\r\n",
       {"rtcp 10.0.0.1 3239", "rtp 192.0.2.1 3238", "rtcp 192.0.2.1 3239"}},
      {"on hold", "c=IN IP4 0.0.0.0\r\nm=audio 3238 RTP/AVP 0\r\n", {}},
      {"to a group", "c=IN IP4 239.1.2.3/127\r\nm=audio 3238 RTP/AVP 0\r\n", {}},
      {"no media over RTP", "c=IN IP4 192.0.2.1\r\nm=image 3238 udptl t38\r\n", {}},
      {"no address", "m=audio 3238 RTP/AVP 0\r\n", {}},
      {"impossible numbers", "c=IN IP4 192.0.2.256\r\nm=audio 70000 RTP/AVP 0\r\n", {}},
      {"impossible IPv6", "c=IN IP6 1:2:3:4:5:6:7:8:9\r\nm=audio 3238 RTP/AVP 0\r\n", {}},
  };
  for (const SdpRow& row : all) {
    const std::string message =
        "SIP/2.0 200 OK\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\n" + std::string(row.lines);
    EXPECT_EQ(read_datagram("sip", Side::server, bytes_of(message)), row.says) << row.what;
  }
}

TEST(Signalling, SipSaysWhenACallBeginsAndEnds) {
  const std::vector<std::pair<std::string_view, Words>> all{
      {"INVITE sip:b SIP/2.0\r\ni: a\r\nCSeq: 1 INVITE\r\n\r\n", {"up"}},
      {"INVITE sip:b SIP/2.0\r\nCall-ID:\r\n a\r\nCSeq: 1 INVITE\r\n\r\n", {"up"}},
      {"OPTIONS sip:b SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\n\r\n", {}},
      {"SIP/2.0 486 Busy Here\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\r\n", {"down"}},
      {"SIP/2.0 401 Unauthorized\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\r\n", {}},
      {"SIP/2.0 404 Not Found\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\n\r\n", {}},
      {"CANCEL sip:b SIP/2.0\r\nCALL-ID: a\r\nCSeq: 1 CANCEL\r\n\r\n", {"down"}},
      {"INVITE sip:b SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n", {}},
      {"INVITE sip:b SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n", {}},
  };
  for (const auto& [message, says] : all)
    EXPECT_EQ(read_datagram("sip", Side::client, bytes_of(message)), says) << message;
}

TEST(Signalling, RtspSaysNothingOfWhatStaysInItsConnectionOrIsRefused) {
  for (const std::string_view answer :
       {"RTSP/1.0 200 OK\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n",
        "RTSP/1.0 461 Unsupported\r\nTransport: RTP/AVP;client_port=3238-3239\r\n\r\n",
        "RTSP/1.0 200 OK\r\nTransport: RTP/AVP;multicast;destination=239.1.1.1;client_port=3238-3239\r\n\r\n"})
    EXPECT_EQ(read_in("rtsp", Side::server, bytes_of(answer), answer.size()), Words{}) << answer;
}

TEST(Signalling, RppSaysWhichPortWasGranted) {
  const auto response = [](std::string_view port, std::string_view status) {
    // Lead, sequence header (next: flow response), flow response: flow, port, status (next: none).
    return packets::from_hex("80 82 0001 00000001 00000007 07 06 00000001 01 0a 00000007 " + std::string(port) + ' ' +
                             std::string(status));
  };
  EXPECT_EQ(read_datagram("appneta-rpp", Side::server, response("0ca6", "0000")), Words{"appneta-rpp 10.3.0.9 3238"});
  EXPECT_EQ(read_datagram("appneta-rpp", Side::server, response("0ca6", "0001")), Words{});
  EXPECT_EQ(read_datagram("appneta-rpp", Side::server, response("0000", "0000")), Words{});
  ByteString cut = response("0ca6", "0000");
  cut.pop_back();
  EXPECT_EQ(read_datagram("appneta-rpp", Side::server, cut), Words{});
}

TEST(Signalling, AMessageThatSaysTooMuchTellsThatSomethingIsMissing) {
  std::string message = "SIP/2.0 200 OK\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\nc=IN IP4 192.0.2.1\r\n";
  for (unsigned i = 0; i < 40; ++i) message += "m=audio " + std::to_string(4000 + 2 * i) + " RTP/AVP 0\r\n";
  SignallingReader reader = reader_of("sip");
  NewsList news;
  reader.read_datagram(Side::server, bytes_of(message), news);
  EXPECT_EQ(news.count, NewsList::kMost);
  EXPECT_TRUE(news.overflow);
}

TEST(Signalling, OnlyFiveServicesSignal) {
  for (const std::string_view name : all_service_names()) {
    const bool signals = name == "h225" || name == "h245" || name == "sip" || name == "rtsp" || name == "appneta-rpp";
    EXPECT_EQ(is_signalling(service(name)), signals) << name;
  }
  EXPECT_FALSE(is_signalling(ServiceId::none));
}

}  // namespace signalling_test
}  // namespace ghostport
