// ISO transport on TCP: packets of RFC 1006 (TPKT) around TPDUs of ISO 8073 (X.224), for the checks of what lies
// inside.
#pragma once

#include "signatures/checks/bytes.h"

namespace ghostport {

/// One packet, as far as it has arrived.
struct Tpkt {
  static constexpr std::size_t kHeader = 4;
  static constexpr unsigned kConnect = 0xE0;
  static constexpr unsigned kConfirm = 0xD0;
  static constexpr unsigned kDisconnect = 0x80;
  static constexpr unsigned kData = 0xF0;

  CheckState state = CheckState::no;
  std::size_t size = 0;  // of the whole packet
  unsigned type = 0;     // of the TPDU, without the credit
  Bytes header;          // of the TPDU behind its length and type; no longer than has arrived
  Bytes data;            // behind the TPDU's header; no longer than has arrived
  bool whole = false;    // the packet has arrived to its end
  bool last = true;      // a data TPDU that ends its message
};

/// The packet at the beginning of `bytes`; `more` until type and, in data, the end mark are there.
[[nodiscard]] inline Tpkt read_tpkt(Bytes bytes) noexcept {
  Tpkt packet;
  if (!bytes.empty() && bytes[0] != 3) return packet;
  packet.state = CheckState::more;
  if (bytes.size() < Tpkt::kHeader + 3) return packet;
  packet.size = big16(bytes, 2);
  const std::size_t header = bytes[4];  // TPDU header without this byte
  packet.type = bytes[5] >= 0xF0 || bytes[5] == Tpkt::kDisconnect ? bytes[5] : bytes[5] & 0xF0;
  packet.state = CheckState::no;
  if (bytes[1] != 0 || header < 2 || header > 254 || packet.size < Tpkt::kHeader + 1 + header) return packet;
  const bool data = packet.type == Tpkt::kData;
  if (data && (header != 2 || (bytes[6] & 0x7F) != 0)) return packet;
  const Bytes arrived = bytes.first(std::min(bytes.size(), packet.size));
  packet.whole = arrived.size() == packet.size;
  packet.last = !data || (bytes[6] & 0x80) != 0;
  packet.header = arrived.subspan(6, std::min(header - 1, arrived.size() - 6));
  packet.data = arrived.subspan(std::min(Tpkt::kHeader + 1 + header, arrived.size()));
  packet.state = CheckState::yes;
  return packet;
}

/// The first data TPDU that carries anything, and the connection TPDU before it.
struct TransportOpening {
  CheckState state = CheckState::no;  ///< yes: the data packet is there; more: nothing wrong, but no data yet
  Tpkt connection;                    ///< state `yes` where a connection TPDU has arrived whole
  Tpkt first_data;
};

[[nodiscard]] inline TransportOpening read_transport(Bytes bytes) noexcept {
  TransportOpening opening;
  std::size_t at = 0;
  for (;;) {
    const Tpkt packet = read_tpkt(bytes.subspan(std::min(at, bytes.size())));
    opening.state = packet.state;
    if (packet.state != CheckState::yes) return opening;
    if (packet.type == Tpkt::kData) {
      if (packet.size > Tpkt::kHeader + 3) {
        opening.first_data = packet;
        return opening;
      }
    } else if (packet.type == Tpkt::kConnect || packet.type == Tpkt::kConfirm) {
      // Sent anew by some clients before the answer comes.
      if (!packet.whole) {
        opening.state = CheckState::more;
        return opening;
      }
      opening.connection = packet;
    } else if (opening.connection.state != CheckState::yes || packet.type != Tpkt::kDisconnect) {
      opening.state = CheckState::no;
      return opening;
    }
    at += packet.size;
  }
}

}  // namespace ghostport
