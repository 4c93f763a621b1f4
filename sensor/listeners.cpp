#include "sensor/listeners.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>

namespace ghostport {
namespace {

namespace fs = std::filesystem;

/// proc(5): addresses stand there as the machine's words, four bytes each.
bool parse_end(const std::string& text, Address& address, std::uint16_t& port) {
  const std::size_t colon = text.find(':');
  if (colon != 8 && colon != 32) return false;
  address.family = colon == 8 ? 4 : 6;
  for (std::size_t i = 0; i < colon; i += 8) {
    std::uint32_t word = 0;
    if (std::from_chars(text.data() + i, text.data() + i + 8, word, 16).ec != std::errc()) return false;
    std::memcpy(address.bytes.data() + i / 2, &word, sizeof word);
  }
  return std::from_chars(text.data() + colon + 1, text.data() + text.size(), port, 16).ec == std::errc();
}

/// One of /proc/net's tables; false where it is not there.
bool read_table(const fs::path& path, Transport transport, std::vector<BoundSocket>& sockets) {
  constexpr std::string_view kListening = "0A";
  constexpr std::string_view kUnconnected = "07";
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return false;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string slot;
    std::string local;
    std::string remote;
    std::string state;
    std::string skipped;
    BoundSocket one;
    one.transport = transport;
    words >> slot >> local >> remote >> state >> skipped >> skipped >> skipped >> one.user >> skipped >> one.inode;
    if (!words || state != (transport == Transport::tcp ? kListening : kUnconnected)) continue;
    if (parse_end(local, one.address, one.port)) sockets.push_back(std::move(one));
  }
  return true;
}

void find_processes(const fs::path& proc, std::vector<BoundSocket>& sockets) {
  std::map<std::uint64_t, std::vector<BoundSocket*>> by_inode;
  for (BoundSocket& one : sockets) by_inode[one.inode].push_back(&one);
  std::error_code error;
  for (fs::directory_iterator process(proc, error), end; !error && process != end; process.increment(error)) {
    const std::string name = process->path().filename();
    std::uint32_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) continue;
    std::error_code ignored;  // others' processes, and those that have ended
    for (fs::directory_iterator fd(process->path() / "fd", ignored), none; !ignored && fd != none;
         fd.increment(ignored)) {
      std::error_code gone;
      const std::string target = fs::read_symlink(fd->path(), gone);
      constexpr std::string_view kSocket = "socket:[";
      if (gone || !target.starts_with(kSocket)) continue;
      std::uint64_t inode = 0;
      std::from_chars(target.data() + kSocket.size(), target.data() + target.size(), inode);
      const auto found = by_inode.find(inode);
      if (found == by_inode.end()) continue;
      for (BoundSocket* socket : found->second) {
        if (std::find(socket->processes.begin(), socket->processes.end(), number) == socket->processes.end())
          socket->processes.push_back(number);
      }
    }
  }
}

}  // namespace

Result<std::vector<BoundSocket>> bound_sockets(const std::string& proc) {
  std::vector<BoundSocket> sockets;
  bool any = false;
  for (const auto& [name, transport] : {std::pair{"tcp", Transport::tcp}, std::pair{"tcp6", Transport::tcp},
                                        std::pair{"udp", Transport::udp}, std::pair{"udp6", Transport::udp}})
    any = read_table(fs::path(proc) / "net" / name, transport, sockets) || any;
  if (!any) return Problem{proc + "/net", 0, 0, "cannot be read: is the process file system mounted there?"};
  find_processes(proc, sockets);
  std::stable_sort(sockets.begin(), sockets.end(),
                   [](const BoundSocket& a, const BoundSocket& b) { return a.port < b.port; });
  return sockets;
}

}  // namespace ghostport
