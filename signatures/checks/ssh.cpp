#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: RFC 4253 sections 6 (binary packet) and 7.1 (SSH_MSG_KEXINIT); RFC 4251 section 5 (name-list).
namespace ghostport {
namespace {

constexpr std::uint32_t kKexInit = 20;
constexpr std::size_t kMostPacket = 256 * 1024;  // implementations take more than the 35,000 bytes that they must
constexpr std::size_t kNameLists = 10;
constexpr std::size_t kLeastPadding = 4;
constexpr std::size_t kFixed = 1 + 1 + 16 + kNameLists * 4 + 1 + 4;  // from the padding's length on
constexpr std::size_t kEnoughNames = 16;                             // of a first list that has not arrived whole

bool is_name_list(Bytes bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte > 0x20 && byte < 0x7F; });
}

/// The first message of a key exchange: also where a flow is joined behind the version lines.
CheckResult check_kexinit(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  const std::size_t length = cursor.big32();
  const std::size_t padding = cursor.u8();
  const std::uint32_t type = cursor.u8();
  cursor.skip(16);
  if (cursor.ended()) return wait_or_no(payload);
  if (type != kKexInit || padding < kLeastPadding || length > kMostPacket) return CheckResult::no();
  if (length < kFixed + padding || (length + 4) % 8 != 0) return CheckResult::no();

  std::size_t proven = 0;
  for (std::size_t list = 0; list < kNameLists; ++list) {
    const std::size_t size = cursor.big32();
    if (cursor.ended()) break;
    if (size > length || (list == 0 && size == 0)) return CheckResult::no();
    const std::size_t here = std::min(size, cursor.left());
    if (!is_name_list(payload.bytes.subspan(cursor.position(), here))) return CheckResult::no();
    if (here == size || (payload.complete && here >= kEnoughNames)) proven = cursor.position() + here;
    cursor.skip(size);
    if (cursor.ended()) break;
  }
  return proven != 0 ? CheckResult::yes(proven) : wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> ssh_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"ssh-kexinit", check_kexinit, "SSH's first binary packet: padding, type and lists of algorithm names"},
  };
  return kChecks;
}

}  // namespace ghostport
