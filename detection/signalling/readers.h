// The readers of one signalling protocol each, behind SignallingReader. They say only what a whole message says.
#pragma once

#include <cstdint>
#include <string_view>

#include "detection/signalling/signalling.h"

namespace ghostport::signalling {

/// Names that news use, looked up once.
struct Services {
  ServiceId h225, h245, sip, rtsp, rpp, rtp, rtcp;
};
[[nodiscard]] const Services& services() noexcept;

/// A number for a call from what identifies it; never 0.
[[nodiscard]] std::uint64_t call_number(Bytes identifier) noexcept;

/// Q.931 with H.225.0, without TPKT. The call's number is its callIdentifier's, else its reference's.
void read_h225(Bytes message, NewsList& news) noexcept;
/// H.245, without TPKT. `call` goes into the news.
void read_h245(Bytes messages, std::uint64_t call, NewsList& news) noexcept;
/// An OpenLogicalChannel by itself, as fastStart carries it.
void read_open_logical_channel(Bytes channel, std::uint64_t call, NewsList& news) noexcept;

/// A whole SIP message with its body.
void read_sip(Bytes message, NewsList& news) noexcept;
/// A whole RTSP message with its body.
void read_rtsp(Bytes message, Side side, const Address& client, const Address& server, NewsList& news) noexcept;

/// A datagram of AppNeta RPP.
void read_rpp(Bytes datagram, const Address& speaker, NewsList& news) noexcept;

/// How long the text message at the front is with its body; 0: not known yet, or none.
[[nodiscard]] std::size_t text_message_length(Bytes bytes) noexcept;
/// Where the next start line of SIP or RTSP begins; bytes.size() where none does.
[[nodiscard]] std::size_t find_start_line(Bytes bytes) noexcept;
[[nodiscard]] bool is_start_line(Bytes bytes) noexcept;

}  // namespace ghostport::signalling
