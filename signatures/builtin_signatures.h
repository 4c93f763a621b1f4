// The shape of the tables that compile_signatures writes from protocols/*.yaml, and the signatures made of them.
// Included by the generated file; called once by builtin_signatures(), on the main thread.
#pragma once

#include <span>
#include <string_view>

#include "signatures/signature_set.h"

namespace ghostport {

struct BuiltinExample {
  std::span<const std::string_view> datagrams;
  unsigned line = 0;
  unsigned column = 0;
};

struct BuiltinSignature {
  std::string_view id;
  std::string_view service;
  Transport transport = Transport::tcp;
  SignatureSide side = SignatureSide::either;
  SignatureSide usually = SignatureSide::either;
  std::string_view expression;
  std::string_view check;  ///< empty: none
  bool verified = true;
  bool both_directions = false;
  std::span<const std::string_view> answers;
  std::uint8_t confirmations = 1;
  std::span<const BuiltinExample> match;
  std::span<const BuiltinExample> no_match;
  std::string_view file;
  unsigned line = 0;
  unsigned column = 0;
};

struct BuiltinUpgrade {
  std::string_view id;
  std::string_view carrier;
  std::string_view inner;  ///< empty: what follows tells
  std::string_view client;
  std::string_view server;
  std::string_view client_check;  ///< empty: none
  std::string_view server_check;
  std::uint16_t client_length_at = 0;
  std::string_view file;
  unsigned line = 0;
  unsigned column = 0;
};

[[nodiscard]] SignatureFile signatures_of(std::span<const BuiltinSignature> signatures,
                                          std::span<const BuiltinUpgrade> upgrades);

}  // namespace ghostport
