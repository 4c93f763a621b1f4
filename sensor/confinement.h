// What a started sensor may still do to the machine around it: Landlock for files and TCP, seccomp for system calls.
// Called once by the main thread, after everything is open and root is given up, before the workers start.
#pragma once

#include <string>
#include <vector>

namespace ghostport {

struct Confinement {
  std::vector<std::string> reads;   ///< files, and folders with all that is in them, besides those of the system
  std::vector<std::string> writes;  ///< folders in which files are made, renamed and removed; single files
  bool loads_bpf = false;           ///< AF_XDP takes its program from the interface again at the end
};

/// Holds for every thread that there is and every one to come, and cannot be undone: files elsewhere, new programs and
/// processes, TCP connections of our own, memory that becomes code, and system calls that a sensor has no use for are
/// all refused with EPERM or EACCES. In words, what holds from now on, and what this kernel does not offer.
[[nodiscard]] std::string confine(const Confinement& confinement);

}  // namespace ghostport
