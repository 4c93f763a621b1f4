#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace minecraft_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString handshake(std::string_view host, unsigned next, unsigned longer = 0) {
  return ByteWriter()
      .u8(1 + 2 + 1 + host.size() + 2 + 1 + longer)
      .u8(0)
      .u8(0xF2)
      .u8(5)
      .counted(1, host)
      .u16(25565)
      .u8(next)
      .bytes();
}
CheckState client(const ByteString& bytes, bool complete = true) {
  return ask(check_named("minecraft-handshake"), Side::client, bytes, complete);
}

TEST(MinecraftCheck, AHandshakeIsFollowedByWhatItAnnounces) {
  const ByteString status = joined(handshake("localhost", 1), {1, 0});
  const std::vector<Change> arriving{{0, kMore}, {19, kYes}};
  EXPECT_EQ(changes(check_named("minecraft-handshake"), Side::client, status), arriving);
  EXPECT_EQ(client(joined(handshake("localhost", 2), {7, 0, 5})), kYes);
  EXPECT_EQ(client(handshake("localhost", 1)), kYes) << "all that the client says";
  EXPECT_EQ(client(joined(handshake("localhost", 1), {2, 0})), kNo);
  EXPECT_EQ(client(joined(handshake("localhost", 1), {1, 1})), kNo);
  EXPECT_EQ(client(joined(handshake("localhost", 4), {1, 0})), kNo);
  EXPECT_EQ(client(joined(handshake("localhost", 1, 1), {1, 0})), kNo);
  EXPECT_EQ(client(joined(handshake("a.b", 1), {1, 0})), kNo) << "too short to prove anything";
  EXPECT_EQ(client(joined(handshake("local ost", 1), {1, 0})), kNo);
}

TEST(MinecraftCheck, AStatusIsJsonOfItsLength) {
  const auto answer = [](std::string_view json, unsigned longer = 0) {
    return ByteWriter().u8(2 + json.size() + longer).u8(0).counted(1, json).bytes();
  };
  const auto state = [](const ByteString& bytes) {
    return ask(check_named("minecraft-response"), Side::server, bytes, true);
  };
  EXPECT_EQ(state(answer(R"({"version":{"protocol":47}})")), kYes);
  EXPECT_EQ(state(answer(R"({"text":"Bye"})")), kYes);
  EXPECT_EQ(state(answer(R"({"text":"Bye"})", 1)), kNo);
  EXPECT_EQ(state(answer(R"({"next":"Bye"})")), kNo);
  EXPECT_EQ(state(answer(R"(["text":"Bye"])")), kNo);
  EXPECT_EQ(ask(check_named("minecraft-response"), Side::server, first_bytes(answer(R"({"text":"Bye"})"), 8)), kMore);
}

}  // namespace minecraft_check
}  // namespace ghostport
