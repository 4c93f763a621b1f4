#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace mqtt_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString packet(unsigned first, const ByteString& body) { return ByteWriter().u8(first).counted(1, body).bytes(); }

ByteString publish(std::string_view topic, std::string_view text, unsigned first = 0x30) {
  return packet(first, ByteWriter().counted(2, ByteString(topic.begin(), topic.end())).add(text).bytes());
}

CheckState state(const ByteString& bytes, bool complete = false) {
  return ask(check_named("mqtt-packets"), Side::client, bytes, complete);
}

ByteString repeated(std::string_view hex, unsigned count) {
  ByteString bytes;
  for (unsigned i = 0; i < count; ++i) bytes = joined(bytes, from_hex(hex));
  return bytes;
}

TEST(MqttCheck, PacketsChainUntilTheyProveEnough) {
  EXPECT_EQ(state(repeated("C000", 2)), kMore);
  EXPECT_EQ(state(repeated("C000", 2), true), kNo);
  EXPECT_EQ(state(repeated("C000", 3)), kYes);
  EXPECT_EQ(state(repeated("40020001", 3)), kYes);
  EXPECT_EQ(state(repeated("40020000", 3)), kNo) << "an identifier of zero";
  EXPECT_EQ(state(repeated("C001", 3)), kNo);
  EXPECT_EQ(state(joined(repeated("C000", 2), from_hex("F000"))), kNo) << "no such type";
  EXPECT_EQ(state(joined(from_hex("9003000102"), repeated("C000", 2))), kYes);
  EXPECT_EQ(state(joined(from_hex("9003000155"), repeated("C000", 2))), kNo) << "no such reason";
}

TEST(MqttCheck, ATopicIsTextInsideItsPacket) {
  EXPECT_EQ(state(publish("sensors/house/kitchen/temperature", "21.5")), kYes);
  EXPECT_EQ(state(publish("a/b", "21.5")), kMore);
  EXPECT_EQ(state(publish("sensors/house/kitchen/\x01temperature", "21.5")), kNo);
  EXPECT_EQ(state(publish("sensors/house/kitchen/temperature", "21.5", 0x36)), kNo) << "no such quality";
  EXPECT_EQ(state(from_hex("300C02010160070201030400800000")), kNo) << "LDAP";
  const ByteString subscribe = packet(0x82, from_hex("00010003612F6200"));
  EXPECT_EQ(state(joined(subscribe, repeated("C000", 2))), kYes);
  EXPECT_EQ(state(packet(0x82, from_hex("00010009612F6200"))), kNo);
}

TEST(MqttCheck, AnAnswersPropertiesFillIt) {
  const auto answer = [](std::string_view properties) {
    return packet(0x20, ByteWriter().u16(0).counted(1, from_hex(properties)).bytes());
  };
  EXPECT_EQ(state(answer("22000A1200036162632800")), kYes);
  EXPECT_EQ(state(answer("22000A")), kMore);
  EXPECT_EQ(state(answer("22000A120004616263")), kNo) << "a text beyond the end";
  EXPECT_EQ(state(answer("22000A0B00")), kNo) << "no property of an answer";
}

}  // namespace mqtt_check
}  // namespace ghostport
