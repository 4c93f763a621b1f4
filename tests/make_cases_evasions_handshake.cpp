#include "tests/make_cases_evasions.h"

namespace ghostport::cases {
namespace {

using namespace packets;

const std::uint32_t kClientIsn = TcpSettings{}.client_isn;
const std::uint32_t kServerIsn = TcpSettings{}.server_isn;

/// A bare packet of that party with these flags and numbers.
void bare(TcpConversation& talk, Party from, std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgment,
          const Data& data = {}) {
  talk.segment(from, 0, data, [&](PacketBuilder& packet, Party) {
    packet.tcp().flags = flags;
    packet.tcp().sequence = sequence;
    packet.tcp().acknowledgment = acknowledgment;
    if ((flags & kSyn) != 0) packet.tcp().options = tcp_mss(1460);
  });
}

/// Plays a trick of the handshake: `open` stands for the handshake, and whatever the client says follows it.
void opened_by(CaseBook& book, const Trick& trick, const std::function<void(TcpConversation&)>& open) {
  play(book, trick, [&](Scene& scene) {
    open(scene.talk);
    if (scene.hider == Party::server) {
      const ByteString words = unnamed_bytes(24, 5);
      scene.talk.client_says(words);
      scene.talk.segment(Party::server, 0, scene.truth);
    } else {
      scene.talk.segment(Party::client, 0, scene.truth);
    }
    scene.rest();
  });
}

void two_numbers(CaseBook& book) {
  opened_by(book,
            {.name = "handshake-second-syn-is-answered",
             .why = "the SYN comes again with another number and the SYN-ACK answers that one (CVE-2025-59147)"},
            [](TcpConversation& talk) {
              bare(talk, Party::client, kSyn, kClientIsn + 70'000, 0);
              talk.after(10ms);
              talk.handshake();
            });
  opened_by(book,
            {.name = "handshake-first-syn-is-answered",
             .why = "a second SYN with another number comes before the SYN-ACK, which answers the first"},
            [](TcpConversation& talk) {
              talk.syn();
              bare(talk, Party::client, kSyn, kClientIsn + 70'000, 0);
              talk.syn_ack().acknowledge(Party::client);
            });
  opened_by(
      book,
      {.name = "handshake-syn-after-it",
       .why = "a SYN with another number follows the handshake and is answered by a challenge (RFC 5961 section 4)"},
      [](TcpConversation& talk) {
        talk.handshake();
        bare(talk, Party::client, kSyn, kClientIsn + 123'456, 0);
        talk.acknowledge(Party::server);
      });
  opened_by(
      book,
      {.name = "handshake-two-syn-acks", .why = "two SYN-ACKs have different numbers, the client takes up the second"},
      [](TcpConversation& talk) {
        talk.syn();
        bare(talk, Party::server, kSyn | kAck, kServerIsn + 555'555, kClientIsn + 1);
        talk.syn_ack().acknowledge(Party::client);
      });
  opened_by(book,
            {.name = "handshake-forged-syn-ack-behind",
             .why = "the client takes up the first SYN-ACK, a second one with another number comes behind it"},
            [](TcpConversation& talk) {
              talk.handshake();
              bare(talk, Party::server, kSyn | kAck, kServerIsn + 555'555, kClientIsn + 1);
            });
  opened_by(book,
            {.name = "handshake-syn-with-a-wrong-ack",
             .why = "the SYN has a value in the acknowledgment field without its flag (CVE-2021-35063)"},
            [](TcpConversation& talk) {
              bare(talk, Party::client, kSyn, kClientIsn, 0xDEADBEEF);
              talk.syn_ack().acknowledge(Party::client);
            });
}

void early_data(CaseBook& book) {
  play_once(book,
            {.name = "handshake-syn-data-refused",
             .why = "words on the SYN are not taken by the server, whose SYN-ACK acknowledges the SYN alone (Themis "
                    "syn_data)"},
            Party::client, [](Scene& scene) {
              bare(scene.talk, Party::client, kSyn, kClientIsn, 0, scene.decoy);
              scene.talk.syn_ack().acknowledge(Party::client);
              scene.whole().rest();
            });
  for (const bool ipv6 : {false, true}) {
    play_once(book,
              {.name = ipv6 ? "handshake-syn-data-taken-over-ipv6" : "handshake-syn-data-taken",
               .why = "words on the SYN are taken by the server, as its SYN-ACK says (RFC 7413)",
               .ipv6 = ipv6},
              Party::client, [](Scene& scene) {
                const auto length = static_cast<std::uint32_t>(scene.truth.size());
                bare(scene.talk, Party::client, kSyn, kClientIsn, 0, scene.truth);
                bare(scene.talk, Party::server, kSyn | kAck, kServerIsn, kClientIsn + 1 + length);
                scene.talk.advance(Party::client, length).acknowledge(Party::client).acknowledge(Party::server);
                scene.talk.server_says(unnamed_bytes(32, 9)).close();
              });
  }
  play_once(book,
            {.name = "handshake-data-on-the-third-packet",
             .why = "the first words travel with the acknowledgment that ends the handshake (Suricata bug 7264)"},
            Party::client, [](Scene& scene) {
              scene.talk.syn().syn_ack();
              scene.whole().rest();
            });
  play_once(book,
            {.name = "handshake-data-before-it",
             .why = "words without a SYN before them come ahead of the handshake and are no part of it",
             .ipv6 = false},
            Party::client, [](Scene& scene) {
              scene.talk.syn();
              scene.piece(0, scene.junk, [](PacketBuilder& packet, Party) { packet.tcp().flags = kPsh; });
              scene.talk.syn_ack().acknowledge(Party::client);
              scene.whole().rest();
            });
}

void odd_shapes(CaseBook& book) {
  opened_by(
      book,
      {.name = "handshake-simultaneous-open", .why = "both sides send a SYN and both a SYN-ACK (RFC 9293 section 3.5)"},
      [](TcpConversation& talk) {
        talk.syn();
        bare(talk, Party::server, kSyn, kServerIsn, 0);
        bare(talk, Party::client, kSyn | kAck, kClientIsn, kServerIsn + 1);
        bare(talk, Party::server, kSyn | kAck, kServerIsn, kClientIsn + 1);
      });
  opened_by(book,
            {.name = "handshake-split-in-four",
             .why = "the server acknowledges the SYN and sends its own SYN apart from that (Beardsley and Qian 2010)"},
            [](TcpConversation& talk) {
              talk.syn();
              bare(talk, Party::server, kAck, kServerIsn + 1, kClientIsn + 1);
              bare(talk, Party::server, kSyn, kServerIsn, 0);
              bare(talk, Party::client, kSyn | kAck, kClientIsn, kServerIsn + 1);
              bare(talk, Party::server, kAck, kServerIsn + 1, kClientIsn + 1);
            });
  opened_by(book,
            {.name = "handshake-split-in-five",
             .why = "the server sends a SYN of its own without any acknowledgment of the client's (Beardsley and Qian "
                    "2010)"},
            [](TcpConversation& talk) {
              talk.syn();
              bare(talk, Party::server, kSyn, kServerIsn, 0);
              bare(talk, Party::client, kSyn | kAck, kClientIsn, kServerIsn + 1);
              bare(talk, Party::server, kAck, kServerIsn + 1, kClientIsn + 1);
              talk.acknowledge(Party::client);
            });
  opened_by(book,
            {.name = "handshake-turned-around",
             .why = "the client sends a SYN-ACK first, so that a watcher takes it for the server (Themis "
                    "tcb_turnaround)"},
            [](TcpConversation& talk) {
              bare(talk, Party::client, kSyn | kAck, kClientIsn + 4000, 0x01020304);
              bare(talk, Party::server, kRst, 0x01020304, 0);
              talk.after(20ms);
              talk.handshake();
            });
  opened_by(book, {.name = "handshake-syn-and-fin", .why = "a SYN with FIN is taken for a SYN (Zeek baroque_SYN)"},
            [](TcpConversation& talk) {
              bare(talk, Party::client, kSyn | kFin, kClientIsn, 0);
              talk.syn_ack().acknowledge(Party::client);
            });
  opened_by(
      book,
      {.name = "handshake-window-scale-fifteen", .why = "a window scale of 15 counts as 14 (RFC 7323 section 2.3)"},
      [](TcpConversation& talk) {
        talk.editing([](PacketBuilder& packet, Party) {
          if ((packet.tcp().flags & kSyn) != 0) packet.tcp().options = joined(tcp_mss(1460), tcp_window_scale(15));
        });
        talk.handshake();
        talk.editing({});
      });
  opened_by(book,
            {.name = "handshake-malformed-options",
             .why = "the SYN's options have a length of zero and one beyond the header"},
            [](TcpConversation& talk) {
              talk.editing([](PacketBuilder& packet, Party) {
                if ((packet.tcp().flags & kSyn) != 0) packet.tcp().options = from_hex("02 00 05 b4 08 22 01 01");
              });
              talk.handshake();
              talk.editing({});
            });
  opened_by(book,
            {.name = "handshake-flood-of-syns",
             .why = "forty SYNs with other numbers come on the tuple before the one that is answered"},
            [](TcpConversation& talk) {
              for (std::uint32_t i = 1; i <= 40; ++i) bare(talk, Party::client, kSyn, kClientIsn + i * 100'003, 0);
              talk.handshake();
            });
  opened_by(book,
            {.name = "handshake-flood-of-syn-acks",
             .why = "forty SYN-ACKs with other numbers answer SYNs that were never sent"},
            [](TcpConversation& talk) {
              talk.syn();
              for (std::uint32_t i = 1; i <= 40; ++i)
                bare(talk, Party::server, kSyn | kAck, kServerIsn + i * 100'003, kClientIsn + i * 77'777);
              talk.syn_ack().acknowledge(Party::client);
            });
}

/// Connections that begin before the capture, show one side only, or use a tuple again.
void partial(CaseBook& book) {
  const auto add = [&book](const std::string& name, const std::string& why, Party hider, const std::string& further,
                           const std::function<void(Scene&)>& act) {
    Scene scene({.hider = hider, .ipv6 = hider == Party::server, .port = port_of(book.cases())});
    act(scene);
    book.add(scene.capture, {.name = name, .why = why, .expect = {scene.finding() + further}});
  };
  for (const Party hider : {Party::client, Party::server}) {
    const std::string by = hider == Party::client ? "-by-client" : "-by-server";
    add("handshake-not-seen" + by,
        "the capture begins behind the handshake, the words come in two segments (Ptacek and "
        "Newsham 1998, fragrouter tcbc-1)",
        hider, ", joined: mid-stream", [](Scene& scene) { scene.part(0, 5).part(5, scene.truth.size()).rest(); });
    add("handshake-not-seen-out-of-order" + by,
        "the capture begins behind the handshake, and the second segment comes first", hider, ", joined: mid-stream",
        [](Scene& scene) { scene.part(5, scene.truth.size()).part(0, 5).rest(); });
    add("handshake-one-side-seen" + by, "the tap shows the packets of the hiding side alone", hider,
        hider == Party::client ? ", one-sided: true" : "", [](Scene& scene) {
          scene.talk.only_seen(scene.hider);
          scene.opening().part(5, scene.truth.size()).part(0, 5).rest();
        });
    const auto again = [&](const std::string& name, const std::string& why, const std::function<void(Scene&)>& first) {
      Scene scene({.hider = hider, .ipv6 = hider == Party::server, .port = port_of(book.cases())});
      first(scene);
      scene.talk.after(2s);
      Scene second(scene.stage, {.client_isn = 0x77001122, .server_isn = 0x33445566});
      second.opening().part(0, 3).part(3, second.truth.size()).rest();
      for (const CapturedFrame& frame : second.capture.frames()) scene.capture.add(frame.bytes);
      book.add(scene.capture,
               {.name = name + by,
                .why = why,
                .expect = {"verdict: listener, dest_port: " + std::to_string(scene.stage.port), scene.finding()}});
    };
    again("handshake-again-after-a-reset", "the tuple is used again after a handshake and a RST (fragrouter tcbt-1)",
          [](Scene& scene) { scene.talk.handshake().rst_from_client(); });
    again("handshake-again-after-fins", "the tuple is used again after a connection without a word",
          [](Scene& scene) { scene.talk.handshake().close(); });
  }
}

}  // namespace

void add_handshake_evasions(CaseBook& book) {
  two_numbers(book);
  early_data(book);
  odd_shapes(book);
  partial(book);
}

}  // namespace ghostport::cases
