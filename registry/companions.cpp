#include "registry/companions.h"

namespace ghostport {

std::span<const Companion> companions() noexcept {
  static constexpr Companion kCompanions[] = {
      {"citrix-framehawk", Transport::tcp, {1494, 1494}},  // ICA
      {"citrix-framehawk", Transport::tcp, {2598, 2598}},  // CGP
      {"citrix-framehawk", Transport::udp, {3224, 3324}},  // its own other sessions
      {"rtp", Transport::tcp, {1720, 1720}},
      {"rtp", Transport::tcp, {5060, 5060}},
      {"rtp", Transport::udp, {5060, 5060}},
      {"rtp", Transport::tcp, {554, 554}},
      {"rtp", Transport::tcp, {8554, 8554}},
      {"rtcp", Transport::tcp, {1720, 1720}},
      {"rtcp", Transport::tcp, {5060, 5060}},
      {"rtcp", Transport::udp, {5060, 5060}},
      {"rtcp", Transport::tcp, {554, 554}},
      {"rtcp", Transport::tcp, {8554, 8554}},
      {"h245", Transport::tcp, {1720, 1720}},
      {"appneta-rpp", Transport::udp, {3239, 3239}},
  };
  return kCompanions;
}

}  // namespace ghostport
