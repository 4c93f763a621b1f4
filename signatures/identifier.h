// From what matched on the two sides to one name: the server's proof beats the client's words; a weak signature needs
// its answer. Pure function, called by the detector on the flow's worker.
#pragma once

#include "signatures/scanner.h"

namespace ghostport {

/// What the two sides show. `server` and `client` are the strongest signature of each that stands (weak ones only where
/// the other side matched their `answers`), kNoSignature where none does. `client_words` is `client`, else the client's
/// strongest weak match, where no weak one names another service: what was asked for.
struct Identification {
  SignatureIndex server = kNoSignature;
  SignatureIndex client = kNoSignature;
  SignatureIndex client_words = kNoSignature;
  bool header = false;  ///< the client's words are a header in front of another protocol: the server's tell of that one
};

[[nodiscard]] Identification identify(const SignatureSet& set, const SideMatches& client,
                                      const SideMatches& server) noexcept;

}  // namespace ghostport
