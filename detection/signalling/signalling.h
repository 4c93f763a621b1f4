// What call signalling says about other traffic: which calls there are, and where their media will be. Reads messages
// of H.225, H.245, SIP, RTSP and AppNeta RPP just far enough for that. Called by the detector, on the flow's worker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "detection/fact.h"
#include "registry/address.h"
#include "registry/port.h"
#include "registry/service.h"
#include "signatures/payload.h"

namespace ghostport {

/// One thing that a message says: call_up, call_down or announced, as in ContextDetail.
struct News {
  ContextEvent event = ContextEvent::announced;
  ServiceId service = ServiceId::none;  ///< announced only, as are the next four
  Transport transport = Transport::udp;
  std::uint16_t first = 0;  ///< ports, both included
  std::uint16_t last = 0;
  Address address;
  std::uint64_t call = 0;
};

/// What one read says, in order. Bounded: of a message that says more the rest is dropped and `overflow` tells.
struct NewsList {
  static constexpr std::size_t kMost = 32;
  std::array<News, kMost> items;
  std::size_t count = 0;
  bool overflow = false;

  void add(const News& news) noexcept {
    if (count == kMost) {
      overflow = true;
    } else {
      items[count++] = news;
    }
  }
  [[nodiscard]] std::span<const News> all() const noexcept { return {items.data(), count}; }
};

/// Do messages of this service say anything about other traffic? h225, h245, sip, rtsp, appneta-rpp.
[[nodiscard]] bool is_signalling(ServiceId service) noexcept;

/// The messages of one signalling flow. A few plain words of state, no memory of its own, never allocates.
class SignallingReader {
 public:
  SignallingReader() = default;
  SignallingReader(ServiceId service, const Address& client, const Address& server) noexcept;

  /// Bytes of a side's stream in order, beginning where the last call left off. Reads the whole messages at the front
  /// and returns how many bytes they take, though not all where they say much; the rest comes again with what follows,
  /// or at once. `full`: no more will fit behind `bytes`, so at least one byte is taken.
  [[nodiscard]] std::size_t read_stream(Side side, Bytes bytes, bool full, NewsList& news) noexcept;
  /// Bytes of this side are missing: the next ones begin anywhere in a message.
  void lost(Side side) noexcept;
  void read_datagram(Side side, Bytes datagram, NewsList& news) noexcept;

 private:
  [[nodiscard]] std::size_t read_tpkt(Bytes bytes, NewsList& news) noexcept;
  [[nodiscard]] std::size_t read_text(Side side, Bytes bytes, NewsList& news) noexcept;
  void read_message(Side side, Bytes message, NewsList& news) noexcept;

  ServiceId service_ = ServiceId::none;
  Address address_[2];  // by Side
  bool out_of_step_[2]{};
};

}  // namespace ghostport
