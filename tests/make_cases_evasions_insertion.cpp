#include "tests/make_cases_evasions.h"

namespace ghostport::cases {
namespace {

using namespace packets;

/// A decoy in the words of another protocol stands in front of the truth, at its place: the receiver drops it.
void decoy_first(CaseBook& book, const Trick& trick, const Edit& edit) {
  play(book, trick, [&](Scene& scene) { scene.opening().piece(0, scene.decoy, edit).whole().rest(); });
}

void broken_headers(CaseBook& book) {
  decoy_first(
      book,
      {.name = "insertion-bad-tcp-checksum", .why = "a decoy with a wrong TCP checksum comes first (fragrouter ins-2)"},
      [](PacketBuilder& packet, Party) { packet.tcp().checksum = 0x0101; });
  decoy_first(book,
              {.name = "insertion-bad-ip-checksum",
               .why = "a decoy with a wrong IP header checksum comes first (Ptacek and Newsham 1998)",
               .ipv6 = false},
              [](PacketBuilder& packet, Party) { packet.ipv4().checksum = 0x0101; });
  decoy_first(book,
              {.name = "insertion-ip-version-five",
               .why = "a decoy says that its IP header has version 5 (Ptacek and Newsham 1998)"},
              [](PacketBuilder& packet, Party) {
                if (packet.is_ipv6()) {
                  packet.ipv6().version = 5;
                } else {
                  packet.ipv4().version = 5;
                }
              });
  decoy_first(book,
              {.name = "insertion-short-ip-header",
               .why = "a decoy says that its IP header has 16 bytes (Ptacek and Newsham 1998)",
               .ipv6 = false},
              [](PacketBuilder& packet, Party) { packet.ipv4().header_words = 4; });
  decoy_first(book,
              {.name = "insertion-ip-longer-than-the-frame",
               .why = "a decoy says that its IP packet is longer than the frame that brings it",
               .ipv6 = false},
              [](PacketBuilder& packet, Party) { packet.ipv4().total_length = 1400; });
  decoy_first(book,
              {.name = "insertion-malformed-ip-option",
               .why = "a decoy has an IP option that is longer than the header (Ptacek and Newsham 1998)",
               .ipv6 = false},
              [](PacketBuilder& packet, Party) { packet.ipv4().options = from_hex("07 27 04 00"); });
  decoy_first(
      book,
      {.name = "insertion-data-offset-four", .why = "a decoy says that its TCP header has 16 bytes (Themis dataofs)"},
      [](PacketBuilder& packet, Party) { packet.tcp().header_words = 4; });
  decoy_first(book,
              {.name = "insertion-data-offset-beyond-the-segment",
               .why = "a decoy says that its TCP header is longer than the segment (Geneva dataofs)"},
              [](PacketBuilder& packet, Party) {
                packet.tcp().header_words = 15;
                packet.payload().resize(16);
              });
}

void refused_segments(CaseBook& book) {
  decoy_first(book,
              {.name = "insertion-no-ack-flag", .why = "a decoy without the ACK flag comes first (fragrouter ins-3)"},
              [](PacketBuilder& packet, Party) { packet.tcp().flags = kPsh; });
  decoy_first(book,
              {.name = "insertion-christmas-tree",
               .why = "a decoy with FIN, PSH and URG but no ACK comes first (Zeek TCP_christmas)"},
              [](PacketBuilder& packet, Party) { packet.tcp().flags = kFin | kPsh | kUrg; });
  decoy_first(
      book,
      {.name = "insertion-md5-option",
       .why = "a decoy bears an MD5 signature that the connection has not agreed on (RFC 2385, Themis md5_data)"},
      [](PacketBuilder& packet, Party) { packet.tcp().options = tcp_md5(); });
  decoy_first(book,
              {.name = "insertion-ack-of-the-past",
               .why = "a decoy acknowledges what lies far before the connection (RFC 5961 section 5)"},
              [](PacketBuilder& packet, Party) { packet.tcp().acknowledgment -= 100'000'000; });
  decoy_first(book,
              {.name = "insertion-ack-of-the-future",
               .why = "a decoy acknowledges what was never sent (RFC 9293 section 3.10.7.4)"},
              [](PacketBuilder& packet, Party) { packet.tcp().acknowledgment += 100'000'000; });
  decoy_first(book,
              {.name = "insertion-old-timestamp",
               .why = "a decoy has a timestamp from before the connection (PAWS, RFC 7323 section 5; Themis "
                      "bad_timestamp)",
               .settings = {.timestamps = {{1'000'000, 5'000'000}}}},
              [](PacketBuilder& packet, Party from) {
                packet.tcp().options = tcp_timestamps(from == Party::client ? 900'000 : 4'900'000, 1);
              });
  decoy_first(book,
              {.name = "insertion-data-in-a-reset",
               .why = "a decoy travels in a RST far outside the window (Zeek RST_with_data)"},
              [](PacketBuilder& packet, Party) {
                packet.tcp().flags = kRst | kAck;
                packet.tcp().sequence += 1U << 29U;
              });
  play(book,
       {.name = "insertion-ethernet-padding",
        .why = "the padding of a bare acknowledgment looks like the next words (Ethernet, Snort rule trick)"},
       [](Scene& scene) {
         scene.opening();
         const ByteString decoy = scene.decoy;
         scene.talk.framed([&decoy](const PacketBuilder& packet, Party) {
           return std::vector<ByteString>{joined(packet.frame(), decoy)};
         });
         scene.piece(0, "", [](PacketBuilder& packet, Party) { packet.tcp().flags = kAck; });
         scene.talk.framed({});
         scene.whole().rest();
       });
}

void ambiguous(CaseBook& book) {
  const auto junk_first = [&book](const Trick& trick, const Edit& edit) {
    play(book, trick, [&](Scene& scene) { scene.opening().piece(0, scene.junk, edit).whole().rest(); });
  };
  junk_first({.name = "insertion-dies-on-the-way",
              .why = "junk with TTL 1 may die before the receiver (Ptacek and Newsham 1998, Geneva ttl)",
              .anomalies = "doubtful-segments"},
             [](PacketBuilder& packet, Party) {
               if (packet.is_ipv6()) {
                 packet.ipv6().hop_limit = 1;
               } else {
                 packet.ipv4().time_to_live = 1;
               }
             });
  junk_first({.name = "insertion-to-another-mac-address",
              .why = "junk goes to a MAC address that is not the receiver's (Ptacek and Newsham 1998)",
              .anomalies = "doubtful-segments"},
             [](PacketBuilder& packet, Party) { packet.ethernet().destination = {2, 0, 0xDE, 0xAD, 0xBE, 0xEF}; });
  play_once(book,
            {.name = "insertion-truth-by-ttl",
             .why = "the truth comes first, junk with TTL 1 at its place behind it",
             .anomalies = "doubtful-segments"},
            Party::client, [](Scene& scene) {
              scene.opening().whole();
              scene.piece(0, scene.junk, [](PacketBuilder& packet, Party) {
                if (packet.is_ipv6()) {
                  packet.ipv6().hop_limit = 1;
                } else {
                  packet.ipv4().time_to_live = 1;
                }
              });
              scene.rest();
            });
}

}  // namespace

void add_insertion_evasions(CaseBook& book) {
  broken_headers(book);
  refused_segments(book);
  ambiguous(book);
}

}  // namespace ghostport::cases
