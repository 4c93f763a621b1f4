#include "signatures/identifier.h"

#include <algorithm>

namespace ghostport {
namespace {

/// Is one of `wanted` among the matches?
bool contains(const SideMatches& matches, const std::vector<SignatureIndex>& wanted) noexcept {
  return std::find_first_of(matches.indices, matches.indices + matches.count, wanted.begin(), wanted.end()) !=
         matches.indices + matches.count;
}

/// The strongest of them where all are of one service: weak words that fit two services ask for neither.
SignatureIndex only_service(const SignatureSet& set, const SideMatches& matches) noexcept {
  for (std::size_t i = 1; i < matches.count; ++i) {
    if (set.at(matches.indices[i]).service != set.at(matches.indices[0]).service) return kNoSignature;
  }
  return matches.indices[0];
}

/// The strongest of `matches` that needs no answer or has got one from the other side.
SignatureIndex strongest(const SignatureSet& set, const SideMatches& matches, const SideMatches& other) noexcept {
  for (std::size_t i = 0; i < matches.count; ++i) {
    const SignatureIndex index = matches.indices[i];
    if (!set.at(index).both_directions || contains(other, set.answers_of(index))) return index;
  }
  return kNoSignature;
}

}  // namespace

Identification identify(const SignatureSet& set, const SideMatches& client, const SideMatches& server) noexcept {
  Identification names{strongest(set, server, client), strongest(set, client, server), kNoSignature};
  names.client_words = names.client != kNoSignature ? names.client : only_service(set, client);
  names.header = names.client != kNoSignature && set.is_header(set.at(names.client).service);
  return names;
}

}  // namespace ghostport
