#include "tests/make_cases_evasions.h"

namespace ghostport::cases {
namespace {

using namespace packets;

/// Client and server in turn hide behind how their packets are framed; the words themselves come in two segments.
void framed(CaseBook& book, const std::string& name, const std::string& why, std::optional<bool> ipv6,
            const std::function<ByteString(const PacketBuilder&, Party)>& frame, std::uint32_t link_type = 1,
            bool big_endian = false) {
  const Party hider = book.cases() % 2 == 0 ? Party::client : Party::server;
  Scene scene({.hider = hider, .ipv6 = ipv6.value_or(hider == Party::server), .port = port_of(book.cases())});
  scene.talk.framed(
      [&](const PacketBuilder& packet, Party from) { return std::vector<ByteString>{frame(packet, from)}; });
  scene.opening().part(0, 7).part(7, scene.truth.size()).rest();
  book.add(scene.capture, {.name = name,
                           .why = why,
                           .expect = {scene.finding()},
                           .format = {.big_endian = big_endian, .link_type = link_type}});
}

EthernetHeader ethernet_of(const PacketBuilder& packet) { return PacketBuilder(packet).ethernet(); }

void tags(CaseBook& book) {
  const auto tagged = [&book](const std::string& name, const std::string& why, const std::vector<VlanTag>& vlans) {
    framed(book, name, why, {}, [vlans](const PacketBuilder& packet, Party) {
      PacketBuilder copy = packet;
      for (const VlanTag& tag : vlans) copy.vlan(tag);
      return copy.frame();
    });
  };
  tagged("link-three-tags", "three VLAN tags stand in front of IP",
         {{.id = 10, .protocol_id = 0x88A8}, {.id = 20, .protocol_id = 0x88A8}, {.id = 30}});
  tagged("link-four-tags", "four VLAN tags stand in front of IP", {{.id = 10}, {.id = 20}, {.id = 30}, {.id = 40}});
  tagged("link-old-service-tag", "a service tag of before IEEE 802.1ad (0x9100) stands in front of a VLAN tag",
         {{.id = 10, .protocol_id = 0x9100}, {.id = 20}});
  tagged("link-priority-tag", "a tag without a VLAN bears only a priority (IEEE 802.1p)", {{.id = 0, .priority = 7}});
  framed(book, "link-tags-per-direction", "one direction has two tags, the other none", {},
         [](const PacketBuilder& packet, Party from) {
           PacketBuilder copy = packet;
           if (from == Party::client) copy.vlan({.id = 10, .protocol_id = 0x88A8}).vlan({.id = 20});
           return copy.frame();
         });
  framed(book, "link-snap", "IP stands behind LLC and SNAP (RFC 1042)", {},
         [](const PacketBuilder& packet, Party) { return snap_frame(ethernet_of(packet), packet.datagram()); });
}

void between_ethernet_and_ip(CaseBook& book) {
  const auto behind = [&book](const std::string& name, const std::string& why, std::uint16_t type,
                              const std::function<ByteString(const PacketBuilder&)>& inside,
                              const std::vector<VlanTag>& vlans = {}) {
    framed(book, name, why, {}, [=](const PacketBuilder& packet, Party) {
      return ethernet_frame(ethernet_of(packet), vlans, type, inside(packet));
    });
  };
  behind("link-mpls-one-label", "one MPLS label (RFC 3032)", kEtherMpls,
         [](const PacketBuilder& packet) { return mpls({{.label = 100}}, packet.datagram()); });
  behind("link-mpls-three-labels", "three MPLS labels, the last one explicit null (RFC 3032)", kEtherMpls,
         [](const PacketBuilder& packet) {
           return mpls({{.label = 100}, {.label = 200}, {.label = packet.is_ipv6() ? 2U : 0U}}, packet.datagram());
         });
  behind("link-mpls-multicast", "MPLS under its second EtherType (RFC 5332)", kEtherMplsMulticast,
         [](const PacketBuilder& packet) { return mpls({{.label = 77}}, packet.datagram()); });
  behind("link-mpls-pseudowire", "an Ethernet pseudowire with a control word in MPLS (RFC 4448)", kEtherMpls,
         [](const PacketBuilder& packet) {
           return mpls({{.label = 100}, {.label = 300}}, pseudowire(packet.frame()));
         });
  behind("link-mpls-pseudowire-without-control-word",
         "an Ethernet pseudowire without a control word in MPLS (RFC 4448)", kEtherMpls,
         [](const PacketBuilder& packet) {
           return mpls({{.label = 100}, {.label = 300}}, packet.frame());
         });
  behind("link-pppoe", "a PPPoE session (RFC 2516)", kEtherPppoe,
         [](const PacketBuilder& packet) { return pppoe(ppp(packet.datagram())); });
  behind("link-pppoe-in-vlan", "a PPPoE session in a VLAN in a service VLAN", kEtherPppoe,
         [](const PacketBuilder& packet) { return pppoe(ppp(packet.datagram())); },
         {{.id = 7, .protocol_id = 0x88A8}, {.id = 35}});
  behind("link-mpls-in-vlan", "MPLS in a VLAN, with a VLAN again in its pseudowire", kEtherMpls,
         [](const PacketBuilder& packet) {
           PacketBuilder copy = packet;
           return mpls({{.label = 300}}, pseudowire(copy.vlan({.id = 55}).frame()));
         },
         {{.id = 35}});
}

void link_types(CaseBook& book) {
  const auto raw = [](const PacketBuilder& packet, Party) { return packet.datagram(); };
  framed(book, "link-raw", "a capture of raw IP, as of a tun device (link type 101)", false, raw, kLinkTypeRaw);
  framed(book, "link-raw-ipv6", "a capture of raw IPv6 (link type 101)", true, raw, kLinkTypeRaw);
  framed(book, "link-raw-12", "raw IP under the number that OpenBSD does not use for it (link type 12)", {}, raw, 12);
  framed(book, "link-ipv4-only", "a capture that says its packets are IPv4 (link type 228)", false, raw, kLinkTypeIpv4);
  framed(book, "link-ipv6-only", "a capture that says its packets are IPv6 (link type 229)", true, raw, kLinkTypeIpv6);
  for (const std::uint32_t family : {24U, 28U, 30U, 10U}) {
    framed(
        book, "link-loopback-family-" + std::to_string(family),
        "a loopback capture, IPv6 under one of its four numbers, little-endian (link type 0)", true,
        [family](const PacketBuilder& packet, Party) { return loopback(packet.datagram(), false, family); },
        kLinkTypeNull);
  }
  framed(
      book, "link-loopback-big-endian", "a loopback capture from a big-endian machine (link type 0)", false,
      [](const PacketBuilder& packet, Party) { return loopback(packet.datagram(), true); }, kLinkTypeNull, true);
  framed(
      book, "link-loopback-of-another-machine",
      "a big-endian file holds loopback packets of a little-endian machine (link type 0)", false,
      [](const PacketBuilder& packet, Party) { return loopback(packet.datagram(), false); }, kLinkTypeNull, true);
  framed(
      book, "link-loop", "OpenBSD's loopback capture in network order (link type 108)", {},
      [](const PacketBuilder& packet, Party) { return loopback(packet.datagram(), true, 24); }, kLinkTypeLoop);
  framed(
      book, "link-cooked", "a Linux capture on any device (link type 113)", {},
      [](const PacketBuilder& packet, Party from) {
        return cooked(ethernet_of(packet).source, packet.datagram(), from == Party::client ? 0 : 4);
      },
      kLinkTypeCooked);
  framed(
      book, "link-cooked-vlan", "a Linux capture on any device keeps the VLAN tag (link type 113)", false,
      [](const PacketBuilder& packet, Party) {
        ByteString bytes = cooked(ethernet_of(packet).source, packet.datagram());
        const ByteString tag = from_hex("81 00 00 64");
        bytes.insert(bytes.begin() + 14, tag.begin(), tag.end());
        return bytes;
      },
      kLinkTypeCooked);
  framed(
      book, "link-cooked-2", "a Linux capture on any device, second version (link type 276)", {},
      [](const PacketBuilder& packet, Party from) {
        return cooked2(ethernet_of(packet).source, packet.datagram(), from == Party::client ? 0 : 4);
      },
      kLinkTypeCooked2);
  framed(
      book, "link-ppp", "a capture of PPP without framing (link type 9)", {},
      [](const PacketBuilder& packet, Party) { return ppp(packet.datagram()); }, kLinkTypePpp);
  framed(
      book, "link-ppp-compressed", "PPP whose protocol field is one byte (RFC 1661 section 6.5)", {},
      [](const PacketBuilder& packet, Party) { return ppp(packet.datagram(), true); }, kLinkTypePpp);
  framed(
      book, "link-ppp-framed", "a capture of PPP with address and control (link type 9)", {},
      [](const PacketBuilder& packet, Party) { return ppp_hdlc(ppp(packet.datagram())); }, kLinkTypePpp);
  framed(
      book, "link-ppp-serial", "PPP on a serial line (link type 50)", {},
      [](const PacketBuilder& packet, Party) { return ppp_hdlc(ppp(packet.datagram())); }, kLinkTypePppHdlc);
  framed(
      book, "link-cisco-hdlc", "Cisco HDLC (link type 104)", {},
      [](const PacketBuilder& packet, Party) { return cisco_hdlc(packet.datagram()); }, kLinkTypeCiscoHdlc);
}

/// What cannot be read is counted; it neither names anything nor hides the conversation beside it.
void unreadable(CaseBook& book) {
  const auto beside = [&book](const std::string& name, const std::string& why,
                              const std::function<ByteString(const PacketBuilder&)>& frame) {
    play(book, {.name = name, .why = why}, [&](Scene& scene) {
      scene.opening();
      scene.capture.add(frame(scene.packet(0, scene.decoy)));
      scene.whole().rest();
    });
  };
  beside("link-macsec", "an encrypted frame is no segment, whatever its bytes look like (IEEE 802.1AE)",
         [](const PacketBuilder& packet) {
           const ByteString tag = from_hex("2c 00 00 00 00 01 52 54 00 12 34 56 00 01");
           return ethernet_frame(ethernet_of(packet), {}, kEtherMacsec, joined(tag, packet.datagram()));
         });
  beside(
      "link-unknown-ethertype", "a frame of an unknown EtherType is no IP, whatever its bytes look like",
      [](const PacketBuilder& packet) { return ethernet_frame(ethernet_of(packet), {}, 0x88B5, packet.datagram()); });
  beside("link-eight-tags", "a frame with more VLAN tags than any network has is given up and counted",
         [](const PacketBuilder& packet) {
           PacketBuilder copy = packet;
           for (std::uint16_t i = 1; i <= 8; ++i) copy.vlan({.id = i});
           return copy.frame();
         });
  beside("link-label-stack-without-end", "an MPLS stack that has no last label is given up",
         [](const PacketBuilder& packet) {
           ByteString labels;
           for (unsigned i = 0; i < 12; ++i) labels = joined(std::move(labels), from_hex("00 06 40 40"));
           return ethernet_frame(ethernet_of(packet), {}, kEtherMpls, labels);
         });
}

}  // namespace

void add_link_evasions(CaseBook& book) {
  tags(book);
  between_ethernet_and_ip(book);
  link_types(book);
  unreadable(book);
}

}  // namespace ghostport::cases
