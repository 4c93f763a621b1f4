#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: RFC 7252 sections 3, 5.10 and 12, RFC 8323 sections 3.2 and 5.3, IANA's CoRE parameters (methods, codes,
// options).
namespace ghostport {
namespace {

constexpr unsigned kEnoughBits = 40;
constexpr unsigned kLeastRequestBits = 14;  // of a request that has an answer
constexpr unsigned kMostTextBits = 28;

struct Option {
  std::uint16_t number;
  std::uint16_t least;
  std::uint16_t most;
  bool text;
};

/// IANA's registry with the lengths that the options' documents give.
constexpr std::array kOptions{
    Option{1, 0, 8, false},    Option{3, 1, 255, true},   Option{4, 1, 8, false},   Option{5, 0, 0, false},
    Option{6, 0, 3, false},    Option{7, 0, 2, false},    Option{8, 0, 255, true},  Option{9, 0, 255, false},
    Option{11, 0, 255, true},  Option{12, 0, 2, false},   Option{14, 0, 4, false},  Option{15, 0, 255, true},
    Option{16, 1, 1, false},   Option{17, 0, 2, false},   Option{19, 0, 3, false},  Option{20, 0, 255, true},
    Option{21, 0, 255, false}, Option{23, 0, 3, false},   Option{27, 0, 3, false},  Option{28, 0, 4, false},
    Option{31, 0, 3, false},   Option{35, 1, 1034, true}, Option{39, 1, 255, true}, Option{60, 0, 4, false},
    Option{252, 1, 40, false}, Option{258, 0, 1, false},  Option{292, 0, 8, false},
};

const Option* find_option(std::uint32_t number) noexcept {
  const auto found =
      std::lower_bound(kOptions.begin(), kOptions.end(), number,
                       [](const Option& option, std::uint32_t wanted) { return option.number < wanted; });
  return found == kOptions.end() || found->number != number ? nullptr : &*found;
}

/// Delta or length: a nibble, or 13 or 14 with one or two bytes more.
std::uint32_t extended(Cursor& cursor, std::uint32_t nibble) noexcept {
  if (nibble == 13) return 13 + cursor.u8();
  if (nibble == 14) return 269 + cursor.big16();
  return nibble;
}

/// How many bits of the datagram are as the specification wants them; 0 if any is not.
unsigned verified_bits(Bytes bytes) noexcept {
  Cursor cursor(bytes, 4);
  const unsigned token = bytes[0] & 0x0F;
  if (bytes[0] >> 6 != 1 || token > 8) return 0;
  cursor.skip(token);
  unsigned bits = 2 + 4;  // the version; and of the codes, one in sixteen is known
  unsigned text = 0;
  std::uint32_t number = 0;
  while (cursor.left() > 0) {
    const std::uint32_t first = cursor.u8();
    // A payload marker behind no text is worth less: most requests name a path.
    if (first == 0xFF) return cursor.left() == 0 ? 0 : bits + (text != 0 ? 8 : 4) + std::min(text, kMostTextBits);
    if (first >> 4 == 15 || (first & 15) == 15) return 0;
    number += extended(cursor, first >> 4);
    const std::uint32_t length = extended(cursor, first & 15);
    const Bytes value = cursor.take(length);
    const Option* const option = find_option(number);
    if (cursor.ended() || option == nullptr || length < option->least || length > option->most) return 0;
    if (option->text) {
      if (!is_text(value)) return 0;
      text += length;  // a byte of text is 1.4 bits
    }
    bits += option->text ? 2 : 3;
  }
  if (cursor.ended()) return 0;
  return bits + 4 + std::min(text, kMostTextBits);  // the last option ends where the datagram does
}

/// RFC 7252 section 12.1.1, RFC 8132: GET to iPATCH in a confirmable or plain message.
bool is_request(Bytes bytes) noexcept { return bytes[1] >= 1 && bytes[1] <= 7 && (bytes[0] & 0x20) == 0; }

/// Section 12.1.2 with later ones; not in a reset.
bool is_response(Bytes bytes) noexcept {
  const unsigned detail = bytes[1] & 0x1F;
  if ((bytes[0] & 0x30) == 0x30) return false;
  switch (bytes[1] >> 5) {
    case 2: return (detail >= 1 && detail <= 5) || detail == 31;
    case 4:
      return detail <= 6 || detail == 8 || detail == 9 || detail == 12 || detail == 13 || detail == 15 ||
             detail == 22 || detail == 29;
    case 5: return detail <= 5 || detail == 8;
    default: return false;
  }
}

CheckResult check_coap(const Payload& payload, Side side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 4 || !(side == Side::client ? is_request(bytes) : is_response(bytes))) return CheckResult::no();
  const unsigned bits = verified_bits(bytes);
  return bits >= (side == Side::client ? kLeastRequestBits : 1) ? CheckResult::yes(bits / 8) : CheckResult::no();
}

/// A message whose options alone say enough.
CheckResult check_long_coap(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 4 || !(is_request(bytes) || is_response(bytes))) return CheckResult::no();
  const unsigned bits = verified_bits(bytes);
  return bits >= kEnoughBits ? CheckResult::yes(bits / 8) : CheckResult::no();
}

/// Over TCP both ends begin with their capabilities (RFC 8323 sections 3.2 and 5.3): the largest message, blocks.
CheckResult check_coap_settings(const Payload& payload, Side) noexcept {
  constexpr std::uint32_t kSettings = 0xE1;
  Cursor cursor(payload.bytes);
  const std::uint32_t first = cursor.u8();
  const std::size_t length = first >> 4 == 13 ? 13 + cursor.u8() : first >> 4;
  const std::uint32_t code = cursor.u8();
  cursor.skip(first & 15);
  const Bytes options = cursor.take(length);
  if (cursor.ended()) return wait_or_no(payload);
  if (code != kSettings || (first & 15) > 8 || length == 0 || length > 16) return CheckResult::no();
  std::uint32_t number = 0;
  for (std::size_t at = 0; at < options.size(); at += 1U + (options[at] & 15)) {
    number += options[at] >> 4;
    const unsigned size = options[at] & 15;
    if (!(number == 2 && size >= 1 && size <= 4) && !(number == 4 && size == 0)) return CheckResult::no();
    if (size >= options.size() - at) return CheckResult::no();
  }
  return CheckResult::yes(3);
}

}  // namespace

std::span<const NamedCheck> coap_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"coap", check_coap, "a CoAP message whose token, options and payload fill the datagram"},
      NamedCheck{"coap-long", check_long_coap, "a CoAP message whose known options alone prove 40 bits"},
      NamedCheck{"coap-settings", check_coap_settings, "CoAP's capabilities and settings over TCP"},
  };
  return kChecks;
}

}  // namespace ghostport
