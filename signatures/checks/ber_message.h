// Reads BER elements (ITU-T X.690 section 8.1) of a message of which not all bytes need to have arrived.
// Called by the checks of LDAP and Kerberos.
#pragma once

#include <cstddef>
#include <cstdint>

#include "signatures/checks/bytes.h"

namespace ghostport {

/// An element with a tag of one byte: where its contents begin and end, whether or not they are there.
struct BerElement {
  std::uint8_t tag = 0;
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] std::size_t size() const noexcept { return end - begin; }
};

/// Walks over elements side by side; enter() goes into one, its end being the bound of what is read there.
/// What does not hold sets `wrong`, what has not arrived sets `ended`; the first of them stays.
class BerReader {
 public:
  explicit BerReader(Bytes bytes, std::size_t at = 0) noexcept : bytes_(bytes), at_(at) {}

  [[nodiscard]] bool good() const noexcept { return !wrong_ && !ended_; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  /// Bytes of tags, lengths and numbers read so far.
  [[nodiscard]] std::size_t proven() const noexcept { return proven_; }

  /// The next element, which must end at or before `bound`; the reader then stands behind it. Definite lengths of up
  /// to four bytes: LDAP (RFC 4511 section 5.1) and DER know no others.
  BerElement next(std::size_t bound) noexcept {
    const std::size_t start = at_;
    BerElement element;
    element.tag = byte(bound);
    if ((element.tag & 0x1F) == 0x1F) wrong();
    std::size_t length = byte(bound);
    if (length >= 0x80) {
      std::size_t count = length & 0x7F;
      if (count == 0 || count > 4) wrong();
      for (length = 0; count > 0 && good(); --count) length = length << 8 | byte(bound);
    }
    if (good() && length > bound - at_) wrong();
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
    if (good() && element.tag != tag) wrong();
    return element;
  }
  /// The number in an INTEGER or ENUMERATED of at most four bytes, not negative.
  std::uint32_t number(const BerElement& element) noexcept {
    if (good() && (element.size() == 0 || element.size() > 4)) wrong();
    if (good() && element.begin < bytes_.size() && bytes_[element.begin] >= 0x80) wrong();
    if (good() && element.end > bytes_.size()) ended_ = true;
    if (!good()) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = element.begin; i < element.end; ++i) value = value << 8 | bytes_[i];
    proven_ += element.size();
    return value;
  }
  void enter(const BerElement& element) noexcept { at_ = element.begin; }
  void leave(const BerElement& element) noexcept { at_ = element.end; }
  void require(bool holds) noexcept {
    if (good() && !holds) wrong();
  }

 private:
  void wrong() noexcept { wrong_ = !ended_; }
  std::uint8_t byte(std::size_t bound) noexcept {
    if (!good()) return 0;
    if (at_ >= bound) {
      wrong();
      return 0;
    }
    if (at_ >= bytes_.size()) {
      ended_ = true;
      return 0;
    }
    return bytes_[at_++];
  }

  Bytes bytes_;
  std::size_t at_;
  std::size_t proven_ = 0;
  bool wrong_ = false;
  bool ended_ = false;
};

}  // namespace ghostport
