#include <algorithm>
#include <numeric>

#include "tests/make_cases_evasions.h"

namespace ghostport::cases {
namespace {

using namespace packets;

const Edit kBadChecksum = [](PacketBuilder& packet, Party) { packet.tcp().checksum = 0xBEEF; };

/// Sends the truth in pieces of `size` bytes, in the order of `order` (indexes of the pieces).
void in_pieces(Scene& scene, std::size_t size, const std::function<void(std::vector<std::size_t>&)>& change = {}) {
  std::vector<std::size_t> order((scene.truth.size() + size - 1) / size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (change) change(order);
  for (const std::size_t which : order) {
    scene.part(which * size, std::min((which + 1) * size, scene.truth.size()));
  }
}

void orders(CaseBook& book) {
  const auto pieces = [&book](const std::string& name, const std::string& why, std::size_t size,
                              const std::function<void(std::vector<std::size_t>&)>& change) {
    play(book, {.name = name, .why = why}, [&](Scene& scene) {
      scene.opening();
      in_pieces(scene, size, change);
      scene.rest();
    });
  };
  pieces("segments-of-one-byte", "TCP segments of one byte in order (fragrouter tcp-1)", 1, {});
  pieces("segments-of-one-byte-twice", "TCP segments of one byte, each sent twice (fragrouter tcp-3)", 1,
         [](auto& order) {
           for (std::size_t i = order.size(); i-- > 0;) {
             const auto at = order.begin() + static_cast<std::ptrdiff_t>(i);
             const std::size_t value = *at;
             order.insert(at, value);
           }
         });
  pieces("segments-swapped", "TCP segments of one byte, every two of them swapped (fragrouter tcp-8)", 1,
         [](auto& order) {
           for (std::size_t i = 0; i + 1 < order.size(); i += 2) std::swap(order[i], order[i + 1]);
         });
  pieces("segments-shuffled", "TCP segments of one byte in a mixed order (fragrouter tcp-9)", 1, [](auto& order) {
    for (std::size_t i = 0; i < order.size(); ++i) std::swap(order[i], order[i * 7 % order.size()]);
  });
  pieces("segments-backwards", "TCP segments of two bytes, the last one first", 2,
         [](auto& order) { std::reverse(order.begin(), order.end()); });
  play(book,
       {.name = "segments-across-the-wrap",
        .why = "the sequence number wraps at 2^32 within the first words, byte by byte (RFC 9293 section 3.4)",
        .settings = {.client_isn = 0xFFFFFFF0U, .server_isn = 0xFFFFFFF8U}},
       [](Scene& scene) {
         scene.opening();
         in_pieces(scene, 3);
         scene.rest();
       });
}

void between(CaseBook& book) {
  const auto decoys = [&book](const std::string& name, const std::string& why, const Edit& edit) {
    play(book, {.name = name, .why = why}, [&](Scene& scene) {
      scene.opening();
      for (std::size_t at = 0; at < scene.truth.size(); at += 4) {
        const auto place = static_cast<std::int64_t>(at);
        const std::size_t end = std::min(at + 4, scene.truth.size());
        scene.piece(place, slice(scene.decoy, at, end), edit);
        scene.part(at, end);
      }
      scene.rest();
    });
  };
  decoys("segments-null-between", "a decoy without any flag comes before each true segment (fragrouter tcp-7)",
         [](PacketBuilder& packet, Party) { packet.tcp().flags = 0; });
  decoys("segments-bad-checksums-between",
         "a decoy with a wrong checksum comes before each true segment (fragrouter "
         "ins-2)",
         kBadChecksum);
  decoys("segments-far-ahead-between", "a decoy 2^30 ahead comes before each true segment (fragroute tcp_chaff seq)",
         [](PacketBuilder& packet, Party) { packet.tcp().sequence += 1U << 30U; });
  play(book,
       {.name = "segments-syns-between",
        .why = "SYNs of other connections come between the segments (fragrouter tcp-5)"},
       [](Scene& scene) {
         scene.opening();
         for (std::size_t at = 0; at < scene.truth.size(); at += 8) {
           scene.part(at, std::min(at + 8, scene.truth.size()));
           scene.piece(static_cast<std::int64_t>(at) + 70'000, "", [at](PacketBuilder& packet, Party) {
             packet.tcp().flags = kSyn;
             packet.tcp().sequence *= static_cast<std::uint32_t>(at + 3);
             packet.tcp().acknowledgment = 0;
           });
         }
         scene.rest();
       });
}

void places(CaseBook& book) {
  play(book,
       {.name = "segments-before-the-beginning",
        .why =
            "a segment begins ten bytes before what the receiver awaits, which cuts them off (Themis seq_before_isn)"},
       [](Scene& scene) {
         scene.opening();
         scene.piece(-10, joined(ByteString(10, 'J'), scene.truth)).rest();
       });
  play(book,
       {.name = "segments-big-gap",
        .why = "a decoy 100000 bytes ahead, beyond the window, comes first (Themis big_gap)"},
       [](Scene& scene) { scene.opening().piece(100'000, scene.decoy).whole().rest(); });
  play(book,
       {.name = "segments-keep-alive-bytes",
        .why = "keep-alives repeat the byte before the next one, with other values (RFC 9293 section 3.8.4)"},
       [](Scene& scene) {
         scene.opening();
         scene.part(0, 5);
         for (const char* const byte : {"#", "?"}) {
           scene.talk.acknowledge(scene.peer, scene.talk.sent(scene.hider) + 5);
           scene.piece(4, byte, [](PacketBuilder& packet, Party) { packet.tcp().flags = kAck; });
         }
         scene.part(5, scene.truth.size()).rest();
       });
  play(book,
       {.name = "segments-decoy-over-acknowledged-data",
        .why = "bytes that the receiver has acknowledged are said again with other values (Ptacek and Newsham 1998)"},
       [](Scene& scene) {
         scene.opening().part(0, 5);
         scene.talk.acknowledge(scene.peer, scene.talk.sent(scene.hider) + 5);
         scene.piece(0, slice(scene.decoy, 0, 5)).part(5, scene.truth.size()).rest();
       });
}

void windows(CaseBook& book) {
  play(book,
       {.name = "window-decoy-beyond-it",
        .why = "a decoy lies beyond the receiver's small window and comes first (fragroute tcp_chaff seq)"},
       [&](Scene& scene) {
         scene.talk.editing([&](PacketBuilder& packet, Party from) {
           if (from == scene.peer) packet.tcp().window = 512;
         });
         scene.opening().piece(600, scene.decoy).whole().rest();
       });
  // The receiver's window is closed from the beginning; then it opens.
  const auto closed = [&book](const std::string& name, const std::string& why, bool probe) {
    play(book, {.name = name, .why = why, .anomalies = "doubtful-segments"}, [&](Scene& scene) {
      bool open = false;
      scene.talk.editing([&](PacketBuilder& packet, Party from) {
        if (from == scene.peer && !open) packet.tcp().window = 0;
      });
      const auto still_here = [&] { scene.talk.segment(scene.peer, scene.talk.sent(scene.peer), ""); };
      scene.opening();
      scene.piece(0, probe ? ByteString{'J'} : scene.junk);
      still_here();
      scene.talk.after(500ms);
      open = true;
      still_here();
      scene.whole().rest();
      scene.talk.editing({});
    });
  };
  closed(
      "window-probe-refused",
      "the receiver's window is closed, it refuses the probe's byte and takes another one later (Snort's zero window "
      "probe)",
      true);
  closed("window-closed-then-opened",
         "junk at the next place is refused by a closed window, the truth comes when it opens", false);
}

/// The truth with one byte inserted at `place`; the urgent pointer is where `pointer` says, counted from the segment.
void with_urgent_byte(Scene& scene, std::size_t place, std::uint16_t pointer) {
  ByteString bytes = scene.truth;
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(place), std::uint8_t{'U'});
  scene.piece(0, bytes, [pointer](PacketBuilder& packet, Party) {
    packet.tcp().flags |= kUrg;
    packet.tcp().urgent_pointer = pointer;
  });
  scene.truth = bytes;  // what the peer acknowledges
}

void urgent(CaseBook& book) {
  const std::string flagged = "urgent-data";
  play(book,
       {.name = "urgent-byte-in-the-words",
        .why = "one urgent byte stands within the first words, which a receiver takes out of the stream "
               "(CVE-2024-55629)",
        .anomalies = flagged},
       [](Scene& scene) {
         scene.opening();
         with_urgent_byte(scene, 2, 3);
         scene.rest();
       });
  play(book,
       {.name = "urgent-first-byte", .why = "the very first byte is urgent (CVE-2024-55629)", .anomalies = flagged},
       [](Scene& scene) {
         scene.opening();
         with_urgent_byte(scene, 0, 1);
         scene.rest();
       });
  play(book,
       {.name = "urgent-byte-that-stays",
        .why = "a receiver may leave the urgent byte in the stream, where it belongs to the words (RFC 6093 section 3; "
               "Themis urgent_data)",
        .anomalies = flagged},
       [](Scene& scene) {
         scene.opening();
         scene.piece(0, scene.truth, [](PacketBuilder& packet, Party) {
           packet.tcp().flags |= kUrg;
           packet.tcp().urgent_pointer = 3;
         });
         scene.rest();
       });
  play(book,
       {.name = "urgent-byte-in-a-later-segment",
        .why = "the urgent pointer names a byte of a segment that has not been sent yet (RFC 9293 section 3.8.5)",
        .anomalies = flagged},
       [](Scene& scene) {
         scene.opening();
         scene.truth.insert(scene.truth.begin() + 5, std::uint8_t{'U'});
         scene.part(0, 2, [](PacketBuilder& packet, Party) {
           packet.tcp().flags |= kUrg;
           packet.tcp().urgent_pointer = 6;
         });
         scene.part(2, scene.truth.size()).rest();
       });
  play(book,
       {.name = "urgent-bytes-in-two-segments",
        .why = "each of the first two segments has an urgent byte of its own",
        .anomalies = flagged},
       [](Scene& scene) {
         scene.opening();
         scene.truth.insert(scene.truth.begin() + 6, std::uint8_t{'U'});
         scene.truth.insert(scene.truth.begin() + 2, std::uint8_t{'U'});
         scene.part(0, 4, [](PacketBuilder& packet, Party) {
           packet.tcp().flags |= kUrg;
           packet.tcp().urgent_pointer = 3;
         });
         scene.part(4, scene.truth.size(), [](PacketBuilder& packet, Party) {
           packet.tcp().flags |= kUrg;
           packet.tcp().urgent_pointer = 4;
         });
         scene.rest();
       });
}

}  // namespace

void add_segment_evasions(CaseBook& book) {
  orders(book);
  between(book);
  places(book);
  windows(book);
  urgent(book);
}

}  // namespace ghostport::cases
