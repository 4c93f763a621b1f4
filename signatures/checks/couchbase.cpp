#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: Couchbase's kv_engine, docs/BinaryProtocol.md.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 24;
constexpr std::size_t kMostBody = 32 << 20;
constexpr std::size_t kMostKey = 251;
constexpr std::uint32_t kPartitions = 1024;
constexpr unsigned kHello = 0x1F;
constexpr unsigned kSelectBucket = 0x89;

/// Operations that memcached does not have.
bool is_own(unsigned operation) noexcept {
  return operation == kHello || operation == 0x3D || operation == 0x3E || operation == 0x48 ||
         (operation >= 0x50 && operation <= 0x66) || (operation >= 0x81 && operation <= 0x8B) || operation == 0x91 ||
         operation == 0x92 || (operation >= 0x94 && operation <= 0x96) || (operation >= 0xA0 && operation <= 0xAD) ||
         (operation >= 0xB1 && operation <= 0xBF) || (operation >= 0xC1 && operation <= 0xDD) || operation == 0xFE;
}

struct Header {
  bool is_answer = false;
  unsigned operation = 0;
  std::size_t framing = 0;
  std::size_t key = 0;
  std::size_t extras = 0;
  unsigned type = 0;
  std::uint32_t partition = 0;  // of an answer: the status
  std::size_t body = 0;
  std::uint64_t cas = 0;
};

Header read_header(Bytes bytes) noexcept {
  Cursor cursor(bytes);
  Header header;
  const unsigned magic = cursor.u8();
  header.is_answer = magic == 0x81 || magic == 0x18;
  header.operation = cursor.u8();
  header.key = cursor.big16();
  if (magic == 0x08 || magic == 0x18) {  // framing extras take a byte of the key's length
    header.framing = header.key >> 8;
    header.key &= 0xFF;
  }
  header.extras = cursor.u8();
  header.type = cursor.u8();
  header.partition = cursor.big16();
  header.body = cursor.big32();
  cursor.skip(4);
  header.cas = cursor.big64();
  return header;
}

/// What a client says first, HELLO, and what else it asks without a document.
bool request_holds(const Header& header) noexcept {
  if (header.cas != 0 || header.partition >= kPartitions || header.extras > 40) return false;
  const std::size_t value = header.body - header.key - header.extras - header.framing;
  if (header.operation == kHello) return header.extras == 0 && header.partition == 0 && value % 2 == 0;
  if (header.operation == kSelectBucket) return header.extras == 0 && header.key != 0 && value == 0;
  return true;
}

/// Answers have no key; to HELLO they list features of two bytes each.
bool answer_holds(const Header& header) noexcept {
  const std::size_t value = header.body - header.key - header.extras - header.framing;
  if (header.key != 0 || header.partition > 0xFF || header.extras > 32 || header.type > 5) return false;
  return header.operation != kHello || header.partition != 0 ||
         (header.extras == 0 && header.cas == 0 && value % 2 == 0 && value <= 256);
}

CheckResult check_couchbase(const Payload& payload, Side side) noexcept {
  if (payload.bytes.size() < kHeader) return wait_or_no(payload);
  const Header header = read_header(payload.bytes);
  if (header.is_answer != (side == Side::server) || !is_own(header.operation)) return CheckResult::no();
  if (header.type > 7 || header.key > kMostKey || header.body > kMostBody) return CheckResult::no();
  if (header.framing + header.extras + header.key > header.body) return CheckResult::no();
  const bool holds = header.is_answer ? answer_holds(header) : request_holds(header);
  return holds ? CheckResult::yes(header.is_answer ? 10 : kHeader - 4) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> couchbase_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"couchbase", check_couchbase, "a binary memcached header with an operation of Couchbase alone"},
  };
  return kChecks;
}

}  // namespace ghostport
