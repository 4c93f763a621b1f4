// The families of structural checks: each file in this folder has one table of named checks.
// Read once by all_checks.cpp.
#pragma once

#include <span>

#include "signatures/check.h"

namespace ghostport {

std::span<const NamedCheck> afp_checks() noexcept;         // DSI of Apple's AFP programming guide
std::span<const NamedCheck> collectd_checks() noexcept;    // collectd's binary protocol
std::span<const NamedCheck> dcerpc_checks() noexcept;      // C706 chapter 12
std::span<const NamedCheck> dhcp_checks() noexcept;        // RFC 2131 section 2, RFC 8415 section 8
std::span<const NamedCheck> dns_checks() noexcept;         // RFC 1035 section 4, over UDP and TCP; RFC 6762; RFC 4795
std::span<const NamedCheck> ipmi_checks() noexcept;        // ASF 2.0 section 3.2, IPMI 2.0 section 13
std::span<const NamedCheck> iscsi_checks() noexcept;       // RFC 7143 section 11
std::span<const NamedCheck> kerberos_checks() noexcept;    // RFC 4120 section 5; RFC 3244
std::span<const NamedCheck> ldap_checks() noexcept;        // RFC 4511 section 4
std::span<const NamedCheck> mysql_checks() noexcept;       // connection phase of MySQL's client/server protocol
std::span<const NamedCheck> netbios_checks() noexcept;     // RFC 1002 sections 4.3 and 4.4
std::span<const NamedCheck> netbios_ns_checks() noexcept;  // RFC 1002 section 4.2
std::span<const NamedCheck> netflow_checks() noexcept;     // Cisco's versions 5 and 7, RFC 3954, RFC 7011; sFlow 5
std::span<const NamedCheck> ntp_checks() noexcept;         // RFC 5905 section 7.3, RFC 9327 section 2
std::span<const NamedCheck> rdp_checks() noexcept;         // [MS-RDPBCGR] section 2.2.1; [MS-RDPEUDP] section 2.2.2
std::span<const NamedCheck> rpc_checks() noexcept;         // RFC 5531 sections 9 and 11
std::span<const NamedCheck> rpp_checks() noexcept;         // facts from AppNeta's dissectors
std::span<const NamedCheck> rtp_checks() noexcept;         // RFC 3550 section 5.1
std::span<const NamedCheck> slp_checks() noexcept;         // RFC 2608 section 8, RFC 2165 section 4
std::span<const NamedCheck> smb_checks() noexcept;         // [MS-CIFS] section 2.2.3; [MS-SMB2] section 2.2
std::span<const NamedCheck> snmp_checks() noexcept;        // RFC 1157, RFC 1901, RFC 3412
std::span<const NamedCheck> tds_checks() noexcept;         // [MS-TDS] section 2.2
std::span<const NamedCheck> tftp_checks() noexcept;        // RFC 1350 section 5
std::span<const NamedCheck> tls_checks() noexcept;         // RFC 8446 section 5.1

}  // namespace ghostport
