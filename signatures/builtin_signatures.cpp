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
    signature.expression = row.expression;
    signature.check = row.check.empty() ? nullptr : find_check(row.check);
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
    file.upgrades.push_back({std::string(row.id), find_service(row.carrier).value_or(ServiceId::none),
                             std::string(row.client), std::string(row.server), row.client_length_at,
                             std::string(row.file), row.line, row.column});
  }
  return file;
}

}  // namespace ghostport
