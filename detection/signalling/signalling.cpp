#include "detection/signalling/signalling.h"

#include <algorithm>

#include "detection/five_tuple.h"
#include "detection/signalling/readers.h"

namespace ghostport {
namespace signalling {

const Services& services() noexcept {
  static const Services all = [] {
    const auto id = [](std::string_view name) { return find_service(name).value_or(ServiceId::none); };
    return Services{id("h225"), id("h245"), id("sip"), id("rtsp"), id("appneta-rpp"), id("rtp"), id("rtcp")};
  }();
  return all;
}

std::uint64_t call_number(Bytes identifier) noexcept {
  std::uint64_t number = identifier.size();
  for (const std::uint8_t byte : identifier) number = mix(number, byte);
  return number == 0 ? 1 : number;
}

}  // namespace signalling

namespace {

using namespace signalling;

constexpr std::size_t kTpktHeader = 4;  // RFC 1006 section 6: version 3, reserved 0, length with the header

bool is_tpkt(Bytes bytes) noexcept {
  return bytes.size() >= kTpktHeader && bytes[0] == 3 && bytes[1] == 0 && (bytes[2] << 8 | bytes[3]) >= 5;
}

/// Where a header may begin again: followed by Q.931 for H.225.
std::size_t find_tpkt(Bytes bytes, bool q931) noexcept {
  for (std::size_t at = 0; at + kTpktHeader < bytes.size(); ++at) {
    if (is_tpkt(bytes.subspan(at)) && (!q931 || bytes[at + kTpktHeader] == 8)) return at;
  }
  return bytes.size() - std::min(bytes.size(), kTpktHeader);  // one may begin in the last bytes
}

}  // namespace

bool is_signalling(ServiceId service) noexcept {
  const Services& all = services();
  return service != ServiceId::none && (service == all.h225 || service == all.h245 || service == all.sip ||
                                        service == all.rtsp || service == all.rpp);
}

SignallingReader::SignallingReader(ServiceId service, const Address& client, const Address& server) noexcept
    : service_(service), address_{client, server} {}

std::size_t SignallingReader::read_stream(Side side, Bytes bytes, bool full, NewsList& news) noexcept {
  const auto index = static_cast<std::size_t>(side);
  const bool text = service_ == services().sip || service_ == services().rtsp;
  std::size_t used = 0;
  while (used < bytes.size() && news.count <= NewsList::kMost / 2) {  // the rest when asked again
    const Bytes rest = bytes.subspan(used);
    if (out_of_step_[index]) {
      const std::size_t next = text ? find_start_line(rest) : find_tpkt(rest, service_ == services().h225);
      used += next;
      if (next + (text ? 0 : kTpktHeader) >= rest.size()) return used;
      out_of_step_[index] = false;
      continue;
    }
    const bool broken = !text && rest.size() >= kTpktHeader && !is_tpkt(rest);
    const std::size_t taken = broken ? 0 : text ? read_text(side, rest, news) : read_tpkt(rest, news);
    if (taken == 0 && !broken && !(full && used == 0)) return used;
    // No message, or one that is longer than there is room for: the next one may begin anywhere behind.
    out_of_step_[index] = taken == 0;
    used += std::max<std::size_t>(taken, 1);
  }
  return used;
}

/// The message at the front: how many bytes it takes, 0 where it is not whole yet.
std::size_t SignallingReader::read_tpkt(Bytes bytes, NewsList& news) noexcept {
  if (bytes.size() < kTpktHeader) return 0;
  const auto length = static_cast<std::size_t>(bytes[2] << 8 | bytes[3]);
  if (bytes.size() < length) return 0;
  const Bytes message = bytes.subspan(kTpktHeader, length - kTpktHeader);
  if (service_ == services().h225) {
    read_h225(message, news);
  } else {
    read_h245(message, 0, news);
  }
  return length;
}

std::size_t SignallingReader::read_text(Side side, Bytes bytes, NewsList& news) noexcept {
  if (bytes[0] == '\r' || bytes[0] == '\n') return 1;  // between messages, to keep the connection alive
  constexpr std::size_t kFrame = 4;                    // RTSP's interleaved data: '$', channel, length
  if (bytes[0] == '$' && service_ == services().rtsp) {
    if (bytes.size() < kFrame) return 0;
    const std::size_t length = kFrame + static_cast<std::size_t>(bytes[2] << 8 | bytes[3]);
    return length <= bytes.size() ? length : 0;
  }
  const std::size_t length = text_message_length(bytes);
  if (length == 0) return 0;
  read_message(side, bytes.first(length), news);
  return length;
}

void SignallingReader::read_message(Side side, Bytes message, NewsList& news) noexcept {
  if (service_ == services().sip) {
    read_sip(message, news);
  } else {
    read_rtsp(message, side, address_[0], address_[1], news);
  }
}

void SignallingReader::lost(Side side) noexcept { out_of_step_[static_cast<std::size_t>(side)] = true; }

void SignallingReader::read_datagram(Side side, Bytes datagram, NewsList& news) noexcept {
  if (service_ == services().rpp) {
    read_rpp(datagram, address_[static_cast<std::size_t>(side)], news);
  } else if (service_ == services().sip || service_ == services().rtsp) {
    read_message(side, datagram, news);
  }
}

}  // namespace ghostport
