// compile_registry PORTS.yaml OUT.cpp: writes the registry as C++ tables, so that the shipped one needs no file and no
// reading of YAML at start-up. Run by the build. Exit status: 0 written, 2 wrong usage or a fault in the registry.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "registry/registry_yaml.h"

namespace {

using namespace ghostport;

/// A C++ string literal. Octal escapes have three digits at most, so that a digit may follow.
std::string literal(std::string_view text) {
  std::string result = "\"";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\' || letter == '?') {
      result += {'\\', letter};
    } else if (byte < 0x20 || byte >= 0x7f) {
      result += {'\\', static_cast<char>('0' + (byte >> 6U)), static_cast<char>('0' + (byte >> 3U & 7U)),
                 static_cast<char>('0' + (byte & 7U))};
    } else {
      result += letter;
    }
  }
  return result + '"';
}

const char* truth(bool value) { return value ? "true" : "false"; }

const char* name_of(ClaimBy by) {
  switch (by) {
    case ClaimBy::iana: return "ClaimBy::iana";
    case ClaimBy::vendor: return "ClaimBy::vendor";
    case ClaimBy::field: break;
  }
  return "ClaimBy::field";
}

const char* name_of(Confidence confidence) {
  switch (confidence) {
    case Confidence::high: return "Confidence::high";
    case Confidence::medium: return "Confidence::medium";
    case Confidence::low: break;
  }
  return "Confidence::low";
}

const char* name_of(Proof proof) {
  switch (proof) {
    case Proof::none_known: return "Proof::none_known";
    case Proof::signature: return "Proof::signature";
    case Proof::context: return "Proof::context";
    case Proof::signature_and_context: break;
  }
  return "Proof::signature_and_context";
}

const char* name_of(Transport transport) { return transport == Transport::tcp ? "Transport::tcp" : "Transport::udp"; }

void write_rows(std::ostream& out, const PortEntry& entry) {
  if (!entry.claims.empty()) {
    out << "constexpr BuiltinClaim kClaims" << entry.port << "[] = {\n";
    for (const Claim& claim : entry.claims) {
      out << "    {" << literal(claim.name) << ", " << truth(claim.on[0]) << ", " << truth(claim.on[1]) << ", "
          << name_of(claim.by) << ", " << name_of(claim.confidence) << ", " << literal(claim.registered) << ", "
          << literal(claim.source) << ", " << literal(claim.text) << "},\n";
    }
    out << "};\n";
  }
  if (!entry.expectations.empty()) {
    out << "constexpr BuiltinExpectation kExpected" << entry.port << "[] = {\n";
    for (const Expectation& expected : entry.expectations) {
      out << "    {" << literal(expected.service) << ", " << name_of(expected.transport) << ", "
          << name_of(expected.proof) << ", " << literal(expected.assets) << ", "
          << truth(expected.consistent_without_context) << "},\n";
    }
    out << "};\n";
  }
}

std::string table_name(const char* prefix, const PortEntry& entry, bool empty) {
  return empty ? "{}" : prefix + std::to_string(entry.port);
}

void write_tables(std::ostream& out, const std::vector<PortEntry>& entries) {
  out << "// Written by compile_registry; change registry/ports.yaml instead.\n"
         "#include \"registry/builtin_registry.h\"\n\nnamespace ghostport {\nnamespace {\n\n";
  for (const PortEntry& entry : entries) write_rows(out, entry);
  out << "\nconstexpr BuiltinPort kPorts[] = {\n";
  for (const PortEntry& entry : entries) {
    out << "    {" << entry.port << ", " << truth(entry.ghost) << ", " << truth(entry.names_only) << ", "
        << literal(entry.note) << ", " << table_name("kClaims", entry, entry.claims.empty()) << ", "
        << table_name("kExpected", entry, entry.expectations.empty()) << "},\n";
  }
  out << "};\n\n}  // namespace\n\n"
         "std::vector<PortEntry> builtin_entries() { return entries_of(kPorts); }\n\n"
         "Registry Registry::builtin() {\n  Registry registry;\n  registry.merge(builtin_entries());\n"
         "  return registry;\n}\n\n}  // namespace ghostport\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: compile_registry PORTS.yaml OUT.cpp\n";
    return 2;
  }
  const auto entries = read_registry_file(argv[1]);
  if (!entries.ok()) {
    for (const Problem& problem : entries.problems()) std::cerr << problem.text() << '\n';
    return 2;
  }
  if (entries.value().empty()) {
    std::cerr << argv[1] << ": no ports, expected the shipped registry\n";
    return 2;
  }
  std::ofstream out(argv[2]);
  write_tables(out, entries.value());
  out.close();
  if (!out) {
    std::cerr << argv[2] << ": cannot be written\n";
    std::remove(argv[2]);
    return 2;
  }
  return 0;
}
