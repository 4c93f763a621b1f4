#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace openvpn_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kClient = from_hex("9AD747BEB24D8A1B");
const ByteString kServer = from_hex("507A28A78275788D");

ByteString head(unsigned opcode, const ByteString& session) {
  return joined({static_cast<std::uint8_t>(opcode << 3)}, session);
}
ByteString replay(std::uint32_t id) { return ByteWriter().u32(id).u32(0x63CF4FF5).bytes(); }
ByteString client_tail() { return ByteString(5); }
ByteString server_tail(unsigned acks = 1) { return ByteWriter().u8(acks).zeros(4).add(kClient).zeros(4).bytes(); }
ByteString client_reset() { return joined(head(7, kClient), client_tail()); }
ByteString server_reset() { return joined(head(8, kServer), server_tail()); }
ByteString with_hmac(const ByteString& front, std::size_t hmac, std::uint32_t id, const ByteString& tail) {
  return ByteWriter().add(front).add(random_bytes(hmac, 1)).add(replay(id)).add(tail).bytes();
}
ByteString crypted(unsigned opcode, const ByteString& session, std::uint32_t id, std::size_t size) {
  return ByteWriter().add(head(opcode, session)).add(replay(id)).add(random_bytes(size, id)).bytes();
}
ByteString ack(std::uint32_t id, unsigned count = 1) {
  return ByteWriter().add(head(5, kClient)).u8(count).u32(id).add(kServer).bytes();
}
ByteString control(const ByteString& content, std::uint32_t id = 1) {
  return ByteWriter().add(head(4, kClient)).u8(0).u32(id).add(content).bytes();
}

CheckState datagrams(const std::vector<ByteString>& all) { return ask(check_named("openvpn"), all); }

TEST(OpenvpnCheck, AHardResetHasTheSizeOfItsProtection) {
  EXPECT_EQ(datagrams({client_reset()}), kYes);
  EXPECT_EQ(datagrams({server_reset()}), kYes);
  for (const std::size_t hmac : {16U, 20U, 28U, 32U, 48U, 64U}) {
    EXPECT_EQ(datagrams({with_hmac(head(7, kClient), hmac, 1, client_tail())}), kYes) << hmac;
    EXPECT_EQ(datagrams({with_hmac(head(8, kServer), hmac, 1, server_tail())}), kYes) << hmac;
  }
  EXPECT_NE(datagrams({with_hmac(head(7, kClient), 24, 1, client_tail())}), kYes);
  EXPECT_NE(datagrams({with_hmac(head(7, kClient), 20, 0x12345678, client_tail())}), kYes) << "no first packet id";
  EXPECT_EQ(datagrams({crypted(7, kClient, 1, 37)}), kYes) << "tls-crypt";
  EXPECT_EQ(datagrams({crypted(7, kClient, 0x0F000001, 43)}), kYes) << "with early negotiation";
  EXPECT_EQ(datagrams({crypted(8, kServer, 1, 49)}), kYes);
  EXPECT_NE(datagrams({crypted(7, kClient, 1, 38)}), kYes);
  EXPECT_NE(datagrams({joined(client_reset(), {0})}), kYes);
  EXPECT_NE(datagrams({joined(head(8, kServer), server_tail(2))}), kYes);
  EXPECT_NE(datagrams({joined(head(7, ByteString(8)), client_tail())}), kYes) << "no session";
  EXPECT_EQ(datagrams({joined({0x39}, first_bytes(joined(kClient, client_tail()), 13))}), kMore) << "another key";
}

TEST(OpenvpnCheck, ALaterPacketMayBeginTls) {
  EXPECT_EQ(datagrams({control(from_hex("16030101100100010C0303"))}), kYes);
  EXPECT_EQ(datagrams({control(from_hex("1603010110020001"))}), kYes);
  EXPECT_EQ(datagrams({control(from_hex("1703010110010001"))}), kMore);
  EXPECT_EQ(datagrams({control(from_hex("160301011001"), 0x10000)}), kMore) << "its number is too high";
}

TEST(OpenvpnCheck, TwoControlPacketsOfOneSession) {
  EXPECT_EQ(datagrams({ack(1), ack(2)}), kYes);
  EXPECT_EQ(datagrams({ack(1), ack(1)}), kMore) << "the same one";
  EXPECT_EQ(datagrams({ack(1), ack(2, 2)}), kMore) << "a count that does not fit";
  EXPECT_EQ(datagrams({crypted(4, kClient, 2, 60), crypted(4, kClient, 3, 80)}), kYes);
  EXPECT_EQ(datagrams({crypted(4, kClient, 2, 60), crypted(4, kServer, 3, 80)}), kMore);
  EXPECT_EQ(datagrams({crypted(4, kClient, 2, 60), crypted(4, kClient, 0x20002, 80)}), kMore) << "far away";
  EXPECT_EQ(datagrams({crypted(6, kClient, 2, 60), crypted(6, kClient, 3, 60)}), kNo) << "data";
  EXPECT_EQ(ask(check_named("openvpn"), {crypted(4, kClient, 2, 60)}, true), kNo);
}

TEST(OpenvpnCheck, OverTcpPacketsStandBehindLengths) {
  const CheckFunction check = check_named("openvpn-stream");
  const auto record = [](const ByteString& packet) { return ByteWriter().counted(2, packet).bytes(); };
  const std::vector<Change> reset{{0, kMore}, {16, kYes}};
  EXPECT_EQ(changes(check, Side::client, record(client_reset())), reset);
  const ByteString first = record(crypted(4, kClient, 2, 60));
  const ByteString both = joined(first, record(crypted(4, kClient, 3, 60)));
  const std::vector<Change> continued{{0, kMore}, {both.size(), kYes}};
  EXPECT_EQ(changes(check, Side::client, both), continued);
  EXPECT_EQ(ask(check, Side::client, joined(first, record(crypted(6, kClient, 2, 60)))), kMore) << "data between";
  EXPECT_EQ(ask(check, Side::client, joined(first, record(crypted(1, kClient, 3, 60)))), kNo) << "no operation";
  EXPECT_EQ(ask(check, Side::client, joined(first, first)), kNo);
  EXPECT_EQ(ask(check, Side::client, from_hex("000938")), kNo) << "too short";
}

}  // namespace openvpn_check
}  // namespace ghostport
