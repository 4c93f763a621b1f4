#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: ITU-T H.248.1 annex A (automatic tags) with X.690.
namespace ghostport {
namespace {

/// The definite length of an element that must end exactly where its parent does, or within it.
struct Element {
  std::uint8_t tag = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool good = false;
};

Element element_at(Bytes bytes, std::size_t at) noexcept {
  if (bytes.size() < at + 2) return {};
  std::size_t length = bytes[at + 1];
  std::size_t begin = at + 2;
  if (length > 0x82) return {};
  if (length > 0x80) {
    const std::size_t count = length - 0x80;
    if (bytes.size() < begin + count) return {};
    length = count == 1 ? bytes[begin] : big16(bytes, begin);
    begin += count;
  } else if (length == 0x80) {
    return {};
  }
  return {bytes[at], begin, begin + length, length <= bytes.size() - begin};
}

/// MegacoMessage without authentication: mess { version, mId, messageBody }, each ending where it must.
CheckResult check_binary_megaco(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  const Element message = element_at(bytes, 0);
  if (!message.good || message.tag != 0x30 || message.end != bytes.size()) return CheckResult::no();
  const Element content = element_at(bytes, message.begin);
  if (!content.good || content.tag != 0xA1 || content.end != message.end) return CheckResult::no();
  const Element version = element_at(bytes, content.begin);
  if (!version.good || version.tag != 0x80 || version.end != version.begin + 1) return CheckResult::no();
  if (bytes[version.begin] == 0 || bytes[version.begin] > 4) return CheckResult::no();
  const Element sender = element_at(bytes, version.end);
  if (!sender.good || sender.tag != 0xA1) return CheckResult::no();
  const Element name = element_at(bytes, sender.begin);
  if (!name.good || name.end != sender.end) return CheckResult::no();
  if ((name.tag < 0xA0 || name.tag > 0xA2) && name.tag != 0x83 && name.tag != 0x84) return CheckResult::no();
  const Element body = element_at(bytes, sender.end);
  if (!body.good || body.tag != 0xA2 || body.end != content.end) return CheckResult::no();
  return CheckResult::yes(14);
}

}  // namespace

std::span<const NamedCheck> megaco_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"megaco-binary", check_binary_megaco, "an H.248 message in BER whose elements fill the datagram"},
  };
  return kChecks;
}

}  // namespace ghostport
