#include "dataplane/kernel_gate.h"

#include "dataplane/gate_ports.h"
#include "dataplane/ip_header.h"

namespace ghostport {
namespace {

constexpr std::size_t kMostRanges = 200;  // past which a filter costs more than it saves

/// "port 3238 or portrange 3237-3239"
std::string ports_of(const std::vector<PortRange>& ranges) {
  std::string text;
  for (const auto& [first, last] : ranges) {
    text += text.empty() ? "" : " or ";
    text += first == last ? "port " + std::to_string(first)
                          : "portrange " + std::to_string(first) + '-' + std::to_string(last);
  }
  return text;
}

/// Plain packets of that transport on other ports: no fragment, no IPv6 extension header, no tag before the IP header.
std::string rest(Transport transport, const std::string& ports) {
  const std::string number = std::to_string(transport == Transport::udp ? kUdp : kTcp);
  const std::string elsewhere = " and not (" + ports + ")";
  return "(ip and ip[6:2] & 0x3fff = 0 and ip[9] = " + number + elsewhere + ") or (ip6 and ip6[6] = " + number +
         elsewhere + ")";
}

}  // namespace

std::string kernel_gate(const Rules& rules) {
  std::string left_out;
  for (const Transport transport : {Transport::udp, Transport::tcp}) {
    const auto ranges = gate_ports(rules, transport);
    if (!ranges || ranges->empty() || ranges->size() > kMostRanges) continue;
    left_out += (left_out.empty() ? "" : " or ") + rest(transport, ports_of(*ranges));
  }
  return left_out.empty() ? left_out : "not (" + left_out + ")";
}

}  // namespace ghostport
