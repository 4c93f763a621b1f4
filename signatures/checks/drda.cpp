#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: The Open Group, DRDA version 5, volume 3: "Distributed Data Management Architecture" (DSS, object headers,
// code points).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 6;
constexpr std::size_t kObject = 4;

enum Kind : std::uint8_t { kRequest = 1, kReply = 2, kObjectData = 3, kNoReply = 5 };

constexpr std::uint16_t kCommands[] = {
    0x1041, 0x1055, 0x106D, 0x106E, 0x2001, 0x2002, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009,
    0x200A, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2010, 0x2011, 0x2012, 0x2013, 0x2014,
};
constexpr std::uint16_t kReplies[] = {
    0x1210, 0x1218, 0x1219, 0x121C, 0x1232, 0x1233, 0x123C, 0x1245, 0x124B, 0x124C, 0x1250,
    0x1251, 0x1252, 0x1253, 0x1254, 0x125F, 0x1443, 0x14AC, 0x2201, 0x2202, 0x2203, 0x2204,
    0x2205, 0x2206, 0x2207, 0x2208, 0x2209, 0x220A, 0x220B, 0x220C, 0x220D, 0x220E, 0x220F,
    0x2210, 0x2211, 0x2212, 0x2213, 0x2216, 0x2217, 0x2218, 0x2219, 0x221A, 0x221D, 0x2225,
};
constexpr std::uint16_t kObjects[] = {
    0x0010, 0x147A, 0x2408, 0x240E, 0x2411, 0x2412, 0x2413, 0x2414, 0x2419, 0x241A, 0x241B, 0x2450, 0x146C,
};

bool is_one_of(std::span<const std::uint16_t> points, std::uint32_t point) noexcept {
  return std::ranges::find(points, point) != points.end();
}

/// Client requests are commands and their data, server replies are messages and data.
bool fits(unsigned kind, std::uint32_t point, Side side) noexcept {
  switch (kind) {
    case kRequest:
    case kNoReply: return side == Side::client && is_one_of(kCommands, point);
    case kReply: return side == Side::server && is_one_of(kReplies, point);
    case kObjectData: return is_one_of(kObjects, point);
    default: return false;
  }
}

/// Data structures one behind the other. An object that fills its structure's length has proven both.
CheckResult check_drda(const Payload& payload, Side side) noexcept {
  Cursor cursor(payload.bytes);
  std::size_t proven = 0;
  bool has_role = false;
  while (cursor.left() >= kHeader + kObject) {
    const std::uint32_t length = cursor.big16();
    const std::uint32_t magic = cursor.u8();
    const std::uint32_t format = cursor.u8();
    cursor.skip(2);  // correlation
    const std::uint32_t size = cursor.big16();
    const std::uint32_t point = cursor.big16();
    const unsigned kind = format & 0x0F;
    const bool continued = (length & 0x8000) != 0;
    if (magic != 0xD0 || (format & 0x80) != 0 || !fits(kind, point, side)) return CheckResult::no();
    // Longer objects tell their length in further bytes, or fill several structures.
    const bool long_object = continued || (size & 0x8000) != 0;
    if (!long_object) {
      if (length < kHeader + kObject || size < kObject || size > length - kHeader) return CheckResult::no();
      if (kind != kObjectData && size != length - kHeader) return CheckResult::no();
    }
    has_role = has_role || kind != kObjectData;
    proven += long_object ? 4 : 8;
    if (long_object || proven >= 64) break;
    if (!cursor.has(size - kObject)) break;
    cursor.skip(length - kHeader - kObject);
    if (cursor.ended()) break;
  }
  if (proven >= 8 && (has_role || proven >= 16)) return CheckResult::yes(proven);
  return wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> drda_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"drda", check_drda, "DRDA's data structures: lengths, kinds and known code points"},
  };
  return kChecks;
}

}  // namespace ghostport
