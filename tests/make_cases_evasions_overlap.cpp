#include "tests/make_cases_evasions.h"

namespace ghostport::cases {
namespace {

using namespace packets;

const std::string kConflict = "conflicting-data";

void unacknowledged(CaseBook& book) {
  play(
      book,
      {.name = "overlap-truth-first",
       .why = "other bytes follow at the same place before the receiver acknowledged any (fragrouter tcp-4)",
       .anomalies = kConflict},
      [](Scene& scene) { scene.opening().part(0, 5).piece(0, ByteString(5, 'J')).part(5, scene.truth.size()).rest(); });
  play(book,
       {.name = "overlap-junk-first",
        .why = "junk comes first, the true bytes follow at the same place before the receiver acknowledged any (Ptacek "
               "and Newsham 1998)",
        .anomalies = kConflict},
       [](Scene& scene) { scene.opening().piece(0, scene.junk).whole().rest(); });
  play(book,
       {.name = "overlap-front-of-a-segment",
        .why = "a segment contradicts the last bytes of the one before it (fragroute tcp_seg)",
        .anomalies = kConflict},
       [](Scene& scene) {
         scene.opening().part(0, 6);
         scene.piece(3, joined(ByteString(3, 'J'), slice(scene.truth, 6, scene.truth.size()))).rest();
       });
  play(book,
       {.name = "overlap-end-of-a-segment",
        .why = "a segment that came early is contradicted by the end of the one before it",
        .anomalies = kConflict},
       [](Scene& scene) {
         scene.opening().part(10, scene.truth.size());
         scene.piece(0, joined(slice(scene.truth, 0, 10), ByteString(4, 'J'))).rest();
       });
  play(book,
       {.name = "overlap-each-segment-with-the-next",
        .why = "each segment of two bytes begins within the one before it and contradicts its second byte (fragroute "
               "tcp_seg 2 new)",
        .anomalies = kConflict},
       [](Scene& scene) {
         scene.opening();
         for (std::size_t at = 0; at < scene.truth.size(); ++at) {
           scene.piece(static_cast<std::int64_t>(at), ByteString{scene.truth[at], std::uint8_t{'J'}});
         }
         scene.truth.push_back('J');
         scene.rest();
       });
  play(book,
       {.name = "overlap-behind-a-hole-truth-first",
        .why = "two versions of a part wait behind a hole, the true one came first",
        .anomalies = kConflict},
       [](Scene& scene) {
         scene.opening().part(4, 30).piece(4, ByteString(26, 'J')).part(30, scene.truth.size()).part(0, 4).rest();
       });
  play(book,
       {.name = "overlap-behind-a-hole-junk-first",
        .why = "two versions of a part wait behind a hole, the true one came last",
        .anomalies = kConflict},
       [](Scene& scene) {
         scene.opening().piece(4, ByteString(26, 'J')).part(4, 30).part(30, scene.truth.size()).part(0, 4).rest();
       });
  play(book,
       {.name = "overlap-one-byte-many-times",
        .why = "one byte of the first words is sent with twenty values",
        .anomalies = kConflict},
       [](Scene& scene) {
         scene.opening().part(0, 3);
         for (unsigned i = 0; i < 20; ++i) scene.piece(1, ByteString{static_cast<std::uint8_t>('a' + i)});
         scene.part(3, scene.truth.size()).rest();
       });
  play(book,
       {.name = "overlap-whole-around-a-decoy",
        .why = "junk in the middle came first, then one segment covers everything",
        .anomalies = kConflict},
       [](Scene& scene) { scene.opening().piece(8, ByteString(6, 'J')).whole().rest(); });
}

void novak_segments(CaseBook& book) {
  // The answers of the policies are those of Suricata's unit tests of its stream engine.
  constexpr NovakPolicy kPolicies[] = {
      {"bsd", "AAAJJBCCCLLLMMMFFFGGHHIQ"},     {"vista", "AAAJBBCCCLDLMEEFFFGGHHIQ"},
      {"linux", "AAAJJBCCCLLLMMMFFFGGHHQQ"},   {"old-linux", "AAAJJBKKKLLLMMMFFFGGHHQQ"},
      {"solaris", "AJJJBBKKKLLLMMMFFFGGHHQQ"}, {"last", "AJJJJBKKKLLLMMMFNFGOPHQQ"}};
  for (const NovakPolicy& policy : kPolicies) {
    play_once(
        book,
        {.name = std::string("overlap-novak-") + policy.name,
         .why = "seventeen overlapping segments that only a receiver of one policy puts together rightly (Novak and "
                "Sturges 2007)",
         .anomalies = kConflict},
        Party::client, [&](Scene& scene) {
          scene.truth = request_of(24 * 8);
          scene.opening();
          for (const auto& [offset, bytes] : novak_pieces(scene.truth, policy))
            scene.piece(static_cast<std::int64_t>(offset), bytes);
          scene.rest();
        });
  }
}

}  // namespace

void add_overlap_evasions(CaseBook& book) {
  unacknowledged(book);
  novak_segments(book);
}

}  // namespace ghostport::cases
