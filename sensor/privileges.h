// Gives up what a started sensor needs no more: root, and with it all but two capabilities. Called once by the main
// thread, after ports, outputs and sockets are open and before the workers start.
#pragma once

#include <string>
#include <vector>

#include "registry/problem.h"

namespace ghostport {

/// Becomes `user`, keeps CAP_NET_RAW and CAP_NET_ADMIN (an interface may have to be opened again), and never gets
/// anything back. `files` become that user's, so that they can be opened anew. What was kept, in words; a problem where
/// the user does not exist, or the process may not change to it.
[[nodiscard]] Result<std::string> become_user(const std::string& user, const std::vector<std::string>& files);

}  // namespace ghostport
