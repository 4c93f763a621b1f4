// A good payload with one byte changed, for the tests of structural checks: each field that a check verifies, wrong
// once.
#pragma once

#include <initializer_list>

#include "tests/signatures/payloads.h"

namespace ghostport {

struct Byte {
  std::size_t at;
  unsigned value;
};

inline ByteString changed(ByteString bytes, std::initializer_list<Byte> wrong) {
  for (const Byte& byte : wrong) bytes.at(byte.at) = static_cast<std::uint8_t>(byte.value);
  return bytes;
}

/// What the check says of one datagram.
inline CheckState ask_datagram(std::string_view check, const ByteString& datagram) {
  return ask(check_named(check), std::vector<ByteString>{datagram}, true);
}

}  // namespace ghostport
