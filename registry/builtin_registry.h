// The shape of the tables that compile_registry writes from ports.yaml, and the entries made of them.
// Included by the generated file; called once by Registry::builtin(), on the main thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "registry/registry.h"

namespace ghostport {

struct BuiltinClaim {
  std::string_view name;
  bool tcp = false;
  bool udp = false;
  ClaimBy by = ClaimBy::iana;
  Confidence confidence = Confidence::high;
  std::string_view registered;
  std::string_view source;
  std::string_view text;
};

struct BuiltinExpectation {
  std::string_view service;
  Transport transport = Transport::tcp;
  Proof proof = Proof::none_known;
  std::string_view assets;
  bool consistent_without_context = false;
};

struct BuiltinPort {
  std::uint16_t port = 0;
  bool ghost = false;
  bool names_only = false;
  std::string_view note;
  std::span<const BuiltinClaim> claims;
  std::span<const BuiltinExpectation> expectations;
};

[[nodiscard]] std::vector<PortEntry> entries_of(std::span<const BuiltinPort> ports);

/// The shipped registry, defined in the generated file.
[[nodiscard]] std::vector<PortEntry> builtin_entries();

}  // namespace ghostport
