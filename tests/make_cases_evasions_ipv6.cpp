#include "tests/make_cases_evasions.h"

namespace ghostport::cases {
namespace {

using namespace packets;

constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kEsp = 50, kAuthentication = 51, kNoNextHeader = 59,
                       kDestination = 60;

Ipv6Extension routing(std::uint8_t type, std::uint8_t segments_left) {
  // One address (RFC 8200 section 4.4); with type 4 that is a segment list of one (RFC 8754).
  return {.type = kRouting,
          .after_next_header =
              ByteWriter().u8(2).u8(type).u8(segments_left).u32(0).add(IpAddress("2001:db8:2::9").bytes).bytes()};
}

Ipv6Extension authentication() {
  // RFC 4302 section 2: length in words less 2, reserved, SPI, sequence, 96 bits of integrity check.
  return {.type = kAuthentication,
          .after_next_header = ByteWriter().u8(4).u16(0).u32(0x1000).u32(1).add(random_bytes(12, 51)).bytes()};
}

void chains(CaseBook& book) {
  const auto chain = [&book](const std::string& name, const std::string& why,
                             const std::vector<Ipv6Extension>& extensions) {
    play(book, {.name = name, .why = why, .ipv6 = true}, [&](Scene& scene) {
      scene.talk.editing([&](PacketBuilder& packet, Party) { packet.ipv6().extensions = extensions; });
      scene.opening().whole().rest();
    });
  };
  chain("ipv6-hop-by-hop", "hop-by-hop options in front of TCP (RFC 8200 section 4.3)", {hop_by_hop()});
  chain("ipv6-padding-of-no-length",
        "options whose PadN holds no bytes, again and again, do not stop the reader (RFC 8200 section 4.2)",
        {hop_by_hop(from_hex("01 00 01 00 01 00")),
         destination_options(from_hex("01 00 01 00 01 00 01 00 01 00 01 00 01 00"))});
  chain("ipv6-unknown-options", "unknown options that a receiver may skip (RFC 8200 section 4.2)",
        {hop_by_hop(from_hex("1e 06 00 00 00 00 00 00")), destination_options(from_hex("3e 04 de ad be ef"))});
  chain("ipv6-routing-headers", "routing headers with no segments left (RFC 8200 section 4.4, RFC 8754)",
        {routing(0, 0), routing(4, 0)});
  chain("ipv6-twenty-destination-headers", "twenty destination headers in front of TCP (RFC 7112)",
        std::vector<Ipv6Extension>(20, destination_options()));
  chain("ipv6-authentication-header", "an authentication header hides nothing of what follows it (RFC 4302)",
        {authentication()});
  chain("ipv6-atomic-fragments", "a fragment header without a fragment (RFC 6946)",
        {fragment_header(0, false, 0x01020304)});
  chain("ipv6-every-header", "hop-by-hop, routing, atomic fragment and destination headers in one chain (fragroute)",
        {hop_by_hop(), destination_options(), routing(0, 0), fragment_header(0, false, 7), destination_options()});
}

void split_chains(CaseBook& book) {
  const std::string odd = "odd-fragments";
  const auto split = [&](const std::string& name, const std::string& why, std::vector<Ipv6Extension> extensions,
                         const Fragmentation& how) {
    play(book, {.name = name, .why = why, .anomalies = odd, .ipv6 = true}, [&](Scene& scene) {
      PacketBuilder packet = scene.opening().whole_packet();
      packet.ipv6().extensions = extensions;
      scene.send(fragments_of(packet, how)).rest();
    });
  };
  split("ipv6-tcp-in-the-second-fragment", "the TCP header begins in the second fragment (RFC 7112)",
        {destination_options()}, fragmented_at({8}));
  split("ipv6-chain-across-fragments", "the header chain is longer than the first fragment (RFC 7112)",
        {destination_options(), destination_options(from_hex("1e 0c 00 00 00 00 00 00 00 00 00 00 00 00"))},
        in_fragments_of(16));
  split("ipv6-fragments-behind-hop-by-hop", "each fragment has hop-by-hop options and a routing header in front",
        {hop_by_hop(), routing(0, 0), destination_options()}, in_fragments_of(16));
  split("ipv6-ports-split", "the port numbers are in the first fragment, the sequence number is not",
        {destination_options()}, in_fragments_of(8));
  play(book,
       {.name = "ipv6-overlap",
        .why = "overlapping fragments are to be dropped whole (RFC 5722), then the segment is sent again",
        .anomalies = "conflicting-data",
        .ipv6 = true},
       [](Scene& scene) {
         const PacketBuilder packet = scene.opening().whole_packet();
         scene.send({fragment_of(packet, {.offset = 0, .size = 32}),
                     fragment_of(packet, {.offset = 24, .other = ByteString(16, 'J'), .more = true}),
                     fragment_of(packet, {.offset = 40, .size = 100})});
         scene.talk.after(1s);
         scene.whole().rest();
       });
}

/// Packets of which nothing can be read stand before the truth.
void closed_packets(CaseBook& book) {
  const auto before = [&book](const std::string& name, const std::string& why,
                              const std::function<PacketBuilder(Scene&)>& make) {
    play(book, {.name = name, .why = why, .ipv6 = true}, [&](Scene& scene) {
      scene.opening();
      scene.send({make(scene)});
      scene.whole().rest();
    });
  };
  const auto decoy_with = [](const std::function<void(Ipv6Header&)>& change) {
    return [change](Scene& scene) {
      PacketBuilder packet = scene.packet(0, scene.decoy);
      change(packet.ipv6());
      return packet;
    };
  };
  before("ipv6-no-next-header", "bytes behind the number for no next header are no segment (RFC 8200 section 4.7)",
         decoy_with([](Ipv6Header& header) { header.protocol = kNoNextHeader; }));
  before("ipv6-esp", "an encrypted packet is no segment, whatever its bytes look like (RFC 4303)",
         decoy_with([](Ipv6Header& header) { header.protocol = kEsp; }));
  before("ipv6-chain-without-end", "the last extension header leads beyond the end of the packet (RFC 8200 section 4)",
         decoy_with([](Ipv6Header& header) {
           header.extensions = {{.type = kDestination, .after_next_header = from_hex("ff 01 04 00 00 00 00")}};
         }));
  before("ipv6-chain-of-thirty", "a chain of thirty headers is given up and does not stop what follows (RFC 7112)",
         decoy_with(
             [](Ipv6Header& header) { header.extensions = std::vector<Ipv6Extension>(30, destination_options()); }));
  before("ipv6-hop-by-hop-loop", "a hop-by-hop header that names itself as the next one is no loop",
         decoy_with([](Ipv6Header& header) {
           header.extensions = {
               {.type = kHopByHop, .after_next_header = from_hex("00 01 04 00 00 00 00"), .next_header = 0}};
           header.protocol = kHopByHop;
         }));
  before("ipv6-jumbogram",
         "a jumbo payload length below 65536 is an error, and the packet is dropped (RFC 2675 section 3)",
         decoy_with([](Ipv6Header& header) {
           header.extensions = {hop_by_hop(from_hex("c2 04 00 00 00 44"))};
           header.payload_length = std::uint16_t{0};
         }));
  before("ipv6-wrong-version", "a header of version 4 under IPv6's EtherType is dropped",
         decoy_with([](Ipv6Header& header) { header.version = 4; }));
}

}  // namespace

void add_ipv6_evasions(CaseBook& book) {
  chains(book);
  split_chains(book);
  closed_packets(book);
}

}  // namespace ghostport::cases
