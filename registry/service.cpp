#include "registry/service.h"

#include <algorithm>
#include <array>

namespace ghostport {
namespace {

// In alphabetical order; the id of a name is its place here, counted from 1.
// clang-format off
constexpr std::array<std::string_view, 189> kNames = {
    "adb", "ads", "afp", "ajp", "amqp", "ansi-c1222", "anydesk", "apple-remote-desktop", "appneta-rpp",
    "ayiya", "bacnet", "bfcp", "bfd", "bgp", "bitcoin", "bittorrent", "bjnp", "c37118", "capwap", "cassandra",
    "ceph", "checkmk", "citrix-cgp", "citrix-framehawk", "citrix-ica", "clamd", "clickhouse", "coap",
    "codesys", "collectd", "cotp", "couchbase", "dcerpc", "dhcp", "dhcpv6", "diameter", "dlep", "dnp3", "dns",
    "dnscrypt", "doip", "drda", "dropbox-lan-sync", "dtls", "edonkey", "elasticsearch", "enip", "ether-s-bus",
    "ethereum", "finger", "fins", "firebird", "fix", "fox", "ftp", "gearman", "giop", "git", "gnutella",
    "gtp", "h225", "h245", "hadoop-rpc", "haproxy-proxy", "hart-ip", "hislip", "hl7", "hsrp", "http",
    "http-proxy", "http2", "iax", "iec104", "iec62056", "ike", "imap", "ipmi", "irc", "iscsi", "java-rmi",
    "jdwp", "jxta", "kafka", "kerberos", "knxnet-ip", "l2tp", "ldap", "lisp", "llmnr", "lustre", "mdns",
    "megaco", "melsec", "memcached", "meterpreter", "mgcp", "minecraft", "mms", "modbus", "monero", "mongodb",
    "mpeg-ts", "mqtt", "mumble", "mysql", "nat-pmp", "nats", "ncp", "netbios-dgm", "netbios-ns",
    "netbios-ssn", "netflow", "nfs", "nntp", "nomachine", "ntp", "opcua", "openflow", "openvpn", "openwire",
    "oracle", "pfcp", "pop3", "postgresql", "pptp", "quic", "radius", "radmin", "raknet", "ras", "rdp",
    "rdpudp", "redis", "rlogin", "rpc", "rsh", "rsync", "rtcp", "rtmp", "rtp", "rtps", "rtsp", "s7comm",
    "sap", "sap-hana", "sap-router", "sccp", "sflow", "shell", "sip", "slp", "smb", "smpp", "smtp", "snmp",
    "socks4", "socks5", "someip", "source-engine", "ssdp", "ssh", "stomp", "stratum", "stun", "syslog",
    "tacacs", "tarantool", "tcpcl", "tds", "teamspeak", "teamviewer", "telnet", "tftp", "thrift", "tinc",
    "tls", "tor-or", "uftp", "vnc", "whois", "winrm", "wireguard", "ws-discovery", "x11", "xdmcp", "xmpp",
    "zabbix", "zmtp", "zookeeper",
};
// clang-format on

constexpr bool strictly_ascending() {
  for (std::size_t i = 1; i < kNames.size(); ++i) {
    if (kNames[i - 1] >= kNames[i]) return false;
  }
  return true;
}
static_assert(strictly_ascending() && kNames.size() <= 255);

}  // namespace

std::string_view service_name(ServiceId service) noexcept {
  const auto place = static_cast<std::size_t>(service);
  return place == 0 || place > kNames.size() ? std::string_view() : kNames[place - 1];
}

std::optional<ServiceId> find_service(std::string_view name) noexcept {
  const auto found = std::lower_bound(kNames.begin(), kNames.end(), name);
  if (found == kNames.end() || *found != name) return std::nullopt;
  return static_cast<ServiceId>(found - kNames.begin() + 1);
}

const std::vector<std::string_view>& all_service_names() {
  static const std::vector<std::string_view> names(kNames.begin(), kNames.end());
  return names;
}

}  // namespace ghostport
