#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace rpc_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString call(unsigned program, unsigned version, const ByteString& credential, unsigned type = 0,
                unsigned rpc_version = 2) {
  return ByteWriter()
      .u32(0x5A4C0482)
      .u32(type)
      .u32(rpc_version)
      .u32(program)
      .u32(version)
      .u32(3)
      .add(credential)
      .zeros(8)
      .bytes();
}

ByteString system_credential(unsigned groups, unsigned more = 0) {
  return ByteWriter()
      .u32(1)
      .u32(4 + 8 + 8 + 4 + more)
      .u32(77)
      .counted(4, "abc")
      .zeros(1)
      .zeros(8)
      .u32(groups)
      .zeros(more)
      .bytes();
}

ByteString reply(unsigned denied, const char* rest) {
  return ByteWriter().u32(0x5A4C0482).u32(1).u32(denied).add(from_hex(rest)).bytes();
}

ByteString record(const ByteString& message) {
  return ByteWriter().u32(0x80000000 | message.size()).add(message).bytes();
}

constexpr unsigned kNfs = 100003;
constexpr unsigned kMount = 100005;
constexpr const char* kAccepted = "00000000 00000000 00000000";

CheckState nfs(const ByteString& bytes) { return ask(check_named("nfs-call"), std::vector<ByteString>{bytes}); }
CheckState rpc(const ByteString& bytes) { return ask(check_named("rpc-call"), std::vector<ByteString>{bytes}); }
CheckState answer(const ByteString& bytes) { return ask(check_named("rpc-reply"), std::vector<ByteString>{bytes}); }

TEST(RpcCheck, ACallNamesItsProgram) {
  const ByteString none(8);
  EXPECT_EQ(nfs(call(kNfs, 3, none)), kYes);
  EXPECT_EQ(rpc(call(kNfs, 3, none)), kNo);
  EXPECT_EQ(rpc(call(kMount, 3, none)), kYes);
  EXPECT_EQ(nfs(call(kMount, 3, none)), kNo);
  EXPECT_EQ(nfs(call(kNfs, 5, none)), kNo);
  EXPECT_EQ(rpc(call(kMount, 3, none, 1)), kNo);
  EXPECT_EQ(rpc(call(kMount, 3, none, 0, 3)), kNo);
  EXPECT_EQ(rpc(call(0, 3, none)), kNo);
  EXPECT_EQ(rpc(joined(call(kMount, 3, none), {0})), kNo) << "no multiple of four";
}

TEST(RpcCheck, CredentialsMustHold) {
  EXPECT_EQ(rpc(call(kMount, 3, system_credential(0))), kYes);
  EXPECT_EQ(rpc(call(kMount, 3, system_credential(2, 8))), kYes);
  EXPECT_EQ(rpc(call(kMount, 3, system_credential(1))), kNo) << "a group that is not there";
  EXPECT_EQ(rpc(call(kMount, 3, from_hex("00000000 00000004 00000000"))), kNo) << "none has no body";
  EXPECT_EQ(rpc(call(kMount, 3, from_hex("00000008 00000000"))), kNo);
  EXPECT_EQ(rpc(call(kMount, 3, from_hex("00000006 00000191"))), kNo) << "too long";
}

TEST(RpcCheck, AReplyIsAcceptedOrDenied) {
  EXPECT_EQ(answer(reply(0, kAccepted)), kYes);
  EXPECT_EQ(answer(reply(0, "00000000 00000000 00000005")), kYes);
  EXPECT_EQ(answer(reply(0, "00000000 00000000 00000006")), kNo);
  EXPECT_EQ(answer(reply(1, "00000000 00000002 00000002")), kYes);
  EXPECT_EQ(answer(reply(1, "00000001 0000000e")), kYes);
  EXPECT_EQ(answer(reply(1, "00000001 0000000f")), kNo);
  EXPECT_EQ(answer(reply(2, kAccepted)), kNo);
  EXPECT_EQ(answer(first_bytes(reply(0, kAccepted), 20)), kNo);
}

TEST(RpcCheck, RecordsArriveByteByByte) {
  const ByteString none(8);
  const std::vector<Change> asked{{0, kMore}, {44, kYes}};
  EXPECT_EQ(changes(check_named("nfs-call"), Side::client, record(call(kNfs, 3, none))), asked);
  EXPECT_EQ(changes(check_named("rpc-call"), Side::client, record(call(kMount, 3, none))), asked);
  const std::vector<Change> answered{{0, kMore}, {28, kYes}};
  EXPECT_EQ(changes(check_named("rpc-reply"), Side::server, record(reply(0, kAccepted))), answered);
  const ByteString cut = ByteWriter().u32(0x80000024).add(call(kNfs, 3, none)).bytes();
  EXPECT_EQ(ask(check_named("nfs-call"), Side::client, cut), kNo) << "the record ends too early";
  EXPECT_EQ(ask(check_named("rpc-reply"), Side::server, from_hex("8000002a 5a4c0482")), kNo);
}

TEST(RpcCheck, RepliesAloneAreTwo) {
  const CheckFunction check = check_named("rpc-reply-alone");
  const ByteString one = reply(0, kAccepted);
  EXPECT_EQ(ask(check, {one}), kMore);
  EXPECT_EQ(ask(check, {one}, true), kYes);
  EXPECT_EQ(ask(check, {one, one}), kYes);
  EXPECT_EQ(ask(check, {ByteString(24), one}), kMore);
  const std::vector<Change> arriving{{0, kMore}, {56, kYes}};
  EXPECT_EQ(changes(check, Side::server, joined(record(one), record(one))), arriving);
  EXPECT_EQ(ask(check, Side::server, record(one), true), kYes);
}

}  // namespace rpc_check
}  // namespace ghostport
