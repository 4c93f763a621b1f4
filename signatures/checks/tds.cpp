#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: [MS-TDS] sections 2.2.3 (packet header), 2.2.5 and 2.2.6 (messages), 2.2.7 (tokens); Sybase "TDS 5.0
// Functional Specification" (login record, LANGUAGE, LOGINACK).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 8;
constexpr std::size_t kMostPacket = 32767;

enum Type : std::uint8_t {
  kBatch = 0x01,
  kOldLogin = 0x02,
  kCall = 0x03,
  kResponse = 0x04,
  kAttention = 0x06,
  kBulk = 0x07,
  kTransaction = 0x0E,
  kNormal = 0x0F,
  kLogin = 0x10,
  kSspi = 0x11,
  kPreLogin = 0x12,
};

/// End of message, ignore, reset connection, and reset but keep the transaction.
bool is_status(unsigned status) noexcept { return (status & ~0x1BU) == 0; }

bool is_type(unsigned type) noexcept {
  return (type >= kBatch && type <= kResponse) || type == kAttention || type == kBulk || type == 8 ||
         (type >= kTransaction && type <= kPreLogin);
}

/// A table of offsets and lengths that lie within the message, the version first; or TLS inside the packet.
Step read_prelogin(Bytes body, std::size_t size) noexcept {
  Cursor cursor(body);
  if (!body.empty() && body[0] == 0x16) {
    cursor.skip(1);
    const std::uint32_t version = cursor.big16();
    cursor.skip(2);
    const std::uint32_t hello = cursor.u8();
    if (cursor.ended()) return Step::ended;
    return version >= 0x0300 && version <= 0x0304 && (hello <= 2 || hello == 11 || hello == 14 || hello == 16)
               ? Step::done
               : Step::wrong;
  }
  std::size_t table = 0;
  std::size_t data = 0;
  for (unsigned options = 0; options < 16; ++options) {
    const std::uint32_t token = cursor.u8();
    if (cursor.ended()) return Step::ended;
    if (token == 0xFF) return options > 0 && data >= cursor.position() ? Step::done : Step::wrong;
    const std::size_t offset = cursor.big16();
    const std::size_t length = cursor.big16();
    if (cursor.ended()) return Step::ended;
    if (token > 7 || offset + length > size || offset < 6) return Step::wrong;
    if (options == 0 && (token != 0 || length != 6)) return Step::wrong;
    if (options == 0) data = table = offset;
    if (cursor.position() >= table) return Step::wrong;
  }
  return Step::wrong;
}

/// LOGIN7: its own length, a version of TDS 7, offsets behind the fixed part.
Step read_login(Bytes body, std::size_t size) noexcept {
  Cursor cursor(body);
  const std::size_t length = cursor.little32();
  const std::uint32_t version = cursor.little32();
  cursor.skip(4 * 7);
  const std::size_t host = cursor.little16();
  if (cursor.ended()) return Step::ended;
  if (length < 86 || length > 0x20000 || (size + kHeader < 512 && length > size)) return Step::wrong;
  const std::uint32_t family = version >> 24;
  if (family < 0x70 || family > 0x74 || host < 86 || host > 110) return Step::wrong;
  return Step::done;
}

/// Sybase's login record: names with their lengths behind them, then how the client writes numbers.
Step read_old_login(Bytes body) noexcept {
  if (body.size() < 129) return Step::ended;
  for (const std::size_t at : {30U, 61U, 92U, 123U}) {
    if (body[at] > 30) return Step::wrong;
    if (!is_zero(body.subspan(at - 30 + body[at], 30U - body[at]))) return Step::wrong;
  }
  const bool kinds = (body[124] | 1) == 3 && body[125] <= 1 && (body[126] | 1) == 7 && body[127] >= 4 &&
                     body[127] <= 10 && (body[128] == 8 || body[128] == 9);
  return kinds ? Step::done : Step::wrong;
}

/// ALL_HEADERS of TDS 7.2: lengths that add up; the transaction's header is 18 bytes long.
Step read_all_headers(Cursor& cursor) noexcept {
  const std::size_t total = cursor.little32();
  if (cursor.ended()) return Step::ended;
  if (total < 4 + 18 || total > 512) return Step::wrong;
  bool transaction = false;
  while (cursor.position() < total) {
    const std::size_t length = cursor.little32();
    const std::uint32_t type = cursor.little16();
    if (cursor.ended()) return Step::ended;
    if (length < 6 || type < 1 || type > 3 || (type == 2 && length != 18)) return Step::wrong;
    transaction = transaction || type == 2;
    cursor.skip(length - 6);
    if (cursor.ended()) return Step::ended;
  }
  return transaction && cursor.position() == total ? Step::done : Step::wrong;
}

/// Two-byte letters of which the first eight are ASCII.
bool is_wide_text(Bytes body) noexcept {
  if (body.size() < 16) return false;
  for (std::size_t i = 0; i < 16; i += 2) {
    const unsigned letter = body[i];
    if (body[i + 1] != 0 || (letter < 0x20 && letter != '\t' && letter != '\n' && letter != '\r') || letter > 0x7E)
      return false;
  }
  return true;
}

Step read_batch(Bytes body) noexcept {
  if (is_wide_text(body)) return Step::done;  // before TDS 7.2
  Cursor cursor(body);
  return read_all_headers(cursor);
}

/// A procedure's number or its name, behind the headers of TDS 7.2.
Step read_call(Bytes body) noexcept {
  Cursor cursor(body);
  if (body.size() > 3 && body[2] == 0 && body[3] == 0) {
    if (const Step step = read_all_headers(cursor); step != Step::done) return step;
  }
  const bool headers = cursor.position() != 0;
  const std::size_t name = cursor.little16();
  if (cursor.ended()) return Step::ended;
  if (name == 0xFFFF) {
    const std::uint32_t number = cursor.little16();
    if (cursor.ended()) return Step::ended;
    return number >= 1 && number <= 15 ? Step::done : Step::wrong;
  }
  if (headers) return name >= 1 && name <= 1046 ? Step::done : Step::wrong;
  if (name < 4 || name > 1046) return Step::wrong;
  const Bytes text = cursor.take(std::min<std::size_t>(2 * name, 16));
  if (cursor.ended()) return Step::ended;
  if (text.size() == 16) return is_wide_text(text) ? Step::done : Step::wrong;
  for (std::size_t i = 1; i < text.size(); i += 2) {
    if (text[i] != 0) return Step::wrong;
  }
  return Step::done;
}

/// Transaction manager requests stand behind the headers; their numbers are 0 to 9.
Step read_transaction(Bytes body) noexcept {
  Cursor cursor(body);
  if (const Step step = read_all_headers(cursor); step != Step::done) return step;
  const std::uint32_t request = cursor.little16();
  if (cursor.ended()) return Step::ended;
  return request <= 9 ? Step::done : Step::wrong;
}

/// A language command of TDS 5.0 whose length is that of the packet's rest or more.
Step read_normal(Bytes body, std::size_t size) noexcept {
  Cursor cursor(body);
  const std::uint32_t token = cursor.u8();
  const std::size_t length = cursor.little32();
  const std::uint32_t status = cursor.u8();
  if (cursor.ended()) return Step::ended;
  return token == 0x21 && status <= 1 && length >= 2 && length + 5 == size ? Step::done : Step::wrong;
}

Step read_sspi(Bytes body) noexcept {
  constexpr std::uint8_t kNtlm[] = {'N', 'T', 'L', 'M', 'S', 'S', 'P', 0};
  if (body.size() < sizeof kNtlm) return Step::ended;
  return std::equal(std::begin(kNtlm), std::end(kNtlm), body.begin()) ? Step::done : Step::wrong;
}

/// COLMETADATA: a count, then a column's user type, of two bytes or of four as from TDS 7.2.
Step read_columns(Cursor& cursor) noexcept {
  const std::uint32_t count = cursor.little16();
  cursor.skip(1);
  const std::uint32_t user = cursor.u8();
  const std::uint32_t zero = cursor.little16();
  const std::uint32_t flags = cursor.little16();
  if (cursor.ended()) return Step::ended;
  if (count == 0 || count > 4096 || user != 0) return Step::wrong;
  // The newer form has two zeros here, then the flags; the older the flags, then a type of 1F or more.
  return zero == 0 || (flags & 0xFF) >= 0x1F ? Step::done : Step::wrong;
}

/// The token at `cursor`, of a message that ends at `size`, to its end; `last` where what follows has no length.
Step skip_token(Cursor& cursor, std::size_t size, bool& last) noexcept {
  const std::uint32_t token = cursor.u8();
  if (cursor.ended()) return Step::ended;
  switch (token) {
    case 0x81: last = true; return read_columns(cursor);
    case 0x79: cursor.skip(4); break;
    case 0xFD:
    case 0xFE:
    case 0xFF: {  // DONE, DONEPROC, DONEINPROC
      const std::uint32_t status = cursor.little16();
      cursor.skip(2);
      if (cursor.ended()) return Step::ended;
      // Without the bit for more it is the last one: a count of 4 bytes, or of 8 as from TDS 7.2.
      const std::size_t left = size - cursor.position();
      if ((status & ~0x137U) != 0 || left < 4) return Step::wrong;
      if ((status & 1) == 0 && left != 4 && left != 8) return Step::wrong;
      last = true;
      break;
    }
    case 0xE3: {  // ENVCHANGE
      const std::size_t length = cursor.little16();
      const Bytes body = cursor.take(length);
      if (!cursor.ended() && (body.size() < 3 || body[0] < 1 || body[0] > 20)) return Step::wrong;
      break;
    }
    case 0xAA:    // ERROR
    case 0xAB: {  // INFO
      const std::size_t length = cursor.little16();
      const Bytes body = cursor.take(length);
      if (!cursor.ended() && (body.size() < 12 || body[5] > 25 || 8U + 2U * little16(body, 6) > length))
        return Step::wrong;
      break;
    }
    case 0xAD: {  // LOGINACK: of TDS 7 its interface, of TDS 5.0 its status
      const std::size_t length = cursor.little16();
      const Bytes body = cursor.take(length);
      if (!cursor.ended() && (body.size() < 10 || body[0] > 7 || (body[1] < 0x70 && body[1] != 5) || body[1] > 0x74))
        return Step::wrong;
      break;
    }
    case 0xED: cursor.skip(cursor.little16()); break;  // SSPI
    default: return Step::wrong;
  }
  return cursor.ended() ? Step::ended : Step::done;
}

/// The tokens of an answer, as far as they have lengths; or the server's side of a pre-login.
Step read_response(Bytes body, std::size_t size) noexcept {
  if (!body.empty() && body[0] == 0) return read_prelogin(body, size);
  Cursor cursor(body);
  bool last = false;
  do {
    if (const Step step = skip_token(cursor, size, last); step != Step::done) return step;
  } while (!last && cursor.position() < size);
  return Step::done;
}

Step read_body(unsigned type, Bytes body, std::size_t size) noexcept {
  switch (type) {
    case kBatch: return read_batch(body);
    case kOldLogin: return read_old_login(body);
    case kCall: return read_call(body);
    case kResponse: return read_response(body, size);
    case kAttention: return size == 0 ? Step::done : Step::wrong;
    case kTransaction: return read_transaction(body);
    case kNormal: return read_normal(body, size);
    case kLogin: return read_login(body, size);
    case kSspi: return read_sspi(body);
    case kPreLogin: return read_prelogin(body, size);
    default: return Step::wrong;
  }
}

CheckResult check_tds(const Payload& payload, Side side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const unsigned type = bytes[0];
  const std::size_t length = big16(bytes, 2);
  if ((type == kResponse) != (side == Side::server) || !is_status(bytes[1]) || bytes[7] != 0) return CheckResult::no();
  if (length < kHeader || length > kMostPacket) return CheckResult::no();
  const std::size_t size = length - kHeader;
  const Step step = read_body(type, bytes.subspan(kHeader, std::min(size, bytes.size() - kHeader)), size);
  if (step == Step::wrong) return CheckResult::no();
  if (step == Step::ended) return bytes.size() < length ? wait_or_no(payload) : CheckResult::no();
  // Another packet's header follows, or nothing.
  if (bytes.size() > length && !is_type(bytes[length])) return CheckResult::no();
  return CheckResult::yes(kHeader - 3 + 6);
}

}  // namespace

std::span<const NamedCheck> tds_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"tds", check_tds, "a TDS packet: its header, and what a message of its type begins with"},
  };
  return kChecks;
}

}  // namespace ghostport
