#include "tests/make_cases_evasions.h"

#include <stdexcept>

namespace ghostport::cases {

using namespace packets;

namespace {

ByteString padded_to(std::string words, std::size_t size) {
  words.resize(size, '-');
  return Data(words).bytes;
}

ByteString truth_of(Party hider) {
  if (hider == Party::server) return Data(kSshServerBanner).bytes;
  return Data("GET /status HTTP/1.1\r\nHost: a.example\r\n\r\n").bytes;
}

std::string decoy_words(Party hider) { return hider == Party::server ? "HTTP/1.1 200 OK\r\nX: " : "SSH-2.0-decoy_1 "; }

}  // namespace

std::uint16_t port_of(std::size_t number) {
  constexpr std::uint16_t kPorts[] = {3238, 3237, 3239, 3248};
  return kPorts[number % 4];
}

Endpoint hider_client(bool ipv6, std::uint16_t port) { return {ipv6 ? "2001:db8:1::5" : "10.0.0.5", port}; }
Endpoint hider_server(bool ipv6, std::uint16_t port) { return {ipv6 ? "2001:db8:2::9" : "10.0.0.9", port}; }

ByteString slice(const ByteString& bytes, std::size_t begin, std::size_t end) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(begin), bytes.begin() + static_cast<std::ptrdiff_t>(end)};
}

ByteString request_of(std::size_t bytes) {
  const std::string head = "GET /status HTTP/1.1\r\nHost: a.example\r\nX-Note: ";
  if (bytes < head.size() + 4) throw std::invalid_argument("no request is so short");
  return Data(head + std::string(bytes - head.size() - 4, 'n') + "\r\n\r\n").bytes;
}

std::string with_anomalies(const std::string& finding, const std::string& anomalies) {
  return anomalies.empty() ? finding : finding + ", anomalies: [" + anomalies + "]";
}

Scene::Scene(const Stage& where, TcpSettings settings)
    : stage(where),
      hider(where.hider),
      peer(other(where.hider)),
      truth(truth_of(where.hider)),
      decoy(padded_to(decoy_words(where.hider), truth.size())),
      junk(unnamed_bytes(truth.size(), 77)),
      talk(capture, hider_client(where.ipv6), hider_server(where.ipv6, where.port), std::move(settings)) {}

Scene& Scene::opening() {
  talk.handshake();
  if (hider == Party::server) talk.client_says(unnamed_bytes(24, 5));
  start_ = talk.sent(hider);
  return *this;
}

Scene& Scene::piece(std::int64_t offset, const Data& bytes, const Edit& edit) {
  talk.segment(hider, static_cast<std::uint32_t>(start_ + offset), bytes, edit);
  return *this;
}

Scene& Scene::part(std::size_t begin, std::size_t end, const Edit& edit) {
  return piece(static_cast<std::int64_t>(begin), slice(truth, begin, end), edit);
}

PacketBuilder Scene::packet(std::int64_t offset, const Data& bytes, const Edit& edit) {
  PacketBuilder made;
  talk.framed([&made](const PacketBuilder& packet, Party) {
    made = packet;
    return std::vector<ByteString>{};
  });
  piece(offset, bytes, edit);
  talk.framed({});
  return made;
}

Scene& Scene::send(const std::vector<PacketBuilder>& made) {
  for (const PacketBuilder& packet : made) capture.add(packet);
  return *this;
}

Scene& Scene::rest() {
  talk.advance(hider, truth.size()).acknowledge(peer);
  const ByteString answer = unnamed_bytes(32, 9);
  if (peer == Party::server) {
    talk.server_says(answer);
  } else {
    talk.client_says(answer);
  }
  talk.close();
  return *this;
}

std::string Scene::finding() const {
  const std::string service = hider == Party::client ? "http, side: client" : "ssh, side: server";
  return "verdict: unexpected, service: " + service + ", src_port: 51514, dest_port: " + std::to_string(stage.port);
}

std::vector<std::pair<std::size_t, ByteString>> novak_pieces(const ByteString& truth, const NovakPolicy& policy) {
  struct Piece {
    char letter;
    std::size_t first, units;
  };
  constexpr Piece kPieces[] = {{'A', 0, 3},  {'B', 4, 2},  {'C', 6, 3},  {'D', 10, 1}, {'E', 13, 2}, {'F', 15, 3},
                               {'G', 18, 2}, {'H', 20, 2}, {'I', 22, 1}, {'J', 1, 4},  {'K', 6, 3},  {'L', 9, 3},
                               {'M', 12, 3}, {'N', 16, 1}, {'O', 19, 1}, {'P', 20, 1}, {'Q', 22, 2}};
  constexpr std::size_t kUnit = 8;
  std::vector<std::pair<std::size_t, ByteString>> pieces;
  for (const Piece& piece : kPieces) {
    ByteString bytes;
    for (std::size_t i = piece.first * kUnit; i < (piece.first + piece.units) * kUnit; ++i)
      bytes.push_back(policy.taken[i / kUnit] == piece.letter ? truth.at(i) : std::uint8_t{'J'});
    pieces.emplace_back(piece.first * kUnit, bytes);
  }
  return pieces;
}

void play_once(CaseBook& book, const Trick& trick, Party hider, const std::function<void(Scene&)>& act) {
  const bool ipv6 = trick.ipv6.value_or(hider == Party::server);
  Scene scene({.hider = hider, .ipv6 = ipv6, .port = port_of(book.cases())}, trick.settings);
  act(scene);
  book.add(scene.capture,
           {.name = trick.name, .why = trick.why, .expect = {with_anomalies(scene.finding(), trick.anomalies)}});
}

void play(CaseBook& book, const Trick& trick, const std::function<void(Scene&)>& act) {
  for (const Party hider : {Party::client, Party::server}) {
    Trick one = trick;
    one.name += hider == Party::client ? "-by-client" : "-by-server";
    play_once(book, one, hider, act);
  }
}

}  // namespace ghostport::cases
