#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

namespace ghostport {
namespace {

constexpr std::uint8_t kAlert = 21;
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kWarning = 1;
constexpr std::uint8_t kClientHello = 1;
constexpr std::uint8_t kServerHello = 2;
constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kMostFragment = 1 << 14;   // RFC 8446 section 5.1
constexpr std::size_t kLeastHello = 2 + 32 + 1;  // version, random, length of the session id
constexpr std::size_t kMostHello = 3 * 0x10000;  // cipher suites and extensions at their longest, and the rest

/// SSL 3.0 to TLS 1.3, as records and messages spell them.
bool is_version(unsigned major, unsigned minor) noexcept { return major == 3 && minor <= 4; }

/// The bytes of the handshake message, whatever records they are cut into. Warning alerts may stand before it.
class HandshakeReader {
 public:
  explicit HandshakeReader(Bytes bytes) noexcept : bytes_(bytes) {}

  /// The next `count` (at most 4) bytes as a number; 0 once anything is wrong or the bytes have ended.
  std::uint32_t number(unsigned count) noexcept {
    std::uint32_t value = 0;
    for (; count > 0; --count) value = value << 8 | next();
    return good() ? value : 0;
  }
  void skip(std::size_t count) noexcept {
    for (; count > 0 && good(); --count) next();
  }
  [[nodiscard]] bool good() const noexcept { return !wrong_ && !ended_; }
  [[nodiscard]] bool wrong() const noexcept { return wrong_; }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }

 private:
  std::uint8_t next() noexcept {
    while (left_ == 0 && good()) open_record();
    if (at_ >= bytes_.size()) ended_ = true;
    if (!good()) return 0;
    --left_;
    return bytes_[at_++];
  }

  void open_record() noexcept {
    if (bytes_.size() - at_ < kRecordHeader) {
      ended_ = true;
      return;
    }
    const std::uint8_t type = bytes_[at_];
    const std::size_t length = big16(bytes_, at_ + 3);
    if (!is_version(bytes_[at_ + 1], bytes_[at_ + 2])) {
      wrong_ = true;
    } else if (type == kHandshake && length >= 1 && length <= kMostFragment) {
      started_ = true;
      at_ += kRecordHeader;
      left_ = length;
    } else if (type == kAlert && length == 2 && !started_) {
      skip_alert();
    } else {
      wrong_ = true;
    }
  }

  void skip_alert() noexcept {
    if (bytes_.size() - at_ < kRecordHeader + 2) {
      ended_ = true;
    } else if (bytes_[at_ + kRecordHeader] != kWarning) {
      wrong_ = true;
    } else {
      at_ += kRecordHeader + 2;
    }
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  std::size_t left_ = 0;  // bytes of the open record
  bool started_ = false;
  bool wrong_ = false;
  bool ended_ = false;
};

/// RFC 5246 section 7.4.1.2 and RFC 8446 section 4.1.2, up to the length of the cipher suites.
bool client_hello_holds(HandshakeReader& reader, std::size_t length) noexcept {
  reader.skip(32);
  const std::size_t session = reader.number(1);
  if (!reader.good()) return true;
  if (session > 32) return false;
  reader.skip(session);
  const std::size_t suites = reader.number(2);
  if (!reader.good()) return true;
  return suites >= 2 && suites % 2 == 0 && 2 + 32 + 1 + session + 2 + suites + 2 <= length;
}

/// RFC 5246 section 7.4.1.3 and RFC 8446 section 4.1.3, up to the length of the extensions.
bool server_hello_holds(HandshakeReader& reader, std::size_t length) noexcept {
  reader.skip(32);
  const std::size_t session = reader.number(1);
  if (!reader.good()) return true;
  const std::size_t fixed = 2 + 32 + 1 + session + 3;
  if (session > 32 || fixed > length) return false;
  reader.skip(session + 2);
  const std::uint32_t compression = reader.number(1);
  if (!reader.good()) return true;
  if (compression > 1) return false;
  if (fixed == length) return true;
  const std::size_t extensions = reader.number(2);
  return !reader.good() || fixed + 2 + extensions == length;
}

/// RFC 5246 appendix E.2: a hello in SSL 2.0's form that offers SSL 3.0 or later.
CheckResult check_version2_hello(const Payload& payload) noexcept {
  constexpr std::size_t kFixed = 11;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kFixed) return wait_or_no(payload);
  const std::size_t length = big16(bytes, 0) & 0x7FFF;
  const std::size_t suites = big16(bytes, 5);
  const std::size_t session = big16(bytes, 7);
  const std::size_t challenge = big16(bytes, 9);
  if (bytes[2] != kClientHello || !is_version(bytes[3], bytes[4])) return CheckResult::no();
  if (suites == 0 || suites % 3 != 0) return CheckResult::no();
  if (session != 0 && session != 16 && session != 32) return CheckResult::no();
  if (challenge < 16 || challenge > 32) return CheckResult::no();
  return kFixed - 2 + suites + session + challenge == length ? CheckResult::yes(kFixed) : CheckResult::no();
}

CheckResult check_tls_record(const Payload& payload, Side side) noexcept {
  if (side == Side::client && !payload.bytes.empty() && (payload.bytes[0] & 0x80) != 0) {
    return check_version2_hello(payload);
  }
  HandshakeReader reader(payload.bytes);
  const std::uint32_t type = reader.number(1);
  const std::size_t length = reader.number(3);
  const std::uint32_t version = reader.number(2);
  const bool opened = reader.good();  // type, length and version have been read
  if (opened) {
    if (type != (side == Side::client ? kClientHello : kServerHello)) return CheckResult::no();
    if (length < kLeastHello || length > kMostHello || !is_version(version >> 8, version & 0xFF))
      return CheckResult::no();
    const bool holds = side == Side::client ? client_hello_holds(reader, length) : server_hello_holds(reader, length);
    if (!holds) return CheckResult::no();
  }
  if (reader.wrong()) return CheckResult::no();
  if (reader.good()) return CheckResult::yes(reader.position());
  if (!payload.complete) return CheckResult::more();
  return opened ? CheckResult::yes(reader.position()) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> tls_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"tls-record", check_tls_record, "TLS records down to the fields of a ClientHello or ServerHello"},
  };
  return kChecks;
}

}  // namespace ghostport
