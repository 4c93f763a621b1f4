// Which ports are looked at, besides those that are watched, for what they say of others: sessions and call signalling.
// Plain data, read once when the watch table is made.
#pragma once

#include <span>
#include <string_view>

#include "registry/port.h"

namespace ghostport {

/// Where traffic runs on which the context of an expected service rests.
struct Companion {
  std::string_view service;  ///< expected with proof context or signature+context
  Transport transport = Transport::tcp;
  PortRange ports;
};

/// IANA's names of 2026-03-01: ica 1494, citriximaclient 2598, h323hostcall 1720, sip 5060, rtsp 554 and rtsp-alt 8554,
/// apparenet-ui 3239; Framehawk's range from Citrix's policy settings. A name is still given by payload alone.
[[nodiscard]] std::span<const Companion> companions() noexcept;

}  // namespace ghostport
