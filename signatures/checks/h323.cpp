#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: ITU-T H.225.0 (2009) clauses 7.2 and 7.3 with Q.931, H.245 (2011) annex A with X.691 (aligned PER),
// RFC 1006 section 6 (TPKT).
namespace ghostport {
namespace {

constexpr std::size_t kTpktHeader = 4;
constexpr std::uint8_t kSetup = 0x05;

/// The next TPKT that carries anything, from `at` on: its body as far as it is at hand. Empty ones keep a connection
/// alive.
Step next_tpkt(Bytes bytes, std::size_t& at, Bytes& body, std::size_t& size) noexcept {
  for (;;) {
    if (bytes.size() < at + kTpktHeader) return Step::ended;
    if (bytes[at] != 3 || bytes[at + 1] != 0) return Step::wrong;
    const std::size_t length = big16(bytes, at + 2);
    if (length < kTpktHeader) return Step::wrong;
    at += kTpktHeader;
    size = length - kTpktHeader;
    if (size == 0) continue;
    body = bytes.subspan(at, std::min(size, bytes.size() - at));
    return Step::done;
  }
}

/// H.225.0 table 4: the messages of Q.931 that calls use.
bool is_call_message(std::uint32_t type) noexcept {
  switch (type) {
    case 0x01:  // alerting
    case 0x02:  // call proceeding
    case 0x03:  // progress
    case kSetup:
    case 0x07:               // connect
    case 0x0D:               // setup acknowledge
    case 0x5A:               // release complete
    case 0x62:               // facility
    case 0x6E:               // notify
    case 0x75:               // status inquiry
    case 0x7B:               // information
    case 0x7D: return true;  // status
    default: return false;
  }
}

struct CallMessage {
  std::uint32_t type = 0;
  bool answers = false;  ///< the flag of the call reference: sent to the side that chose it
};

/// Discriminator, call reference, type, and information elements of which the last, user-user, fills the TPKT.
Step read_call_message(Bytes body, std::size_t size, CallMessage& message) noexcept {
  constexpr std::uint32_t kUserUser = 0x7E;
  Cursor cursor(body);
  const std::uint32_t discriminator = cursor.u8();
  const std::uint32_t reference_length = cursor.u8();
  const std::uint32_t reference = cursor.big16();
  message.type = cursor.u8();
  if (cursor.ended()) return Step::ended;
  if (discriminator != 8 || reference_length != 2 || !is_call_message(message.type)) return Step::wrong;
  message.answers = (reference & 0x8000) != 0;
  while (!cursor.ended()) {
    const std::uint32_t element = cursor.u8();
    if (element == kUserUser) {
      const std::uint32_t length = cursor.big16();
      const std::size_t end = cursor.position() + length;
      const std::uint32_t asn1 = cursor.u8();
      if (cursor.ended()) break;
      return asn1 == 5 && end == size ? Step::done : Step::wrong;
    }
    if (element < 0x80) cursor.skip(cursor.u8());
    if (cursor.position() >= size) return Step::wrong;
  }
  return Step::ended;
}

CheckResult check_call(const Payload& payload, Side side, bool usual) noexcept {
  std::size_t at = 0;
  Bytes body;
  std::size_t size = 0;
  Step step = next_tpkt(payload.bytes, at, body, size);
  CallMessage message;
  if (step == Step::done) step = read_call_message(body, size, message);
  if (step == Step::wrong) return CheckResult::no();
  if (step == Step::ended) return wait_or_no(payload);
  const bool is_usual =
      side == Side::client ? message.type == kSetup && !message.answers : message.type != kSetup && message.answers;
  return is_usual == usual ? CheckResult::yes(12) : CheckResult::no();
}

/// A client begins with a setup, a server with an answer under the client's call reference.
CheckResult check_h225(const Payload& payload, Side side) noexcept { return check_call(payload, side, true); }

/// Any other first message: of a connection that was joined late, or that carries several calls.
CheckResult check_h225_other(const Payload& payload, Side side) noexcept { return check_call(payload, side, false); }

/// Messages whose encoding is fixed but for a number or two. Extension bits are zero, and padding is.
Step prove_control_message(Bytes body, std::size_t size) noexcept {
  constexpr std::array<std::uint8_t, 6> kH245{0x06, 0x00, 0x08, 0x81, 0x75, 0x00};  // 0.0.8.245.0.version, BER contents
  const auto at = [&](std::size_t place) { return place < body.size() ? body[place] : 0U; };
  if (body[0] == 0x02 && size >= 10) {  // terminalCapabilitySet: sequence number, protocolIdentifier
    if (body.size() < 10) return Step::ended;
    if ((body[1] & 0x0F) != 0 || !std::equal(kH245.begin(), kH245.end(), body.begin() + 3)) return Step::wrong;
    return body[9] >= 1 && body[9] <= 32 ? Step::done : Step::wrong;
  }
  if (body.size() < size) return Step::ended;
  if (body[0] == 0x01) {  // masterSlaveDetermination: terminal type, a number of one to three bytes
    return at(1) == 0 && size >= 5 && size <= 7 && at(3) == (size - 5) * 0x40 ? Step::done : Step::wrong;
  }
  if (body[0] == 0x20) return size == 2 && (at(1) == 0x80 || at(1) == 0xA0) ? Step::done : Step::wrong;  // its answer
  if (body[0] == 0x21) return size == 3 && at(1) == 0x80 ? Step::done : Step::wrong;  // terminalCapabilitySetAck
  if (body[0] == 0x09 || body[0] == 0x28)
    return size == 3 && at(1) == 0 ? Step::done : Step::wrong;  // round trip delay
  return Step::wrong;
}

/// Control messages of which one can be proven; those before it are whole, and neither COTP nor Q.931.
CheckResult check_h245(const Payload& payload, Side) noexcept {
  std::size_t at = 0;
  Bytes body;
  std::size_t size = 0;
  for (;;) {
    const Step step = next_tpkt(payload.bytes, at, body, size);
    if (step == Step::wrong) return CheckResult::no();
    if (step == Step::ended || body.empty()) return wait_or_no(payload);
    if (body[0] >= 0x80 || body[0] == 0x08) return CheckResult::no();
    if (body.size() > 1 && body[0] == body.size() - 1 && body[1] >= 0xD0) return CheckResult::no();
    switch (prove_control_message(body, size)) {
      case Step::done: return CheckResult::yes(6);
      case Step::ended: return wait_or_no(payload);
      case Step::wrong: break;
    }
    if (body[0] == 0x02 && body.size() > 1 && body[1] == 0xF0) return CheckResult::no();  // COTP's data
    if (body.size() < size) return wait_or_no(payload);
    at += size;
  }
}

}  // namespace

std::span<const NamedCheck> h323_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"h225", check_h225, "a call message whose user-user element fills its TPKT, as its side begins with"},
      NamedCheck{"h225-other", check_h225_other, "any other call message whose user-user element fills its TPKT"},
      NamedCheck{"h245", check_h245, "TPKTs with a capability set, a master-slave determination or their answers"},
  };
  return kChecks;
}

}  // namespace ghostport
