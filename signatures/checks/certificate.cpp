#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/families.h"
#include "signatures/checks/tls_records.h"

// Sources: RFC 5246 section 7.4.2 (Certificate), RFC 5280 section 4.1 (its fields, in the DER of X.690); the names in
// Tor's link certificates: Tor's proposals 176 and 179 and its tor_tls_context_new(); AnyDesk's names: what several
// published inventories of certificates agree on.
namespace ghostport {
namespace {

constexpr std::uint8_t kClientHello = 1;
constexpr std::uint8_t kServerHello = 2;
constexpr std::uint8_t kCertificate = 11;
constexpr unsigned kInteger = 0x02;
constexpr unsigned kIdentifier = 0x06;
constexpr unsigned kSequence = 0x30;
constexpr unsigned kSet = 0x31;
constexpr unsigned kVersion = 0xA0;
constexpr std::size_t kMostName = 1024;
constexpr std::uint32_t kServerName = 0;

/// A name of a certificate: how many attributes it has, and the last commonName.
struct Name {
  std::array<char, 64> letters{};  // RFC 5280 appendix A.1: ub-common-name
  std::size_t size = 0;
  unsigned attributes = 0;
  [[nodiscard]] std::string_view common() const noexcept { return {letters.data(), size}; }
};

struct Names {
  Name issuer;
  Name subject;
};

/// Reads DER through the records. What does not fit sets `wrong`, which stays.
class DerReader {
 public:
  explicit DerReader(TlsHandshakeReader& reader) noexcept : reader_(reader) {}

  [[nodiscard]] bool good() const noexcept { return !wrong_ && reader_.good(); }
  [[nodiscard]] bool wrong() const noexcept { return wrong_ || reader_.wrong(); }
  void refuse() noexcept { wrong_ = true; }

  /// The header of an element with this tag, any where it is 0; returns its length.
  std::size_t open(unsigned tag) noexcept {
    const unsigned found = byte();
    if (good() && tag != 0 && found != tag) wrong_ = true;
    std::size_t length = byte();
    if (length >= 0x80) {
      const unsigned more = length & 0x7F;
      if (more == 0 || more > 3) wrong_ = true;
      length = 0;
      for (unsigned i = 0; i < more && good(); ++i) length = length << 8 | byte();
    }
    return good() ? length : 0;
  }
  void skip(std::size_t count) noexcept {
    if (good()) reader_.skip(count);
    read_ += count;
  }
  unsigned byte() noexcept {
    ++read_;
    return good() ? reader_.number(1) : 0;
  }
  [[nodiscard]] std::size_t read() const noexcept { return read_; }

 private:
  TlsHandshakeReader& reader_;
  std::size_t read_ = 0;
  bool wrong_ = false;
};

/// AttributeTypeAndValue within its SET; id-at-commonName is 2.5.4.3.
void read_attribute(DerReader& der, Name& name) noexcept {
  der.open(kSet);
  der.open(kSequence);
  const std::size_t length = der.open(kIdentifier);
  unsigned identifier = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(length, 3); ++i) identifier = identifier << 8 | der.byte();
  if (length > 3) der.skip(length - 3);
  const bool common = length == 3 && identifier == 0x550403;
  ++name.attributes;
  const std::size_t size = der.open(0);
  if (!common || size > name.letters.size()) {
    der.skip(size);
    return;
  }
  for (std::size_t i = 0; i < size; ++i) name.letters[i] = static_cast<char>(der.byte());
  name.size = size;
}

void read_name(DerReader& der, Name& name) noexcept {
  const std::size_t length = der.open(kSequence);
  if (length > kMostName) der.refuse();
  const std::size_t end = der.read() + length;
  while (der.good() && der.read() < end) read_attribute(der, name);
  if (der.good() && der.read() != end) der.refuse();
}

/// From the first handshake message to the subject of the first certificate.
CheckState read_names(TlsHandshakeReader& reader, Names& names) noexcept {
  DerReader der(reader);
  const auto at_fault = [&] { return der.wrong() ? CheckState::no : CheckState::more; };
  if (const std::uint32_t type = reader.number(1); reader.good() && type != kServerHello) return CheckState::no;
  reader.skip(reader.number(3));
  if (const std::uint32_t type = reader.number(1); reader.good() && type != kCertificate) return CheckState::no;
  reader.skip(9);  // the lengths of the message, of the list and of the first certificate
  der.open(kSequence);
  der.open(kSequence);
  der.skip(der.open(kVersion));
  der.skip(der.open(kInteger));
  der.skip(der.open(kSequence));
  read_name(der, names.issuer);
  der.skip(der.open(kSequence));
  read_name(der, names.subject);
  return der.good() ? CheckState::yes : at_fault();
}

CheckResult check_names(const Payload& payload, bool (*wanted)(const Names& names) noexcept) noexcept {
  TlsHandshakeReader reader(payload.bytes);
  Names names;
  switch (read_names(reader, names)) {
    case CheckState::no: return CheckResult::no();
    case CheckState::more: return wait_or_no(payload);
    case CheckState::yes: break;
  }
  return wanted(names) ? CheckResult::yes(reader.position()) : CheckResult::no();
}

/// "www.", 8 to 20 letters of base32, and the ending: the only attribute.
bool is_random_host(const Name& name, std::string_view ending) noexcept {
  constexpr std::string_view kStart = "www.";
  std::string_view host = name.common();
  if (name.attributes != 1 || !host.starts_with(kStart) || !host.ends_with(ending)) return false;
  if (host.size() < kStart.size() + 8 + ending.size() || host.size() > kStart.size() + 20 + ending.size()) return false;
  host = host.substr(kStart.size(), host.size() - kStart.size() - ending.size());
  return std::ranges::all_of(host, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

/// Two names of the random kind, as no authority gives them; a relay before link protocol 3 ended both in .net.
bool are_of_tor(const Names& names) noexcept {
  return is_random_host(names.subject, ".net") &&
         (is_random_host(names.issuer, ".com") || is_random_host(names.issuer, ".net"));
}

bool are_of_anydesk(const Names& names) noexcept {
  constexpr std::string_view kRoot = "AnyNet Root CA";
  return names.subject.common() == "AnyDesk Client" || names.subject.common() == "AnyNet Relay" ||
         names.issuer.common().starts_with(kRoot);
}

/// A client that asks for one of AnyDesk's relays by name: server_name, RFC 6066 section 3.
CheckResult check_anydesk_server_name(const Payload& payload, Side) noexcept {
  constexpr std::string_view kRelays = ".net.anydesk.com";
  TlsHandshakeReader reader(payload.bytes);
  if (const std::uint32_t type = reader.number(1); reader.good() && type != kClientHello) return CheckResult::no();
  reader.skip(3 + 2 + 32);  // length, version, random
  reader.skip(reader.number(1));
  reader.skip(reader.number(2));
  reader.skip(reader.number(1));
  std::size_t left = reader.number(2);
  while (reader.good() && left >= 4) {
    const std::uint32_t type = reader.number(2);
    const std::size_t length = reader.number(2);
    if (reader.good() && type == kServerName) {
      reader.skip(2 + 1);  // lengths of the list, and the type of its only name
      const std::size_t size = reader.number(2);
      if (size < kRelays.size() || size + 5 != length) return reader.good() ? CheckResult::no() : wait_or_no(payload);
      reader.skip(size - kRelays.size());
      for (const char letter : kRelays) {
        if (const std::uint32_t byte = reader.number(1); reader.good() && byte != static_cast<std::uint8_t>(letter))
          return CheckResult::no();
      }
      return reader.good() ? CheckResult::yes(reader.position()) : wait_or_no(payload);
    }
    reader.skip(length);
    left -= std::min(left, 4 + length);
  }
  return reader.wrong() || reader.good() ? CheckResult::no() : wait_or_no(payload);
}

CheckResult check_tor_certificate(const Payload& payload, Side) noexcept { return check_names(payload, are_of_tor); }

CheckResult check_anydesk_certificate(const Payload& payload, Side) noexcept {
  return check_names(payload, are_of_anydesk);
}

}  // namespace

std::span<const NamedCheck> certificate_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"anydesk-certificate", check_anydesk_certificate, "a TLS certificate with the names of AnyDesk"},
      NamedCheck{"anydesk-server-name", check_anydesk_server_name, "a TLS ClientHello to a relay of AnyDesk"},
      NamedCheck{"tor-certificate", check_tor_certificate, "a TLS certificate with the random names of a Tor relay"},
  };
  return kChecks;
}

}  // namespace ghostport
