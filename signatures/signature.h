// WHAT IS THIS TRAFFIC: one signature as it is written in YAML, with its own examples.
// Read at start-up or compiled into the binary; immutable afterwards.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "registry/port.h"
#include "registry/problem.h"
#include "registry/service.h"
#include "registry/yaml_reader.h"
#include "signatures/check.h"

namespace ghostport {

enum class SignatureSide : std::uint8_t { client = 0, server = 1, either = 2 };

/// What a side could say, to prove a signature by: raw bytes, one string for TCP, a train of datagrams for UDP.
struct Example {
  std::vector<std::string> datagrams;  ///< at least one; the last is the newest
  unsigned line = 0;
  unsigned column = 0;
};

/// Names a service by what one side says.
struct Signature {
  std::string id;  ///< "ssh.banner": the service, a dot, a word; unique
  ServiceId service = ServiceId::none;
  Transport transport = Transport::tcp;
  SignatureSide side = SignatureSide::either;
  SignatureSide usually = SignatureSide::either;  ///< UDP, side either: who says so where only one direction is seen
  std::string expression;  ///< Hyperscan syntax, anchored with ^, matched over the side's first bytes (dot matches all)
  const NamedCheck* check = nullptr;  ///< nullptr: the expression alone is the proof
  bool verified = true;               ///< false: names the service, but anybody could write it: never a proof
  bool both_directions = false;       ///< weak: holds only where the other side matched one of `answers`
  std::vector<std::string> answers;   ///< ids of those signatures
  std::uint8_t confirmations = 1;     ///< UDP: so many kept datagrams of the side must match, the newest among them
  std::vector<Example> match;         ///< with `check`, as the bytes of each side that the signature is for
  std::vector<Example> no_match;
  std::string file;  ///< where the expression stands, for messages
  unsigned line = 0;
  unsigned column = 0;
};

/// May this signature be matched by the bytes of `side`?
[[nodiscard]] inline bool is_for(const Signature& signature, Side side) noexcept {
  return signature.side == SignatureSide::either || static_cast<Side>(signature.side) == side;
}

/// A point in a carrier protocol behind which another protocol begins (STARTTLS, CONNECT, HTTP Upgrade). Both
/// expressions end where the inner protocol's bytes begin on that side. Without `server` the carrier is a header in
/// front of the client's bytes: the server speaks the inner protocol from its first byte; without `client` the server's
/// bytes are a greeting in front of it.
struct Upgrade {
  std::string id;  ///< "smtp.starttls"
  ServiceId carrier = ServiceId::none;
  ServiceId inner = ServiceId::none;  ///< what the two expressions show to be inside; none: what follows tells
  std::string client;
  std::string server;
  const NamedCheck* client_check = nullptr;  ///< must hold too, where it is not nullptr
  const NamedCheck* server_check = nullptr;
  std::uint16_t client_length_at = 0;  ///< not 0: so many more bytes follow as the 16 bits at this offset say
  std::string file;                    ///< where the entry stands
  unsigned line = 0;
  unsigned column = 0;
};

struct SignatureFile {
  std::vector<Signature> signatures;
  std::vector<Upgrade> upgrades;
};

/// Reads `signatures:` and `upgrades:` of one document (docs/writing-signatures.md); every fault with its place.
/// Examples use the escapes \r \n \t \\ \xHH inside the YAML string. A train of datagrams separates them with \| . A
/// signature needs at least one positive and one negative example. An empty document has no signatures.
[[nodiscard]] Result<SignatureFile> read_signatures(const YamlNode& document, const std::string& file);
[[nodiscard]] Result<SignatureFile> read_signatures_file(const std::string& path);

/// The shipped signatures, compiled from signatures/protocols/*.yaml.
[[nodiscard]] SignatureFile builtin_signatures();

}  // namespace ghostport
