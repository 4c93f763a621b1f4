#include <algorithm>
#include <array>

#include "signatures/check.h"

namespace ghostport {
namespace {

constexpr std::array kChecks{
    NamedCheck{"dns", check_dns_message, "a DNS message over UDP: header, counts, names and records to the last byte"},
    NamedCheck{"dns-stream", check_dns_stream, "a DNS message behind its length over TCP"},
    NamedCheck{"mysql-greeting", check_mysql_greeting, "MySQL's handshake of version 10, or its error packet"},
    NamedCheck{"mysql-login", check_mysql_login, "MySQL's login or its request for TLS"},
    NamedCheck{"rpp", check_rpp_chain, "AppNeta's header chain behind the 12 bytes that look like RTP"},
    NamedCheck{"rpp-older", check_rpp_older, "AppNeta's header chain without those bytes, then the payload's mark"},
    NamedCheck{"rtp", check_rtp_stream, "three RTP packets of one source whose sequence numbers advance"},
    NamedCheck{"tls-record", check_tls_record, "TLS records down to the fields of a ClientHello or ServerHello"},
};
static_assert(std::ranges::is_sorted(kChecks, {}, &NamedCheck::name));

}  // namespace

std::span<const NamedCheck> all_checks() noexcept { return kChecks; }

const NamedCheck* find_check(std::string_view name) noexcept {
  const auto found = std::ranges::find(kChecks, name, &NamedCheck::name);
  return found == kChecks.end() ? nullptr : &*found;
}

}  // namespace ghostport
