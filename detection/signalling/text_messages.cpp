// SIP (RFC 3261) with SDP (RFC 8866), and RTSP (RFC 2326, RFC 7826): messages of lines. Far enough to know the calls
// and the addresses of their media.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "detection/signalling/readers.h"

namespace ghostport::signalling {
namespace {

using Text = std::string_view;

Text text_of(Bytes bytes) noexcept { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

char lower(char letter) noexcept { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

bool is_same(Text a, Text b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool begins(Text text, Text with) noexcept { return is_same(text.substr(0, with.size()), with); }

Text trimmed(Text text) noexcept {
  constexpr Text kBlanks = " \t\r";
  while (!text.empty() && kBlanks.find(text.front()) != Text::npos) text.remove_prefix(1);
  while (!text.empty() && kBlanks.find(text.back()) != Text::npos) text.remove_suffix(1);
  return text;
}

/// The next line, without its end; `rest` moves behind it.
Text take_line(Text& rest) noexcept {
  const std::size_t end = rest.find('\n');
  Text line = rest.substr(0, end);
  rest = end == Text::npos ? Text() : rest.substr(end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// The next word between blanks.
Text take_word(Text& rest) noexcept {
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const Text word = rest.substr(0, end);
  rest = rest.substr(end);
  return word;
}

std::optional<std::uint32_t> number_of(Text text) noexcept {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint16_t> port_of(Text text) noexcept {
  const auto number = number_of(text);
  if (!number || *number > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

/// Dotted quad; no value for anything else.
std::optional<Address> ipv4_of(Text text) noexcept {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t end = i == 3 ? text.size() : text.find('.');
    if (end == Text::npos) return std::nullopt;
    const auto part = number_of(text.substr(0, end));
    if (!part || *part > 255 || end > 3) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(*part);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return Address::v4(bytes.data());
}

/// RFC 4291 section 2.2, without a dotted quad at its end.
std::optional<Address> ipv6_of(Text text) noexcept {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t count = 0;  // groups so far
  std::size_t gap = 8;    // where "::" stands
  if (text.substr(0, 2) == "::") {
    gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty() && count < 8) {
    const std::size_t end = std::min(text.find(':'), text.size());
    if (end == 0 || end > 4) return std::nullopt;
    unsigned group = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + end, group, 16);
    if (error != std::errc() || stop != text.data() + end) return std::nullopt;
    bytes[2 * count] = static_cast<std::uint8_t>(group >> 8U);
    bytes[2 * count + 1] = static_cast<std::uint8_t>(group);
    ++count;
    text.remove_prefix(end);
    if (text.empty()) break;
    text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    if (text.front() != ':') continue;
    if (gap != 8) return std::nullopt;
    gap = count;
    text.remove_prefix(1);
  }
  if (!text.empty() || (gap == 8) != (count == 8)) return std::nullopt;
  if (gap != 8) {
    std::rotate(bytes.begin() + static_cast<std::ptrdiff_t>(2 * gap),
                bytes.begin() + static_cast<std::ptrdiff_t>(2 * count), bytes.end());
  }
  return Address::v6(bytes.data());
}

std::optional<Address> address_of(Text text) noexcept {
  const auto four = ipv4_of(text);
  return four ? four : ipv6_of(text);
}

bool is_nowhere(const Address& address) noexcept {
  return std::all_of(address.bytes.begin(), address.bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

/// The value of a header field, of which some have a short form; the first one. Continued lines are not joined.
Text header(Text headers, Text name, char short_form = '\0') noexcept {
  (void)take_line(headers);
  while (!headers.empty()) {
    const Text line = take_line(headers);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == Text::npos) continue;
    const Text field = trimmed(line.substr(0, colon));
    const bool is_short = short_form != '\0' && field.size() == 1 && lower(field[0]) == short_form;
    if (is_short || is_same(field, name)) {
      Text value = trimmed(line.substr(colon + 1));
      if (value.empty() && !headers.empty() && (headers[0] == ' ' || headers[0] == '\t'))
        value = trimmed(take_line(headers));
      return value;
    }
  }
  return {};
}

/// Start line and fields, and the body behind them. No fields where the blank line is missing.
struct Parts {
  Text headers;
  Text body;
};
Parts parts_of(Text message) noexcept {
  Text rest = message;
  while (!rest.empty()) {
    const Text before = rest;
    const bool whole = rest.find('\n') != Text::npos;
    if (take_line(rest).empty() && whole) return {message.substr(0, message.size() - before.size()), rest};
  }
  return {};
}

// ---- SDP ----

/// What is known while its lines are read.
struct Session {
  std::optional<Address> session;  // c= before any m=
  std::optional<Address> media;    // c= of this m=
  std::uint16_t port = 0;          // of this m=; 0: none, or refused
  std::uint16_t control = 0;       // a=rtcp:
  std::optional<Address> control_at;
  bool multiplexed = false;
};

void add(NewsList& news, ServiceId service, const Address& address, std::uint16_t port, std::uint64_t call) noexcept {
  if (port == 0 || is_nowhere(address) || address.is_group()) return;
  News one;
  one.service = service;
  one.first = one.last = port;
  one.address = address;
  one.call = call;
  news.add(one);
}

void end_media(Session& session, std::uint64_t call, NewsList& news) noexcept {
  const std::optional<Address> at = session.media ? session.media : session.session;
  if (session.port != 0 && at) {
    add(news, services().rtp, *at, session.port, call);
    if (session.multiplexed) add(news, services().rtcp, *at, session.port, call);
    const auto next = static_cast<std::uint16_t>(session.port + 1);
    add(news, services().rtcp, session.control_at.value_or(*at), session.control != 0 ? session.control : next, call);
  }
  session.media.reset();
  session.control_at.reset();
  session.port = session.control = 0;
  session.multiplexed = false;
}

/// "audio 49170 RTP/AVP 0", perhaps with a number of ports behind a slash.
std::uint16_t media_port(Text value) noexcept {
  (void)take_word(value);
  const Text ports = take_word(value);
  const Text protocol = take_word(value);
  if (protocol.find("RTP/") == Text::npos) return 0;
  return port_of(ports.substr(0, ports.find('/'))).value_or(0);
}

/// "IN IP4 192.0.2.1/127"
std::optional<Address> connection(Text value) noexcept {
  (void)take_word(value);
  (void)take_word(value);
  const Text address = take_word(value);
  return address_of(address.substr(0, address.find('/')));
}

/// "candidate:1 1 UDP 2130706431 192.0.2.1 49170 typ host" (RFC 8839): component 1 is RTP, 2 RTCP.
void candidate(Text value, std::uint64_t call, NewsList& news) noexcept {
  (void)take_word(value);
  const Text component = take_word(value);
  const Text transport = take_word(value);
  (void)take_word(value);
  const auto address = address_of(take_word(value));
  const auto port = port_of(take_word(value));
  if (!address || !port || !is_same(transport, "udp")) return;
  add(news, component == "2" ? services().rtcp : services().rtp, *address, *port, call);
}

void attribute(Text value, Session& session, std::uint64_t call, NewsList& news) noexcept {
  if (begins(value, "rtcp:")) {
    value.remove_prefix(5);
    session.control = port_of(take_word(value)).value_or(0);
    if (!trimmed(value).empty()) session.control_at = connection(value);
  } else if (is_same(trimmed(value), "rtcp-mux")) {
    session.multiplexed = true;
  } else if (begins(value, "candidate:") && session.port != 0) {
    candidate(value, call, news);
  }
}

/// From the line v= on; in a body of several parts that is one of them.
void read_sdp(Text body, std::uint64_t call, NewsList& news) noexcept {
  Session session;
  bool begun = false;
  while (!body.empty()) {
    const Text line = take_line(body);
    if (line.size() < 2 || line[1] != '=') continue;
    begun = begun || line[0] == 'v';
    if (!begun) continue;
    const Text value = line.substr(2);
    switch (line[0]) {
      case 'm':
        end_media(session, call, news);
        session.port = media_port(value);
        if (session.port == 0) session.media.reset();
        break;
      case 'c':
        if (const auto address = connection(value)) (session.port != 0 ? session.media : session.session) = address;
        break;
      case 'a': attribute(value, session, call, news); break;
      default: break;
    }
  }
  end_media(session, call, news);
}

// ---- SIP ----

bool is_final_refusal(Text status) noexcept {
  // A challenge or a refused change is answered by another try; it ends no call (RFC 3261 sections 14.1 and 22).
  constexpr std::array<Text, 5> kTryAgain{"401", "407", "422", "488", "491"};
  return status.size() == 3 && status[0] >= '3' && status[0] <= '6' &&
         std::find(kTryAgain.begin(), kTryAgain.end(), status) == kTryAgain.end();
}

// ---- RTSP ----

/// "4588-4589" or "4588"
std::pair<std::uint16_t, std::uint16_t> ports_of(Text value) noexcept {
  const std::size_t dash = value.find('-');
  const std::uint16_t first = port_of(value.substr(0, dash)).value_or(0);
  return {first, dash == Text::npos ? std::uint16_t{0} : port_of(value.substr(dash + 1)).value_or(0)};
}

void read_transport(Text value, const Address& client, const Address& server, NewsList& news) noexcept {
  if (!begins(value, "RTP/") || value.find("interleaved") != Text::npos || value.find("multicast") != Text::npos)
    return;
  value = value.substr(0, value.find(','));
  Address destination = client;
  Address source = server;
  std::pair<std::uint16_t, std::uint16_t> at_client{};
  std::pair<std::uint16_t, std::uint16_t> at_server{};
  while (!value.empty()) {
    const std::size_t end = std::min(value.find(';'), value.size());
    const Text parameter = trimmed(value.substr(0, end));
    value = value.substr(std::min(value.size(), end + 1));
    const std::size_t equals = parameter.find('=');
    if (equals == Text::npos) continue;
    const Text name = trimmed(parameter.substr(0, equals));
    const Text said = trimmed(parameter.substr(equals + 1));
    if (is_same(name, "client_port")) at_client = ports_of(said);
    if (is_same(name, "server_port")) at_server = ports_of(said);
    if (is_same(name, "destination")) destination = address_of(said).value_or(destination);
    if (is_same(name, "source")) source = address_of(said).value_or(source);
  }
  add(news, services().rtp, destination, at_client.first, 0);
  add(news, services().rtcp, destination, at_client.second, 0);
  add(news, services().rtp, source, at_server.first, 0);
  add(news, services().rtcp, source, at_server.second, 0);
}

}  // namespace

void read_sip(Bytes message, NewsList& news) noexcept {
  const Parts parts = parts_of(text_of(message));
  if (parts.headers.empty()) return;
  const Text identifier = header(parts.headers, "Call-ID", 'i');
  if (identifier.empty()) return;
  Text rest = parts.headers;
  Text start = take_line(rest);
  const Text first = take_word(start);
  const bool response = begins(first, "SIP/");
  News one;
  one.call = call_number({reinterpret_cast<const std::uint8_t*>(identifier.data()), identifier.size()});
  if (!response && first == "INVITE") {
    one.event = ContextEvent::call_up;
    news.add(one);
  }
  read_sdp(parts.body, one.call, news);
  Text sequence = header(parts.headers, "CSeq");
  (void)take_word(sequence);
  const bool refused = response && take_word(sequence) == "INVITE" && is_final_refusal(take_word(start));
  if (refused || first == "BYE" || first == "CANCEL") {
    one.event = ContextEvent::call_down;
    news.add(one);
  }
}

void read_rtsp(Bytes message, Side side, const Address& client, const Address& server, NewsList& news) noexcept {
  const Parts parts = parts_of(text_of(message));
  if (parts.headers.empty()) return;
  Text rest = parts.headers;
  Text start = take_line(rest);
  const Text first = take_word(start);
  News one;
  if (side == Side::client && first == "TEARDOWN") {
    one.event = ContextEvent::call_down;
    news.add(one);
  } else if (side == Side::server && begins(first, "RTSP/") && begins(take_word(start), "2")) {
    read_transport(header(parts.headers, "Transport"), client, server, news);
  }
}

std::size_t text_message_length(Bytes bytes) noexcept {
  const Text text = text_of(bytes);
  const Parts parts = parts_of(text);
  if (parts.headers.empty()) return 0;
  const std::size_t headers = text.size() - parts.body.size();
  const std::size_t body = number_of(header(parts.headers, "Content-Length", 'l')).value_or(0);
  return body <= parts.body.size() ? headers + body : 0;
}

bool is_start_line(Bytes bytes) noexcept {
  Text rest = text_of(bytes);
  const Text line = take_line(rest);
  if (begins(line, "SIP/2.0 ") || begins(line, "RTSP/1.0 ") || begins(line, "RTSP/2.0 ")) return true;
  const Text last = line.substr(line.size() - std::min<std::size_t>(line.size(), 8));
  return line.size() > 10 &&
         (is_same(last.substr(1), "SIP/2.0") || is_same(last, "RTSP/1.0") || is_same(last, "RTSP/2.0"));
}

std::size_t find_start_line(Bytes bytes) noexcept {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (is_start_line(bytes.subspan(at))) return at;
    const auto* end = std::find(bytes.data() + at, bytes.data() + bytes.size(), std::uint8_t{'\n'});
    at = static_cast<std::size_t>(end - bytes.data()) + 1;
  }
  return bytes.size();
}

}  // namespace ghostport::signalling
