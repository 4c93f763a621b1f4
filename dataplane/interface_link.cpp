#include "dataplane/interface_link.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace ghostport {

std::string_view link_word(LinkState state) noexcept {
  constexpr std::string_view kWords[] = {"up", "down", "gone"};
  return kWords[static_cast<std::size_t>(state)];
}

InterfaceLink::InterfaceLink(std::string name)
    : name_(std::move(name)), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}

InterfaceLink::~InterfaceLink() {
  if (socket_ >= 0) (void)::close(socket_);
}

LinkState InterfaceLink::state() const noexcept {
  ifreq request{};
  if (name_.size() >= sizeof request.ifr_name) return LinkState::gone;
  std::memcpy(request.ifr_name, name_.data(), name_.size());
  if (::ioctl(socket_, SIOCGIFFLAGS, &request) != 0) return LinkState::gone;
  constexpr int kCarries = IFF_UP | IFF_RUNNING;
  return (request.ifr_flags & kCarries) == kCarries ? LinkState::up : LinkState::down;
}

}  // namespace ghostport
