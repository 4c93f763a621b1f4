// What the kernel may keep from a libpcap source: a filter in tcpdump's language that leaves out plain TCP and UDP on
// ports that nothing looks at. A pure function of the rules, called at the start and after a reload.
#pragma once

#include <string>

#include "detection/rules.h"

namespace ghostport {

/// Everything that could matter passes: watched, companion and nearby ports, tunnels, fragments, ICMP, tags, whatever
/// is not plain IP; TCP as a whole where signalling may announce connections on any port. Empty: nothing can be left
/// out.
[[nodiscard]] std::string kernel_gate(const Rules& rules);

}  // namespace ghostport
