#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: OpenVPN's wire protocol draft (draft-openvpn-wire-protocol, sections on opcodes, control channel, tls-auth,
// tls-crypt and tls-crypt-v2) and the protocol overview of the project's documentation.
namespace ghostport {
namespace {

enum Opcode : unsigned {
  kSoftReset = 3,
  kControl = 4,
  kAck = 5,
  kData1 = 6,
  kResetClient2 = 7,
  kResetServer2 = 8,
  kData2 = 9,
  kResetClient3 = 10,
  kControlWrappedKey = 11,
};

constexpr std::size_t kSession = 9;  // opcode and session id
constexpr std::size_t kReplay = 8;   // packet id and time
constexpr std::size_t kMostAcks = 8;
constexpr std::size_t kCryptTag = 32;
// tls-auth's HMAC, by digest: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
constexpr std::array<std::size_t, 6> kHmacs{16, 20, 28, 32, 48, 64};
constexpr std::uint32_t kMostStep = 1 << 16;
constexpr std::size_t kMostRecords = 64;

unsigned opcode_of(Bytes packet) noexcept { return packet[0] >> 3U; }

bool is_control(unsigned opcode) noexcept {
  return (opcode >= kSoftReset && opcode <= kAck) || opcode == kResetClient2 || opcode == kResetServer2 ||
         opcode == kResetClient3 || opcode == kControlWrappedKey;
}

/// A session id is eight random bytes: fields of other protocols that happen to stay the same are full of zeros.
bool is_session(Bytes packet) noexcept {
  const Bytes id = packet.subspan(1, 8);
  std::size_t zeros = 0;
  std::size_t others = 0;
  for (const std::uint8_t byte : id) {
    zeros += byte == 0 ? 1 : 0;
    others += byte != id[0] ? 1 : 0;
  }
  return zeros <= 2 && others >= 4;
}

/// Packet ids count from 1; since 2.6 the client's first ones may carry a mark in the highest byte.
bool is_first_id(Bytes packet, std::size_t at) noexcept {
  return (packet[at] == 0 || packet[at] == 0x0F) && packet[at + 1] == 0 && packet[at + 2] == 0;
}

/// What a hard reset ends with: acknowledgements, the peer's session where there are any, and packet id 0.
bool is_reset_tail(Bytes tail, bool answer) noexcept {
  if (!answer) return tail.size() == 5 && is_zero(tail);
  return tail.size() == 17 && tail[0] == 1 && is_zero(tail.subspan(1, 3)) && is_zero(tail.subspan(13, 4));
}

/// The first packet of either side: its size is that of one of the ways to protect it.
std::size_t reset_proof(Bytes packet) noexcept {
  if (packet.size() < kSession + 5 || (packet[0] & 7) != 0) return 0;
  const unsigned opcode = opcode_of(packet);
  if (opcode != kResetClient2 && opcode != kResetServer2) return 0;
  if (!is_session(packet)) return 0;
  const bool answer = opcode == kResetServer2;
  const std::size_t fixed = answer ? 9 : 6;
  if (is_reset_tail(packet.subspan(kSession), answer)) return 1 + fixed;
  for (const std::size_t hmac : kHmacs) {
    const std::size_t wrapped = kSession + hmac + kReplay;
    if (packet.size() <= wrapped || !is_first_id(packet, kSession + hmac)) continue;
    if (is_reset_tail(packet.subspan(wrapped), answer)) return 4 + fixed;
  }
  // tls-crypt encrypts the tail; 2.6 may add six bytes of early negotiation.
  const std::size_t crypted = kSession + kReplay + kCryptTag + (answer ? 17 : 5);
  if ((packet.size() == crypted || packet.size() == crypted + 6) && is_first_id(packet, kSession)) return 5;
  return 0;
}

/// Without protection: few acknowledgements, small numbers, and nothing behind those of a bare acknowledgement.
bool is_plain(Bytes packet) noexcept {
  if (packet.size() < kSession + 1) return false;
  const std::size_t acks = packet[kSession];
  const bool bare = opcode_of(packet) == kAck;
  const std::size_t at = kSession + 1 + acks * 4 + (acks != 0 ? 8 : 0);
  if (acks > kMostAcks || packet.size() < at || (bare && acks == 0)) return false;
  for (std::size_t i = 0; i < acks; ++i) {
    if (big16(packet, kSession + 1 + i * 4) != 0) return false;
  }
  if (bare) return packet.size() == at;
  return packet.size() >= at + 4 && big16(packet, at) == 0;
}

/// A control packet that carries the beginning of a TLS handshake in the clear.
bool begins_tls(Bytes packet) noexcept {
  if (opcode_of(packet) != kControl || !is_session(packet) || !is_plain(packet)) return false;
  const std::size_t acks = packet[kSession];
  const std::size_t at = kSession + 1 + acks * 4 + (acks != 0 ? 8 : 0) + 4;
  return packet.size() >= at + 6 && packet[at] == 0x16 && packet[at + 1] == 3 && packet[at + 2] <= 3 &&
         (packet[at + 5] == 1 || packet[at + 5] == 2);
}

/// Replay protection at one offset: one start time, packet ids close together.
bool shares_replay(Bytes a, Bytes b, std::size_t at) noexcept {
  if (a.size() < at + kReplay || b.size() < at + kReplay) return false;
  const std::uint32_t step = big32(b, at) - big32(a, at);
  if (step == 0 || big32(a, at + 4) != big32(b, at + 4) || big32(a, at + 4) == 0) return false;
  return step < kMostStep || 0U - step < kMostStep;
}

/// Two control packets of one session: its id, and the same protection.
bool same_session(Bytes a, Bytes b) noexcept {
  if (a.size() <= kSession || b.size() <= kSession) return false;
  if (!is_control(opcode_of(a)) || !is_control(opcode_of(b)) || !is_session(a)) return false;
  if (!std::equal(a.begin() + 1, a.begin() + kSession, b.begin() + 1)) return false;
  if (is_plain(a) && is_plain(b)) return !std::equal(a.begin(), a.end(), b.begin(), b.end());
  if (shares_replay(a, b, kSession)) return true;
  return std::any_of(kHmacs.begin(), kHmacs.end(),
                     [&](std::size_t hmac) { return shares_replay(a, b, kSession + hmac); });
}

CheckResult check_openvpn(const Payload& payload, Side) noexcept {
  const Bytes newest = payload.bytes;
  if (newest.size() < kSession + 1) return CheckResult::no();
  if (const std::size_t proof = reset_proof(newest); proof != 0) return CheckResult::yes(proof);
  if (begins_tls(newest)) return CheckResult::yes(8);
  if (!is_control(opcode_of(newest))) return CheckResult::no();
  const bool continued = std::any_of(payload.datagrams.begin(), payload.datagrams.end(),
                                     [&](Bytes earlier) { return same_session(earlier, newest); });
  return continued ? CheckResult::yes(12) : wait_or_no(payload);
}

/// TCP: each packet behind its length. A reset alone, or two control packets of one session.
CheckResult check_openvpn_stream(const Payload& payload, Side) noexcept {
  Bytes rest = payload.bytes;
  Bytes control;
  for (std::size_t records = 0; records < kMostRecords; ++records) {
    if (rest.size() < 2) return wait_or_no(payload);
    const std::size_t length = big16(rest, 0);
    if (length < kSession + 1) return CheckResult::no();
    if (rest.size() > 2) {
      const unsigned opcode = rest[2] >> 3U;
      if (!is_control(opcode) && opcode != kData1 && opcode != kData2) return CheckResult::no();
    }
    if (rest.size() < 2 + length) return wait_or_no(payload);
    const Bytes packet = rest.subspan(2, length);
    if (is_control(opcode_of(packet))) {
      if (const std::size_t proof = reset_proof(packet); proof != 0) return CheckResult::yes(2 + proof);
      if (begins_tls(packet)) return CheckResult::yes(10);
      if (!control.empty()) return same_session(control, packet) ? CheckResult::yes(14) : CheckResult::no();
      control = packet;
    }
    rest = rest.subspan(2 + length);
  }
  return CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> openvpn_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"openvpn", check_openvpn,
                 "an OpenVPN hard reset, a control packet that begins TLS, or two of one session, over UDP"},
      NamedCheck{"openvpn-stream", check_openvpn_stream, "the same behind lengths over TCP"},
  };
  return kChecks;
}

}  // namespace ghostport
