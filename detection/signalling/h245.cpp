// H.245 (2011): OpenLogicalChannel and its acknowledgment, for the addresses of media; the end of a session.
#include <cstring>
#include <optional>

#include "detection/signalling/per_reader.h"
#include "detection/signalling/readers.h"

namespace ghostport::signalling {
namespace {

struct Place {
  Address address;
  std::uint16_t port = 0;
};

/// TransportAddress; nothing where it is no unicast IP address.
std::optional<Place> transport_address(PerReader& in) noexcept {
  const std::uint32_t kind = in.choice(1);  // unicast, multicast
  if (kind == 1) {
    const std::uint32_t group = in.choice(1);
    if (group > 1) {
      (void)in.open();
      return std::nullopt;
    }
    const bool extended = in.bit();
    (void)in.octets(group == 0 ? 4 : 16);
    (void)in.aligned(2);
    in.skip_additions(extended);
    return std::nullopt;
  }
  if (kind != 0) {
    (void)in.open();
    return std::nullopt;
  }
  const std::uint32_t family = in.choice(3);  // IPv4, IPX, IPv6, NetBIOS, source route
  if (family >= PerReader::kExtended) {
    (void)in.open();
    return std::nullopt;
  }
  if (family != 0 && family != 2) {
    in.fail();
    return std::nullopt;
  }
  const bool extended = in.bit();
  const Bytes network = in.octets(family == 0 ? 4 : 16);
  Place place;
  place.port = static_cast<std::uint16_t>(in.aligned(2));
  in.skip_additions(extended);
  if (in.failed()) return std::nullopt;
  place.address = family == 0 ? Address::v4(network.data()) : Address::v6(network.data());
  return place;
}

void non_standard(PerReader& in) noexcept {
  if (in.bit()) {  // h221NonStandard
    (void)in.aligned(1);
    (void)in.aligned(1);
    (void)in.aligned(2);
  } else {
    (void)in.open();  // an object identifier
  }
  (void)in.open();
}

void non_standards(PerReader& in) noexcept {
  for (std::size_t count = in.length(); count != 0 && !in.failed(); --count) non_standard(in);
}

void audio(PerReader& in) noexcept {
  const std::uint32_t kind = in.choice(4);
  if (kind >= PerReader::kExtended) {
    (void)in.open();
  } else if (kind == 0) {
    non_standard(in);
  } else if (kind == 8) {  // G.723.1
    (void)in.aligned(1);
    (void)in.bit();
  } else if (kind <= 11) {
    (void)in.aligned(1);
  } else {
    in.fail();
  }
}

void h261(PerReader& in) noexcept {
  const bool extended = in.bit();
  const unsigned optional = in.bits(2);
  if ((optional & 2U) != 0) (void)in.bits(2);
  if ((optional & 1U) != 0) (void)in.bits(2);
  (void)in.bit();
  (void)in.aligned(2);
  (void)in.bit();
  in.skip_additions(extended);
}

void h263(PerReader& in) noexcept {
  const bool extended = in.bit();
  const unsigned optional = in.bits(7);
  for (unsigned i = 6; i >= 2; --i) {
    if ((optional >> i & 1U) != 0) (void)in.bits(5);  // sqcif, qcif, cif, cif4, cif16
  }
  (void)in.sized();
  (void)in.bits(5);
  if ((optional & 2U) != 0) (void)in.sized();
  if ((optional & 1U) != 0) (void)in.aligned(2);
  in.skip_additions(extended);
}

void video(PerReader& in) noexcept {
  const std::uint32_t kind = in.choice(3);
  if (kind >= PerReader::kExtended) {
    (void)in.open();
  } else if (kind == 0) {
    non_standard(in);
  } else if (kind == 1) {
    h261(in);
  } else if (kind == 3) {
    h263(in);
  } else {
    in.fail();
  }
}

void data(PerReader& in) noexcept {
  const bool extended = in.bit();
  const std::uint32_t application = in.choice(4);
  const auto protocol = [&in] {
    const std::uint32_t kind = in.choice(3);
    if (kind >= PerReader::kExtended) {
      (void)in.open();
    } else if (kind == 0) {
      non_standard(in);
    }
  };
  if (application >= PerReader::kExtended) {
    (void)in.open();
  } else if (application == 0) {
    non_standard(in);
  } else if (application == 4 || application == 7) {  // T.84, NLPID
    in.fail();
  } else if (application != 8) {  // DSVD control has no value
    protocol();
  }
  (void)in.sized();
  in.skip_additions(extended);
}

void data_type(PerReader& in) noexcept {
  const std::uint32_t kind = in.choice(3);
  if (kind >= PerReader::kExtended) {
    (void)in.open();
    return;
  }
  switch (kind) {
    case 0: non_standard(in); return;
    case 1: return;  // nullData
    case 2: video(in); return;
    case 3: audio(in); return;
    case 4: data(in); return;
    default: in.fail(); return;  // encrypted data
  }
}

/// The two addresses that a channel's parameters may hold.
struct Channels {
  std::optional<Place> media;
  std::optional<Place> control;
};

/// H2250LogicalChannelParameters, up to what is needed.
void channel_parameters(Bytes bytes, Channels& found) noexcept {
  PerReader in(bytes);
  (void)in.bit();
  const unsigned optional = in.bits(10);
  if ((optional & 0x200U) != 0) non_standards(in);
  (void)in.aligned(1);                             // session
  if ((optional & 0x100U) != 0) (void)in.bits(8);  // the session beside it
  std::optional<Place> media;
  std::optional<Place> control;
  if ((optional & 0x80U) != 0) media = transport_address(in);
  if ((optional & 0x40U) != 0) (void)in.bit();
  if ((optional & 0x20U) != 0) control = transport_address(in);
  if (in.failed()) return;
  if (media) found.media = media;
  if (control) found.control = control;
}

/// H2250LogicalChannelAckParameters, behind the choice of it.
void acknowledged_parameters(Bytes bytes, Channels& found) noexcept {
  PerReader in(bytes);
  if (in.bit()) return;  // another kind
  (void)in.bit();
  const unsigned optional = in.bits(5);
  if ((optional & 0x10U) != 0) non_standards(in);
  if ((optional & 0x08U) != 0) (void)in.bits(8);
  std::optional<Place> media;
  std::optional<Place> control;
  if ((optional & 0x04U) != 0) media = transport_address(in);
  if ((optional & 0x02U) != 0) control = transport_address(in);
  if (in.failed()) return;
  if (media) found.media = media;
  if (control) found.control = control;
}

/// multiplexParameters: H.225.0's are the first alternative beyond the root.
void multiplex(PerReader& in, unsigned count_of_bits, Channels& found) noexcept {
  const std::uint32_t kind = in.choice(count_of_bits);
  if (kind < PerReader::kExtended) {
    in.fail();
    return;
  }
  const Bytes parameters = in.open();
  if (!in.failed() && kind == PerReader::kExtended) channel_parameters(parameters, found);
}

void announce(const Channels& found, std::uint64_t call, NewsList& news) noexcept {
  const auto add = [&](const std::optional<Place>& place, ServiceId service) {
    if (!place || place->port == 0) return;
    News one;
    one.service = service;
    one.first = one.last = place->port;
    one.address = place->address;
    one.call = call;
    news.add(one);
  };
  add(found.media, services().rtp);
  add(found.control, services().rtcp);
}

void open_logical_channel(PerReader& in, std::uint64_t call, NewsList& news) noexcept {
  const bool extended = in.bit();
  const bool reverse = in.bit();
  (void)in.aligned(2);  // the channel's number
  Channels forward;
  const bool forward_extended = in.bit();
  if (in.bit()) (void)in.aligned(2);
  data_type(in);
  multiplex(in, 2, forward);
  in.skip_additions(forward_extended);
  announce(forward, call, news);
  if (reverse) {
    Channels backward;
    const bool backward_extended = in.bit();
    const bool has_parameters = in.bit();
    data_type(in);
    if (has_parameters) multiplex(in, 1, backward);
    in.skip_additions(backward_extended);
    announce(backward, call, news);
  }
  in.skip_additions(extended);
}

void open_logical_channel_ack(PerReader& in, std::uint64_t call, NewsList& news) noexcept {
  const bool extended = in.bit();
  const bool reverse = in.bit();
  (void)in.aligned(2);
  if (reverse) {
    Channels backward;
    const bool backward_extended = in.bit();
    const unsigned optional = in.bits(2);
    (void)in.aligned(2);
    if ((optional & 2U) != 0) (void)in.aligned(2);
    if ((optional & 1U) != 0) multiplex(in, 0, backward);
    in.skip_additions(backward_extended);
    announce(backward, call, news);
  }
  if (!extended) return;
  Channels forward;
  in.additions([&forward](std::uint32_t index, Bytes field) {
    if (index == 1) acknowledged_parameters(field, forward);
  });
  announce(forward, call, news);
}

constexpr std::uint32_t kRequest = 0;
constexpr std::uint32_t kResponse = 1;
constexpr std::uint32_t kCommand = 2;
constexpr std::uint32_t kOpenLogicalChannel = 3;
constexpr std::uint32_t kOpenLogicalChannelAck = 5;
constexpr std::uint32_t kEndSession = 5;

}  // namespace

void read_open_logical_channel(Bytes channel, std::uint64_t call, NewsList& news) noexcept {
  PerReader in(channel);
  open_logical_channel(in, call, news);
}

void read_h245(Bytes messages, std::uint64_t call, NewsList& news) noexcept {
  PerReader in(messages);
  const std::uint32_t kind = in.choice(2);
  if (kind == kRequest) {
    if (in.choice(4) == kOpenLogicalChannel && !in.failed()) open_logical_channel(in, call, news);
  } else if (kind == kResponse) {
    if (in.choice(5) == kOpenLogicalChannelAck && !in.failed()) open_logical_channel_ack(in, call, news);
  } else if (kind == kCommand) {
    if (in.choice(3) == kEndSession && !in.failed()) {
      News down;
      down.event = ContextEvent::call_down;
      down.call = call;
      news.add(down);
    }
  }
}

}  // namespace ghostport::signalling
