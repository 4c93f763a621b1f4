// What a signature's writer should look at again: what compiles and holds, and yet is weak, costly or never wins.
// Called by `signatures lint` and by a test of the shipped set; not on any hot path.
#pragma once

#include "signatures/signature_set.h"

namespace ghostport {

/// Every doubt with its place, in the order of files and lines: an example that another service wins, a signature that
/// others of its service make superfluous, one that proves too little, a check that no example puts to the test, an
/// expression that scans the whole head or lets through much that is not its own.
[[nodiscard]] Problems lint(const std::shared_ptr<const SignatureSet>& set);

/// Names of the closed list that no signature gives: traffic of theirs is `unrecognized`.
[[nodiscard]] std::vector<std::string_view> services_without_signature(const SignatureSet& set);

}  // namespace ghostport
