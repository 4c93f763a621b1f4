#include "dataplane/dpdk_source.h"

#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <rte_pause.h>
#include <sched.h>

#include <algorithm>
#include <cstring>

namespace ghostport {
namespace {

constexpr std::size_t kMostFrame = 65'536;
constexpr std::size_t kBurst = 32;            // of a port: with a whole batch the frames no longer fit into the L1
constexpr std::uint32_t kPatientPolls = 256;  // empty ones in a row, before other threads may have the core
constexpr unsigned kSendTries = 512;          // without any progress
constexpr std::uint32_t kMostAfterEnd = 1U << 20U;

/// A driver that has to put very long frames together may say another length than its segments have.
bool is_whole(const rte_mbuf& frame) noexcept {
  if (frame.nb_segs == 1) return frame.data_len == frame.pkt_len;
  std::uint64_t length = 0;
  unsigned count = 0;
  for (const rte_mbuf* segment = &frame; segment != nullptr; segment = segment->next, ++count)
    length += segment->data_len;
  return length == frame.pkt_len && count == frame.nb_segs;
}

/// Linux lets a frame with an 802.1Q tag be as much longer than the MTU.
std::uint32_t tag_length(const rte_mbuf& frame) noexcept {
  const auto* const bytes = rte_pktmbuf_mtod(&frame, const std::uint8_t*);
  return frame.data_len > 13 && bytes[12] == 0x81 && bytes[13] == 0x00 ? 4 : 0;
}

}  // namespace

DpdkSource::DpdkSource(const std::vector<DpdkPort*>& ports, std::uint16_t queue,
                       const std::vector<std::pair<unsigned, unsigned>>& pairs)
    : queue_(queue), bridges_(!pairs.empty()), joined_(PacketBatch::kMost * kMostFrame) {
  for (const DpdkPort* port : ports) {
    Way way;
    way.number = port->number();
    way.time = port->time();
    way.pool = port->pool();
    way.longest = port->longest();
    file_time_ = file_time_ || way.time == DpdkPort::Time::file;
    ways_.push_back(way);
  }
  for (const auto& [one, other] : pairs) {
    ways_[one].onward = static_cast<std::uint8_t>(other);
    ways_[other].onward = static_cast<std::uint8_t>(one);
  }
  time_offset_ = rte_mbuf_dynfield_lookup(RTE_MBUF_DYNFIELD_TIMESTAMP_NAME, nullptr);
  const int bit = rte_mbuf_dynflag_lookup(RTE_MBUF_DYNFLAG_RX_TIMESTAMP_NAME, nullptr);
  if (time_offset_ >= 0 && bit >= 0) time_flag_ = std::uint64_t{1} << static_cast<unsigned>(bit);
}

void DpdkSource::adopt_thread() noexcept { (void)rte_thread_register(); }  // refused: without a cache of mbufs
void DpdkSource::leave_thread() noexcept { rte_thread_unregister(); }

inline void DpdkSource::stamp(Packet& packet, const rte_mbuf& frame, const Way& way) noexcept {
  std::int64_t time = now_;
  if (way.time != DpdkPort::Time::ours && (frame.ol_flags & time_flag_) != 0) {
    const auto own = *RTE_MBUF_DYNFIELD(&frame, time_offset_, const rte_mbuf_timestamp_t*);
    time = static_cast<std::int64_t>(own) * (way.time == DpdkPort::Time::file ? 1000 : 1);
    file_time_ = true;
  } else if (now_ == 0) {
    time = now_ = clock_now();
  }
  stamps_.stamp(packet.at, time);
}

void DpdkSource::take(std::size_t place, PacketBatch& batch) noexcept {
  const Way& way = ways_[place];
  std::array<rte_mbuf*, PacketBatch::kMost> frames;
  const std::uint16_t count =
      rte_eth_rx_burst(way.number, queue_, frames.data(),
                       static_cast<std::uint16_t>(std::min(kBurst, PacketBatch::kMost - batch.count)));
  for (std::uint16_t i = 0; i < count; ++i) rte_prefetch0(rte_pktmbuf_mtod(frames[i], const void*));
  for (std::uint16_t i = 0; i < count; ++i) {
    rte_mbuf* const frame = frames[i];
    if (!is_whole(*frame)) {
      ++broken_;
      rte_pktmbuf_free(frame);
      continue;
    }
    Packet& packet = batch.packets[batch.count++];  // the layers fill in everything else, whoever had the place before
    stamp(packet, *frame, way);
    packet.link_type = kLinkEthernet;
    packet.frames = 1;
    packet.frame = frame;
    packet.port = static_cast<std::uint8_t>(place);
    packet.length = frame->pkt_len;
    packet.captured = std::min<std::uint32_t>(frame->pkt_len, kMostFrame);
    packet.data = frame->nb_segs == 1 ? rte_pktmbuf_mtod(frame, const std::uint8_t*) : join(*frame, packet.captured);
  }
}

/// The first bytes of a frame of several segments, in one piece.
const std::uint8_t* DpdkSource::join(const rte_mbuf& frame, std::uint32_t size) noexcept {
  std::uint8_t* const whole = joined_.data() + joined_used_;
  joined_used_ += kMostFrame;
  std::uint32_t at = 0;
  for (const rte_mbuf* segment = &frame; segment != nullptr && at < size; segment = segment->next) {
    const std::uint32_t now = std::min<std::uint32_t>(segment->data_len, size - at);
    std::memcpy(whole + at, rte_pktmbuf_mtod(segment, const std::uint8_t*), now);
    at += now;
  }
  return whole;
}

void DpdkSource::receive(PacketBatch& batch, Tick& tick) noexcept {
  batch.count = 0;
  joined_used_ = 0;
  now_ = 0;
  for (std::size_t i = 0; i < ways_.size() && batch.count < PacketBatch::kMost; ++i) {
    take(next_ % ways_.size(), batch);
    ++next_;
  }
  if (batch.count != 0) {
    empty_polls_ = 0;
    after_end_ += ending_ ? static_cast<std::uint32_t>(batch.count) : 0;
  } else {
    if (!file_time_) stamps_.advance(clock_now());
    if (++empty_polls_ > kPatientPolls) (void)sched_yield();
  }
  tick = stamps_.tick(ending_ && (batch.count == 0 || after_end_ >= kMostAfterEnd));
}

void DpdkSource::send(Way& way) noexcept {
  std::uint16_t sent = 0;
  for (unsigned tries = 0; sent < way.waiting_count && tries < kSendTries; ++tries) {
    const std::uint16_t now = rte_eth_tx_burst(way.number, queue_, way.waiting.data() + sent,
                                               static_cast<std::uint16_t>(way.waiting_count - sent));
    sent = static_cast<std::uint16_t>(sent + now);
    if (now != 0) {
      tries = 0;
    } else {
      rte_pause();
    }
  }
  counters_.add(Counter::transmitted, sent);
  if (sent < way.waiting_count) {
    counters_.add(Counter::transmit_lost, way.waiting_count - std::uint64_t{sent});
    rte_pktmbuf_free_bulk(way.waiting.data() + sent, way.waiting_count - unsigned{sent});
  }
  way.waiting_count = 0;
}

void DpdkSource::send_reject(const RejectFrame& reject) noexcept {
  const std::uint8_t to = reject.onward ? ways_[reject.port].onward : reject.port;
  Way& way = ways_[to];
  rte_mbuf* const frame = rte_pktmbuf_alloc(way.pool);
  if (frame == nullptr) {
    counters_.add(Counter::transmit_lost);
    return;
  }
  std::memcpy(rte_pktmbuf_append(frame, reject.length), reject.bytes.data(), reject.length);
  if (way.waiting_count == way.waiting.size()) send(way);
  way.waiting[way.waiting_count++] = frame;
}

void DpdkSource::dispose(std::span<const Packet> packets, const Disposal& disposal) noexcept {
  std::array<rte_mbuf*, PacketBatch::kMost> gone;
  unsigned gone_count = 0;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (packets[i].frame == nullptr) continue;
    auto* const frame = static_cast<rte_mbuf*>(packets[i].frame);
    const std::uint8_t to = bridges_ ? ways_[packets[i].port].onward : kNowhere;
    if (to == kNowhere || (disposal.blocked >> i & 1U) != 0) {
      gone[gone_count++] = frame;
      continue;
    }
    Way& way = ways_[to];
    if (frame->pkt_len > way.longest && frame->pkt_len > way.longest + tag_length(*frame)) {
      counters_.add(Counter::transmit_lost);
      gone[gone_count++] = frame;
      continue;
    }
    if (way.waiting_count == way.waiting.size()) send(way);
    way.waiting[way.waiting_count++] = frame;
  }
  if (gone_count != 0) rte_pktmbuf_free_bulk(gone.data(), gone_count);
  if (!bridges_) return;
  for (std::uint32_t i = 0; i < disposal.reject_count; ++i) send_reject(disposal.rejects[i]);
  for (Way& way : ways_) {
    if (way.waiting_count != 0) send(way);
  }
}

const Counters& DpdkSource::counters() noexcept {
  Counters from_ports;
  from_ports.add(Counter::refused_by_card, broken_);
  for (const Way& way : ways_) {
    rte_eth_stats stats{};
    if (queue_ != 0 || rte_eth_stats_get(way.number, &stats) != 0) continue;  // what the ports count is said once
    from_ports.add(Counter::missed, stats.imissed);
    from_ports.add(Counter::refused_by_card, stats.ierrors);
    from_ports.add(Counter::without_buffer, stats.rx_nombuf);
  }
  for (const Counter one : {Counter::missed, Counter::refused_by_card, Counter::without_buffer})
    counters_.values[static_cast<std::size_t>(one)] = from_ports.at(one);
  return counters_;
}

}  // namespace ghostport
