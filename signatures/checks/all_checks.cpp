#include <algorithm>
#include <vector>

#include "signatures/checks/families.h"

namespace ghostport {
namespace {

using Family = std::span<const NamedCheck> (*)() noexcept;

// clang-format off
constexpr Family kFamilies[] = {
    access_checks,
    ads_checks,
    afp_checks,
    ajp_checks,
    amqp_checks,
    bacnet_checks,
    bfcp_checks,
    bittorrent_checks,
    broadcast_checks,
    c37118_checks,
    capwap_checks,
    cassandra_checks,
    certificate_checks,
    coap_checks,
    codesys_checks,
    collectd_checks,
    cotp_checks,
    couchbase_checks,
    dcerpc_checks,
    delivery_checks,
    dhcp_checks,
    dnp3_checks,
    dns_checks,
    drda_checks,
    dtls_checks,
    edonkey_checks,
    elasticsearch_checks,
    enip_checks,
    ethereum_checks,
    fins_checks,
    firebird_checks,
    fix_checks,
    gearman_checks,
    giop_checks,
    git_checks,
    gtp_checks,
    h323_checks,
    hana_checks,
    hart_ip_checks,
    http2_checks,
    http_checks,
    iax_checks,
    iec104_checks,
    ike_checks,
    ipmi_checks,
    iscsi_checks,
    java_rmi_checks,
    kafka_checks,
    kerberos_checks,
    knxnet_ip_checks,
    l2tp_checks,
    ldap_checks,
    lisp_checks,
    lustre_checks,
    megaco_checks,
    melsec_checks,
    memcached_checks,
    metering_checks,
    meterpreter_checks,
    minecraft_checks,
    modbus_checks,
    mongodb_checks,
    mqtt_checks,
    mysql_checks,
    nats_checks,
    netbios_checks,
    netbios_ns_checks,
    netflow_checks,
    ntp_checks,
    opcua_checks,
    openflow_checks,
    openvpn_checks,
    oracle_checks,
    postgresql_checks,
    quic_checks,
    radmin_checks,
    rdp_checks,
    redis_checks,
    routing_checks,
    rpc_checks,
    rpp_checks,
    rtcp_checks,
    rtmp_checks,
    rtp_checks,
    rtps_checks,
    s7comm_checks,
    sccp_checks,
    slp_checks,
    smb_checks,
    smpp_checks,
    snmp_checks,
    socks_checks,
    source_engine_checks,
    ssh_checks,
    stun_checks,
    tds_checks,
    teamviewer_checks,
    telnet_checks,
    tftp_checks,
    thrift_checks,
    tls_checks,
    vehicle_checks,
    wireguard_checks,
    x11_checks,
    xdmcp_checks,
    zookeeper_checks,
};
// clang-format on

std::vector<NamedCheck> collect() {
  std::vector<NamedCheck> checks;
  for (const Family family : kFamilies) checks.insert(checks.end(), family().begin(), family().end());
  std::ranges::sort(checks, {}, &NamedCheck::name);
  return checks;
}

}  // namespace

std::span<const NamedCheck> all_checks() {
  static const std::vector<NamedCheck> checks = collect();
  return checks;
}

const NamedCheck* find_check(std::string_view name) {
  const auto found = std::ranges::lower_bound(all_checks(), name, {}, &NamedCheck::name);
  return found == all_checks().end() || found->name != name ? nullptr : &*found;
}

}  // namespace ghostport
