#include "tests/make_cases_h323.h"

#include <stdexcept>

namespace ghostport::cases {

using packets::ByteWriter;
using packets::from_hex;
using packets::random_bytes;

// ---- the aligned packed encoding ----

PerWriter& PerWriter::bits(std::uint32_t value, unsigned count) {
  while (count-- > 0) {
    if (free_bits_ == 0) {
      bytes_.push_back(0);
      free_bits_ = 8;
    }
    --free_bits_;
    bytes_.back() = static_cast<std::uint8_t>(bytes_.back() | ((value >> count & 1U) << free_bits_));
  }
  return *this;
}

PerWriter& PerWriter::align() {
  free_bits_ = 0;
  return *this;
}

PerWriter& PerWriter::aligned(std::uint32_t value, unsigned count) { return align().bits(value, 8 * count); }

PerWriter& PerWriter::sized(std::uint32_t value) {
  unsigned count = 1;
  while (count < 4 && value >> (8 * count) != 0) ++count;
  return bits(count - 1, 2).aligned(value, count);
}

PerWriter& PerWriter::octets(const ByteString& bytes) {
  align();
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

PerWriter& PerWriter::open(const ByteString& bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  if (size >= 0x4000) throw std::invalid_argument("the field would have to be sent in pieces");
  if (size < 0x80) return aligned(size, 1).octets(bytes);
  return aligned(0x8000U | size, 2).octets(bytes);
}

PerWriter& PerWriter::additions(const std::vector<ByteString>& fields) {
  bits(static_cast<std::uint32_t>(fields.size()) - 1, 7);
  for (const ByteString& field : fields) bits(field.empty() ? 0 : 1, 1);
  for (const ByteString& field : fields) {
    if (!field.empty()) open(field);
  }
  return *this;
}

namespace {

constexpr std::string_view kH225Version4 = "00 08 91 4A 00 04";  // 0.0.8.2250.0.4
constexpr std::string_view kH245Version7 = "00 08 81 75 00 07";  // 0.0.8.245.0.7

/// The bits of optional fields and the extension bit, blanks between them for the eye.
void flags(PerWriter& out, std::string_view zeros_and_ones) {
  for (const char bit : zeros_and_ones) {
    if (bit != ' ') out.bits(bit == '1' ? 1 : 0, 1);
  }
}

ByteString tpkt(const ByteString& body) { return ByteWriter().u16(0x0300).u16(4 + body.size()).add(body).bytes(); }

// ---- H.225.0: common types ----

/// TransportAddress: ipAddress.
void h225_address(PerWriter& out, const Endpoint& at) { out.bits(0, 4).octets(at.address.bytes).aligned(at.port, 2); }

/// AliasAddress: h323-ID, a BMPString of 1 to 256 characters.
void alias(PerWriter& out, std::string_view name) {
  out.bits(1, 2).aligned(static_cast<std::uint32_t>(name.size()) - 1, 1);
  for (const char letter : name) out.aligned(static_cast<std::uint8_t>(letter), 2);
}

void aliases(PerWriter& out, std::string_view name) {
  out.aligned(1, 1);
  alias(out, name);
}

/// VendorIdentifier: country 181 (United States), ViaVideo's code there, product and version.
void vendor(PerWriter& out) {
  flags(out, "0 11 0");
  out.aligned(181, 1).aligned(0, 1).aligned(9009, 2);
  for (const std::string_view text : {"Example Codec", "1.0"}) {
    out.aligned(static_cast<std::uint32_t>(text.size()) - 1, 1).octets({text.begin(), text.end()});
  }
}

/// EndpointType: a terminal with its vendor.
void terminal(PerWriter& out) {
  flags(out, "0 010001");
  vendor(out);
  flags(out, "00 0 0");  // TerminalInfo; no multipoint controller; a defined node
}

ByteString fresh_id(std::uint64_t seed) { return random_bytes(16, seed); }

/// CallIdentifier, as an extension addition.
ByteString call_identifier(const H323Call& call) {
  return PerWriter().bits(0, 1).octets(fresh_id(call.id ^ 0xCA11)).bytes();
}

/// BOOLEAN and NULL, as extension additions.
ByteString yes() { return {0x80}; }
ByteString no() { return {0x00}; }

/// A sequence of octet strings, as an extension addition; an empty one is absent.
ByteString strings_field(const std::vector<ByteString>& strings) {
  if (strings.empty()) return {};
  PerWriter out;
  out.aligned(static_cast<std::uint32_t>(strings.size()), 1);
  for (const ByteString& string : strings) out.open(string);
  return out.bytes();
}

// ---- H.225.0 call signalling ----

enum class Body : std::uint8_t { setup, call_proceeding, connect, alerting, information, release_complete };
enum class Message : std::uint8_t {
  alerting = 0x01,
  call_proceeding = 0x02,
  setup = 0x05,
  connect = 0x07,
  release_complete = 0x5A,
  facility = 0x62
};

/// H323-UserInformation up to the message's body.
PerWriter user_information(Body body) {
  PerWriter out;
  flags(out, "0 0");                                         // no user data
  flags(out, "1 0");                                         // H323-UU-PDU: extended, nothing non-standard
  out.bits(0, 1).bits(static_cast<std::uint32_t>(body), 3);  // the choice of the body
  return out;
}

/// Q.931 around it. `elements` are the information elements before user-user.
ByteString q931(Message type, const H323Call& call, bool from_caller, const ByteString& elements, PerWriter user,
                const std::vector<ByteString>& control = {}) {
  std::vector<ByteString> fields{{}, call.tunnels ? yes() : no()};  // no supplementary service; tunnelling of H.245
  if (!control.empty()) fields.push_back(strings_field(control));
  user.additions(fields);
  ByteWriter out;
  out.u8(8).u8(2).u16(call.reference | (from_caller ? 0 : 0x8000)).u8(static_cast<std::uint8_t>(type)).add(elements);
  return tpkt(out.u8(0x7E).u16(user.bytes().size() + 1).u8(5).add(user.bytes()).bytes());
}

/// Unrestricted digital information, packet mode, H.221 and H.242.
const ByteString kBearer = from_hex("04 03 88 C0 A5");

ByteString with_display(std::string_view name) {
  return ByteWriter().add(kBearer).u8(0x28).u8(name.size() + 1).add(name).u8(0).bytes();
}

/// CallProceeding-UUIE and Alerting-UUIE are alike.
ByteString progress(Message type, Body body, const H323Call& call) {
  PerWriter out = user_information(body);
  flags(out, "1 0");  // no H.245 address
  out.object(kH225Version4);
  terminal(out);
  out.additions({call_identifier(call), {}, {}, {}, {}, no(), no()});
  return q931(type, call, false, {}, out);
}

}  // namespace

ByteString h225_setup(const H323Call& call, const Endpoint& caller, const Endpoint& callee,
                      const std::vector<ByteString>& fast_start) {
  PerWriter out = user_information(Body::setup);
  flags(out, "1 0111000");
  out.object(kH225Version4);
  aliases(out, call.caller);
  terminal(out);
  aliases(out, call.callee);
  h225_address(out, callee);
  out.bits(0, 1).octets(fresh_id(call.id));  // no active multipoint controller; the conference
  out.bits(0, 1).bits(0, 2);                 // to create it
  out.bits(0, 1).bits(0, 2);                 // point to point
  PerWriter source;
  h225_address(source, caller);
  out.additions(
      {source.bytes(), {}, call_identifier(call), {}, {}, {}, strings_field(fast_start), no(), no(), {}, no(), no()});
  return q931(Message::setup, call, true, with_display(call.caller), out);
}

ByteString h225_call_proceeding(const H323Call& call) {
  return progress(Message::call_proceeding, Body::call_proceeding, call);
}

ByteString h225_alerting(const H323Call& call) { return progress(Message::alerting, Body::alerting, call); }

ByteString h225_connect(const H323Call& call, const Endpoint* control, const std::vector<ByteString>& fast_start) {
  PerWriter out = user_information(Body::connect);
  flags(out, control != nullptr ? "1 1" : "1 0");
  out.object(kH225Version4);
  if (control != nullptr) h225_address(out, *control);
  terminal(out);
  out.octets(fresh_id(call.id));
  out.additions({call_identifier(call), {}, {}, {}, strings_field(fast_start), no(), no()});
  return q931(Message::connect, call, false, with_display(call.callee), out);
}

ByteString h225_tunnel(const H323Call& call, bool from_caller, const std::vector<ByteString>& control) {
  constexpr std::uint32_t kEmpty = 1;
  PerWriter out;
  flags(out, "0 0");
  flags(out, "1 0");
  out.bits(1, 1).bits(kEmpty, 7).open(no());
  std::vector<ByteString> messages;
  for (const ByteString& message : control) messages.emplace_back(message.begin() + 4, message.end());
  return q931(Message::facility, call, from_caller, from_hex("1C 00"), out, messages);
}

ByteString h225_release_complete(const H323Call& call, bool from_caller, Release why) {
  constexpr std::uint32_t kInConference = 10;
  PerWriter out = user_information(Body::release_complete);
  flags(out, why == Release::busy ? "1 1" : "1 0");
  out.object(kH225Version4);
  if (why == Release::busy) out.bits(0, 1).bits(kInConference, 4);
  out.additions({call_identifier(call)});
  return q931(Message::release_complete, call, from_caller,
              from_hex(why == Release::busy ? "08 02 80 91" : "08 02 80 90"), out);
}

// ---- H.245 ----

namespace {

constexpr std::uint32_t kRequest = 0, kResponse = 1, kCommand = 2;
constexpr std::uint32_t kSession = 1;  // the primary sound's

PerWriter h245(std::uint32_t kind, std::uint32_t message) {
  PerWriter out;
  const unsigned width = kind == kRequest ? 4 : kind == kResponse ? 5 : 3;
  return out.bits(0, 1).bits(kind, 2).bits(0, 1).bits(message, width);
}

/// TransportAddress: unicastAddress, iPAddress.
void h245_address(PerWriter& out, const Endpoint& at) {
  out.bits(0, 2).bits(0, 4).bits(0, 1).octets(at.address.bytes).aligned(at.port, 2);
}

/// AudioCapability: G.711 with 20 ms a packet; VideoCapability: H.261, QCIF and CIF, 384 kbit/s.
void audio_capability(PerWriter& out) { out.bits(0, 1).bits(3, 4).aligned(20 - 1, 1); }
void video_capability(PerWriter& out) {
  out.bits(0, 1).bits(1, 3);
  flags(out, "0 11");
  out.bits(0, 2).bits(0, 2).bits(0, 1).aligned(3840 - 1, 2).bits(0, 1);
}

/// DataType.
void data_type(PerWriter& out) {
  out.bits(0, 1).bits(3, 3);
  audio_capability(out);
}

/// H2250LogicalChannelParameters, as the additional alternative that it is.
void channel_parameters(PerWriter& out, const Endpoint* stream, const Endpoint* reports) {
  PerWriter inner;
  flags(inner, "0 00");
  inner.bits(stream != nullptr ? 1 : 0, 1).bits(0, 1).bits(reports != nullptr ? 1 : 0, 1);
  flags(inner, "00000");
  inner.aligned(kSession, 1);
  if (stream != nullptr) h245_address(inner, *stream);
  if (reports != nullptr) h245_address(inner, *reports);
  out.bits(1, 1).bits(0, 7).open(inner.bytes());
}

/// OpenLogicalChannel with forward parameters only.
void forward_channel(PerWriter& out, std::uint16_t channel, const Endpoint* stream, const Endpoint* reports) {
  flags(out, "0 0");
  out.aligned(channel - 1U, 2);
  flags(out, "0 0");  // no port number
  data_type(out);
  channel_parameters(out, stream, reports);
}

/// OpenLogicalChannel whose forward channel is null: what the other side is to send.
ByteString reverse_channel(std::uint16_t channel, const Endpoint* stream, const Endpoint* reports) {
  PerWriter out;
  flags(out, "0 1");
  out.aligned(channel - 1U, 2);
  flags(out, "0 0");
  out.bits(0, 1).bits(1, 3);             // null data
  out.bits(1, 1).bits(1, 7).open(no());  // multiplexParameters: none
  flags(out, "0 1");                     // reverse parameters: with multiplexParameters
  data_type(out);
  channel_parameters(out, stream, reports);
  return out.bytes();
}

/// MultipointCapability: no multicast, no conferences.
void multipoint(PerWriter& out) {
  flags(out, "0 0 0");
  out.aligned(1, 1);
  flags(out, "0 00 000000");
}

/// H2250Capability, as the additional alternative that it is.
void h2250_capability(PerWriter& out) {
  PerWriter inner;
  inner.bits(0, 1).aligned(60, 2);  // the most jitter, in milliseconds
  multipoint(inner);
  multipoint(inner);
  multipoint(inner);
  flags(inner, "0 0 0");  // no multipoint controller
  flags(inner, "0");      // no video control in RTCP
  flags(inner, "0 0");    // media packetization
  out.bits(1, 1).bits(0, 7).open(inner.bytes());
}

ByteString wrapped(const PerWriter& message) { return tpkt(message.bytes()); }

}  // namespace

ByteString h245_capabilities(std::uint8_t sequence) {
  PerWriter out = h245(kRequest, 2);
  flags(out, "0 111");
  out.aligned(sequence, 1).object(kH245Version7);
  h2250_capability(out);
  out.aligned(2 - 1, 1);  // two capabilities: what can be received
  out.bits(1, 1).aligned(1 - 1, 2).bits(0, 1).bits(4, 4);
  audio_capability(out);
  out.bits(1, 1).aligned(2 - 1, 2).bits(0, 1).bits(1, 4);
  video_capability(out);
  out.aligned(1 - 1, 1);  // one descriptor: both at a time
  out.bits(1, 1).aligned(0, 1).aligned(2 - 1, 1);
  out.aligned(1 - 1, 1).aligned(1 - 1, 2);
  out.aligned(1 - 1, 1).aligned(2 - 1, 2);
  return wrapped(out);
}

ByteString h245_capabilities_ack(std::uint8_t sequence) {
  return wrapped(h245(kResponse, 3).bits(0, 1).aligned(sequence, 1));
}

ByteString h245_determination(std::uint8_t terminal_type, std::uint32_t number) {
  return wrapped(h245(kRequest, 1).bits(0, 1).aligned(terminal_type, 1).sized(number));
}

ByteString h245_determination_ack(bool you_are_master) {
  return wrapped(h245(kResponse, 1).bits(0, 1).bits(you_are_master ? 0 : 1, 1));
}

ByteString h245_open_channel(std::uint16_t channel, const Endpoint& reports) {
  PerWriter out = h245(kRequest, 3);
  forward_channel(out, channel, nullptr, &reports);
  return wrapped(out);
}

ByteString h245_open_channel_ack(std::uint16_t channel, const Endpoint& stream, const Endpoint& reports) {
  PerWriter accepted;  // H2250LogicalChannelAckParameters
  flags(accepted, "0 0 01110");
  accepted.bits(kSession - 1U, 8);
  h245_address(accepted, stream);
  h245_address(accepted, reports);
  PerWriter out = h245(kResponse, 5);
  flags(out, "1 0");
  out.aligned(channel - 1U, 2).additions({{}, accepted.bytes()});
  return wrapped(out);
}

ByteString h245_close_channel(std::uint16_t channel) {
  return wrapped(h245(kRequest, 4).bits(0, 1).aligned(channel - 1U, 2).bits(0, 1));
}

ByteString h245_close_channel_ack(std::uint16_t channel) {
  return wrapped(h245(kResponse, 7).bits(0, 1).aligned(channel - 1U, 2));
}

ByteString h245_end_session() { return wrapped(h245(kCommand, 5).bits(0, 1).bits(1, 2)); }

ByteString fast_send(std::uint16_t channel, const Endpoint& reports) {
  PerWriter out;
  forward_channel(out, channel, nullptr, &reports);
  return out.bytes();
}

ByteString fast_send_accepted(std::uint16_t channel, const Endpoint& stream, const Endpoint& reports) {
  PerWriter out;
  forward_channel(out, channel, &stream, &reports);
  return out.bytes();
}

ByteString fast_receive(const Endpoint& stream, const Endpoint& reports) {
  return reverse_channel(1, &stream, &reports);
}

ByteString fast_receive_accepted(std::uint16_t channel, const Endpoint& reports) {
  return reverse_channel(channel, nullptr, &reports);
}

// ---- RAS ----

namespace {

constexpr std::uint32_t kGatekeeperRequest = 0, kGatekeeperConfirm = 1, kRegistrationRequest = 3,
                        kRegistrationConfirm = 4, kAdmissionRequest = 9, kAdmissionConfirm = 10;
constexpr std::string_view kGatekeeper = "gk1";
constexpr std::string_view kEndpoint = "ep-0001";

PerWriter ras(std::uint32_t message, std::string_view optional, std::uint16_t number) {
  PerWriter out;
  out.bits(0, 1).bits(message, 5).bits(0, 1);
  flags(out, optional);
  return out.aligned(number - 1U, 2);
}

/// GatekeeperIdentifier and EndpointIdentifier: BMPStrings of 1 to 128 characters.
void identifier(PerWriter& out, std::string_view name) {
  out.bits(static_cast<std::uint32_t>(name.size()) - 1, 7);
  for (const char letter : name) out.aligned(static_cast<std::uint8_t>(letter), 2);
}

void addresses(PerWriter& out, const Endpoint& at) {
  out.aligned(1, 1);
  h225_address(out, at);
}

}  // namespace

ByteString ras_gatekeeper_request(std::uint16_t number, const Endpoint& ras_address) {
  PerWriter out = ras(kGatekeeperRequest, "0000", number);
  out.object(kH225Version4);
  h225_address(out, ras_address);
  terminal(out);
  return out.bytes();
}

ByteString ras_gatekeeper_confirm(std::uint16_t number, const Endpoint& gatekeeper) {
  PerWriter out = ras(kGatekeeperConfirm, "01", number);
  out.object(kH225Version4);
  identifier(out, kGatekeeper);
  h225_address(out, gatekeeper);
  return out.bytes();
}

ByteString ras_registration_request(std::uint16_t number, const Endpoint& signalling, const Endpoint& ras_address,
                                    std::string_view name) {
  PerWriter out = ras(kRegistrationRequest, "011", number);
  out.object(kH225Version4).bits(1, 1);  // discovery complete
  addresses(out, signalling);
  addresses(out, ras_address);
  terminal(out);
  aliases(out, name);
  identifier(out, kGatekeeper);
  vendor(out);
  return out.bytes();
}

ByteString ras_registration_confirm(std::uint16_t number, const Endpoint& gatekeeper, std::string_view name) {
  PerWriter out = ras(kRegistrationConfirm, "011", number);
  out.object(kH225Version4);
  addresses(out, gatekeeper);
  aliases(out, name);
  identifier(out, kGatekeeper);
  identifier(out, kEndpoint);
  return out.bytes();
}

ByteString ras_admission_request(std::uint16_t number, const H323Call& call) {
  PerWriter out = ras(kAdmissionRequest, "0100000", number);
  out.bits(0, 1).bits(0, 2);  // point to point
  identifier(out, kEndpoint);
  aliases(out, call.callee);
  aliases(out, call.caller);
  out.sized(7680).aligned(call.reference, 2).octets(fresh_id(call.id));
  out.bits(0, 1).bits(0, 1);  // no active multipoint controller; a call that goes out
  return out.bytes();
}

ByteString ras_admission_confirm(std::uint16_t number, const Endpoint& signalling) {
  PerWriter out = ras(kAdmissionConfirm, "00", number);
  out.sized(7680).bits(0, 1).bits(0, 1);  // direct
  h225_address(out, signalling);
  return out.bytes();
}

}  // namespace ghostport::cases
