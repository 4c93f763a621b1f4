#include "detection/roles.h"

#include <gtest/gtest.h>

#include <ostream>

#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace roles_test {

struct Row {
  std::string_view what;
  std::uint16_t source;
  std::uint16_t destination;
  std::uint16_t server;  // the port that is taken for the server's
  RoleBasis basis;
};
std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.what; }

constexpr auto kRank = RoleBasis::port_rank;
constexpr auto kUnknown = RoleBasis::unknown;

const std::vector<Row> kRows{
    {"client to a ghost port", 51514, 3238, 3238, kRank},
    {"ghost port to a client", 3238, 51514, 3238, kRank},
    {"ghost port to a web server: the ghost port is the client's", 3238, 443, 443, kRank},
    {"web server to a ghost port", 443, 3238, 443, kRank},
    {"ghost port to a name server", 3238, 53, 53, kRank},
    {"ghost port to a registered server port", 3239, 3306, 3306, kRank},
    {"first ephemeral port to a ghost port", 32768, 3238, 3238, kRank},
    {"last registered port to a ghost port: nothing is sure, the watched port", 32767, 3238, 3238, kUnknown},
    {"ghost port to a registered port", 3238, 15984, 3238, kUnknown},
    {"ghost port to a usual server port", 3238, 20000, 20000, kRank},
    {"two ghost ports: the destination of the first packet", 3238, 3239, 3239, kUnknown},
    {"two ghost ports, the other way", 3239, 3238, 3238, kUnknown},
    {"two servers", 443, 53, 53, kUnknown},
    {"two clients", 40000, 50000, 50000, kUnknown},
    {"client to a registered port", 50000, 20000, 20000, kRank},
    {"port zero is no server", 0, 3238, 3238, kUnknown},
};

class RolesByPorts : public testing::TestWithParam<Row> {};

TEST_P(RolesByPorts, TakesTheServersPort) {
  const Row& row = GetParam();
  const std::shared_ptr<Rules> rules = rules_watching("ghost");
  for (const std::uint8_t low :
       {std::uint8_t{1}, std::uint8_t{2}}) {  // the source is the low or the high end of the key
    Flow flow;
    const std::uint8_t source[4] = {10, 0, 0, low};
    const std::uint8_t destination[4] = {10, 0, 0, static_cast<std::uint8_t>(3 - low)};
    const Direction direction =
        make_five_tuple(flow.key, 4, Transport::tcp, source, destination, row.source, row.destination);
    roles_by_ports(flow, direction, rules->watch);
    EXPECT_EQ(flow.key.port[flow.direction_of(Side::server)], row.server);
    EXPECT_EQ(flow.bits.basis, row.basis);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, RolesByPorts, testing::ValuesIn(kRows));

TEST(Roles, APortIsJudgedOnItsOwnTransportOnly) {
  const std::shared_ptr<Rules> rules = rules_watching("3238/tcp");
  Flow flow;
  const std::uint8_t source[4] = {10, 0, 0, 1};
  const std::uint8_t destination[4] = {10, 0, 0, 2};
  const Direction direction = make_five_tuple(flow.key, 4, Transport::udp, source, destination, 3238, 20000);
  roles_by_ports(flow, direction, rules->watch);
  EXPECT_EQ(flow.key.port[flow.direction_of(Side::server)], 20000) << "3238/udp is one registered port among others";
}

TEST(Roles, ABetterGroundWinsAndAWorseOneDoesNot) {
  Flow flow;
  flow.bits.basis = RoleBasis::unknown;
  const RoleBasis order[] = {RoleBasis::port_rank, RoleBasis::payload, RoleBasis::first_packet, RoleBasis::syn_ack,
                             RoleBasis::syn};
  Direction client = 0;
  for (const RoleBasis basis : order) {
    client ^= 1U;
    improve_roles(flow, client, basis);
    EXPECT_EQ(flow.direction_of(Side::client), client);
    EXPECT_EQ(flow.bits.basis, basis);
    improve_roles(flow, client ^ 1U, basis);
    EXPECT_EQ(flow.direction_of(Side::client), client) << "the first word on one ground stands";
    improve_roles(flow, client ^ 1U, RoleBasis::port_rank);
    EXPECT_EQ(flow.direction_of(Side::client), client);
  }
}

TEST(Roles, SystemPortsAndTheUsualRegisteredOnesAreServers) {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{
           1, 22, 80, 443, 1023, 1080, 1433, 3306, 3389, 5060, 5061, 5432, 6379, 8080, 8443, 11211, 27017}) {
    EXPECT_TRUE(is_known_server_port(port)) << port;
  }
  for (const std::uint16_t port :
       std::initializer_list<std::uint16_t>{0, 1024, 1081, 3237, 3238, 3239, 3248, 5062, 27018, 32768, 65535}) {
    EXPECT_FALSE(is_known_server_port(port)) << port;
  }
}

}  // namespace roles_test
}  // namespace ghostport
