#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace ethereum_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString text(const ByteString& bytes) {
  if (bytes.size() < 56) return joined({static_cast<std::uint8_t>(0x80 + bytes.size())}, bytes);
  return joined({0xB8, static_cast<std::uint8_t>(bytes.size())}, bytes);
}
ByteString list(const std::vector<ByteString>& items) {
  ByteString body;
  for (const ByteString& item : items) body = joined(body, item);
  if (body.size() < 56) return joined({static_cast<std::uint8_t>(0xC0 + body.size())}, body);
  return joined({0xF8, static_cast<std::uint8_t>(body.size())}, body);
}
ByteString packet(unsigned type, const ByteString& message, unsigned recovery = 0) {
  return ByteWriter().add(random_bytes(96, 1)).u8(recovery).u8(type).add(message).bytes();
}

const ByteString kTime = from_hex("84 5E162060");
const ByteString kEnd = from_hex("CB 84 C0000201 82765F 82765F");
const ByteString kVersion = {4};

CheckState discovery(const ByteString& bytes) { return ask(check_named("ethereum-discovery"), {bytes}); }

TEST(EthereumCheck, DiscoveryPacketsHaveTheirFields) {
  const ByteString ping = packet(1, list({kVersion, kEnd, kEnd, kTime}));
  const std::vector<Change> arriving{{0, kNo}, {ping.size(), kYes}};
  EXPECT_EQ(changes(check_named("ethereum-discovery"), Side::client, ping), arriving);
  EXPECT_EQ(discovery(packet(1, list({kVersion, kEnd, kEnd, kTime}), 2)), kNo) << "no recovery id";
  EXPECT_EQ(discovery(packet(1, list({kEnd, kEnd, kEnd, kTime}))), kNo);
  EXPECT_EQ(discovery(packet(1, list({kVersion, kEnd, kTime}))), kNo);
  EXPECT_EQ(discovery(packet(1, list({kVersion, kEnd, from_hex("C7 83 C00002 82765F"), kTime}))), kNo);
  EXPECT_EQ(discovery(packet(2, list({kEnd, text(random_bytes(32, 2)), kTime}))), kYes);
  EXPECT_EQ(discovery(packet(2, list({kEnd, text(random_bytes(31, 2)), kTime}))), kNo);
  EXPECT_EQ(discovery(packet(3, list({text(random_bytes(64, 2)), kTime}))), kYes);
  EXPECT_EQ(discovery(packet(3, list({text(random_bytes(63, 2)), kTime}))), kNo);
  const ByteString node =
      list({from_hex("84 C0000201"), from_hex("82765F"), from_hex("82765F"), text(random_bytes(64, 3))});
  EXPECT_EQ(discovery(packet(4, list({list({node, node}), kTime}))), kYes);
  EXPECT_EQ(discovery(packet(4, list({list({node, kEnd}), kTime}))), kNo);
  EXPECT_EQ(discovery(packet(5, list({kTime}))), kYes);
  EXPECT_EQ(discovery(packet(5, joined(list({kTime}), {0}))), kNo);
  EXPECT_EQ(discovery(packet(6, list({text(random_bytes(32, 2)), list({})}))), kYes);
  EXPECT_EQ(discovery(packet(7, list({kTime}))), kNo);
  EXPECT_EQ(discovery(packet(5, from_hex("FA 000004 84"))), kNo) << "no such length";
}

TEST(EthereumCheck, AHandshakeShowsAPointOfTheCurve) {
  // The generator of secp256k1, and its double.
  const ByteString generator = from_hex(
      "79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798"
      "483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8");
  const ByteString twice = from_hex(
      "C6047F9441ED7D6D3045406E95C07CD85C778E4B8CEF3CA7ABAC09B95C709EE5"
      "1AE168FEA63DC339A3C58419466CEAEEF7F632653266D0E1236431A950CFE52A");
  const CheckFunction check = check_named("ethereum-rlpx");
  const ByteString bytes = joined(from_hex("01ED04"), joined(generator, random_bytes(100, 1)));
  const std::vector<Change> arriving{{0, kMore}, {67, kYes}};
  EXPECT_EQ(changes(check, Side::client, bytes), arriving);
  EXPECT_EQ(ask(check, Side::client, joined(from_hex("01ED04"), twice)), kYes);
  EXPECT_EQ(ask(check, Side::client, joined(from_hex("01ED03"), twice)), kNo);
  EXPECT_EQ(ask(check, Side::client, joined(from_hex("001004"), twice)), kNo);
  EXPECT_EQ(ask(check, Side::client, first_bytes(bytes, 66), true), kNo);
  for (std::size_t at = 3; at < 67; ++at) {
    ByteString wrong = bytes;
    wrong[at] ^= 1;
    EXPECT_EQ(ask(check, Side::client, wrong), kNo) << at;
  }
}

}  // namespace ethereum_check
}  // namespace ghostport
