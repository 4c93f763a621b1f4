// Whether an interface of this machine can carry packets now, as the kernel says. Main thread; asks anew at every call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

struct ifreq;

namespace ghostport {

enum class LinkState : std::uint8_t { up, down, gone };
/// "up", "down", "gone"
[[nodiscard]] std::string_view link_word(LinkState state) noexcept;

class InterfaceLink {
 public:
  explicit InterfaceLink(std::string name);
  ~InterfaceLink();
  InterfaceLink(const InterfaceLink&) = delete;
  InterfaceLink& operator=(const InterfaceLink&) = delete;

  /// `up`: switched on, and with a carrier as far as it has one (netdevice(7), IFF_UP and IFF_RUNNING).
  [[nodiscard]] LinkState state() const noexcept;
  /// Bytes of what it sends at once behind the link layer's header; 0: gone.
  [[nodiscard]] std::uint32_t mtu() const noexcept;

 private:
  bool ask(unsigned long what, ifreq& answer) const noexcept;

  std::string name_;
  int socket_;
};

}  // namespace ghostport
