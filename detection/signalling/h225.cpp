// H.225.0 (2009) call signalling in Q.931: the calls, where their H.245 is, fastStart, and H.245 that is tunnelled.
#include <array>

#include "detection/signalling/per_reader.h"
#include "detection/signalling/readers.h"

namespace ghostport::signalling {
namespace {

constexpr std::uint8_t kUserUser = 0x7E;
constexpr std::uint8_t kAsn1 = 5;  // protocol discriminator of the user-user element

struct Place {
  Address address;
  std::uint16_t port = 0;
  bool known = false;
};

/// What a message says that matters here.
struct Message {
  Bytes identifier;  // of the call
  Place control;     // where H.245 is awaited
  Bytes fast_start;  // the list, as it came
  Bytes tunnelled;   // H.245 messages, as they came
  bool setup = false;
  bool release = false;
};

/// TransportAddress of H.225.0.
Place transport_address(PerReader& in) noexcept {
  Place place;
  const std::uint32_t kind = in.choice(3);  // IP, source route, IPX, IPv6, NetBIOS, NSAP, non-standard
  if (kind >= PerReader::kExtended) {
    (void)in.open();
  } else if (kind == 0) {
    const Bytes network = in.octets(4);
    place.port = static_cast<std::uint16_t>(in.aligned(2));
    place.known = !in.failed();
    if (place.known) place.address = Address::v4(network.data());
  } else if (kind == 3) {
    const bool extended = in.bit();
    const Bytes network = in.octets(16);
    place.port = static_cast<std::uint16_t>(in.aligned(2));
    in.skip_additions(extended);
    place.known = !in.failed();
    if (place.known) place.address = Address::v6(network.data());
  } else if (kind == 4) {
    (void)in.octets(16);
  } else {
    in.fail();
  }
  return place;
}

void alias(PerReader& in) noexcept {
  const std::uint32_t kind = in.choice(1);
  if (kind >= PerReader::kExtended) {
    (void)in.open();
  } else if (kind == 0) {  // up to 128 digits of four bits
    const std::size_t digits = in.bits(7) + 1;
    in.align();
    for (std::size_t i = 0; i < digits && !in.failed(); ++i) (void)in.bits(4);
  } else {
    (void)in.octets(2 * (std::size_t{in.aligned(1)} + 1));
  }
}

void aliases(PerReader& in) noexcept {
  for (std::size_t count = in.length(); count != 0 && !in.failed(); --count) alias(in);
}

void h221_non_standard(PerReader& in) noexcept {
  const bool extended = in.bit();
  (void)in.aligned(1);
  (void)in.aligned(1);
  (void)in.aligned(2);
  in.skip_additions(extended);
}

void non_standard(PerReader& in) noexcept {
  const std::uint32_t kind = in.choice(1);
  if (kind == 0 || kind >= PerReader::kExtended) {
    (void)in.open();
  } else {
    h221_non_standard(in);
  }
  (void)in.open();
}

/// GatekeeperInfo, TerminalInfo, and each capability of a gateway are of this shape.
void information(PerReader& in) noexcept {
  const bool extended = in.bit();
  if (in.bit()) non_standard(in);
  in.skip_additions(extended);
}

void gateway(PerReader& in) noexcept {
  const bool extended = in.bit();
  const unsigned optional = in.bits(2);
  if ((optional & 2U) != 0) {
    for (std::size_t count = in.length(); count != 0 && !in.failed(); --count) {
      const std::uint32_t protocol = in.choice(4);
      if (protocol >= PerReader::kExtended) {
        (void)in.open();
      } else if (protocol == 0) {
        non_standard(in);
      } else {
        information(in);
      }
    }
  }
  if ((optional & 1U) != 0) non_standard(in);
  in.skip_additions(extended);
}

void vendor(PerReader& in) noexcept {
  const bool extended = in.bit();
  const unsigned optional = in.bits(2);
  h221_non_standard(in);
  if ((optional & 2U) != 0) (void)in.octets(std::size_t{in.aligned(1)} + 1);
  if ((optional & 1U) != 0) (void)in.octets(std::size_t{in.aligned(1)} + 1);
  in.skip_additions(extended);
}

void endpoint_type(PerReader& in) noexcept {
  const bool extended = in.bit();
  const unsigned optional = in.bits(6);
  if ((optional & 0x20U) != 0) non_standard(in);
  if ((optional & 0x10U) != 0) vendor(in);
  if ((optional & 0x08U) != 0) information(in);  // gatekeeper
  if ((optional & 0x04U) != 0) gateway(in);
  if ((optional & 0x02U) != 0) information(in);  // multipoint control unit
  if ((optional & 0x01U) != 0) information(in);  // terminal
  (void)in.bits(2);
  in.skip_additions(extended);
}

void call_services(PerReader& in) noexcept {
  const bool extended = in.bit();
  (void)in.bits(7);
  const bool more = in.bit();
  (void)in.bits(2);
  in.skip_additions(more);
  in.skip_additions(extended);
}

void null_choice(PerReader& in, unsigned count_of_bits) noexcept {
  if (in.choice(count_of_bits) >= PerReader::kExtended) (void)in.open();
}

/// CallIdentifier: a sequence of one identifier of 16 bytes.
Bytes call_identifier(Bytes field) noexcept {
  PerReader in(field);
  (void)in.bit();
  const Bytes identifier = in.octets(16);
  return in.failed() ? Bytes() : identifier;
}

/// Where in a body's additions things stand; 99: nowhere.
struct Additions {
  std::uint32_t identifier;
  std::uint32_t fast_start;
  std::uint32_t control;
};

void additions(PerReader& in, const Additions& places, Message& message) noexcept {
  in.additions([&](std::uint32_t index, Bytes field) {
    if (index == places.identifier) message.identifier = call_identifier(field);
    if (index == places.fast_start) message.fast_start = field;
    if (index == places.control) {
      PerReader address(field);
      message.control = transport_address(address);
    }
  });
}

void setup(PerReader& in, Message& message) noexcept {
  message.setup = true;
  const bool extended = in.bit();
  const unsigned optional = in.bits(7);
  (void)in.open();
  if ((optional & 0x40U) != 0) message.control = transport_address(in);
  if ((optional & 0x20U) != 0) aliases(in);
  endpoint_type(in);
  if ((optional & 0x10U) != 0) aliases(in);
  if ((optional & 0x08U) != 0) (void)transport_address(in);
  if ((optional & 0x04U) != 0) aliases(in);
  if ((optional & 0x02U) != 0) {
    for (std::size_t count = in.length(); count != 0 && !in.failed(); --count) (void)in.aligned(2);
  }
  (void)in.bit();
  (void)in.octets(16);
  null_choice(in, 2);
  if ((optional & 0x01U) != 0) call_services(in);
  null_choice(in, 2);
  if (extended) additions(in, {2, 6, 99}, message);
}

/// CallProceeding and Alerting.
void proceeding(PerReader& in, Message& message) noexcept {
  const bool extended = in.bit();
  const bool has_control = in.bit();
  (void)in.open();
  endpoint_type(in);
  if (has_control) message.control = transport_address(in);
  if (extended) additions(in, {0, 4, 99}, message);
}

/// Its identifier stands in the root; channels that it accepts, behind three optional fields, are not read.
void progress(PerReader& in, Message& message) noexcept {
  (void)in.bit();
  const unsigned optional = in.bits(5);
  (void)in.open();
  endpoint_type(in);
  if ((optional & 0x10U) != 0) message.control = transport_address(in);
  const bool extended = in.bit();
  message.identifier = in.octets(16);
  in.skip_additions(extended);
}

void connect(PerReader& in, Message& message) noexcept {
  const bool extended = in.bit();
  const bool has_control = in.bit();
  (void)in.open();
  if (has_control) message.control = transport_address(in);
  endpoint_type(in);
  (void)in.octets(16);
  if (extended) additions(in, {0, 4, 99}, message);
}

void release_complete(PerReader& in, Message& message) noexcept {
  message.release = true;
  const bool extended = in.bit();
  const bool has_reason = in.bit();
  (void)in.open();
  if (has_reason) null_choice(in, 4);
  if (extended) additions(in, {0, 99, 99}, message);
}

void facility(PerReader& in, Message& message) noexcept {
  const bool extended = in.bit();
  const unsigned optional = in.bits(3);
  (void)in.open();
  if ((optional & 4U) != 0) (void)transport_address(in);
  if ((optional & 2U) != 0) aliases(in);
  if ((optional & 1U) != 0) (void)in.octets(16);
  null_choice(in, 2);
  if (extended) additions(in, {0, 7, 6}, message);
}

/// H323-UserInformation: the message's body, then what is added to every message.
void user_information(Bytes bytes, Message& message) noexcept {
  PerReader in(bytes);
  (void)in.bits(2);
  const bool extended = in.bit();
  const bool has_non_standard = in.bit();
  const std::uint32_t body = in.choice(3);
  switch (body) {
    case 0: setup(in, message); break;
    case 1:
    case 3: proceeding(in, message); break;
    case 2: connect(in, message); break;
    case 4: {
      const bool more = in.bit();
      (void)in.open();
      if (more) additions(in, {0, 99, 99}, message);
      break;
    }
    case 5: release_complete(in, message); break;
    case 6: facility(in, message); break;
    default: {
      const Bytes other = in.open();
      PerReader inside(other);
      if (body == PerReader::kExtended && !in.failed()) progress(inside, message);
      break;
    }
  }
  if (has_non_standard) non_standard(in);
  if (!extended) return;
  in.additions([&message](std::uint32_t index, Bytes field) {
    if (index == 2) message.tunnelled = field;
  });
}

/// A sequence of octet strings: each to take(bytes).
template <class Take>
void strings(Bytes field, Take&& take) noexcept {
  PerReader in(field);
  for (std::size_t count = in.length(); count != 0 && !in.failed(); --count) {
    const Bytes string = in.open();
    if (!in.failed()) take(string);
  }
}

/// The user-user element among Q.931's (clause 4.5); nothing where there is none.
Bytes user_user(Bytes elements) noexcept {
  while (elements.size() >= 3) {
    const std::uint8_t type = elements[0];
    if ((type & 0x80U) != 0) {  // one byte by itself
      elements = elements.subspan(1);
      continue;
    }
    const std::size_t length = type == kUserUser ? std::size_t{elements[1]} << 8U | elements[2] : elements[1];
    const std::size_t header = type == kUserUser ? 3 : 2;
    if (elements.size() < header + length) return {};
    if (type == kUserUser) {
      const Bytes user = elements.subspan(header, length);
      return !user.empty() && user[0] == kAsn1 ? user.subspan(1) : Bytes();
    }
    elements = elements.subspan(header + length);
  }
  return {};
}

}  // namespace

void read_h225(Bytes bytes, NewsList& news) noexcept {
  constexpr std::uint8_t kQ931 = 8;
  if (bytes.size() < 5 || bytes[0] != kQ931) return;
  const std::size_t reference = bytes[1] & 0x0FU;
  if (bytes.size() < 3 + reference) return;
  const std::uint8_t type = bytes[2 + reference];
  Message message;
  message.release = type == 0x5A;
  const Bytes user = user_user(bytes.subspan(3 + reference));
  if (!user.empty()) user_information(user, message);

  std::uint64_t call = 0;
  if (!message.identifier.empty()) {
    call = call_number(message.identifier);
  } else if (reference == 2) {  // its first bit tells who speaks
    const std::array<std::uint8_t, 2> number{static_cast<std::uint8_t>(bytes[2] & 0x7FU), bytes[3]};
    call = call_number(number);
  }
  News one;
  one.call = call;
  if (message.setup) {
    one.event = ContextEvent::call_up;
    news.add(one);
  }
  if (message.control.known && message.control.port != 0) {
    one.event = ContextEvent::announced;
    one.service = services().h245;
    one.transport = Transport::tcp;
    one.first = one.last = message.control.port;
    one.address = message.control.address;
    news.add(one);
  }
  strings(message.fast_start, [&](Bytes channel) { read_open_logical_channel(channel, call, news); });
  strings(message.tunnelled, [&](Bytes control) { read_h245(control, call, news); });
  if (message.release) {
    News down;
    down.event = ContextEvent::call_down;
    down.call = call;
    news.add(down);
  }
}

}  // namespace ghostport::signalling
