#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: Lustre's documentation of LNet and its socket driver (socklnd): acceptor request, HELLO, message header.
// All numbers are in the sender's byte order.
namespace ghostport {
namespace {

constexpr std::uint32_t kAcceptor = 0xACCE7100;
constexpr std::uint32_t kHello = 0x45726963;
constexpr std::size_t kAcceptorBytes = 16;
constexpr std::size_t kHelloBytes = 56;
constexpr std::size_t kMessageBytes = 96;
constexpr std::uint32_t kMostPayload = 16U << 20;
constexpr std::uint32_t kMostAddresses = 16;
constexpr std::uint32_t kMostNetwork = 32;  // known kinds of networks end at 18

/// Reads in the byte order that the magic number had.
class Words {
 public:
  Words(Bytes bytes, bool little) noexcept : cursor_(bytes), little_(little) {}
  std::uint32_t next() noexcept { return little_ ? cursor_.little32() : cursor_.big32(); }
  void skip(std::size_t words) noexcept { cursor_.skip(4 * words); }
  [[nodiscard]] bool ended() const noexcept { return cursor_.ended(); }

 private:
  Cursor cursor_;
  bool little_;
};

CheckResult check_hello(const Payload& payload, std::size_t before) noexcept {
  const Bytes bytes = payload.bytes.subspan(before);
  if (bytes.size() < kHelloBytes) return before > 0 ? CheckResult::yes(8) : wait_or_no(payload);
  const bool little = little32(bytes, 0) == kHello;
  Words words(bytes, little);
  const std::uint32_t magic = words.next();
  const std::uint32_t version = words.next();
  words.skip(4 + 2 + 4);  // both addresses, processes, incarnations
  const std::uint32_t kind = words.next();
  const std::uint32_t addresses = words.next();
  if (magic != kHello || version < 1 || version > 4) return CheckResult::no();
  // Version 4 has longer addresses: what lies behind them is elsewhere.
  if (version < 4 && (kind > 3 || addresses > kMostAddresses)) return CheckResult::no();
  return CheckResult::yes(before + (version < 4 ? 16 : 8));
}

CheckResult check_lustre_hello(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kAcceptorBytes) return wait_or_no(payload);
  const bool little = little32(bytes, 0) == kAcceptor;
  if (!little && big32(bytes, 0) != kAcceptor) return check_hello(payload, 0);
  const std::uint32_t version = little ? little32(bytes, 4) : big32(bytes, 4);
  return version == 1 || version == 2 ? check_hello(payload, kAcceptorBytes) : CheckResult::no();
}

/// A message of the socket driver around an LNet header: acknowledgement, put, get or reply with its payload's length.
/// The LNet header is little-endian whoever sends it.
CheckResult check_lustre_message(const Payload& payload, Side) noexcept {
  if (payload.bytes.size() < kMessageBytes) return wait_or_no(payload);
  Words words(payload.bytes, true);
  const std::uint32_t kind = words.next();
  words.skip(5 + 1);                               // checksum, two cookies; an address
  const std::uint32_t destination = words.next();  // its network's kind and number
  words.skip(1);
  const std::uint32_t source = words.next();
  words.skip(2);
  const std::uint32_t type = words.next();
  const std::uint32_t length = words.next();
  if (kind != 0xC1 || type > 3 || length > kMostPayload || (type == 0 && length != 0)) return CheckResult::no();
  if (destination >> 16 > kMostNetwork || source >> 16 > kMostNetwork || source >> 16 == 0) return CheckResult::no();
  return CheckResult::yes(14);
}

}  // namespace

std::span<const NamedCheck> lustre_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"lustre-hello", check_lustre_hello, "LNet's acceptor request or the HELLO of its socket driver"},
      NamedCheck{"lustre-message", check_lustre_message, "an LNet message: driver's type, networks, type and length"},
  };
  return kChecks;
}

}  // namespace ghostport
