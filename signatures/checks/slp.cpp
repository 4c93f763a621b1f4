#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: RFC 2608 section 8 (version 2), RFC 3528 section 3 (its mesh of agents); RFC 2165 section 4 (version 1).
namespace ghostport {
namespace {

constexpr std::uint32_t kMostFunction1 = 10;
constexpr std::uint32_t kMostFunction2 = 15;
constexpr std::size_t kMostLanguageTag = 35;  // RFC 5646 section 4.4.1

bool is_letter(std::uint8_t byte) noexcept { return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z'); }

/// IANA's numbers: ASCII, ISO 8859 and others of the first ones, UTF-8, the forms of Unicode.
bool is_character_set(std::uint32_t number) noexcept {
  return (number >= 3 && number <= 18) || number == 106 || (number >= 1000 && number <= 1020);
}

bool is_language_tag(Bytes tag) noexcept {
  return tag.size() >= 2 && is_letter(tag[0]) && std::all_of(tag.begin(), tag.end(), [](std::uint8_t byte) {
           return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '-';
         });
}

/// A message, and whether its header may be followed by more than it counts: that is so in a stream.
CheckResult check_version2(const Payload& payload, bool stream) noexcept {
  Cursor cursor(payload.bytes, 1);
  const std::uint32_t function = cursor.u8();
  const std::size_t length = cursor.big24();
  const std::uint32_t flags = cursor.big16();
  const std::size_t extension = cursor.big24();
  cursor.skip(2);  // XID
  const std::size_t tag_length = cursor.big16();
  const bool fixed_ended = cursor.ended();
  if (!fixed_ended) {
    if (function < 1 || function > kMostFunction2 || (flags & 0x1FFF) != 0) return CheckResult::no();
    if (tag_length > kMostLanguageTag || extension >= length) return CheckResult::no();
    if (length < cursor.position() + tag_length) return CheckResult::no();
    if (!stream && length != payload.bytes.size()) return CheckResult::no();
  }
  const Bytes tag = cursor.take(tag_length);
  if (cursor.ended()) return stream ? wait_or_no(payload) : CheckResult::no();
  // Only some acknowledgements name no language.
  if (!tag.empty() && !is_language_tag(tag)) return CheckResult::no();
  if (tag.empty() && (stream || (function != 5 && function != 7))) return CheckResult::no();
  return CheckResult::yes(10 + 2 + tag.size());
}

/// The first version has two letters for the language (ISO 639) and a registered number for the character set.
CheckResult check_version1(const Payload& payload, bool stream) noexcept {
  Cursor cursor(payload.bytes, 1);
  const std::uint32_t function = cursor.u8();
  const std::size_t length = cursor.big16();
  const std::uint32_t flags = cursor.u8();
  const std::uint32_t dialect = cursor.u8();
  const Bytes language = cursor.take(2);
  const std::uint32_t characters = cursor.big16();
  cursor.skip(2);  // XID
  if (cursor.ended()) return stream ? wait_or_no(payload) : CheckResult::no();
  if (function < 1 || function > kMostFunction1 || (flags & 0x07) != 0 || dialect != 0) return CheckResult::no();
  if (!is_letter(language[0]) || !is_letter(language[1])) return CheckResult::no();
  if (length < cursor.position() || !is_character_set(characters)) return CheckResult::no();
  if (!stream && length != payload.bytes.size()) return CheckResult::no();
  return CheckResult::yes(stream ? 8 : 10);
}

CheckResult check_message(const Payload& payload, bool stream) noexcept {
  if (payload.bytes.empty()) return CheckResult::no();
  switch (payload.bytes[0]) {
    case 1: return check_version1(payload, stream);
    case 2: return check_version2(payload, stream);
    default: return CheckResult::no();
  }
}

CheckResult check_slp(const Payload& payload, Side) noexcept { return check_message(payload, false); }
CheckResult check_slp_stream(const Payload& payload, Side) noexcept { return check_message(payload, true); }

}  // namespace

std::span<const NamedCheck> slp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"slp", check_slp, "an SLP header of version 1 or 2 whose length is the datagram's"},
      NamedCheck{"slp-stream", check_slp_stream, "an SLP header over TCP: function, flags, length and language"},
  };
  return kChecks;
}

}  // namespace ghostport
