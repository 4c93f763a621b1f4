// The families of structural checks: each file in this folder has one table of named checks.
// Read once by all_checks.cpp.
#pragma once

#include <span>

#include "signatures/check.h"

namespace ghostport {

std::span<const NamedCheck> dns_checks() noexcept;    // RFC 1035 section 4.1 over UDP; section 4.2.2 over TCP
std::span<const NamedCheck> mysql_checks() noexcept;  // connection phase of MySQL's client/server protocol
std::span<const NamedCheck> rpp_checks() noexcept;    // facts from AppNeta's dissectors
std::span<const NamedCheck> rtp_checks() noexcept;    // RFC 3550 section 5.1
std::span<const NamedCheck> tls_checks() noexcept;    // RFC 8446 section 5.1

}  // namespace ghostport
