#include "tests/make_cases_evasions.h"

namespace ghostport::cases {
namespace {

using namespace packets;

/// The tunnel's ends: that of the client's side, that of the server's side.
IpAddress end_of(Party party, bool ipv6 = false) {
  if (ipv6) return party == Party::client ? "2001:db8:f::1" : "2001:db8:f::2";
  return party == Party::client ? "198.51.100.1" : "198.51.100.2";
}

PacketBuilder carried(Party from, std::uint8_t protocol, const ByteString& inside, bool ipv6 = false) {
  return ip_packet(end_of(from, ipv6), end_of(other(from), ipv6), protocol, inside);
}

/// Over UDP; the source port is what senders draw, the destination port that of the tunnel's protocol.
PacketBuilder carried_by_udp(Party from, std::uint16_t port, const ByteString& inside,
                             std::uint16_t source_port = 50123) {
  return udp_packet({end_of(from), source_port}, {end_of(other(from)), port}, inside);
}

using Carry = std::function<PacketBuilder(const PacketBuilder& inner, Party from)>;

std::string tunnel_of(const std::string& words) { return ", tunnel: {" + words + "}"; }
const std::string kEnds = "src_ip: 198.51.100.1, dest_ip: 198.51.100.2";
const std::string kEndsV6 = "src_ip: '2001:db8:f::1', dest_ip: '2001:db8:f::2'";

/// A conversation in a tunnel, its words in two segments. Client and server hide in turn.
void tunnelled(CaseBook& book, const std::string& name, const std::string& why, const std::string& tunnel,
               std::optional<bool> ipv6, const Carry& carry) {
  const Party hider = book.cases() % 2 == 0 ? Party::client : Party::server;
  Scene scene({.hider = hider, .ipv6 = ipv6.value_or(hider == Party::server), .port = port_of(book.cases())});
  scene.talk.framed(
      [&](const PacketBuilder& packet, Party from) { return std::vector<ByteString>{carry(packet, from).frame()}; });
  scene.opening().part(0, 7).part(7, scene.truth.size()).rest();
  book.add(scene.capture, {.name = name, .why = why, .expect = {scene.finding() + tunnel_of(tunnel)}});
}

void generic(CaseBook& book) {
  const auto in_gre = [&book](const std::string& name, const std::string& why, const GreHeader& header) {
    tunnelled(book, name, why, kEnds + ", proto: GRE, depth: 1", {}, [header](const PacketBuilder& inner, Party from) {
      return carried(from, kProtocolGre, gre(inner.datagram(), header));
    });
  };
  in_gre("tunnel-gre", "GRE without any option (RFC 2784)", {});
  in_gre("tunnel-gre-checksum", "GRE with a checksum (RFC 2784)", {.checksum = true});
  in_gre("tunnel-gre-key", "GRE with a key (RFC 2890)", {.key = 0x01020304});
  in_gre("tunnel-gre-sequence", "GRE with a sequence number (RFC 2890)", {.sequence = 9});
  in_gre("tunnel-gre-every-field", "GRE with checksum, key and sequence number (RFC 2890)",
         {.checksum = true, .key = 7, .sequence = 9});
  tunnelled(book, "tunnel-gre-ethernet", "GRE around an Ethernet frame with a VLAN tag (NVGRE, RFC 7637)",
            kEnds + ", proto: GRE, depth: 1", {}, [](const PacketBuilder& inner, Party from) {
              PacketBuilder copy = inner;
              return carried(from, kProtocolGre,
                             gre(copy.vlan({.id = 9}).frame(), {.protocol = kEtherBridge, .key = 0x00123400}));
            });
  tunnelled(book, "tunnel-gre-over-ipv6", "GRE over IPv6, with destination options in front (RFC 7676)",
            kEndsV6 + ", proto: GRE, depth: 1", {}, [](const PacketBuilder& inner, Party from) {
              PacketBuilder outer = carried(from, kProtocolGre, gre(inner.datagram()), true);
              outer.ipv6().extensions = {destination_options()};
              return outer;
            });
  tunnelled(book, "tunnel-gre-pptp", "GRE version 1 around PPP (RFC 2637)", kEnds + ", proto: GRE", {},
            [](const PacketBuilder& inner, Party from) {
              const ByteString frame = ppp_hdlc(ppp(inner.datagram()));
              const auto key = static_cast<std::uint32_t>(frame.size() << 16 | 0x0042);  // length and call
              return carried(
                  from, kProtocolGre,
                  gre(frame, {.protocol = 0x880B, .key = key, .sequence = 1, .acknowledgment = 1, .version = 1}));
            });
  tunnelled(book, "tunnel-gre-mpls", "GRE around MPLS (RFC 4023)", kEnds + ", proto: GRE", {},
            [](const PacketBuilder& inner, Party from) {
              return carried(from, kProtocolGre,
                             gre(mpls({{.label = 100}}, inner.datagram()), {.protocol = kEtherMpls}));
            });
  tunnelled(book, "tunnel-mpls-in-ip", "MPLS directly in IP (RFC 4023)", kEnds, {},
            [](const PacketBuilder& inner, Party from) {
              return carried(from, kProtocolMpls, mpls({{.label = 100}, {.label = 101}}, inner.datagram()));
            });
}

void mirrors(CaseBook& book) {
  const auto mirrored = [&book](const std::string& name, const std::string& why, Erspan type) {
    // A mirror session has one sender and one receiver for both directions of what it shows.
    tunnelled(book, name, why, kEnds + ", proto: GRE, depth: 1", {}, [type](const PacketBuilder& inner, Party) {
      return carried(Party::client, kProtocolGre, erspan(inner.frame(), type, 77));
    });
  };
  mirrored("tunnel-erspan-1", "ERSPAN type I, GRE without a header of its own (draft-foschiano-erspan)", Erspan::one);
  mirrored("tunnel-erspan-2", "ERSPAN type II (draft-foschiano-erspan)", Erspan::two);
  mirrored("tunnel-erspan-3", "ERSPAN type III (draft-foschiano-erspan)", Erspan::three);
  mirrored("tunnel-erspan-3-subheader", "ERSPAN type III with a platform specific subheader (draft-foschiano-erspan)",
           Erspan::three_with_subheader);
}

void ip_in_ip(CaseBook& book) {
  tunnelled(book, "tunnel-ipv4-in-ipv4", "IPv4 in IPv4 (RFC 2003)", kEnds + ", depth: 1", false,
            [](const PacketBuilder& inner, Party from) { return carried(from, kProtocolIpv4, inner.datagram()); });
  tunnelled(book, "tunnel-ipv6-in-ipv4", "IPv6 in IPv4 (6in4, RFC 4213)", kEnds + ", depth: 1", true,
            [](const PacketBuilder& inner, Party from) { return carried(from, kProtocolIpv6, inner.datagram()); });
  tunnelled(
      book, "tunnel-ipv4-in-ipv6", "IPv4 in IPv6 (RFC 2473)", kEndsV6 + ", depth: 1", false,
      [](const PacketBuilder& inner, Party from) { return carried(from, kProtocolIpv4, inner.datagram(), true); });
  tunnelled(book, "tunnel-ipv6-in-ipv6", "IPv6 in IPv6 with a tunnel encapsulation limit (RFC 2473 section 4.1.1)",
            kEndsV6 + ", depth: 1", true, [](const PacketBuilder& inner, Party from) {
              PacketBuilder outer = carried(from, kProtocolIpv6, inner.datagram(), true);
              outer.ipv6().extensions = {destination_options(from_hex("04 01 04"))};
              return outer;
            });
}

/// The client's end of a connection through Teredo has an address made of its server's and its own (RFC 4380 section
/// 4).
PacketBuilder with_teredo_address(const PacketBuilder& inner, Party from) {
  const IpAddress address = "2001:0:c633:6402:8000:36c5:34ff:8efa";
  PacketBuilder copy = inner;
  (from == Party::client ? copy.ipv6().source : copy.ipv6().destination) = address;
  return copy;
}

void over_udp(CaseBook& book) {
  const auto udp = [&book](const std::string& name, const std::string& why, std::uint16_t port,
                           std::optional<bool> ipv6, const std::function<ByteString(const PacketBuilder&)>& inside) {
    tunnelled(
        book, name, why, kEnds + ", proto: UDP, depth: 1, src_port: 50123, dest_port: " + std::to_string(port), ipv6,
        [port, inside](const PacketBuilder& inner, Party from) { return carried_by_udp(from, port, inside(inner)); });
  };
  udp("tunnel-vxlan", "VXLAN (RFC 7348)", kVxlanPort, {},
      [](const PacketBuilder& inner) { return vxlan(inner.frame()); });
  udp("tunnel-vxlan-vlan", "VXLAN around a frame with a VLAN tag (RFC 7348 section 6)", kVxlanPort, {},
      [](const PacketBuilder& inner) { return vxlan(PacketBuilder(inner).vlan({.id = 5}).frame()); });
  udp("tunnel-geneve", "GENEVE around an Ethernet frame (RFC 8926)", kGenevePort, {},
      [](const PacketBuilder& inner) { return geneve(inner.frame()); });
  udp("tunnel-geneve-options", "GENEVE with two options, one of them critical (RFC 8926 section 3.5)", kGenevePort, {},
      [](const PacketBuilder& inner) {
        return geneve(inner.frame(),
                      {.options = joined(geneve_option(0x0102, 0x83, "abcdefgh"), geneve_option(0x0103, 1, ""))});
      });
  udp("tunnel-geneve-ip", "GENEVE around an IP packet (RFC 8926 section 3.4)", kGenevePort, {},
      [](const PacketBuilder& inner) {
        const ByteString datagram = inner.datagram();
        return geneve(datagram, {.protocol = ether_type_of(datagram)});
      });
  udp("tunnel-gtp", "GTP-U of a mobile network (3GPP TS 29.281)", kGtpUserPort, {},
      [](const PacketBuilder& inner) { return gtp(inner.datagram()); });
  udp("tunnel-gtp-sequence", "GTP-U with a sequence number (3GPP TS 29.281)", kGtpUserPort, {},
      [](const PacketBuilder& inner) { return gtp(inner.datagram(), {.sequence = 0x1234}); });
  udp("tunnel-gtp-extensions", "GTP-U with two extension headers, as 5G has them (3GPP TS 38.415)", kGtpUserPort, {},
      [](const PacketBuilder& inner) {
        return gtp(inner.datagram(),
                   {.sequence = 1, .extensions = {{0x85, from_hex("00 09")}, {0x40, from_hex("11 22 33 44 55 66")}}});
      });
  const auto in_teredo = [&book](const std::string& name, const std::string& why, const TeredoHeaders& headers,
                                 std::uint16_t source_port, const std::vector<Ipv6Extension>& extensions) {
    tunnelled(book, name, why,
              kEnds + ", proto: UDP, depth: 1, dest_port: 3544, src_port: " + std::to_string(source_port), true,
              [=](const PacketBuilder& inner, Party from) {
                PacketBuilder copy = with_teredo_address(inner, from);
                copy.ipv6().extensions = extensions;
                return carried_by_udp(from, kTeredoPort, teredo(copy.datagram(), headers), source_port);
              });
  };
  in_teredo("tunnel-teredo", "Teredo (RFC 4380)", {}, 50123, {});
  in_teredo("tunnel-teredo-headers",
            "Teredo with authentication and origin indication in front (RFC 4380 section 5.1.1)",
            {.authentication = true, .origin = true}, 50123, {});
  in_teredo("tunnel-teredo-from-its-port", "Teredo, both ports its own, IPv6 with destination options inside", {},
            kTeredoPort, {destination_options()});
  tunnelled(book, "tunnel-from-a-ghost-port", "the source port that VXLAN drew is a ghost port, as is the one inside",
            kEnds + ", proto: UDP, depth: 1, src_port: 3238", {}, [](const PacketBuilder& inner, Party from) {
              return carried_by_udp(from, kVxlanPort, vxlan(inner.frame()), 3238);
            });
}

/// So many GREs around the packet.
PacketBuilder nested_gre(const PacketBuilder& inner, Party from, unsigned depth) {
  PacketBuilder packet = inner;
  for (unsigned i = 0; i < depth; ++i) packet = carried(from, kProtocolGre, gre(packet.datagram()));
  return packet;
}

std::string at_depth(const std::string& depth) { return kEnds + ", depth: " + depth; }

void nested(CaseBook& book) {
  for (const unsigned depth : {2U, 3U, 4U}) {
    const std::string number = std::to_string(depth);
    tunnelled(book, "tunnel-nested-" + number, number + " GREs, one in the other (Zeek tunnel depth)", at_depth(number),
              {}, [depth](const PacketBuilder& inner, Party from) { return nested_gre(inner, from, depth); });
  }
  tunnelled(book, "tunnel-vxlan-in-gre", "VXLAN in GRE", kEnds + ", proto: GRE, depth: 2", {},
            [](const PacketBuilder& inner, Party from) {
              return carried(from, kProtocolGre,
                             gre(carried_by_udp(from, kVxlanPort, vxlan(inner.frame())).datagram()));
            });
  tunnelled(book, "tunnel-gre-in-gtp-in-vlan", "GRE in GTP-U in a VLAN", kEnds + ", proto: UDP, depth: 2", {},
            [](const PacketBuilder& inner, Party from) {
              const ByteString datagram = carried(from, kProtocolGre, gre(inner.datagram())).datagram();
              PacketBuilder outer = carried_by_udp(from, kGtpUserPort, gtp(datagram));
              return outer.vlan({.id = 12});
            });
  for (const unsigned depth : {5U, 8U, 64U}) {
    const std::string number = std::to_string(depth);
    // Deeper than the limit: counted. The conversation beside it is named, and not by the decoy within.
    play_once(book,
              {.name = "tunnel-nested-" + number,
               .why = number + " GREs, one in the other, are more than are read (Suricata issue 5686)",
               .ipv6 = false},
              Party::client, [depth](Scene& scene) {
                scene.opening();
                scene.send({nested_gre(scene.packet(0, scene.decoy), Party::client, depth)});
                scene.whole().rest();
              });
  }
}

/// Broken tunnels and forged inner packets; the conversation itself is in the same tunnel.
void broken(CaseBook& book) {
  const auto gre_framing = [](const PacketBuilder& packet, Party from) {
    return std::vector<ByteString>{carried(from, kProtocolGre, gre(packet.datagram())).frame()};
  };
  const auto in_tunnel = [&](const std::string& name, const std::string& why,
                             const std::function<void(Scene&)>& decoys) {
    for (const Party hider : {Party::client, Party::server}) {
      Scene scene({.hider = hider, .ipv6 = hider == Party::server, .port = port_of(book.cases())});
      scene.talk.framed(gre_framing);
      scene.opening();
      decoys(scene);
      scene.talk.framed(gre_framing);
      scene.whole().rest();
      book.add(scene.capture, {.name = name + (hider == Party::client ? "-by-client" : "-by-server"),
                               .why = why,
                               .expect = {scene.finding() + tunnel_of(kEnds + ", proto: GRE")}});
    }
  };
  in_tunnel("tunnel-inner-bad-checksum", "a decoy in the tunnel has a wrong inner checksum", [](Scene& scene) {
    scene.piece(0, scene.decoy, [](PacketBuilder& packet, Party) { packet.tcp().checksum = 0x0101; });
  });
  in_tunnel("tunnel-cut-short", "a decoy's inner packet is longer than the outer one that carries it",
            [](Scene& scene) {
              ByteString inside = scene.packet(0, scene.decoy).datagram();
              inside.resize(inside.size() - 12);
              scene.send({carried(scene.hider, kProtocolGre, gre(inside))});
            });
  in_tunnel("tunnel-of-no-known-protocol", "GRE with a protocol that is no network's, and its keep-alive of none",
            [](Scene& scene) {
              const ByteString inside = scene.packet(0, scene.decoy).datagram();
              scene.send({carried(scene.hider, kProtocolGre, gre(inside, {.protocol = 0x88B5})),
                          carried(scene.hider, kProtocolGre, gre({}, {.protocol = 0}))});
            });
  for (const bool by_client : {true, false}) {
    const Party hider = by_client ? Party::client : Party::server;
    Scene scene({.hider = hider, .ipv6 = !by_client, .port = port_of(book.cases())});
    scene.talk.framed([](const PacketBuilder& packet, Party from) {
      if (from == Party::server) return std::vector<ByteString>{packet.frame()};
      return std::vector<ByteString>{carried(from, kProtocolGre, gre(packet.datagram())).frame()};
    });
    scene.opening().part(0, 7).part(7, scene.truth.size()).rest();
    book.add(scene.capture, {.name = by_client ? "tunnel-one-way-by-client" : "tunnel-one-way-by-server",
                             .why = "one direction of the connection is in a tunnel, the other is not",
                             .expect = {scene.finding()}});
  }
}

/// What the capture cut off in the inner payload was there; what it cut off in the headers is no packet.
void truncated(CaseBook& book) {
  const auto cut = [&book](const std::string& name, const std::string& why, std::size_t snap_length,
                           bool payload_only) {
    Scene scene({.port = port_of(book.cases())}, {.syn_options = {}});
    scene.capture.snap_length(snap_length);
    scene.talk.framed([](const PacketBuilder& packet, Party from) {
      return std::vector<ByteString>{carried(from, kProtocolGre, gre(packet.datagram())).frame()};
    });
    scene.opening().whole().rest();
    std::vector<std::string> expect;
    if (payload_only) {
      expect.push_back("verdict: unrecognized, anomalies: [truncated], src_port: 51514, dest_port: " +
                       std::to_string(scene.stage.port) + tunnel_of(kEnds));
    }
    book.add(scene.capture, {.name = name, .why = why, .expect = expect});
  };
  constexpr std::size_t kGreTcpHeaders = 14 + 20 + 4 + 20 + 20;
  cut("tunnel-inner-headers-only", "the capture ends behind the inner TCP header", kGreTcpHeaders, true);
  cut("tunnel-inner-header-cut", "the capture ends within the inner TCP header", kGreTcpHeaders - 12, false);
  cut("tunnel-outer-header-cut", "the capture ends within the outer IP header", 14 + 12, false);
}

void fragmented(CaseBook& book) {
  using Frames = std::function<std::vector<ByteString>(const PacketBuilder& whole, Party from)>;
  const auto add = [&book](const std::string& name, const std::string& why, const std::string& further,
                           const Frames& frames) {
    Scene scene({.hider = Party::client, .ipv6 = false, .port = port_of(book.cases())});
    scene.talk.framed(frames);
    scene.opening().whole().rest();
    book.add(scene.capture, {.name = name, .why = why, .expect = {scene.finding() + further}});
  };
  const auto pieces = [](const PacketBuilder& packet) { return fragments_of(packet, in_fragments_of(24)); };
  add("tunnel-fragments-inside-gre", "the fragments of the inner packets are in GRE", tunnel_of(kEnds),
      [&](const PacketBuilder& packet, Party from) {
        std::vector<ByteString> frames;
        for (const PacketBuilder& piece : pieces(packet))
          frames.push_back(carried(from, kProtocolGre, gre(piece.datagram())).frame());
        return frames;
      });
  add("tunnel-fragments-around-gre", "the packets of the tunnel are fragmented", tunnel_of(kEnds),
      [&](const PacketBuilder& packet, Party from) {
        std::vector<ByteString> frames;
        PacketBuilder outer = carried(from, kProtocolGre, gre(packet.datagram()));
        outer.ipv4().identification = PacketBuilder(packet).ipv4().identification;
        for (const PacketBuilder& piece : pieces(outer)) frames.push_back(piece.frame());
        return frames;
      });
  add("tunnel-fragments-in-fragments-of-one-key",
      "fragments in GRE, whose packets are fragmented with the same addresses and identification (CVE-2026-46352)",
      tunnel_of("src_ip: 10.0.0.5, dest_ip: 10.0.0.9"), [&](const PacketBuilder& packet, Party) {
        std::vector<ByteString> frames;
        for (const PacketBuilder& piece : pieces(packet)) {
          PacketBuilder outer = ip_packet(packet.source(), packet.destination(), kProtocolGre, gre(piece.datagram()));
          outer.ipv4().identification = PacketBuilder(packet).ipv4().identification;
          // One at a time: those of the next piece have the same key again.
          for (const PacketBuilder& part : fragments_of(outer, in_fragments_of(16))) frames.push_back(part.frame());
        }
        return frames;
      });
  add("tunnel-fragments-inside-vxlan", "the fragments of the inner packets are in VXLAN",
      tunnel_of(kEnds + ", proto: UDP"), [&](const PacketBuilder& packet, Party from) {
        std::vector<ByteString> frames;
        for (const PacketBuilder& piece : pieces(packet))
          frames.push_back(carried_by_udp(from, kVxlanPort, vxlan(piece.frame())).frame());
        return frames;
      });
  add("tunnel-fragments-around-vxlan", "the UDP packets of the tunnel are fragmented, which RFC 7348 forbids",
      tunnel_of(kEnds + ", proto: UDP"), [&](const PacketBuilder& packet, Party from) {
        std::vector<ByteString> frames;
        PacketBuilder outer = carried_by_udp(from, kVxlanPort, vxlan(packet.frame()));
        outer.ipv4().identification = PacketBuilder(packet).ipv4().identification;
        for (const PacketBuilder& piece : pieces(outer)) frames.push_back(piece.frame());
        return frames;
      });
  add("tunnel-fragments-in-pppoe", "the fragments are in a PPPoE session", "", [&](const PacketBuilder& packet, Party) {
    std::vector<ByteString> frames;
    for (const PacketBuilder& piece : pieces(packet)) {
      PacketBuilder copy = piece;
      frames.push_back(ethernet_frame(copy.ethernet(), {}, kEtherPppoe, pppoe(ppp(piece.datagram()))));
    }
    return frames;
  });
  add("tunnel-fragments-in-vlan", "the fragments have two VLAN tags, which differ among them", "",
      [&](const PacketBuilder& packet, Party) {
        std::vector<ByteString> frames;
        std::uint16_t id = 100;
        for (const PacketBuilder& piece : pieces(packet)) {
          PacketBuilder copy = piece;
          frames.push_back(copy.vlan({.id = id++}).vlan({.id = 7}).frame());
        }
        return frames;
      });
}

}  // namespace

void add_tunnel_evasions(CaseBook& book) {
  generic(book);
  mirrors(book);
  ip_in_ip(book);
  over_udp(book);
  nested(book);
  broken(book);
  truncated(book);
  fragmented(book);
}

}  // namespace ghostport::cases
