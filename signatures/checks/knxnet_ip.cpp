#include <array>

#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Source: KNX Standard 03_08_01 to 03_08_09 (KNXnet/IP Core, Device Management, Tunnelling, Routing, Remote Diagnosis,
// Secure), ISO 22510:2019.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 6;
constexpr unsigned kEnough = 40;
constexpr unsigned kHeaderBits = 16 + 11;  // size and version, a known service

enum class From { anyone, client, server };

struct Service {
  std::uint16_t type;
  From from;
  std::uint16_t size;  // of the whole message; the least one where it is open
  bool fixed;
};

constexpr std::array kServices{
    Service{0x0201, From::client, 14, true},  Service{0x0202, From::server, 14, false},
    Service{0x0203, From::client, 14, true},  Service{0x0204, From::server, 60, false},
    Service{0x0205, From::client, 24, false}, Service{0x0206, From::server, 8, false},
    Service{0x0207, From::client, 16, true},  Service{0x0208, From::server, 8, true},
    Service{0x0209, From::anyone, 16, true},  Service{0x020A, From::anyone, 8, true},
    Service{0x020B, From::client, 14, false}, Service{0x020C, From::server, 14, false},
    Service{0x0310, From::anyone, 11, false}, Service{0x0311, From::anyone, 10, true},
    Service{0x0420, From::anyone, 11, false}, Service{0x0421, From::anyone, 10, true},
    Service{0x0422, From::client, 12, false}, Service{0x0423, From::server, 12, false},
    Service{0x0424, From::client, 12, false}, Service{0x0425, From::anyone, 12, false},
    Service{0x0530, From::anyone, 8, false},  Service{0x0531, From::anyone, 10, true},
    Service{0x0532, From::anyone, 12, true},  Service{0x0533, From::anyone, 12, false},
    Service{0x0740, From::client, 14, false}, Service{0x0741, From::server, 14, false},
    Service{0x0742, From::client, 14, false}, Service{0x0743, From::client, 14, false},
    Service{0x0950, From::anyone, 38, false}, Service{0x0951, From::client, 46, true},
    Service{0x0952, From::server, 56, true},  Service{0x0953, From::client, 24, true},
    Service{0x0954, From::anyone, 8, true},   Service{0x0955, From::anyone, 36, true},
};

/// An endpoint of IP version 4 over UDP or TCP.
bool is_endpoint(Bytes bytes) noexcept { return bytes[0] == 8 && (bytes[1] == 1 || bytes[1] == 2); }

/// Bits that the body's own header has; none where it is wrong.
unsigned body_bits(std::uint32_t type, Bytes body) noexcept {
  switch (type) {
    case 0x0201:
    case 0x0203:
    case 0x0205:
    case 0x020B: return is_endpoint(body) ? 15 : 0;
    case 0x0207:
    case 0x0209: return is_endpoint(body.subspan(2)) ? 15 : 0;
    case 0x0310:
    case 0x0311:
    case 0x0420:
    case 0x0421: return body[0] == 4 ? 8 : 0;
    case 0x0531: return body[0] == 4 ? 8 : 0;
    case 0x0532: return body[0] == 6 ? 8 : 0;
    default: return 1;
  }
}

Unit read_message(Bytes bytes, Side side) noexcept {
  if (bytes.size() < kHeader) return Unit::more();
  const std::uint32_t type = big16(bytes, 2);
  const std::size_t size = big16(bytes, 4);
  if (big16(bytes, 0) != 0x0610) return Unit::no();
  const auto* const service =
      std::find_if(kServices.begin(), kServices.end(), [type](const Service& known) { return known.type == type; });
  if (service == kServices.end() || size < service->size || (service->fixed && size != service->size)) {
    return Unit::no();
  }
  if (service->from == (side == Side::client ? From::server : From::client)) return Unit::no();
  if (bytes.size() < service->size) return Unit::more();
  const unsigned body = body_bits(type, bytes.subspan(kHeader));
  return body == 0 ? Unit::no() : Unit::yes(size, kHeaderBits + (service->fixed ? 16 : 6) + body);
}

CheckResult check_knxnet_ip(const Payload& payload, Side side) noexcept {
  return check_units_of(payload, side, kEnough, read_message);
}

}  // namespace

std::span<const NamedCheck> knxnet_ip_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"knxnet-ip", check_knxnet_ip, "KNXnet/IP messages: header, a known service and a length that fits it"},
  };
  return kChecks;
}

}  // namespace ghostport
