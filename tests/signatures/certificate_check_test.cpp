#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace certificate_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

constexpr std::string_view kCommonName("\x55\x04\x03", 3);
constexpr std::string_view kOrganisation("\x55\x04\x0A", 3);

ByteString der(unsigned tag, const ByteString& content) {
  ByteWriter writer;
  writer.u8(tag);
  if (content.size() >= 0x80) writer.u8(0x82).u16(content.size());
  if (content.size() < 0x80) writer.u8(content.size());
  return writer.add(content).bytes();
}

ByteString attribute(std::string_view type, std::string_view value) {
  const ByteString both = joined(der(6, packets::Data(type).bytes), der(0x0C, packets::Data(value).bytes));
  return der(0x31, der(0x30, both));
}

ByteString name(std::string_view common) { return der(0x30, attribute(kCommonName, common)); }

ByteString record(const ByteString& fragment) { return ByteWriter().u8(22).u16(0x0303).counted(2, fragment).bytes(); }

ByteString flight(const ByteString& issuer, const ByteString& subject) {
  ByteString fields = joined(der(0xA0, der(2, {2})), der(2, random_bytes(20, 1)));
  fields = joined(fields, der(0x30, der(6, random_bytes(9, 2))));
  fields = joined(joined(fields, issuer), der(0x30, random_bytes(30, 3)));
  const ByteString certificate = der(0x30, der(0x30, joined(fields, subject)));
  const ByteString list = ByteWriter().counted(3, certificate).bytes();
  const ByteString message = ByteWriter().u8(11).counted(3, ByteWriter().counted(3, list).bytes()).bytes();
  const ByteString hello = ByteWriter().u8(2).counted(3, random_bytes(38, 4)).bytes();
  return joined(record(hello), record(message));
}

CheckState tor(const ByteString& bytes, bool complete = false) {
  return ask(check_named("tor-certificate"), Side::server, bytes, complete);
}
CheckState anydesk(const ByteString& bytes) { return ask(check_named("anydesk-certificate"), Side::server, bytes); }

TEST(CertificateCheck, ARelayOfTorHasTwoRandomNames) {
  const auto names = [](std::string_view issuer, std::string_view subject) {
    return tor(flight(name(issuer), name(subject)));
  };
  EXPECT_EQ(names("www.abcdefgh2.com", "www.ijklmnop7.net"), kYes);
  EXPECT_EQ(names("www.abcdefgh2.net", "www.ijklmnop7.net"), kYes);
  EXPECT_EQ(names("www.abcdefgh2.com", "www.ijklmnop7.com"), kNo);
  EXPECT_EQ(names("www.abcdefgh2.org", "www.ijklmnop7.net"), kNo);
  EXPECT_EQ(names("www.abcdefg.com", "www.ijklmnop7.net"), kNo) << "too short";
  EXPECT_EQ(names("www.abcdefghijklmnopqrstu.com", "www.ijklmnop7.net"), kNo) << "too long";
  EXPECT_EQ(names("www.abcdefg-h.com", "www.ijklmnop7.net"), kNo) << "no base32";
  EXPECT_EQ(names("abcdefgh22.com", "www.ijklmnop7.net"), kNo);
  const ByteString more = der(0x30, joined(attribute(kCommonName, "www.abcdefgh2.com"), attribute(kOrganisation, "a")));
  EXPECT_EQ(tor(flight(more, name("www.ijklmnop7.net"))), kNo) << "more than a common name";
}

TEST(CertificateCheck, ArrivesInAnySegments) {
  const ByteString bytes = flight(name("www.abcdefgh2.com"), name("www.ijklmnop7.net"));
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("tor-certificate"), Side::server, bytes), arriving);
  EXPECT_EQ(tor(first_bytes(bytes, bytes.size() - 1), true), kNo);
  EXPECT_EQ(tor(from_hex("16 0303 0004 0B000000")), kNo) << "no ServerHello";
  EXPECT_EQ(tor(from_hex("16 0303 0004 02000000 16 0303 0004 0C000000")), kNo) << "no certificate";
}

TEST(CertificateCheck, AnyDeskSignsWithItsNames) {
  const ByteString root =
      der(0x30, joined(attribute(kCommonName, "AnyNet Root CA"), attribute(kOrganisation, "philandro Software GmbH")));
  EXPECT_EQ(anydesk(flight(root, name("AnyNet Relay"))), kYes);
  EXPECT_EQ(anydesk(flight(root, name("other"))), kYes);
  EXPECT_EQ(anydesk(flight(name("AnyDesk Client"), name("AnyDesk Client"))), kYes);
  EXPECT_EQ(anydesk(flight(name("AnyDesk"), name("AnyDesk"))), kNo);
}

ByteString hello(std::string_view host) {
  const ByteString entry = ByteWriter().u8(0).counted(2, packets::Data(host).bytes).bytes();
  const ByteString list = ByteWriter().counted(2, entry).bytes();
  const ByteString extensions = ByteWriter().u16(23).u16(0).u16(0).counted(2, list).bytes();
  ByteWriter body;
  body.u16(0x0303).add(random_bytes(32, 1)).u8(0).u16(2).u16(0x1301).u8(1).u8(0).counted(2, extensions);
  return record(ByteWriter().u8(1).counted(3, body.bytes()).bytes());
}

TEST(CertificateCheck, AClientOfAnyDeskAsksForARelay) {
  const auto asks = [](std::string_view host) {
    return ask(check_named("anydesk-server-name"), Side::client, hello(host));
  };
  EXPECT_EQ(asks("relay-9b6827f2.net.anydesk.com"), kYes);
  EXPECT_EQ(asks("www.anydesk.com"), kNo);
  EXPECT_EQ(asks("relay.net.anydesk.com.example"), kNo);
  EXPECT_EQ(asks("a.b"), kNo);
  const ByteString bytes = hello("relay-9b6827f2.net.anydesk.com");
  const std::vector<Change> arriving{{0, kMore}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("anydesk-server-name"), Side::client, bytes), arriving);
}

}  // namespace certificate_check
}  // namespace ghostport
