#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: RFC 1350 sections 2 to 5; RFC 2348 (block sizes), RFC 7440 (windows).
namespace ghostport {
namespace {

enum Operation : std::uint32_t { kData = 3, kAcknowledgement = 4, kOptions = 6 };

constexpr std::size_t kMostBlock = 65464;  // RFC 2348
constexpr std::uint32_t kMostWindow = 64;  // blocks between two acknowledgements

/// STUN's allocations (RFC 3489, RFC 8656) have this operation's number too: a length or a cookie tells them.
bool is_stun(Bytes bytes) noexcept {
  return bytes.size() >= 20 && (big16(bytes, 2) + 20 == bytes.size() || big32(bytes, 4) == 0x2112A442);
}

bool is_packet(Bytes bytes, std::uint32_t operation) noexcept {
  if (bytes.size() < 4 || big16(bytes, 0) != operation) return false;
  return operation == kData ? bytes.size() <= 4 + kMostBlock && !is_stun(bytes) : bytes.size() == 4;
}

/// Is every packet of the side one of this operation, with numbers that go on? Data may be sure from its first block
/// on. An answer to options may come first.
bool all_are(const Payload& payload, std::uint32_t operation, std::uint32_t most_step) noexcept {
  std::uint32_t last = 0;
  bool begun = false;
  bool sure = false;
  for (const Bytes datagram : payload.datagrams) {
    if (!is_packet(datagram, operation)) {
      if (!begun && datagram.size() >= 4 && big16(datagram, 0) == kOptions) continue;
      return false;
    }
    const std::uint32_t block = big16(datagram, 2);
    const std::uint32_t step = (block - last) & 0xFFFF;
    if (begun && step > most_step) return false;
    sure = sure || (begun ? step != 0 : operation == kData && block == 1);
    begun = true;
    last = block;
  }
  return sure;
}

CheckResult check_tftp_data(const Payload& payload, Side) noexcept {
  if (!is_packet(payload.bytes, kData)) return CheckResult::no();
  return all_are(payload, kData, 1) ? CheckResult::yes(4) : wait_or_no(payload);
}

CheckResult check_tftp_acknowledgement(const Payload& payload, Side) noexcept {
  if (!is_packet(payload.bytes, kAcknowledgement)) return CheckResult::no();
  return all_are(payload, kAcknowledgement, kMostWindow) ? CheckResult::yes(4) : wait_or_no(payload);
}

/// One side alone: packets whose numbers go up by one, repeated ones aside; all but the last block are of one size.
CheckResult check_tftp_transfer(const Payload& payload, Side) noexcept {
  constexpr unsigned kNeeded = 4;
  if (payload.bytes.size() < 4) return CheckResult::no();
  const std::uint32_t operation = big16(payload.bytes, 0);
  if (operation != kData && operation != kAcknowledgement) return CheckResult::no();
  unsigned steps = 0;
  std::uint32_t last = 0;
  std::size_t size = 0;
  for (const Bytes datagram : payload.datagrams) {
    if (!is_packet(datagram, operation)) return CheckResult::no();
    const std::uint32_t block = big16(datagram, 2);
    if (steps != 0 && block == last) continue;
    if (steps != 0 && ((block - last) & 0xFFFF) != 1) return CheckResult::no();
    const bool newest = datagram.data() == payload.bytes.data();
    if (steps != 0 && (newest ? datagram.size() > size : datagram.size() != size)) return CheckResult::no();
    size = datagram.size();
    last = block;
    ++steps;
  }
  return steps >= kNeeded ? CheckResult::yes(4 * std::size_t{steps}) : wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> tftp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"tftp-acknowledgement", check_tftp_acknowledgement, "TFTP's acknowledgements, whose numbers go on"},
      NamedCheck{"tftp-data", check_tftp_data, "TFTP's data, whose block numbers go on"},
      NamedCheck{"tftp-transfer", check_tftp_transfer,
                 "four packets of one side of a TFTP transfer, one after the other"},
  };
  return kChecks;
}

}  // namespace ghostport
