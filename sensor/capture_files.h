// Which captures a list of paths means. Called by the commands, on the main thread.
#pragma once

#include <string>
#include <vector>

#include "registry/problem.h"

namespace ghostport {

/// Files as they are named, "-" for standard input; a folder stands for every *.pcap, *.cap, *.pcapng and *.dmp below
/// it, also with .gz or .zst, in the order of their paths. A folder that cannot be read or holds none is a problem;
/// what the other paths mean is still listed.
[[nodiscard]] std::vector<std::string> capture_files(const std::vector<std::string>& paths, Problems& problems);

/// Is this path a capture file already (by its first bytes, unpacked), so that nothing may be written there?
[[nodiscard]] bool is_capture(const std::string& path);

}  // namespace ghostport
