// AppNeta's Responder Packet Protocol: a flow response says on which port the responder awaits the flow. Layout: the
// dissectors that AppNeta published (2007-2014, 2025).
#include "detection/signalling/readers.h"
#include "signatures/checks/bytes.h"

namespace ghostport::signalling {

void read_rpp(Bytes datagram, const Address& speaker, NewsList& news) noexcept {
  constexpr std::size_t kLead = 12;
  constexpr unsigned kSequence = 2;
  constexpr unsigned kLast = 1;
  constexpr unsigned kFlowResponse = 7;
  constexpr unsigned kInvalid = 41;
  if (datagram.size() <= kLead || datagram[0] != 0x80 || (datagram[1] & 0x7FU) != 2) return;
  std::size_t at = kLead;
  for (unsigned type = kSequence; type != kLast;) {
    if (type == 0 || type >= kInvalid || at + 2 > datagram.size()) return;
    const std::size_t length = datagram[at + 1];
    if (length < 2 || length > datagram.size() - at) return;
    const Bytes body = datagram.subspan(at + 2, length - 2);
    if (type == kFlowResponse && body.size() == 8 && big16(body, 6) == 0 && big16(body, 4) != 0) {
      News one;
      one.service = services().rpp;
      one.first = one.last = static_cast<std::uint16_t>(big16(body, 4));
      one.address = speaker;
      news.add(one);
    }
    type = datagram[at];
    at += length;
  }
}

}  // namespace ghostport::signalling
