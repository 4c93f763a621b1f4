#include "tests/make_cases_stories.h"

#include "tests/make_cases_payloads.h"

namespace ghostport::cases {

using namespace packets;

namespace {

constexpr std::uint32_t kClientSource = 0x31AA0323, kServerSource = 0x7BCD0323;

/// RFC 3550 section 6.5: the canonical name, zeros up to the next word.
ByteString description(std::uint32_t source, std::string_view name) {
  ByteWriter item;
  item.u32(source).u8(1).counted(1, name).u8(0);
  while (item.size() % 4 != 0) item.u8(0);
  return ByteWriter().u8(0x81).u8(202).u16(item.size() / 4).add(item.bytes()).bytes();
}

/// One report block: nothing lost.
ByteString report_block(std::uint32_t about) {
  return ByteWriter().u32(about).u32(0).u32(4010).u32(12).u32(0).u32(0).bytes();
}

}  // namespace

ByteString sender_report(std::uint32_t source, std::string_view name) {
  ByteWriter out;
  out.u8(0x80).u8(200).u16(6).u32(source).u32(0xEE8A51A0).u32(0x40000000).u32(91600).u32(10).u32(1600);
  return out.add(description(source, name)).bytes();
}

ByteString receiver_report(std::uint32_t source, std::uint32_t about, std::string_view name) {
  ByteWriter out;
  out.u8(0x81).u8(201).u16(7).u32(source).add(report_block(about));
  return out.add(description(source, name)).bytes();
}

void say_media(UdpConversation& talk, std::uint16_t packets) {
  for (std::uint16_t i = 0; i < packets; ++i) {
    talk.client_says(rtp_packet(static_cast<std::uint16_t>(4000 + i), 90000U + 160U * i, kClientSource));
    talk.server_says(rtp_packet(static_cast<std::uint16_t>(65530 + i), 5000U + 160U * i, kServerSource)).after(19ms);
  }
}

void say_reports(UdpConversation& talk) {
  talk.client_says(sender_report(kClientSource, "room1@10.3.0.1"));
  talk.server_says(sender_report(kServerSource, "room2@10.3.0.9")).after(2s);
  talk.client_says(receiver_report(kClientSource, kServerSource, "room1@10.3.0.1"));
  talk.server_says(receiver_report(kServerSource, kClientSource, "room2@10.3.0.9"));
}

}  // namespace ghostport::cases
