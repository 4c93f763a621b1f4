#include <array>

#include "registry/registry_yaml.h"

namespace ghostport {
namespace {

constexpr std::array<std::string_view, 3> kClaimBy{"iana", "vendor", "field"};
constexpr std::array<std::string_view, 3> kConfidence{"high", "medium", "low"};

/// In double quotes, as YAML and the strict reader read any text.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') result += '\\';
    if (letter == '\n') {
      result += "\\n";
    } else if (letter == '\t') {
      result += "\\t";
    } else {
      result += letter;
    }
  }
  return result + '"';
}

std::string claim_text(const Claim& claim) {
  std::string text = "{name: " + quoted(claim.name) + ", transports: [";
  text += claim.on[0] && claim.on[1] ? "tcp, udp" : claim.on[0] ? "tcp" : "udp";
  text += "], by: " + std::string(kClaimBy[static_cast<std::size_t>(claim.by)]);
  if (claim.confidence != Confidence::high)
    text += ", confidence: " + std::string(kConfidence[static_cast<std::size_t>(claim.confidence)]);
  if (!claim.registered.empty()) text += ", registered: " + claim.registered;
  text += ", source: " + quoted(claim.source);
  if (!claim.text.empty()) text += ", text: " + quoted(claim.text);
  return text + '}';
}

std::string expectation_text(const Expectation& one) {
  std::string text = "{service: " + quoted(one.service) + ", transport: " + std::string(transport_name(one.transport)) +
                     ", proof: " + std::string(proof_name(one.proof));
  if (one.proof == Proof::signature_and_context)
    text += std::string(", without-context: ") + (one.consistent_without_context ? "consistent" : "unexpected");
  if (!one.assets.empty()) text += ", assets: " + one.assets;
  return text + '}';
}

}  // namespace

std::string registry_text(std::span<const PortEntry> entries) {
  std::string text = entries.empty() ? "ports: []\n" : "ports:\n";
  for (const PortEntry& entry : entries) {
    text += "  - port: " + std::to_string(entry.port) + '\n';
    if (entry.ghost) text += "    ghost: true\n";
    if (entry.names_only) text += "    names-only: true\n";
    if (!entry.note.empty()) text += "    note: " + quoted(entry.note) + '\n';
    if (!entry.claims.empty()) text += "    claims:\n";
    for (const Claim& claim : entry.claims) text += "      - " + claim_text(claim) + '\n';
    if (!entry.expectations.empty()) text += "    expect:\n";
    for (const Expectation& one : entry.expectations) text += "      - " + expectation_text(one) + '\n';
  }
  return text;
}

}  // namespace ghostport
