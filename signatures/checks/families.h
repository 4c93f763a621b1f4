// The families of structural checks: each file in this folder has one table of named checks.
// Read once by all_checks.cpp.
#pragma once

#include <span>

#include "signatures/check.h"

namespace ghostport {

std::span<const NamedCheck> access_checks() noexcept;       // RFC 2865, RFC 8907, RFC 6733
std::span<const NamedCheck> ads_checks() noexcept;          // Beckhoff TwinCAT ADS/AMS specification
std::span<const NamedCheck> afp_checks() noexcept;          // DSI of Apple's AFP programming guide
std::span<const NamedCheck> ajp_checks() noexcept;          // AJPv13 protocol of Apache Tomcat Connectors
std::span<const NamedCheck> amqp_checks() noexcept;         // AMQP 0-9-1 section 4.2, AMQP 1.0 part 2
std::span<const NamedCheck> bacnet_checks() noexcept;       // ANSI/ASHRAE 135 annex J and clauses 6, 20
std::span<const NamedCheck> bfcp_checks() noexcept;         // RFC 8855 section 5
std::span<const NamedCheck> bittorrent_checks() noexcept;   // BEP 3, 15 and 29
std::span<const NamedCheck> broadcast_checks() noexcept;    // H.222.0 clause 2.4.3, RFC 2974 section 3
std::span<const NamedCheck> c37118_checks() noexcept;       // IEEE C37.118.2
std::span<const NamedCheck> capwap_checks() noexcept;       // RFC 5415
std::span<const NamedCheck> cassandra_checks() noexcept;    // CQL binary protocol, versions 1 to 5
std::span<const NamedCheck> certificate_checks() noexcept;  // RFC 5246 section 7.4.2: names of Tor and AnyDesk
std::span<const NamedCheck> coap_checks() noexcept;         // RFC 7252 section 3
std::span<const NamedCheck> codesys_checks() noexcept;      // Kaspersky ICS CERT on CODESYS Runtime
std::span<const NamedCheck> collectd_checks() noexcept;     // collectd's binary protocol
std::span<const NamedCheck> cotp_checks() noexcept;         // RFC 1006, X.224, X.225, ISO 9506 (MMS)
std::span<const NamedCheck> couchbase_checks() noexcept;    // Couchbase's BinaryProtocol.md
std::span<const NamedCheck> dcerpc_checks() noexcept;       // C706 chapter 12
std::span<const NamedCheck> delivery_checks() noexcept;     // AYIYA, TCPCL (RFC 7242), UFTP, Ether-S-Bus
std::span<const NamedCheck> dhcp_checks() noexcept;         // RFC 2131 section 2, RFC 8415 section 8
std::span<const NamedCheck> dnp3_checks() noexcept;         // IEEE 1815
std::span<const NamedCheck> dns_checks() noexcept;          // RFC 1035 section 4, over UDP and TCP; RFC 6762; RFC 4795
std::span<const NamedCheck> drda_checks() noexcept;         // DRDA version 5 volume 3 (DDM)
std::span<const NamedCheck> dtls_checks() noexcept;         // RFC 6347 section 4, RFC 9147 section 4
std::span<const NamedCheck> edonkey_checks() noexcept;      // eMule and Gnutella specifications
std::span<const NamedCheck> elasticsearch_checks() noexcept;  // Elasticsearch's TcpHeader
std::span<const NamedCheck> enip_checks() noexcept;           // CIP Networks Library volume 2
std::span<const NamedCheck> ethereum_checks() noexcept;       // devp2p: discovery v4, RLPx
std::span<const NamedCheck> fins_checks() noexcept;           // OMRON W227 and W421
std::span<const NamedCheck> firebird_checks() noexcept;       // Firebird's wire protocol
std::span<const NamedCheck> fix_checks() noexcept;            // FIX TagValue Encoding
std::span<const NamedCheck> gearman_checks() noexcept;        // Gearman's PROTOCOL document
std::span<const NamedCheck> giop_checks() noexcept;           // CORBA 3.3 part 2 sections 9.4 and 11.2
std::span<const NamedCheck> git_checks() noexcept;            // gitprotocol-common, gitprotocol-pack
std::span<const NamedCheck> gtp_checks() noexcept;            // 3GPP TS 29.060, 29.274, 29.281, 32.295, 29.244
std::span<const NamedCheck> h323_checks() noexcept;           // H.225.0 clause 7, H.245 annex A
std::span<const NamedCheck> hana_checks() noexcept;           // SAP HANA SQL Command Network Protocol
std::span<const NamedCheck> hart_ip_checks() noexcept;        // HCF_SPEC-085
std::span<const NamedCheck> http_checks() noexcept;           // RFC 9112 section 4
std::span<const NamedCheck> http2_checks() noexcept;          // RFC 9113 sections 3.4 and 4.1
std::span<const NamedCheck> iax_checks() noexcept;            // RFC 5456 section 8
std::span<const NamedCheck> iec104_checks() noexcept;         // IEC 60870-5-104
std::span<const NamedCheck> ike_checks() noexcept;            // RFC 2408, RFC 7296
std::span<const NamedCheck> ipmi_checks() noexcept;           // ASF 2.0 section 3.2, IPMI 2.0 section 13
std::span<const NamedCheck> iscsi_checks() noexcept;          // RFC 7143 section 11
std::span<const NamedCheck> java_rmi_checks() noexcept;       // RMI specification chapter 10
std::span<const NamedCheck> kafka_checks() noexcept;          // Apache Kafka's protocol guide
std::span<const NamedCheck> kerberos_checks() noexcept;       // RFC 4120 section 5; RFC 3244
std::span<const NamedCheck> knxnet_ip_checks() noexcept;      // ISO 22510
std::span<const NamedCheck> l2tp_checks() noexcept;           // RFC 2661, RFC 3931
std::span<const NamedCheck> ldap_checks() noexcept;           // RFC 4511 section 4
std::span<const NamedCheck> lisp_checks() noexcept;           // RFC 9300, RFC 9301
std::span<const NamedCheck> lustre_checks() noexcept;         // LNet's socket driver
std::span<const NamedCheck> megaco_checks() noexcept;         // H.248.1 annex A
std::span<const NamedCheck> melsec_checks() noexcept;         // Mitsubishi SH(NA)-080008
std::span<const NamedCheck> memcached_checks() noexcept;      // memcached's text and binary protocol
std::span<const NamedCheck> metering_checks() noexcept;       // IEC 62056-46 and -47, ANSI C12.22
std::span<const NamedCheck> meterpreter_checks() noexcept;    // Rex::Post::Meterpreter::Packet
std::span<const NamedCheck> minecraft_checks() noexcept;      // Minecraft protocol documentation
std::span<const NamedCheck> modbus_checks() noexcept;         // MODBUS Application Protocol V1.1b3
std::span<const NamedCheck> mongodb_checks() noexcept;        // MongoDB's wire protocol, BSON
std::span<const NamedCheck> mqtt_checks() noexcept;           // MQTT 3.1.1 and 5.0, chapters 2 and 3
std::span<const NamedCheck> mysql_checks() noexcept;          // MySQL's client/server protocol
std::span<const NamedCheck> nats_checks() noexcept;           // NATS client protocol
std::span<const NamedCheck> netbios_checks() noexcept;        // RFC 1002 sections 4.3 and 4.4
std::span<const NamedCheck> netbios_ns_checks() noexcept;     // RFC 1002 section 4.2
std::span<const NamedCheck> netflow_checks() noexcept;        // Cisco's versions 5 and 7, RFC 3954, RFC 7011; sFlow 5
std::span<const NamedCheck> ntp_checks() noexcept;            // RFC 5905 section 7.3, RFC 9327 section 2
std::span<const NamedCheck> opcua_checks() noexcept;          // OPC 10000-6
std::span<const NamedCheck> openflow_checks() noexcept;       // OpenFlow Switch Specification
std::span<const NamedCheck> openvpn_checks() noexcept;        // OpenVPN wire protocol
std::span<const NamedCheck> oracle_checks() noexcept;         // TNS of Oracle Net
std::span<const NamedCheck> postgresql_checks() noexcept;     // PostgreSQL's frontend/backend protocol
std::span<const NamedCheck> quic_checks() noexcept;           // RFC 8999, RFC 9000 section 17.2
std::span<const NamedCheck> radmin_checks() noexcept;         // the message of Radmin 2 and 3
std::span<const NamedCheck> rdp_checks() noexcept;            // [MS-RDPBCGR] section 2.2.1; [MS-RDPEUDP] section 2.2.2
std::span<const NamedCheck> redis_checks() noexcept;          // Redis' serialization protocol
std::span<const NamedCheck> routing_checks() noexcept;        // RFC 5880, RFC 2281, RFC 8175
std::span<const NamedCheck> rpc_checks() noexcept;            // RFC 5531 sections 9 and 11
std::span<const NamedCheck> rpp_checks() noexcept;            // facts from AppNeta's dissectors
std::span<const NamedCheck> rtcp_checks() noexcept;           // RFC 3550 section 6, RFC 3711 section 3.4
std::span<const NamedCheck> rtmp_checks() noexcept;           // RTMP 1.0 section 5
std::span<const NamedCheck> rtp_checks() noexcept;            // RFC 3550 section 5.1
std::span<const NamedCheck> rtps_checks() noexcept;           // OMG's DDSI-RTPS 2.5
std::span<const NamedCheck> s7comm_checks() noexcept;         // S7 behind RFC 1006
std::span<const NamedCheck> sccp_checks() noexcept;           // Cisco's skinny protocol
std::span<const NamedCheck> slp_checks() noexcept;            // RFC 2608 section 8, RFC 2165 section 4
std::span<const NamedCheck> smb_checks() noexcept;            // [MS-CIFS] section 2.2.3; [MS-SMB2] section 2.2
std::span<const NamedCheck> smpp_checks() noexcept;           // SMPP 5.0 sections 3.2 and 4
std::span<const NamedCheck> snmp_checks() noexcept;           // RFC 1157, RFC 1901, RFC 3412
std::span<const NamedCheck> socks_checks() noexcept;          // RFC 1928; SOCKS 4 and 4A
std::span<const NamedCheck> source_engine_checks() noexcept;  // Valve's server queries
std::span<const NamedCheck> ssh_checks() noexcept;            // RFC 4253 sections 6 and 7.1
std::span<const NamedCheck> stun_checks() noexcept;           // RFC 8489, RFC 3489
std::span<const NamedCheck> tds_checks() noexcept;            // [MS-TDS] section 2.2
std::span<const NamedCheck> teamviewer_checks() noexcept;     // TeamViewer's header as published
std::span<const NamedCheck> telnet_checks() noexcept;         // RFC 854, RFC 855
std::span<const NamedCheck> tftp_checks() noexcept;           // RFC 1350 section 5
std::span<const NamedCheck> thrift_checks() noexcept;         // Thrift binary and compact protocol encoding
std::span<const NamedCheck> tls_checks() noexcept;            // RFC 8446 section 5.1
std::span<const NamedCheck> vehicle_checks() noexcept;        // ISO 13400-2 and AUTOSAR SOME/IP
std::span<const NamedCheck> wireguard_checks() noexcept;      // WireGuard paper, section 5.4
std::span<const NamedCheck> x11_checks() noexcept;            // X11 protocol chapter 8 and appendix B
std::span<const NamedCheck> xdmcp_checks() noexcept;          // XDMCP 1.1 sections 4 and 5
std::span<const NamedCheck> zookeeper_checks() noexcept;      // ZooKeeper's jute records

}  // namespace ghostport
