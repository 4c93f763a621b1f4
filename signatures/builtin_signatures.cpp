#include "signatures/builtin_signatures.h"

namespace ghostport {
namespace {

std::vector<Example> examples_of(std::span<const BuiltinExample> examples) {
  std::vector<Example> result;
  result.reserve(examples.size());
  for (const BuiltinExample& example : examples) {
    result.push_back({{example.datagrams.begin(), example.datagrams.end()}, example.line, example.column});
  }
  return result;
}

const NamedCheck* check_of(std::string_view name) { return name.empty() ? nullptr : find_check(name); }

}  // namespace

SignatureFile signatures_of(std::span<const BuiltinSignature> signatures, std::span<const BuiltinUpgrade> upgrades) {
  SignatureFile file;
  file.signatures.reserve(signatures.size());
  for (const BuiltinSignature& row : signatures) {
    Signature& signature = file.signatures.emplace_back();
    signature.id = row.id;
    signature.service = find_service(row.service).value_or(ServiceId::none);
    signature.transport = row.transport;
    signature.side = row.side;
    signature.usually = row.usually;
    signature.expression = row.expression;
    signature.check = check_of(row.check);
    signature.verified = row.verified;
    signature.both_directions = row.both_directions;
    signature.answers.assign(row.answers.begin(), row.answers.end());
    signature.confirmations = row.confirmations;
    signature.match = examples_of(row.match);
    signature.no_match = examples_of(row.no_match);
    signature.file = row.file;
    signature.line = row.line;
    signature.column = row.column;
  }
  file.upgrades.reserve(upgrades.size());
  for (const BuiltinUpgrade& row : upgrades) {
    Upgrade& upgrade = file.upgrades.emplace_back();
    upgrade.id = row.id;
    upgrade.carrier = find_service(row.carrier).value_or(ServiceId::none);
    upgrade.inner = find_service(row.inner).value_or(ServiceId::none);
    upgrade.client = row.client;
    upgrade.server = row.server;
    upgrade.client_check = check_of(row.client_check);
    upgrade.server_check = check_of(row.server_check);
    upgrade.client_length_at = row.client_length_at;
    upgrade.file = row.file;
    upgrade.line = row.line;
    upgrade.column = row.column;
  }
  return file;
}

}  // namespace ghostport
