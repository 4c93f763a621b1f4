// Any bytes as signalling: a stream says the same whole and in pieces, each in a heap block of exactly its size; every
// read makes progress where it must. Input: a byte for the service, side and size of pieces, then the stream.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "detection/signalling/signalling.h"

namespace {

using namespace ghostport;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Heard {
  std::vector<News> news;
  std::size_t left = 0;
  bool overflow = false;  // one message alone said too much
};

/// As a follower does it: a window that is full must move on.
Heard read_in(SignallingReader reader, Side side, Bytes stream, std::size_t piece) {
  constexpr std::size_t kWindow = 512;
  Heard heard;
  std::vector<std::uint8_t> waiting;
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t room = std::min(std::min(piece, kWindow - waiting.size()), stream.size() - at);
    waiting.insert(waiting.end(), stream.begin() + static_cast<std::ptrdiff_t>(at),
                   stream.begin() + static_cast<std::ptrdiff_t>(at + room));
    at += room;
    for (;;) {
      const auto exactly = std::make_unique<std::uint8_t[]>(waiting.size());
      std::copy(waiting.begin(), waiting.end(), exactly.get());
      const bool full = waiting.size() == kWindow;
      NewsList news;
      const std::size_t used = reader.read_stream(side, {exactly.get(), waiting.size()}, full, news);
      require(used <= waiting.size() && (!full || used != 0));
      heard.overflow = heard.overflow || news.overflow;
      heard.news.insert(heard.news.end(), news.all().begin(), news.all().end());
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(used));
      if (used == 0 || waiting.empty()) break;
    }
  }
  heard.left = waiting.size();
  return heard;
}

bool same(const News& a, const News& b) {
  return a.event == b.event && a.service == b.service && a.transport == b.transport && a.first == b.first &&
         a.last == b.last && a.address == b.address && a.call == b.call;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr const char* kServices[] = {"h225", "h245", "sip", "rtsp", "appneta-rpp"};
  const std::uint8_t caller[4] = {10, 3, 0, 1};
  const std::uint8_t callee[4] = {10, 3, 0, 9};
  const SignallingReader reader(find_service(kServices[data[0] % 5]).value(), Address::v4(caller), Address::v4(callee));
  const Side side = (data[0] & 0x80U) != 0 ? Side::server : Side::client;
  const Bytes stream{data + 1, std::min<std::size_t>(size - 1, 2000)};

  NewsList news;
  const auto datagram = std::make_unique<std::uint8_t[]>(stream.size());
  std::copy(stream.begin(), stream.end(), datagram.get());
  SignallingReader(reader).read_datagram(side, {datagram.get(), stream.size()}, news);
  for (const News& one : news.all()) require(one.first <= one.last);

  // A message that is longer than the window may be passed over at another place; without one both hear the same.
  if (data[0] % 5 == 4 || stream.size() > 500) {
    (void)read_in(reader, side, stream, 1 + data[0] / 8);
    return 0;
  }
  const Heard whole = read_in(reader, side, stream, stream.size());
  const Heard pieces = read_in(reader, side, stream, 1 + data[0] / 8);
  require(whole.overflow == pieces.overflow);
  require(whole.news.size() == pieces.news.size() && whole.left == pieces.left);
  require(std::equal(whole.news.begin(), whole.news.end(), pieces.news.begin(), same));
  return 0;
}
