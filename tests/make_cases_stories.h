// The stories: what truly lives on the ghost ports, told whole, from the call or the control exchange that announces
// a port to the last packet on it.
#pragma once

#include "tests/make_cases.h"

namespace ghostport::cases {

// AppNeta: a control exchange on 3239, and the trains on the port that it agrees on.
void add_rpp_stories(CaseBook& book);
// Citrix Framehawk: sessions of a VDA that take one port after the other.
void add_framehawk_stories(CaseBook& book);
// H.323: call signalling, H.245, and the media that they announce; registration with a gatekeeper.
void add_h323_stories(CaseBook& book);
// SIP with SDP, and the media that it announces.
void add_sip_stories(CaseBook& book);
// RTSP, and the media that it sets up.
void add_rtsp_stories(CaseBook& book);

// ---- media that the stories share: PCMU (RFC 3551) with reports (RFC 3550 section 6) ----

/// `packets` of 20 ms each way, the client's first. Sources and first numbers come from the ports.
void say_media(packets::UdpConversation& talk, std::uint16_t packets);
/// A sender's report with its source's name each way, and a receiver's report back.
void say_reports(packets::UdpConversation& talk);
/// A sender's report and the name of a source: what a party that sends media says about it.
[[nodiscard]] packets::ByteString sender_report(std::uint32_t source, std::string_view name);
/// A receiver's report about `about`, and the name of its own source.
[[nodiscard]] packets::ByteString receiver_report(std::uint32_t source, std::uint32_t about, std::string_view name);

}  // namespace ghostport::cases
