#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace http2_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kSettings = from_hex("000006 04 00 00000000 0003 00000064");
const ByteString kEmptySettings = from_hex("000000 04 00 00000000");
const ByteString kAcknowledged = from_hex("000000 04 01 00000000");
const ByteString kHeaders = from_hex("000002 01 04 00000001 8284");
const ByteString kWindow = from_hex("000004 08 00 00000000 00010000");
const ByteString kData = from_hex("000001 00 01 00000001 61");

CheckState settings(const ByteString& bytes) { return ask(check_named("http2-settings"), Side::server, bytes); }
CheckState frames(const ByteString& bytes) { return ask(check_named("http2-frames"), Side::client, bytes); }

TEST(Http2Check, AServerBeginsWithItsSettings) {
  const std::vector<Change> arriving{{0, kMore}, {15, kYes}};
  EXPECT_EQ(changes(check_named("http2-settings"), Side::server, kSettings), arriving);
  EXPECT_EQ(settings(from_hex("000006 04 00 00000000 7777 00000064")), kNo) << "none that is known";
  EXPECT_EQ(settings(from_hex("000005 04 00 00000000 0003 000000")), kNo) << "no multiple of six";
  EXPECT_EQ(settings(from_hex("000006 04 01 00000000 0003 00000064")), kNo) << "an acknowledgement with settings";
  EXPECT_EQ(settings(from_hex("000006 04 00 00000001 0003 00000064")), kNo) << "on a stream";
  EXPECT_EQ(settings(from_hex("000006 05 00 00000000 0003 00000064")), kNo) << "another frame";
}

TEST(Http2Check, EmptySettingsNeedAnotherFrame) {
  EXPECT_EQ(settings(kEmptySettings), kMore);
  EXPECT_EQ(settings(joined(kEmptySettings, kAcknowledged)), kYes);
  EXPECT_EQ(settings(joined(kEmptySettings, kWindow)), kYes);
  EXPECT_EQ(settings(joined(kEmptySettings, ByteString(9, 0))), kNo) << "DATA on no stream";
}

TEST(Http2Check, ThreeFramesFollowEachOther) {
  EXPECT_EQ(frames(joined(joined(kHeaders, kData), kWindow)), kYes);
  EXPECT_EQ(frames(joined(kHeaders, kData)), kMore);
  EXPECT_EQ(frames(joined(joined(kData, kData), kData)), kNo) << "DATA proves too little";
  EXPECT_EQ(frames(joined(from_hex("000002 01 02 00000001 8284"), kData)), kNo) << "a flag that is not HEADERS's";
  EXPECT_EQ(frames(from_hex("000002 01 04 00000000 8284")), kNo) << "HEADERS on no stream";
  EXPECT_EQ(frames(from_hex("000005 08 00 00000000 0001000000")), kNo) << "WINDOW_UPDATE has four bytes";
  EXPECT_EQ(frames(from_hex("000002 0A 00 00000001 8284")), kNo) << "no such type";
  EXPECT_EQ(frames(from_hex("004001 00 00 00000001")), kNo) << "longer than a frame";
  EXPECT_EQ(frames(from_hex("000002 01 04 80000001 8284")), kNo) << "the reserved bit";
}

TEST(HttpCheck, AnAnswerIsReadToItsEmptyLine) {
  const ByteString answer = packets::Data("HTTP/1.1 200 OK\r\nServer: a\r\n\r\nbody").bytes;
  const std::vector<Change> arriving{{0, kMore}, {30, kYes}};
  EXPECT_EQ(changes(check_named("http-header"), Side::server, answer), arriving);
  EXPECT_EQ(ask(check_named("http-header"), Side::server, first_bytes(answer, 20), true), kYes);
  const ByteString interim = packets::Data("HTTP/1.1 100 Continue\r\n\r\n").bytes;
  EXPECT_EQ(ask(check_named("http-header"), Side::server, interim), kMore);
  EXPECT_EQ(ask(check_named("http-header"), Side::server, joined(interim, answer)), kYes);
  const ByteString upgrade = packets::Data("HTTP/1.1 101 Switching Protocols\r\n\r\n").bytes;
  EXPECT_EQ(ask(check_named("http-header"), Side::server, upgrade), kYes);
  EXPECT_EQ(ask(check_named("http-header"), Side::server, ByteString(2047, 'a')), kMore);
  EXPECT_EQ(ask(check_named("http-header"), Side::server, ByteString(2048, 'a')), kYes);
}

}  // namespace http2_check
}  // namespace ghostport
