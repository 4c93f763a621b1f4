// The detector's story of a decided flow, for an observer.
#include <algorithm>

#include "detection/detector.h"

namespace ghostport {

void Detector::tell_story(const Flow& flow, const Inspection& inspection, const Identification& names, bool flow_over) {
  FlowStory story;
  describe(flow, &inspection, story.detail);
  story.detail.outcome = flow.bits.outcome;
  story.detail.signature = names.server != kNoSignature ? names.server : names.client;
  story.names = names;
  story.complete = flow_over;
  std::vector<SignatureTrial> tried;
  std::vector<Bytes> datagrams[2];
  for (const Side side : {Side::client, Side::server}) {
    const auto which = static_cast<std::size_t>(side);
    const Talker& talker = inspection.talker[flow.direction_of(side)];
    if (flow.key.transport == Transport::udp) {
      const Bytes all = talker.head.version(0);
      std::size_t begin = 0;
      for (std::size_t i = 0; i < talker.datagrams; ++i) {
        datagrams[which].push_back(all.subspan(begin, talker.datagram_end[i] - begin));
        begin = talker.datagram_end[i];
        scanner().try_all(Transport::udp, side, {datagrams[which].back(), datagrams[which], flow_over}, tried);
      }
      story.datagrams[which] = datagrams[which];
      if (!datagrams[which].empty()) story.said[which] = datagrams[which].back();
    } else {
      story.said[which] = spoken(talker);
      for (unsigned version = 0; version < (talker.head.has_second() ? 2U : 1U); ++version)
        scanner().try_all(Transport::tcp, side, {talker.head.version(version), {}, flow_over}, tried);
    }
  }
  story.tried = tried;
  observer_->decided(story);
}

}  // namespace ghostport
