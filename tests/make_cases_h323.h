// What H.323 endpoints and gatekeepers say: call signalling, control and registration, as calls carry them.
// Sources: ITU-T H.225.0 (2009) with Q.931, H.245 (2011), in the aligned packed encoding of X.691; RFC 1006 (TPKT).
// Called by make_cases; every result is a function of the arguments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/packet_builder.h"

namespace ghostport::cases {

using packets::ByteString;
using packets::Endpoint;

/// Bits and numbers in the aligned packed encoding; only what the messages below need.
class PerWriter {
 public:
  PerWriter& bits(std::uint32_t value, unsigned count);
  PerWriter& align();
  /// A constrained number of `count` bytes, from 0 on.
  PerWriter& aligned(std::uint32_t value, unsigned count);
  /// A number of up to four bytes behind how many it takes, in two bits.
  PerWriter& sized(std::uint32_t value);
  PerWriter& octets(const ByteString& bytes);
  /// Behind its length, as open types and unconstrained strings are.
  PerWriter& open(const ByteString& bytes);
  /// Extension additions, their number's and presence bits first; an empty one is absent.
  PerWriter& additions(const std::vector<ByteString>& fields);
  PerWriter& object(std::string_view hex) { return open(packets::from_hex(hex)); }

  [[nodiscard]] const ByteString& bytes() const { return bytes_; }

 private:
  ByteString bytes_;
  unsigned free_bits_ = 0;  // of the last byte
};

// ---- call signalling: H.225.0 in Q.931 in TPKT ----

struct H323Call {
  std::uint16_t reference = 0x2A01;
  std::string caller = "Room 1";
  std::string callee = "Room 2";
  bool tunnels = false;      ///< H.245 goes through the call signalling (H.323 clause 8.2.1)
  std::uint64_t id = 0x323;  ///< seed of the conference's and the call's identifiers
};

enum class Release : std::uint8_t { normal, busy };

/// `control` is where the speaker awaits H.245; `fast_start` holds channels made by the fast_ functions below.
[[nodiscard]] ByteString h225_setup(const H323Call& call, const Endpoint& caller, const Endpoint& callee,
                                    const std::vector<ByteString>& fast_start = {});
[[nodiscard]] ByteString h225_call_proceeding(const H323Call& call);
[[nodiscard]] ByteString h225_alerting(const H323Call& call);
[[nodiscard]] ByteString h225_connect(const H323Call& call, const Endpoint* control,
                                      const std::vector<ByteString>& fast_start = {});
/// A Facility message without a body of its own that carries H.245 messages, given in their TPKTs.
[[nodiscard]] ByteString h225_tunnel(const H323Call& call, bool from_caller, const std::vector<ByteString>& control);
[[nodiscard]] ByteString h225_release_complete(const H323Call& call, bool from_caller, Release why = Release::normal);

// ---- control: H.245 in TPKT; the channels are for PCMU ----

[[nodiscard]] ByteString h245_capabilities(std::uint8_t sequence);
[[nodiscard]] ByteString h245_capabilities_ack(std::uint8_t sequence);
[[nodiscard]] ByteString h245_determination(std::uint8_t terminal_type, std::uint32_t number);
[[nodiscard]] ByteString h245_determination_ack(bool you_are_master);
/// The sender of a medium opens its channel and says where it awaits the receiver's reports.
[[nodiscard]] ByteString h245_open_channel(std::uint16_t channel, const Endpoint& reports);
/// The receiver says where it awaits the medium and the sender's reports.
[[nodiscard]] ByteString h245_open_channel_ack(std::uint16_t channel, const Endpoint& stream, const Endpoint& reports);
[[nodiscard]] ByteString h245_close_channel(std::uint16_t channel);
[[nodiscard]] ByteString h245_close_channel_ack(std::uint16_t channel);
[[nodiscard]] ByteString h245_end_session();

// ---- channels of a fast start (H.323 clause 8.1.7), without TPKT ----

/// What the caller would send: where it awaits reports about it.
[[nodiscard]] ByteString fast_send(std::uint16_t channel, const Endpoint& reports);
/// The same as the callee accepts it: where it awaits stream and reports.
[[nodiscard]] ByteString fast_send_accepted(std::uint16_t channel, const Endpoint& stream, const Endpoint& reports);
/// What the caller would receive, and where.
[[nodiscard]] ByteString fast_receive(const Endpoint& stream, const Endpoint& reports);
/// The same as the callee accepts it: where the callee awaits reports.
[[nodiscard]] ByteString fast_receive_accepted(std::uint16_t channel, const Endpoint& reports);

// ---- registration and admission: H.225.0 RAS in datagrams ----

[[nodiscard]] ByteString ras_gatekeeper_request(std::uint16_t number, const Endpoint& ras);
[[nodiscard]] ByteString ras_gatekeeper_confirm(std::uint16_t number, const Endpoint& gatekeeper);
[[nodiscard]] ByteString ras_registration_request(std::uint16_t number, const Endpoint& signalling, const Endpoint& ras,
                                                  std::string_view alias);
[[nodiscard]] ByteString ras_registration_confirm(std::uint16_t number, const Endpoint& gatekeeper,
                                                  std::string_view alias);
[[nodiscard]] ByteString ras_admission_request(std::uint16_t number, const H323Call& call);
/// `signalling` is where the call is to be set up.
[[nodiscard]] ByteString ras_admission_confirm(std::uint16_t number, const Endpoint& signalling);

}  // namespace ghostport::cases
