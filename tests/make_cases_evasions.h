// The generated evasions: conversations in which one party hides its words from a watcher. Each trick is played by the
// client and by the server, over IPv4 and IPv6, on the four ghost ports in turn. The other party says nothing that
// could be named, so a finding rests on what was hidden. Called by make_cases.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/make_cases.h"
#include "tests/make_cases_payloads.h"

namespace ghostport::cases {

/// Who hides, and where.
struct Stage {
  packets::Party hider = packets::Party::client;
  bool ipv6 = false;
  std::uint16_t port = 3238;
};

/// One conversation with something to hide: a client's HTTP request, or a server's SSH banner.
class Scene {
 public:
  explicit Scene(const Stage& stage, packets::TcpSettings settings = {});

  /// The handshake, and words of a client that does not hide.
  Scene& opening();
  /// A segment of the hider, `offset` bytes behind the beginning of what it hides; the state stays as it is.
  Scene& piece(std::int64_t offset, const packets::Data& bytes, const packets::Edit& edit = {});
  /// All of the truth in one segment.
  Scene& whole() { return piece(0, truth); }
  /// The truth from `begin` to before `end` in one segment.
  Scene& part(std::size_t begin, std::size_t end, const packets::Edit& edit = {});
  /// The packet that piece() would send, not sent.
  [[nodiscard]] packets::PacketBuilder packet(std::int64_t offset, const packets::Data& bytes,
                                              const packets::Edit& edit = {});
  /// The packet that whole() would send, not sent.
  [[nodiscard]] packets::PacketBuilder whole_packet() { return packet(0, truth); }
  /// Adds packets that the caller made.
  Scene& send(const std::vector<packets::PacketBuilder>& made);
  /// The peer has got the truth: it acknowledges all of it and answers; then both close.
  Scene& rest();

  /// "verdict: ..., service: ...": what must be said of the conversation.
  [[nodiscard]] std::string finding() const;

  const Stage stage;
  const packets::Party hider;
  const packets::Party peer;
  packets::ByteString truth;
  packets::ByteString decoy;  ///< as long as the truth, and in the words of another protocol
  packets::ByteString junk;   ///< as long as the truth, of no protocol
  packets::Capture capture;
  packets::TcpConversation talk;

 private:
  std::uint32_t start_ = 0;  // offset of the truth in the hider's stream
};

/// How a trick is played and what its finding must bear.
struct Trick {
  std::string name;
  std::string why;
  std::string anomalies{};     ///< words of which each must be there, separated by commas
  std::optional<bool> ipv6{};  ///< empty: IPv4 for the client, IPv6 for the server
  packets::TcpSettings settings{};
};

/// The ghost ports in turn.
[[nodiscard]] std::uint16_t port_of(std::size_t number);
/// A client and a server of either family.
[[nodiscard]] packets::Endpoint hider_client(bool ipv6, std::uint16_t port = 51514);
[[nodiscard]] packets::Endpoint hider_server(bool ipv6, std::uint16_t port);

/// The bytes from `begin` to before `end`.
[[nodiscard]] packets::ByteString slice(const packets::ByteString& bytes, std::size_t begin, std::size_t end);

/// An HTTP request of exactly so many bytes (at least 60).
[[nodiscard]] packets::ByteString request_of(std::size_t bytes);

/// `finding`, with the anomalies that it must bear.
[[nodiscard]] std::string with_anomalies(const std::string& finding, const std::string& anomalies);

/// Plays a trick once for each party and writes both cases: NAME-by-client and NAME-by-server. `play` begins behind
/// nothing: it calls opening() and rest() itself.
void play(CaseBook& book, const Trick& trick, const std::function<void(Scene&)>& act);
/// The same by one party only; the case has the trick's name.
void play_once(CaseBook& book, const Trick& trick, packets::Party hider, const std::function<void(Scene&)>& act);

/// What a receiver takes of Judy Novak's and Steven Sturges's sequence of 17 overlapping pieces, A to Q, over 24 units
/// of 8 bytes: unit by unit the letter of the piece.
struct NovakPolicy {
  const char* name;
  const char* taken;
};
/// Offset and bytes of each piece, such that a receiver of that policy, and only it, gets the truth (192 bytes).
[[nodiscard]] std::vector<std::pair<std::size_t, packets::ByteString>> novak_pieces(const packets::ByteString& truth,
                                                                                    const NovakPolicy& policy);

void add_fragment_evasions(CaseBook& book);
void add_ipv6_evasions(CaseBook& book);
// Order, windows, urgent bytes.
void add_segment_evasions(CaseBook& book);
void add_overlap_evasions(CaseBook& book);
void add_insertion_evasions(CaseBook& book);
void add_teardown_evasions(CaseBook& book);
void add_handshake_evasions(CaseBook& book);
void add_content_evasions(CaseBook& book);
void add_link_evasions(CaseBook& book);
void add_tunnel_evasions(CaseBook& book);
void add_exhaustion_evasions(CaseBook& book);

}  // namespace ghostport::cases
