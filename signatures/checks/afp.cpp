#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: "Data Stream Interface" in Apple's "AppleTalk Filing Protocol Programming Guide" (2012): header and
// commands; "AFP Reference" (2005): command codes and result codes.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 16;
constexpr std::size_t kMostData = 1 << 24;

enum Command : std::uint8_t {
  kCloseSession = 1,
  kCommand = 2,
  kGetStatus = 3,
  kOpenSession = 4,
  kTickle = 5,
  kWrite = 6,
  kAttention = 8,
};

struct Header {
  unsigned flags = 0;
  unsigned command = 0;
  std::uint32_t offset = 0;  // or the result
  std::size_t length = 0;
};

/// The header at `at`: is it one?
bool read_header(Bytes bytes, std::size_t at, Header& header) noexcept {
  Cursor cursor(bytes, at);
  header.flags = cursor.u8();
  header.command = cursor.u8();
  cursor.skip(2);
  header.offset = cursor.big32();
  header.length = cursor.big32();
  const std::uint32_t reserved = cursor.big32();
  const bool known = (header.command >= kCloseSession && header.command <= kWrite) || header.command == kAttention;
  return !cursor.ended() && header.flags <= 1 && known && reserved == 0 && header.length <= kMostData;
}

bool is_request(const Header& header) noexcept {
  switch (header.command) {
    case kCommand: return header.offset == 0 && header.length >= 2;
    case kWrite: return header.offset >= 8 && header.offset <= 64 && header.length >= header.offset;
    case kOpenSession: return header.offset == 0 && header.length <= 64;
    case kAttention: return header.offset == 0 && header.length == 2;
    default: return header.offset == 0 && header.length == 0;
  }
}

/// Nothing wrong, or one of AFP's results from -5000 to -5070, or DSI's from -1066 to -1080.
bool is_reply(const Header& header) noexcept {
  const std::uint32_t code = 0U - header.offset;
  const bool known = code == 0 || (code >= 5000 && code <= 5070) || (code >= 1066 && code <= 1080);
  return known && header.command != kAttention;
}

/// Commands of AFP 1.1 to 3.4, the ones for the desktop database and Spotlight.
bool is_afp_command(unsigned code) noexcept {
  return (code >= 1 && code <= 79) || code == 122 || (code >= 190 && code <= 196);
}

CheckResult check_afp(const Payload& payload, Side side) noexcept {
  const Bytes bytes = payload.bytes;
  std::size_t at = 0;
  // A server also asks: whether the client is alive, and for its attention.
  for (;;) {
    if (bytes.size() < at + kHeader) return wait_or_no(payload);
    Header header;
    if (!read_header(bytes, at, header)) return CheckResult::no();
    const std::size_t next = at + kHeader + header.length;
    const bool from_server = header.flags == 1 || header.command == kAttention;
    if (header.command == kTickle && header.flags == 0) {
      if (!is_request(header)) return CheckResult::no();
      at = next;
      continue;
    }
    if (from_server != (side == Side::server)) return CheckResult::no();
    if (header.flags == 1 ? !is_reply(header) : !is_request(header)) return CheckResult::no();
    if (header.flags == 0 && header.command == kCommand) {
      if (bytes.size() < at + kHeader + 1) return wait_or_no(payload);
      if (!is_afp_command(bytes[at + kHeader])) return CheckResult::no();
    }
    // What follows is the next header.
    if (bytes.size() >= next + 2 && (bytes[next] > 1 || bytes[next + 1] > kAttention)) return CheckResult::no();
    return CheckResult::yes(kHeader - 2);
  }
}

}  // namespace

std::span<const NamedCheck> afp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"afp", check_afp, "a DSI header of AFP with a known command, result and length"},
  };
  return kChecks;
}

}  // namespace ghostport
