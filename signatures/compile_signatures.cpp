// compile_signatures OUT.cpp FILE.yaml...: writes the signatures as C++ tables, so that the shipped ones need no file
// and no reading of YAML at start-up. Compiles and tries them first: a wrong example breaks the build. Run by the
// build. Exit status: 0 written, 2 wrong usage or a fault in a signature.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "signatures/signature_set.h"

namespace {

using namespace ghostport;

/// A C++ string_view of any bytes. Octal escapes have three digits, so that a digit may follow.
std::string literal(std::string_view text) {
  std::string result = "std::string_view(\"";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\' || letter == '?') {
      result += {'\\', letter};
    } else if (byte < 0x20 || byte >= 0x7F) {
      result += {'\\', static_cast<char>('0' + (byte >> 6U)), static_cast<char>('0' + (byte >> 3U & 7U)),
                 static_cast<char>('0' + (byte & 7U))};
    } else {
      result += letter;
    }
  }
  return result + "\", " + std::to_string(text.size()) + ")";
}

const char* name_of(Transport transport) { return transport == Transport::tcp ? "Transport::tcp" : "Transport::udp"; }

const char* name_of(SignatureSide side) {
  switch (side) {
    case SignatureSide::client: return "SignatureSide::client";
    case SignatureSide::server: return "SignatureSide::server";
    case SignatureSide::either: break;
  }
  return "SignatureSide::either";
}

std::string_view name_of(const NamedCheck* check) { return check == nullptr ? std::string_view() : check->name; }

/// Two levels of tables, as a span needs something to look at: the datagrams of each example, then the examples.
void write_examples(std::ostream& out, const std::string& name, const std::vector<Example>& examples) {
  for (std::size_t i = 0; i < examples.size(); ++i) {
    out << "constexpr std::string_view " << name << "_" << i << "[] = {";
    for (const std::string& datagram : examples[i].datagrams) out << literal(datagram) << ", ";
    out << "};\n";
  }
  out << "constexpr BuiltinExample " << name << "[] = {";
  for (std::size_t i = 0; i < examples.size(); ++i) {
    out << "{" << name << "_" << i << ", " << examples[i].line << ", " << examples[i].column << "}, ";
  }
  out << "};\n";
}

void write_tables(std::ostream& out, const SignatureFile& file, const SignatureSet::Compiled& compiled) {
  out << "// Written by compile_signatures; change signatures/protocols/*.yaml instead.\n"
         "#include <array>\n\n#include \"signatures/builtin_signatures.h\"\n\nnamespace ghostport {\nnamespace {\n\n";
  for (std::size_t i = 0; i < file.signatures.size(); ++i) {
    write_examples(out, "kMatch" + std::to_string(i), file.signatures[i].match);
    write_examples(out, "kNoMatch" + std::to_string(i), file.signatures[i].no_match);
    if (file.signatures[i].answers.empty()) continue;
    out << "constexpr std::string_view kAnswers" << i << "[] = {";
    for (const std::string& answer : file.signatures[i].answers) out << literal(answer) << ", ";
    out << "};\n";
  }
  out << "\nconstexpr BuiltinSignature kSignatures[] = {\n";
  for (std::size_t i = 0; i < file.signatures.size(); ++i) {
    const Signature& signature = file.signatures[i];
    out << "    {" << literal(signature.id) << ", " << literal(service_name(signature.service)) << ", "
        << name_of(signature.transport) << ", " << name_of(signature.side) << ", " << name_of(signature.usually) << ", "
        << literal(signature.expression) << ", " << literal(name_of(signature.check)) << ", "
        << (signature.verified ? "true" : "false") << ", " << (signature.both_directions ? "true" : "false") << ", "
        << (signature.answers.empty() ? "{}" : "kAnswers" + std::to_string(i)) << ", "
        << unsigned{signature.confirmations} << ", kMatch" << i << ", kNoMatch" << i << ", " << literal(signature.file)
        << ", " << signature.line << ", " << signature.column << "},\n";
  }
  out << "};\n\nconstexpr std::array<BuiltinUpgrade, " << file.upgrades.size() << "> kUpgrades{{\n";
  for (const Upgrade& upgrade : file.upgrades) {
    out << "    {" << literal(upgrade.id) << ", " << literal(service_name(upgrade.carrier)) << ", "
        << literal(service_name(upgrade.inner)) << ", " << literal(upgrade.client) << ", " << literal(upgrade.server)
        << ", " << literal(name_of(upgrade.client_check)) << ", " << literal(name_of(upgrade.server_check)) << ", "
        << upgrade.client_length_at << ", " << literal(upgrade.file) << ", " << upgrade.line << ", " << upgrade.column
        << "},\n";
  }
  out << "}};\n\nconstexpr std::uint16_t kLeastBytes[] = {";
  for (const std::uint16_t least : compiled.least_bytes) out << least << ", ";
  out << "};\n\nconstexpr std::string_view kDatabases[] = {\n";
  for (const std::string& database : compiled.databases) out << "    " << literal(database) << ",\n";
  out << "};\n\nconstexpr std::string_view kFilters[] = {\n";
  for (const std::string& filter : compiled.filters) out << "    " << literal(filter) << ",\n";
  out << "};\n\nconstexpr SignatureSet::Tables kTables{kLeastBytes, kDatabases, kFilters};\n\n}  // namespace\n\n"
         "SignatureFile builtin_signatures() { return signatures_of(kSignatures, kUpgrades); }\n\n"
         "std::shared_ptr<const SignatureSet> SignatureSet::builtin() {\n"
         "  if (auto set = load(builtin_signatures(), kTables)) return set;\n"
         "  return compile(builtin_signatures()).value();\n}\n\n"
         "Result<std::shared_ptr<const SignatureSet>> SignatureSet::builtin_with(SignatureFile more, DatabaseCache* "
         "cache) {\n"
         "  return extend(builtin_signatures(), kTables, std::move(more), cache);\n}\n\n"
         "std::shared_ptr<const SignatureSet> SignatureSet::without(SignatureIndex left_out) {\n"
         "  return load(builtin_signatures(), kTables, left_out);\n}\n\n"
         "}  // namespace ghostport\n";
}

/// Problems to standard error; is there none?
template <class T>
bool is_good(const Result<T>& result) {
  if (result.ok()) return true;
  for (const Problem& problem : result.problems()) std::cerr << problem.text() << '\n';
  return false;
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: compile_signatures OUT.cpp FILE.yaml...\n";
    return 2;
  }
  SignatureFile all;
  bool good = true;
  for (int i = 2; i < argc; ++i) {
    const auto file = read_signatures_file(argv[i]);
    good = is_good(file) && good;
    if (!file.ok()) continue;
    append(all.signatures, file.value().signatures);
    append(all.upgrades, file.value().upgrades);
  }
  if (!good) return 2;
  const auto set = SignatureSet::compile(all);
  if (!is_good(set)) return 2;
  if (all.signatures.empty()) {
    std::cerr << argv[2] << ": no signatures, expected the shipped ones\n";
    return 2;
  }
  // The binary must not tell where it was built.
  const auto shorten = [](auto& entries) {
    for (auto& entry : entries) entry.file = std::filesystem::path(entry.file).filename().string();
  };
  shorten(all.signatures);
  shorten(all.upgrades);
  std::ofstream out(argv[1]);
  write_tables(out, all, set.value()->compiled());
  out.close();
  if (!out) {
    std::cerr << argv[1] << ": cannot be written\n";
    std::remove(argv[1]);
    return 2;
  }
  return 0;
}
