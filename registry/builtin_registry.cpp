#include "registry/builtin_registry.h"

#include <string>

namespace ghostport {

std::vector<PortEntry> entries_of(std::span<const BuiltinPort> ports) {
  std::vector<PortEntry> entries;
  entries.reserve(ports.size());
  for (const BuiltinPort& port : ports) {
    PortEntry& entry = entries.emplace_back();
    entry.port = port.port;
    entry.ghost = port.ghost;
    entry.names_only = port.names_only;
    entry.note = port.note;
    for (const BuiltinClaim& claim : port.claims) {
      entry.claims.push_back({std::string(claim.name),
                              {claim.tcp, claim.udp},
                              claim.by,
                              claim.confidence,
                              std::string(claim.registered),
                              std::string(claim.source),
                              std::string(claim.text)});
    }
    for (const BuiltinExpectation& expected : port.expectations) {
      entry.expectations.push_back({std::string(expected.service),
                                    find_service(expected.service).value_or(ServiceId::none), expected.transport,
                                    expected.proof, std::string(expected.assets), expected.consistent_without_context});
    }
  }
  return entries;
}

}  // namespace ghostport
