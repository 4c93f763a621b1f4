// Reads BER (ITU-T X.690 section 8.1), for the checks of protocols that are written in ASN.1.
// Tags of one byte, and definite lengths of up to four: LDAP (RFC 4511 section 5.1), SNMP (RFC 3417 section 8) and DER
// know no others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "signatures/checks/bytes.h"

namespace ghostport {

namespace ber {
constexpr std::uint8_t kBoolean = 0x01;
constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kObjectIdentifier = 0x06;
constexpr std::uint8_t kEnumerated = 0x0A;
constexpr std::uint8_t kSequence = 0x30;
}  // namespace ber

/// An element: where its contents begin and end in the message, whether or not they have arrived.
struct BerElement {
  std::uint8_t tag = 0;
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] std::size_t size() const noexcept { return end - begin; }
};

/// Walks over elements side by side; enter() goes into one, whose end then bounds what is read there.
/// What does not hold is `wrong`, what has not arrived is `ended`; the first of them stays, and nothing more is read.
class BerReader {
 public:
  explicit BerReader(Bytes bytes, std::size_t at = 0) noexcept : bytes_(bytes), at_(at) {}

  [[nodiscard]] bool good() const noexcept { return !wrong_ && !ended_; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  /// Bytes of tags, lengths and numbers read so far.
  [[nodiscard]] std::size_t proven() const noexcept { return proven_; }
  /// As much of an element's contents as has arrived.
  [[nodiscard]] Bytes content(const BerElement& element) const noexcept {
    const std::size_t begin = std::min(element.begin, bytes_.size());
    return bytes_.subspan(begin, std::min(element.end, bytes_.size()) - begin);
  }

  /// The first byte of the next element's tag; 0 where it is not at hand.
  [[nodiscard]] std::uint8_t peek() const noexcept { return good() && at_ < bytes_.size() ? bytes_[at_] : 0; }

  /// The next element, which must end at or before `bound`; the reader then stands behind it.
  BerElement next(std::size_t bound) noexcept {
    const std::size_t start = at_;
    BerElement element;
    element.tag = byte(bound);
    require((element.tag & 0x1F) != 0x1F);
    std::size_t length = byte(bound);
    if (length >= 0x80) {
      std::size_t count = length & 0x7F;
      require(count >= 1 && count <= 4);
      for (length = 0; count > 0 && good(); --count) length = length << 8 | byte(bound);
    }
    require(at_ <= bound && length <= bound - at_);
    if (!good()) return {};
    element.begin = at_;
    element.end = at_ + length;
    proven_ += at_ - start;
    at_ = element.end;
    return element;
  }
  /// The next element, which must have this tag.
  BerElement expect(std::uint8_t tag, std::size_t bound) noexcept {
    const BerElement element = next(bound);
    require(element.tag == tag);
    return element;
  }
  /// The next element, which must have this tag and reach to `bound`.
  BerElement expect_last(std::uint8_t tag, std::size_t bound) noexcept {
    const BerElement element = expect(tag, bound);
    require(element.end == bound);
    return element;
  }
  /// The number in an INTEGER or a type of its kind, of at most four bytes; a fifth in front may be zero.
  std::int64_t integer(const BerElement& element) noexcept {
    require(element.size() >= 1 && element.size() <= 5);
    const Bytes digits = content(element);
    require(element.size() < 5 || digits.empty() || digits[0] == 0);
    if (good() && digits.size() < element.size()) ended_ = true;
    if (!good()) return 0;
    std::int64_t value = digits[0] >= 0x80 ? -1 : 0;
    for (const std::uint8_t digit : digits) value = value * 256 + digit;
    proven_ += digits.size();
    return value;
  }
  /// The number in the next element, which must have this tag.
  std::int64_t integer(std::uint8_t tag, std::size_t bound) noexcept { return integer(expect(tag, bound)); }
  /// The same where no number is negative.
  std::int64_t natural(std::uint8_t tag, std::size_t bound) noexcept {
    const std::int64_t value = integer(tag, bound);
    require(value >= 0);
    return value;
  }

  void enter(const BerElement& element) noexcept { at_ = element.begin; }
  void leave(const BerElement& element) noexcept { at_ = element.end; }
  void require(bool holds) noexcept {
    if (good() && !holds) wrong_ = true;
  }

 private:
  std::uint8_t byte(std::size_t bound) noexcept {
    require(at_ < bound);
    if (good() && at_ >= bytes_.size()) ended_ = true;
    return good() ? bytes_[at_++] : std::uint8_t{0};
  }

  Bytes bytes_;
  std::size_t at_;
  std::size_t proven_ = 0;
  bool wrong_ = false;
  bool ended_ = false;
};

/// What a check says that has read its message.
[[nodiscard]] inline CheckResult result_of(const BerReader& reader, const Payload& payload,
                                           std::size_t proven) noexcept {
  if (reader.good()) return CheckResult::yes(proven);
  return reader.ended() ? wait_or_no(payload) : CheckResult::no();
}

}  // namespace ghostport
