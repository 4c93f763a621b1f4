#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: RFC 7143 sections 11.2 (basic header), 11.12 and 11.13 (login), 11.17 (reject), 11.3 to 11.19 (operations).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 48;
constexpr std::size_t kMostLogin = 8192;  // section 13.12: the data of a login is at most this long
constexpr std::size_t kMostData = 1 << 24;

/// The versions and extra headers of a login are zero; CSG and NSG are 0, 1 or 3.
bool is_login(Bytes bytes) noexcept {
  const unsigned stages = bytes[1];
  if ((stages & 0x30) != 0 || (stages >> 2 & 3) == 2) return false;
  if ((stages & 0x80) != 0 && (stages & 3) == 2) return false;
  return bytes[2] == 0 && bytes[3] == 0 && bytes[4] == 0 && big24(bytes, 5) <= kMostLogin;
}

CheckResult check_iscsi_login(const Payload& payload, Side side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  if (!is_login(bytes)) return CheckResult::no();
  if (side == Side::client) {
    const bool reserved = is_zero(bytes.subspan(22, 2)) && is_zero(bytes.subspan(32, 16));
    return reserved ? CheckResult::yes(1 + 1 + 3 + 2 + 2 + 16) : CheckResult::no();
  }
  const bool reserved = is_zero(bytes.subspan(20, 4)) && is_zero(bytes.subspan(38, 10));
  return reserved && bytes[36] <= 3 && bytes[37] <= 0x12 ? CheckResult::yes(1 + 1 + 3 + 2 + 4 + 2 + 10)
                                                         : CheckResult::no();
}

/// The rejected header follows as data.
CheckResult check_iscsi_reject(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const bool holds = bytes[1] == 0x80 && bytes[2] >= 1 && bytes[2] <= 0x0C && bytes[3] == 0 && bytes[4] == 0 &&
                     big24(bytes, 5) >= kHeader && big24(bytes, 5) <= kMostLogin && is_zero(bytes.subspan(8, 8)) &&
                     big32(bytes, 16) == 0xFFFFFFFF;
  return holds ? CheckResult::yes(20) : CheckResult::no();
}

constexpr unsigned kDataIn = 0x25;
constexpr unsigned kReadyToTransfer = 0x31;

/// Without Data-Out, which has no number of its own.
bool is_operation(unsigned operation, Side side) noexcept {
  if (side == Side::client) return operation <= 0x06 && operation != 0x05;
  return (operation >= 0x20 && operation <= 0x26) || operation == 0x31 || operation == 0x32 || operation == 0x3F;
}

/// A command's number goes up with each that is not immediate, and what is acknowledged never goes back.
bool commands_go_on(Bytes first, Bytes second) noexcept {
  constexpr std::uint32_t kMostStep = 64;
  const std::uint32_t step = (first[0] & 0x40) != 0 ? 0 : 1;
  return big32(second, 24) - big32(first, 24) == step && big32(second, 28) - big32(first, 28) <= kMostStep &&
         big32(first, 28) != 0;
}

/// Answers name the next command they expect and the last they would take; their own number goes up, where they have
/// one.
bool answers_go_on(Bytes first, Bytes second) noexcept {
  constexpr std::uint32_t kMostWindow = 4096;
  bool numbered = true;
  for (const Bytes header : {first, second}) {
    const std::uint32_t expected = big32(header, 28);
    if (expected == 0 || big32(header, 32) + 1 - expected > kMostWindow) return false;
    numbered = numbered && header[0] != kDataIn && header[0] != kReadyToTransfer;
  }
  if (numbered && big32(second, 24) - big32(first, 24) != 1) return false;
  return big32(second, 28) - big32(first, 28) <= kMostWindow;
}

/// Two headers in a row, in a session without digests: their sequence numbers go on.
CheckResult check_iscsi_session(const Payload& payload, Side side) noexcept {
  constexpr std::uint8_t kMostExtra = 16;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const Bytes first = bytes.first(kHeader);
  const std::size_t next = kHeader + 4U * first[4] + ((big24(first, 5) + 3) & ~3U);
  if (!is_operation(first[0] & 0xBF, side) || first[4] > kMostExtra || next > kMostData) return CheckResult::no();
  if (bytes.size() < next + kHeader) return wait_or_no(payload);
  const Bytes second = bytes.subspan(next, kHeader);
  if (!is_operation(second[0] & 0xBF, side) || second[4] > kMostExtra) return CheckResult::no();
  const bool holds = side == Side::client ? commands_go_on(first, second) : answers_go_on(first, second);
  return holds ? CheckResult::yes(10) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> iscsi_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"iscsi-login", check_iscsi_login, "an iSCSI login or its answer: stages, versions, reserved fields"},
      NamedCheck{"iscsi-reject", check_iscsi_reject, "iSCSI's reject with the header that it rejects"},
      NamedCheck{"iscsi-session", check_iscsi_session, "two iSCSI headers in a row whose sequence numbers go on"},
  };
  return kChecks;
}

}  // namespace ghostport
