#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace opcua_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString chunk(std::string_view type, const ByteString& body) {
  return ByteWriter().add(type).le32(8 + body.size()).add(body).bytes();
}
ByteString hello(unsigned length = 24, unsigned receive = 65536) {
  return chunk("HELF", ByteWriter()
                           .le32(0)
                           .le32(receive)
                           .le32(65536)
                           .le32(0)
                           .le32(0)
                           .le32(length)
                           .add("opc.tcp://localhost:4840")
                           .bytes());
}
CheckState client(const ByteString& bytes) { return ask(check_named("opcua"), Side::client, bytes); }
CheckState server(const ByteString& bytes) { return ask(check_named("opcua"), Side::server, bytes); }

TEST(OpcuaCheck, MessagesHold) {
  EXPECT_EQ(client(hello()), kYes);
  EXPECT_EQ(server(hello()), kNo);
  EXPECT_EQ(server(chunk("ACKF", ByteWriter().le32(0).le32(65536).le32(65536).le32(0).le32(0).bytes())), kYes);
  EXPECT_EQ(server(chunk("ERRF", from_hex("00007D80FFFFFFFF"))), kYes);
  const ByteString open =
      chunk("OPNF", ByteWriter().le32(0).le32(47).add("http://opcfoundation.org/UA/SecurityPolicy#None").bytes());
  EXPECT_EQ(client(open), kYes);
  EXPECT_EQ(server(open), kYes);
  EXPECT_EQ(server(chunk("MSGC", ByteString(16))), kYes);
  EXPECT_EQ(client(chunk("CLOF", ByteString(16))), kYes);
}

TEST(OpcuaCheck, FieldsMustHold) {
  EXPECT_EQ(client(hello(25)), kNo) << "an address that does not fill the message";
  EXPECT_EQ(client(hello(24, 4096)), kNo) << "a buffer below the least";
  EXPECT_EQ(client(changed(hello(), {{3, 'X'}})), kNo) << "no such chunk";
  EXPECT_EQ(client(changed(hello(), {{7, 2}})), kNo) << "larger than any";
  EXPECT_EQ(server(chunk("ERRF", from_hex("00007D00FFFFFFFF"))), kNo) << "no error";
  EXPECT_EQ(server(chunk("ACKF", ByteString(20))), kNo);
  EXPECT_EQ(client(chunk("OPNF", ByteString(64))), kNo) << "no policy";
  EXPECT_EQ(client(chunk("MSGF", ByteString(8))), kNo) << "shorter than any";
}

TEST(OpcuaCheck, BytesArriveOneByOne) {
  const std::vector<Change> arriving{{0, kMore}, {56, kYes}};
  EXPECT_EQ(changes(check_named("opcua"), Side::client, hello()), arriving);
}

}  // namespace opcua_check
}  // namespace ghostport
