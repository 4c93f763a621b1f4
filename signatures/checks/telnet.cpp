#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: RFC 854 (commands), RFC 855 (option negotiation and subnegotiation); IANA's list of Telnet options.
namespace ghostport {
namespace {

constexpr std::uint8_t kIac = 0xFF;
constexpr std::uint8_t kWill = 0xFB;
constexpr std::uint8_t kSubnegotiation = 0xFA;
constexpr std::uint8_t kSubnegotiationEnd = 0xF0;
constexpr std::uint8_t kLeastCommand = 0xEF;  // END OF RECORD (RFC 885), in front of SE
constexpr std::size_t kMostSubnegotiation = 512;
constexpr unsigned kEnoughBits = 32;

bool is_option(std::uint8_t option) noexcept { return option <= 49 || (option >= 138 && option <= 140); }

bool is_terminal_text(std::uint8_t byte) noexcept {
  return (byte >= 0x20 && byte < 0x7F) || (byte >= 0x07 && byte <= 0x0D) || byte == 0x1B || byte == 0;
}

/// Reads commands and text as they come. Each negotiation proves two bytes and a part of the third.
class Reader {
 public:
  explicit Reader(Bytes bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] bool enough() const noexcept { return bits_ >= kEnoughBits; }
  [[nodiscard]] std::size_t proven() const noexcept { return bits_ / 8; }

  /// False: this is no Telnet. Ends where the bytes do, or where enough is proven.
  bool read() noexcept {
    while (at_ < bytes_.size() && !enough()) {
      if (bytes_[at_] != kIac) {
        if (!is_terminal_text(bytes_[at_])) return false;
        ++at_;
      } else if (left() < 2) {
        return true;
      } else if (!read_command(bytes_[at_ + 1])) {
        return false;
      }
    }
    return true;
  }

 private:
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - at_; }

  bool read_command(std::uint8_t command) noexcept {
    if (command == kIac) return false;  // the escaped 255: no text
    if (command == kSubnegotiation) return read_subnegotiation();
    if (command < kWill) {
      at_ += 2;
      return command >= kLeastCommand && command != kSubnegotiationEnd;
    }
    if (left() < 3) {
      at_ = bytes_.size();
      return true;
    }
    if (!is_option(bytes_[at_ + 2])) return false;
    bits_ += 16;
    at_ += 3;
    return true;
  }

  bool read_subnegotiation() noexcept {
    const std::size_t begin = at_ + 2;
    if (begin < bytes_.size() && !is_option(bytes_[begin])) return false;
    for (std::size_t at = begin + 1; at + 1 < bytes_.size(); ++at) {
      if (at - begin > kMostSubnegotiation) return false;
      if (bytes_[at] != kIac) continue;
      if (bytes_[at + 1] == kSubnegotiationEnd) {
        bits_ += 34;
        at_ = at + 2;
        return true;
      }
      if (bytes_[at + 1] != kIac) return false;
      ++at;
    }
    at_ = bytes_.size();
    return true;
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  unsigned bits_ = 0;
};

CheckResult check_telnet(const Payload& payload, Side) noexcept {
  Reader reader(payload.bytes);
  if (!reader.read()) return CheckResult::no();
  return reader.enough() ? CheckResult::yes(reader.proven()) : wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> telnet_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"telnet", check_telnet, "Telnet's negotiation of known options, at least two or a subnegotiation"},
  };
  return kChecks;
}

}  // namespace ghostport
