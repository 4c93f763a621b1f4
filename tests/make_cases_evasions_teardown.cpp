#include "tests/make_cases_evasions.h"

namespace ghostport::cases {
namespace {

using namespace packets;

const std::string kDoubtful = "doubtful-close";

/// The first three bytes of the truth, a packet that would end the connection for a careless watcher, the rest.
void close_between(CaseBook& book, const Trick& trick, const std::function<void(Scene&)>& close) {
  play(book, trick, [&](Scene& scene) {
    scene.opening().part(0, 3);
    close(scene);
    scene.talk.after(20ms);
    scene.part(3, scene.truth.size()).rest();
  });
}

/// From the hider, three bytes into the truth.
void from_hider(Scene& scene, std::uint8_t flags, const Edit& edit = {}) {
  scene.piece(3, "", [&](PacketBuilder& packet, Party from) {
    packet.tcp().flags = flags;
    if (edit) edit(packet, from);
  });
}

/// The other side has not hung up: it says something more.
void peer_goes_on(Scene& scene) {
  if (scene.peer == Party::client) {
    scene.talk.client_sends(unnamed_bytes(8, 6));
  } else {
    scene.talk.server_sends(unnamed_bytes(8, 6));
  }
}

/// From the other side, at its next sequence number.
void from_peer(Scene& scene, std::uint8_t flags, const Edit& edit = {}) {
  scene.talk.segment(scene.peer, scene.talk.sent(scene.peer), "", [&](PacketBuilder& packet, Party from) {
    packet.tcp().flags = flags;
    packet.tcp().acknowledgment += 3;
    if (edit) edit(packet, from);
  });
}

void time_to_live(PacketBuilder& packet, std::uint8_t hops) {
  if (packet.is_ipv6()) {
    packet.ipv6().hop_limit = hops;
  } else {
    packet.ipv4().time_to_live = hops;
  }
}

void resets(CaseBook& book) {
  constexpr std::uint8_t kReset = kRst | kAck;
  close_between(
      book, {.name = "reset-bad-checksum", .why = "a RST with a wrong checksum is dropped (fragrouter tcbt, Themis)"},
      [](Scene& scene) {
        from_hider(scene, kReset, [](PacketBuilder& packet, Party) { packet.tcp().checksum = 0x0101; });
      });
  close_between(book,
                {.name = "reset-far-outside",
                 .why = "a RST far outside the window is dropped (RFC 9293 section 3.10.7.4, Themis bad_seqnum_rst)"},
                [](Scene& scene) {
                  from_hider(scene, kRst, [](PacketBuilder& packet, Party) { packet.tcp().sequence += 1U << 29U; });
                });
  close_between(book,
                {.name = "reset-in-the-window",
                 .why = "a RST in the window, not at its edge, is answered and not obeyed (RFC 5961 section 3)",
                 .anomalies = kDoubtful},
                [](Scene& scene) {
                  from_hider(scene, kRst, [](PacketBuilder& packet, Party) { packet.tcp().sequence += 10; });
                  scene.talk.acknowledge(scene.peer, scene.talk.sent(scene.hider) + 3);  // the challenge
                });
  close_between(
      book,
      {.name = "reset-dies-on-the-way",
       .why = "an exact RST with TTL 1 never arrives (Geneva's teardown of the watcher's state)",
       .anomalies = kDoubtful},
      [](Scene& scene) { from_hider(scene, kReset, [](PacketBuilder& packet, Party) { time_to_live(packet, 1); }); });
  close_between(book,
                {.name = "reset-md5-option",
                 .why = "a RST with a signature that was not agreed on is dropped (RFC 2385, Themis md5_rst)"},
                [](Scene& scene) {
                  from_hider(scene, kReset, [](PacketBuilder& packet, Party) { packet.tcp().options = tcp_md5(); });
                });
  close_between(book,
                {.name = "reset-bad-ack",
                 .why = "some receivers drop an exact RST whose acknowledgment is wrong (Themis bad_acknum_rstack)",
                 .anomalies = kDoubtful},
                [](Scene& scene) {
                  from_hider(scene, kReset,
                             [](PacketBuilder& packet, Party) { packet.tcp().acknowledgment += 1U << 29U; });
                });
  close_between(
      book, {.name = "reset-with-data", .why = "a RST outside the window brings words of its own (Zeek RST_with_data)"},
      [](Scene& scene) {
        const ByteString decoy = scene.decoy;
        from_hider(scene, kReset, [&decoy](PacketBuilder& packet, Party) {
          packet.tcp().sequence += 1U << 29U;
          packet.payload(decoy);
        });
      });
  close_between(book,
                {.name = "reset-of-the-peer-far-outside",
                 .why = "a forged RST of the other side is far outside its window (Zeek rst-inject)"},
                [](Scene& scene) {
                  from_peer(scene, kRst, [](PacketBuilder& packet, Party) { packet.tcp().sequence += 1U << 29U; });
                });
  close_between(book,
                {.name = "reset-of-the-peer-and-it-goes-on",
                 .why = "a forged exact RST of the other side does not keep it from answering (Weaver and others 2009)",
                 .anomalies = kDoubtful},
                [](Scene& scene) {
                  from_peer(scene, kReset, [](PacketBuilder& packet, Party) { time_to_live(packet, 1); });
                  peer_goes_on(scene);
                });
  close_between(book,
                {.name = "reset-of-both-and-it-goes-on",
                 .why = "exact RSTs of both sides, forged with TTL 1, and yet the conversation goes on",
                 .anomalies = kDoubtful},
                [](Scene& scene) {
                  from_hider(scene, kReset, [](PacketBuilder& packet, Party) { time_to_live(packet, 1); });
                  from_peer(scene, kReset, [](PacketBuilder& packet, Party) { time_to_live(packet, 1); });
                  peer_goes_on(scene);
                });
}

void ends(CaseBook& book) {
  constexpr std::uint8_t kEnd = kFin | kAck;
  close_between(book, {.name = "fin-bad-checksum", .why = "a FIN with a wrong checksum is dropped (fragrouter tcbt)"},
                [](Scene& scene) {
                  from_hider(scene, kEnd, [](PacketBuilder& packet, Party) { packet.tcp().checksum = 0x0101; });
                });
  close_between(book,
                {.name = "fin-far-outside", .why = "a FIN far outside the window is dropped (Themis bad_seqnum_fin)"},
                [](Scene& scene) {
                  from_hider(scene, kEnd, [](PacketBuilder& packet, Party) { packet.tcp().sequence += 1U << 29U; });
                });
  close_between(book,
                {.name = "fin-ahead-in-the-window",
                 .why = "a FIN stands ahead of bytes that are still to come, beyond the end of the words"},
                [](Scene& scene) {
                  from_hider(scene, kEnd, [](PacketBuilder& packet, Party) { packet.tcp().sequence += 500; });
                });
  close_between(
      book,
      {.name = "fin-dies-on-the-way",
       .why = "an exact FIN with TTL 1 never arrives and the words go on in its place (Geneva)",
       .anomalies = kDoubtful},
      [](Scene& scene) { from_hider(scene, kEnd, [](PacketBuilder& packet, Party) { time_to_live(packet, 1); }); });
  close_between(book,
                {.name = "fin-without-ack", .why = "a FIN without the ACK flag is dropped (RFC 9293 section 3.10.7.4)"},
                [](Scene& scene) { from_hider(scene, kFin); });
  close_between(
      book, {.name = "syn-in-the-window", .why = "a SYN in the window is answered and not obeyed (RFC 5961 section 4)"},
      [](Scene& scene) {
        from_hider(scene, kSyn, [](PacketBuilder& packet, Party) {
          packet.tcp().sequence += 20;
          packet.tcp().acknowledgment = 0;
        });
        scene.talk.acknowledge(scene.peer, scene.talk.sent(scene.hider) + 3);
      });
  close_between(book,
                {.name = "syn-ack-in-the-window",
                 .why = "a SYN-ACK in the middle of a conversation opens nothing (RFC 5961 section 4)"},
                [](Scene& scene) {
                  from_peer(scene, kSyn | kAck, [](PacketBuilder& packet, Party) { packet.tcp().sequence += 4711; });
                });
  close_between(book,
                {.name = "unreachable-forged",
                 .why = "a forged ICMP error quotes the connection, whose ends ignore it (RFC 5927 section 4)"},
                [](Scene& scene) { scene.talk.unreachable(Unreachable::port); });
  close_between(book,
                {.name = "unreachable-prohibited",
                 .why = "a router's ICMP error that quotes eight bytes ends no established connection (RFC 5927)"},
                [](Scene& scene) {
                  const IpAddress router = scene.stage.ipv6 ? "2001:db8:ff::1" : "192.0.2.254";
                  scene.talk.unreachable(Unreachable::prohibited, router, 8);
                });
}

}  // namespace

void add_teardown_evasions(CaseBook& book) {
  resets(book);
  ends(book);
}

}  // namespace ghostport::cases
