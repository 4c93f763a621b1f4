#include <algorithm>
#include <numeric>

#include "tests/make_cases_evasions.h"

namespace ghostport::cases {
namespace {

using namespace packets;

/// Of the packet that bears the truth.
std::size_t fragmentable_size(Scene& scene) { return fragmentable_part(scene.whole_packet()).size(); }

/// The whole truth in fragments.
void fragmented(Scene& scene, const Fragmentation& how) { scene.send(fragments_of(scene.whole_packet(), how)); }

/// Indexes 0 to count - 1, changed by `change`.
std::vector<std::size_t> order_of(std::size_t count, const std::function<void(std::vector<std::size_t>&)>& change) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  change(order);
  return order;
}

/// Of the two families the one of IPv6 is odd in any case: its fragments hold less than 1280 bytes.
std::string odd(const Scene& scene) { return scene.stage.ipv6 ? "odd-fragments" : ""; }

/// Plays a trick that is odd only under IPv6.
void play_pieces(CaseBook& book, Trick trick, const std::function<void(Scene&)>& act) {
  for (const Party hider : {Party::client, Party::server}) {
    Trick one = trick;
    one.name += hider == Party::client ? "-by-client" : "-by-server";
    if (one.anomalies.empty()) one.anomalies = odd(Scene({.hider = hider, .ipv6 = hider == Party::server}));
    play_once(book, one, hider, act);
  }
}

void orders(CaseBook& book) {
  const auto pieces = [&book](const std::string& name, const std::string& why, std::size_t size,
                              const std::function<void(std::vector<std::size_t>&)>& change) {
    play_pieces(book, {.name = name, .why = why}, [&](Scene& scene) {
      scene.opening();
      const std::size_t count = (fragmentable_size(scene) + size - 1) / size;
      fragmented(scene, in_fragments_of(size, order_of(count, change)));
      scene.rest();
    });
  };
  pieces("fragments-of-8-bytes", "IP fragments of 8 bytes in order (Ptacek and Newsham 1998, fragrouter frag-1)", 8,
         [](auto&) {});
  pieces("fragments-of-24-bytes", "IP fragments of 24 bytes in order (fragrouter frag-2)", 24, [](auto&) {});
  pieces("fragments-one-out-of-order", "IP fragments of 8 bytes, one of them late (fragrouter frag-3)", 8,
         [](auto& order) { std::rotate(order.begin() + 1, order.begin() + 2, order.end() - 1); });
  pieces("fragments-one-twice", "IP fragments of 8 bytes, one of them sent twice (fragrouter frag-4)", 8,
         [](auto& order) { order.insert(order.begin() + 3, 2); });
  pieces("fragments-last-first", "IP fragments of 8 bytes, the last one first (fragrouter frag-6)", 8,
         [](auto& order) { std::rotate(order.begin(), order.end() - 1, order.end()); });
  pieces("fragments-backwards", "IP fragments of 8 bytes in reverse order", 8,
         [](auto& order) { std::reverse(order.begin(), order.end()); });
  pieces("fragments-shuffled", "IP fragments of 8 bytes in a mixed order (fragrouter frag-5)", 8, [](auto& order) {
    for (std::size_t i = 0; i < order.size(); ++i) std::swap(order[i], order[i * 5 % order.size()]);
  });
  play_pieces(book,
              {.name = "fragments-tiny-first",
               .why = "a first fragment of 8 bytes holds the ports but not the TCP flags (RFC 1858 section 3)"},
              [](Scene& scene) {
                scene.opening();
                fragmented(scene, fragmented_at({8}));
                scene.rest();
              });
  play_pieces(book,
              {.name = "fragments-of-every-packet",
               .why = "the whole conversation is fragmented, SYN and acknowledgments too (Suricata bug 6887)"},
              [](Scene& scene) {
                scene.talk.framed([](const PacketBuilder& packet, Party) {
                  std::vector<ByteString> frames;
                  for (const PacketBuilder& one : fragments_of(packet, in_fragments_of(16)))
                    frames.push_back(one.frame());
                  return frames;
                });
                scene.opening();
                scene.talk.segment(scene.hider, scene.talk.sent(scene.hider), scene.truth);
                scene.rest();
              });
}

void conflicts(CaseBook& book) {
  const std::string both = "conflicting-data";
  const ByteString junk(8, 'J');
  play(book,
       {.name = "fragments-same-place-truth-first",
        .why = "a fragment is repeated with other bytes, the true ones came first (fragrouter frag-7)",
        .anomalies = both},
       [&](Scene& scene) {
         const PacketBuilder packet = scene.opening().whole_packet();
         auto made = fragments_of(packet);
         made.insert(made.begin() + 4, fragment_of(packet, {.offset = 24, .other = junk, .more = true}));
         scene.send(made).rest();
       });
  play(book,
       {.name = "fragments-same-place-decoy-first",
        .why = "a fragment with other bytes comes first, then the true one of the same place (fragrouter frag-7)",
        .anomalies = both},
       [&](Scene& scene) {
         const PacketBuilder packet = scene.opening().whole_packet();
         auto made = fragments_of(packet);
         made.insert(made.begin() + 3, fragment_of(packet, {.offset = 24, .other = junk, .more = true}));
         scene.send(made).rest();
       });
  play(book,
       {.name = "fragments-same-place-same-checksum",
        .why = "the contradicting fragment has the true one's 16-bit words in another order, so no checksum tells them "
               "apart",
        .anomalies = both},
       [](Scene& scene) {
         const PacketBuilder packet = scene.opening().whole_packet();
         auto made = fragments_of(packet);
         const ByteString whole = fragmentable_part(packet);
         ByteString turned;
         for (const unsigned at : {26U, 27U, 24U, 25U, 28U, 29U, 30U, 31U}) turned.push_back(whole.at(at));
         made.insert(made.begin() + 3, fragment_of(packet, {.offset = 24, .other = turned, .more = true}));
         scene.send(made).rest();
       });
  play(book,
       {.name = "fragments-overlap-forward",
        .why = "each fragment begins within the one before it and contradicts it there (Ptacek and Newsham 1998)",
        .anomalies = both},
       [](Scene& scene) {
         const PacketBuilder packet = scene.opening().whole_packet();
         const ByteString whole = fragmentable_part(packet);
         std::vector<PacketBuilder> made{fragment_of(packet, {.offset = 0, .size = 24})};
         for (std::size_t at = 16; at + 8 < whole.size(); at += 16) {
           const std::size_t end = std::min(at + 24, whole.size());
           const ByteString bytes = ByteWriter().add(ByteString(8, 'J')).add(slice(whole, at + 8, end)).bytes();
           made.push_back(fragment_of(packet, {.offset = at, .other = bytes}));
         }
         scene.send(made).rest();
       });
  play(book,
       {.name = "fragments-overlap-equal",
        .why = "fragments overlap without contradiction, which no honest host sends (RFC 5722 section 3)",
        .anomalies = "odd-fragments"},
       [](Scene& scene) {
         const PacketBuilder packet = scene.opening().whole_packet();
         scene.send({fragment_of(packet, {.offset = 0, .size = 32}), fragment_of(packet, {.offset = 16, .size = 24}),
                     fragment_of(packet, {.offset = 24, .size = 100})});
         // A receiver that drops all of them gets it once more.
         scene.whole().rest();
       });
  play(book,
       {.name = "fragments-decoy-dies-on-the-way",
        .why = "a contradicting fragment with TTL 1 never reaches the receiver (Ptacek and Newsham 1998)",
        .anomalies = "conflicting-data, odd-fragments"},
       [](Scene& scene) {
         const PacketBuilder packet = scene.opening().whole_packet();
         auto made = fragments_of(packet, in_fragments_of(16));
         PacketBuilder dies = fragment_of(packet, {.offset = 16, .other = ByteString(16, 'J'), .more = true});
         if (dies.is_ipv6()) {
           dies.ipv6().hop_limit = 1;
         } else {
           dies.ipv4().time_to_live = 1;
         }
         made.insert(made.begin() + 1, dies);
         scene.send(made).rest();
       });
  play(book,
       {.name = "fragments-two-ends",
        .why = "a last fragment overlaps the end of the datagram and says that it ends earlier (CVE-2024-32867); the "
               "sender repeats the segment whole"},
       [](Scene& scene) {
         const PacketBuilder packet = scene.opening().whole_packet();
         scene.send({fragment_of(packet, {.offset = 0, .size = 32}),
                     fragment_of(packet, {.offset = 24, .other = ByteString(12, 'J'), .more = false}),
                     fragment_of(packet, {.offset = 32, .size = 100})});
         scene.whole().rest();
       });
}

void novak_fragments(CaseBook& book) {
  // The answers of the policies are those of Suricata's unit test of its defragmenter.
  constexpr NovakPolicy kPolicies[] = {{"bsd", "AAAJJBCCCLLLMMMFFFGGHHIQ"},     {"linux", "AAAJJBKKKLLLMMMFFFGGPHQQ"},
                                       {"windows", "AAAJBBCCCLLLMEEFFFGGHHIQ"}, {"solaris", "AAAJBBCCCLLLMMMFFFGGHHIQ"},
                                       {"first", "AAAJBBCCCLDLMEEFFFGGHHIQ"},   {"last", "AJJJJBKKKLLLMMMFNFGOPHQQ"}};
  for (const NovakPolicy& policy : kPolicies) {
    play_once(book,
              {.name = std::string("fragments-novak-") + policy.name,
               .why = "seventeen overlapping fragments that only a receiver of one policy puts together rightly (Novak "
                      "2005); whoever drops them gets the segment again",
               .anomalies = "conflicting-data"},
              Party::client, [&](Scene& scene) {
                scene.truth = request_of(24 * 8 - 20);
                const PacketBuilder packet = scene.opening().whole_packet();
                for (const auto& [offset, bytes] : novak_pieces(fragmentable_part(packet), policy)) {
                  const bool more = offset + bytes.size() < 192;
                  scene.send({fragment_of(packet, {.offset = offset, .other = bytes, .more = more})});
                }
                scene.talk.after(200ms);
                scene.whole().rest();
              });
  }
}

void identifications(CaseBook& book) {
  const auto stranger = [](Scene& scene) {  // another connection of the same hosts
    return scene.packet(0, unnamed_bytes(60, 3), [](PacketBuilder& packet, Party from) {
      (from == Party::client ? packet.tcp().source_port : packet.tcp().destination_port) = 51000;
      (from == Party::client ? packet.tcp().destination_port : packet.tcp().source_port) = 80;
    });
  };
  play_pieces(book,
              {.name = "fragments-identification-again",
               .why = "the identification of a datagram that just became whole is used again (CVE-2024-37151)"},
              [&](Scene& scene) {
                scene.opening();
                constexpr std::uint32_t kId = 0x4242;
                scene.send(fragments_of(stranger(scene), {.largest = 40, .identification = kId}));
                fragmented(scene, {.largest = 24, .identification = kId});
                scene.rest();
              });
  play_pieces(book,
              {.name = "fragments-stale-datagram",
               .why = "an unfinished datagram of the same identification is forgotten after its timeout "
                      "(CVE-2024-37151)"},
              [&](Scene& scene) {
                scene.opening();
                constexpr std::uint32_t kId = 0x4242;
                scene.send({fragment_of(stranger(scene), {.offset = 0, .size = 40}, {.identification = kId})});
                scene.talk.after(61s);
                fragmented(scene, {.largest = 24, .identification = kId});
                scene.rest();
              });
  play(book,
       {.name = "fragments-open-datagram",
        .why = "an unfinished datagram of the same identification is still open when the true one comes "
               "(fragrouter frag-5)",
        .anomalies = "conflicting-data"},
       [&](Scene& scene) {
         scene.opening();
         constexpr std::uint32_t kId = 0x4242;
         scene.send({fragment_of(scene.packet(0, scene.junk), {.offset = 24, .size = 8}, {.identification = kId})});
         scene.talk.after(2s);
         fragmented(scene, {.largest = 8, .identification = kId});
         scene.rest();
       });
  play_pieces(book,
              {.name = "fragments-of-two-datagrams",
               .why = "the fragments of two datagrams with different identifications come in turn"},
              [&](Scene& scene) {
                scene.opening();
                const auto ours = fragments_of(scene.whole_packet(), {.largest = 16, .identification = 0x1111});
                const auto others = fragments_of(stranger(scene), {.largest = 16, .identification = 0x2222});
                for (std::size_t i = 0; i < std::max(ours.size(), others.size()); ++i) {
                  if (i < others.size()) scene.send({others[i]});
                  if (i < ours.size()) scene.send({ours[i]});
                }
                scene.rest();
              });
}

void odd_headers(CaseBook& book) {
  const auto edited = [&book](const std::string& name, const std::string& why, std::optional<bool> ipv6,
                              const std::function<void(PacketBuilder&, std::size_t)>& change) {
    play(book, {.name = name, .why = why, .anomalies = "odd-fragments", .ipv6 = ipv6}, [&](Scene& scene) {
      auto made = fragments_of(scene.opening().whole_packet(), in_fragments_of(24));
      for (std::size_t i = 0; i < made.size(); ++i) change(made[i], i);
      scene.send(made).rest();
    });
  };
  edited("fragments-that-must-not-be", "the fragments have the do-not-fragment bit set (RFC 791 section 3.2)", false,
         [](PacketBuilder& fragment, std::size_t) { fragment.ipv4().dont_fragment = true; });
  edited("fragments-of-differing-ttl", "the fragments of one datagram differ in their TTL", false,
         [](PacketBuilder& fragment, std::size_t i) {
           fragment.ipv4().time_to_live = static_cast<std::uint8_t>(64 - 10 * i);
         });
  edited("fragments-of-differing-tos", "the fragments of one datagram differ in their type of service", false,
         [](PacketBuilder& fragment, std::size_t i) {
           fragment.ipv4().type_of_service = static_cast<std::uint8_t>(4 * i);
         });
  edited("fragments-of-differing-options", "only one fragment bears an IP option that each must bear", false,
         [](PacketBuilder& fragment, std::size_t i) {
           if (i == 1) fragment.ipv4().options = from_hex("94 04 00 00");
         });
}

void impossible(CaseBook& book) {
  const auto before_truth = [&book](const std::string& name, const std::string& why, std::optional<bool> ipv6,
                                    const std::function<std::vector<PacketBuilder>(const PacketBuilder&)>& make) {
    play(book, {.name = name, .why = why, .ipv6 = ipv6}, [&](Scene& scene) {
      scene.send(make(scene.opening().whole_packet()));
      scene.whole().rest();
    });
  };
  before_truth("fragments-beyond-the-end", "the last fragment ends past 65535 bytes (ping of death, CVE-2024-45796)",
               {}, [](const PacketBuilder& packet) {
                 return std::vector{
                     fragment_of(packet, {.offset = 0, .size = 24}),
                     fragment_of(packet, {.offset = 65'528, .other = ByteString(100, 'J'), .more = false})};
               });
  before_truth("fragments-without-a-byte", "a fragment of no bytes says that more follow", {},
               [](const PacketBuilder& packet) {
                 return std::vector{fragment_of(packet, {.offset = 0, .other = ByteString{}, .more = true}),
                                    fragment_of(packet, {.offset = 16, .other = ByteString{}, .more = false})};
               });
  before_truth("fragments-of-odd-length", "a fragment that is not the last has a length that 8 does not divide", {},
               [](const PacketBuilder& packet) {
                 return std::vector{fragment_of(packet, {.offset = 0, .other = ByteString(13, 'J'), .more = true}),
                                    fragment_of(packet, {.offset = 16, .size = 100})};
               });
  before_truth("fragments-of-another-protocol", "the rest of the datagram comes with another protocol number", {},
               [](const PacketBuilder& packet) {
                 PacketBuilder last = fragment_of(packet, {.offset = 24, .size = 100});
                 if (last.is_ipv6()) {
                   last.ipv6().protocol = 17;
                 } else {
                   last.ipv4().protocol = 17;
                 }
                 return std::vector{fragment_of(packet, {.offset = 0, .size = 24}), last};
               });
  before_truth("fragments-of-the-middle-only", "fragments without a first one are no packet", {},
               [](const PacketBuilder& packet) {
                 return std::vector{fragment_of(packet, {.offset = 24, .size = 16}),
                                    fragment_of(packet, {.offset = 40, .size = 100})};
               });
}

void datagrams(CaseBook& book) {
  for (const bool ipv6 : {false, true}) {
    Capture capture;
    const std::uint16_t port = port_of(book.cases());
    UdpConversation talk(capture, hider_client(ipv6), hider_server(ipv6, port));
    talk.framed([](const PacketBuilder& packet, Party from) {
      std::vector<ByteString> frames;
      for (const PacketBuilder& one : fragments_of(packet, in_fragments_of(from == Party::client ? 8 : 16)))
        frames.push_back(one.frame());
      return frames;
    });
    talk.client_says(dns_query(0x1234)).server_says(dns_answer(0x1234));
    book.add(capture,
             {.name = ipv6 ? "fragments-of-dns-over-ipv6" : "fragments-of-dns",
              .why = "a DNS query and its answer come in IP fragments",
              .expect = {with_anomalies("verdict: unexpected, service: dns, proto: UDP, role_basis: first-packet, "
                                        "src_port: 51514, dest_port: " +
                                            std::to_string(port),
                                        ipv6 ? "odd-fragments" : "")}});
  }
}

}  // namespace

void add_fragment_evasions(CaseBook& book) {
  orders(book);
  conflicts(book);
  novak_fragments(book);
  identifications(book);
  odd_headers(book);
  impossible(book);
  datagrams(book);
}

}  // namespace ghostport::cases
