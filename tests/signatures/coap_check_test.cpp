#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace coap_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

ByteString message(std::string_view header, std::string_view rest) {
  return ByteWriter().add(from_hex(header)).add(rest).bytes();
}

CheckState coap(Side side, const ByteString& bytes) {
  return check_named("coap")(Said::train({bytes}).payload(false), side).state;
}

TEST(CoapCheck, OptionsAndPayloadFillTheDatagram) {
  EXPECT_EQ(coap(Side::client, message("40011234B4", "test")), kYes);
  EXPECT_EQ(coap(Side::client, message("4201123455AAB4", "test")), kYes) << "a token of two bytes";
  EXPECT_EQ(coap(Side::client, message("40011234", "")), kNo) << "too little";
  EXPECT_EQ(coap(Side::client, message("40011234B4", "tes")), kNo) << "an option beyond the end";
  EXPECT_EQ(coap(Side::client, message("40011234B4", "te\x01t")), kNo);
  EXPECT_EQ(coap(Side::client, message("4001123421", "x")), kNo) << "no such option";
  EXPECT_EQ(coap(Side::client, message("40011234F1", "x")), kNo) << "a delta that is reserved";
  EXPECT_EQ(coap(Side::client, message("49011234", "123456789")), kNo) << "a token too long";
  EXPECT_EQ(coap(Side::client, message("60011234", "")), kNo) << "a request does not acknowledge";
  EXPECT_EQ(coap(Side::client, message("80011234", "")), kNo) << "another version";
  EXPECT_EQ(coap(Side::server, message("60451234C0FF", "hi")), kYes);
  EXPECT_EQ(coap(Side::server, message("60451234C0FF", "")), kNo) << "a marker without payload";
  EXPECT_EQ(coap(Side::server, message("70451234", "")), kNo) << "a reset has no code";
  EXPECT_EQ(coap(Side::server, message("60471234", "")), kNo) << "no such code";
  EXPECT_EQ(coap(Side::server, message("40011234B4", "test")), kNo);
}

TEST(CoapCheck, LongOptionsProveEnoughAlone) {
  const auto state = [](const ByteString& bytes) {
    return check_named("coap-long")(Said::train({bytes}).payload(false), Side::client).state;
  };
  EXPECT_EQ(state(message("40011234B4", "test")), kNo);
  EXPECT_EQ(state(message("400112343B",
                          "example.com\x8B.well-known\x04"
                          "core")),
            kYes);
  EXPECT_EQ(state(message("400112343B",
                          "example.com\x8B.well-known\x04"
                          "cor")),
            kNo);
}

TEST(CoapCheck, OverTcpItBeginsWithSettings) {
  const auto state = [](std::string_view hex) {
    return ask(check_named("coap-settings"), Side::client, from_hex(hex));
  };
  EXPECT_EQ(state("30E1220480"), kYes);
  EXPECT_EQ(state("41E1AA22048020"), kYes) << "with a token";
  EXPECT_EQ(state("30E12204"), CheckState::more);
  EXPECT_EQ(state("30E2220480"), kNo);
  EXPECT_EQ(state("30E1230480"), kNo) << "an option beyond the end";
  EXPECT_EQ(state("30E1320480"), kNo) << "no such option";
  EXPECT_EQ(state("00E1"), kNo);
}

}  // namespace coap_check
}  // namespace ghostport
