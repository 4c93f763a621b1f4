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

bool InterfaceLink::ask(unsigned long what, ifreq& answer) const noexcept {
  if (name_.size() >= sizeof answer.ifr_name) return false;
  std::memcpy(answer.ifr_name, name_.data(), name_.size());
  return ::ioctl(socket_, what, &answer) == 0;
}

LinkState InterfaceLink::state() const noexcept {
  ifreq answer{};
  if (!ask(SIOCGIFFLAGS, answer)) return LinkState::gone;
  constexpr int kCarries = IFF_UP | IFF_RUNNING;
  return (answer.ifr_flags & kCarries) == kCarries ? LinkState::up : LinkState::down;
}

std::uint32_t InterfaceLink::mtu() const noexcept {
  ifreq answer{};
  return ask(SIOCGIFMTU, answer) ? static_cast<std::uint32_t>(answer.ifr_mtu) : 0;
}

}  // namespace ghostport
