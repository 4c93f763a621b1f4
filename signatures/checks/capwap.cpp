#include <array>
#include <optional>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: RFC 5415 sections 4.2 (preamble and DTLS), 4.3 (header), 4.4.1 (data keep-alive), 4.5 and 4.6 (control).
namespace ghostport {
namespace {

constexpr std::size_t kLeastHeader = 8;
constexpr std::size_t kSequence = 5;  // message type and sequence number, which the element length does not count
constexpr unsigned kFragment = 0x80;
constexpr unsigned kWireless = 0x20;
constexpr unsigned kRadioMac = 0x10;
constexpr unsigned kKeepAlive = 0x08;

struct Header {
  std::size_t size = 0;
  unsigned binding = 0;
  bool native = false;
  unsigned flags = 0;
};

/// A header in the clear whose reserved bits are zero and which is not a fragment.
std::optional<Header> read_header(Bytes bytes) noexcept {
  if (bytes.size() < kLeastHeader || bytes[0] != 0) return std::nullopt;
  Header header;
  header.size = std::size_t{bytes[1]} >> 3U << 2U;
  header.binding = bytes[2] >> 1 & 0x1FU;
  header.native = (bytes[2] & 1) != 0;
  header.flags = bytes[3];
  if (header.size < kLeastHeader || header.size >= bytes.size()) return std::nullopt;
  if ((header.flags & 0x07) != 0 || (header.flags & kFragment) != 0 || big32(bytes, 4) != 0) return std::nullopt;
  if ((header.flags & kRadioMac) != 0 && (header.size < 16 || (bytes[8] != 6 && bytes[8] != 8))) return std::nullopt;
  if ((header.flags & (kWireless | kRadioMac)) == 0 && header.size != kLeastHeader) return std::nullopt;
  return header;
}

/// Message elements from `at` to the last byte; false where they do not fit.
bool elements_fit(Bytes bytes, std::size_t at) noexcept {
  while (at < bytes.size()) {
    if (bytes.size() - at < 4) return false;
    const std::size_t length = big16(bytes, at + 2);
    const std::uint32_t type = big16(bytes, at);
    if (type == 0 || type > 3072 || length > bytes.size() - at - 4) return false;
    at += 4 + length;
  }
  return true;
}

CheckResult check_control(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  const std::optional<Header> header = read_header(bytes);
  if (!header || header->native || (header->flags & kKeepAlive) != 0) return CheckResult::no();
  const std::size_t at = header->size;
  if (bytes.size() < at + kSequence + 3) return CheckResult::no();
  const std::uint32_t type = bytes[at + 3];
  if (big24(bytes, at) != 0 || type == 0 || type > 31) return CheckResult::no();
  if (at + kSequence + big16(bytes, at + kSequence) != bytes.size() || bytes[at + 7] != 0) return CheckResult::no();
  return elements_fit(bytes, at + 8) ? CheckResult::yes(16) : CheckResult::no();
}

/// The other preamble: records of DTLS 1.0 or 1.2 to the last byte.
CheckResult check_dtls(const Payload& payload, Side) noexcept {
  constexpr std::size_t kRecord = 13;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 4 + kRecord || big32(bytes, 0) != 0x01000000) return CheckResult::no();
  std::size_t at = 4;
  while (at < bytes.size()) {
    if (bytes.size() - at < kRecord || bytes[at] < 20 || bytes[at] > 25) return CheckResult::no();
    const std::uint32_t version = big16(bytes, at + 1);
    const std::size_t length = big16(bytes, at + 11);
    if ((version != 0xFEFF && version != 0xFEFD) || length == 0 || length > bytes.size() - at - kRecord) {
      return CheckResult::no();
    }
    at += kRecord + length;
  }
  return CheckResult::yes(10);
}

/// A frame of IEEE 802.11, or the keep-alive with its session identifier. Controllers fill the wireless field in their
/// own ways, so its length is not asked.
CheckResult check_data(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  const std::optional<Header> header = read_header(bytes);
  if (!header) return CheckResult::no();
  const std::size_t at = header->size;
  if ((header->flags & kKeepAlive) != 0) {
    if (bytes.size() < at + 6 || at + big16(bytes, at) != bytes.size()) return CheckResult::no();
    return elements_fit(bytes, at + 2) ? CheckResult::yes(8) : CheckResult::no();
  }
  const bool frame = header->binding == 1 && header->native && bytes.size() >= at + 10 && (bytes[at] & 0x03) == 0;
  return frame ? CheckResult::yes(6) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> capwap_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"capwap-control", check_control, "a CAPWAP control message: header, length, elements"},
      NamedCheck{"capwap-data", check_data, "a CAPWAP header around a frame of IEEE 802.11, or a keep-alive"},
      NamedCheck{"capwap-dtls", check_dtls, "CAPWAP's preamble before DTLS records to the last byte"},
  };
  return kChecks;
}

}  // namespace ghostport
