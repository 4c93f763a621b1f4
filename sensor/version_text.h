// What this program is made of, for --version. Called by the command line, on the main thread.
#pragma once

#include <string>

namespace ghostport {

/// Several lines: the version, the libraries that are loaded with their own versions, the CPU features in use, and what
/// is not built in.
[[nodiscard]] std::string version_text();

}  // namespace ghostport
