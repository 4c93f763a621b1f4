// Every example of every shipped signature as a conversation: on other ports, from ports that suggest something else,
// in one-byte and out-of-order segments, and joined midway. The name must not change.
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "dataplane/replay.h"
#include "tests/dataplane/temporary_file.h"
#include "tests/detection/recording_sink.h"
#include "tests/detection/rules_for_tests.h"
#include "tests/packet_builder.h"

namespace ghostport {
namespace port_shuffle_test {

using packets::ByteString;
using packets::Capture;
using packets::Segmentation;
using packets::TcpConversation;
using packets::UdpConversation;

using Datagrams = std::vector<std::string>;

/// What both sides say, one of them perhaps nothing, and what that is.
struct Story {
  std::string label;
  std::string_view service;
  Transport transport;
  Datagrams says[2];  // by Side
};

/// Each example alone; a weak signature's with the first example of each of its answers.
std::vector<Story> stories() {
  const auto set = shipped_signatures();
  std::vector<Story> result;
  for (std::size_t i = 0; i < set->signatures().size(); ++i) {
    const Signature& signature = set->signatures()[i];
    const Side side = signature.side == SignatureSide::server ? Side::server : Side::client;
    for (const Example& example : signature.match) {
      Story story{signature.id + " at line " + std::to_string(example.line),
                  service_name(signature.service),
                  signature.transport,
                  {}};
      story.says[static_cast<std::size_t>(side)] = example.datagrams;
      if (!signature.both_directions) result.push_back(story);
      for (const SignatureIndex answer : set->answers_of(static_cast<SignatureIndex>(i))) {
        story.says[static_cast<std::size_t>(other(side))] = set->at(answer).match.front().datagrams;
        result.push_back(story);
      }
    }
  }
  return result;
}

enum class Way : std::uint8_t { whole, one_byte, out_of_order, midway };

Segmentation cut(Way way, std::size_t size) {
  if (way == Way::one_byte) return packets::in_pieces_of(1);
  if (way != Way::out_of_order || size < 3) return {};
  std::vector<std::size_t> order(3);
  std::iota(order.rbegin(), order.rend(), 0);
  return packets::cut_at({size / 3, 2 * size / 3}, order);
}

void tell(Capture& capture, const Story& story, Way way, const std::string& client, std::uint16_t client_port,
          std::uint16_t server_port) {
  const auto [asks, answers] = std::tie(story.says[0], story.says[1]);
  if (story.transport == Transport::udp) {
    UdpConversation talk(capture, packets::client(client, client_port), packets::server("192.0.2.1", server_port));
    if (asks.empty()) talk.client_says("Z");  // whoever speaks first asks
    for (std::size_t i = 0; i < std::max(asks.size(), answers.size()); ++i) {
      if (i < asks.size()) talk.client_says(asks[i]);
      if (i < answers.size()) talk.server_says(answers[i]);
    }
    return;
  }
  TcpConversation talk(capture, packets::client(client, client_port), packets::server("192.0.2.1", server_port));
  if (way != Way::midway) talk.handshake();
  if (!asks.empty()) talk.client_says(asks.back(), cut(way, asks.back().size()));
  if (!answers.empty()) talk.server_says(answers.back(), cut(way, answers.back().size()));
  talk.close();
}

/// The names of all stories, told in one way: story by story.
std::vector<std::string_view> names(const std::vector<Story>& told, Way way, std::uint16_t client_port,
                                    std::uint16_t server_port) {
  Capture capture;
  std::map<std::string, std::size_t> who;
  for (std::size_t i = 0; i < told.size(); ++i) {
    const std::string client = "10.0." + std::to_string(i / 250) + '.' + std::to_string(1 + i % 250);
    who[client] = i;
    tell(capture, told[i], way, client, client_port, server_port);
  }
  const auto rules = rules_watching("all");
  rules->flow_records = true;
  RecordingSink sink;
  Replay replay(rules, 1, sink);
  const TemporaryFile file(capture.pcap());
  EXPECT_TRUE(replay.run(file.path()).complete);
  std::vector<std::string_view> result(told.size());
  for (const FlowDetail& flow : sink.flows) {
    for (const Address& address : flow.address) {
      if (const auto found = who.find(address.text()); found != who.end())
        result[found->second] = service_name(flow.service != ServiceId::none ? flow.service : flow.asked);
    }
  }
  return result;
}

void expect_names(Way way, std::uint16_t client_port, std::uint16_t server_port) {
  const std::vector<Story> told = stories();
  ASSERT_FALSE(told.empty());
  const std::vector<std::string_view> said = names(told, way, client_port, server_port);
  for (std::size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(said[i], told[i].service) << told[i].label << ", port " << client_port << " to " << server_port;
  }
}

TEST(PortShuffle, NamesComeFromPayloadWhateverThePorts) {
  for (const std::uint16_t server_port : {std::uint16_t{3238}, std::uint16_t{31'337}}) {
    for (const int client_port : {49'152, 53, 80, 443})
      expect_names(Way::whole, static_cast<std::uint16_t>(client_port), server_port);
  }
}

TEST(PortShuffle, NamesAreTheSameInOneByteSegments) { expect_names(Way::one_byte, 443, 3238); }

TEST(PortShuffle, NamesAreTheSameInSegmentsOutOfOrder) { expect_names(Way::out_of_order, 80, 3239); }

TEST(PortShuffle, NamesAreTheSameInConversationsJoinedMidway) { expect_names(Way::midway, 49'152, 3248); }

}  // namespace port_shuffle_test
}  // namespace ghostport
