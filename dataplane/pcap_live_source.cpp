#include "dataplane/pcap_live_source.h"

#include <pcap/pcap.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "detection/rules.h"

namespace ghostport {
namespace {

constexpr std::size_t kBytes = std::size_t{64} << 20U;  // of packets that are not done with
constexpr std::size_t kPackets = 16'384;
constexpr int kSnapLength = 262'144;              // libpcap's own default: everything
constexpr int kKernelBuffer = 32 << 20;           // bytes an interface
constexpr int kPatience = 10;                     // ms without a packet after which time passes all the same
constexpr std::uint32_t kMostAfterEnd = 262'144;  // packets still taken once the end has been asked for
constexpr auto kRetry = std::chrono::seconds(1);

/// Where libpcap's number of a link type on this system is not that of capture files (pcap-linktype(7)).
std::uint16_t link_type_of(int data_link) {
  constexpr std::uint16_t kRaw = 101;
  return data_link == DLT_RAW ? kRaw : static_cast<std::uint16_t>(data_link);
}

}  // namespace

struct PcapLiveSource::Interface {
  std::string name;
  std::uint8_t port = 0;
  pcap_t* handle = nullptr;
  std::uint16_t link_type = kLinkEthernet;
  int descriptor = -1;
  std::chrono::steady_clock::time_point retry;
  std::string said;               // why it could not be opened
  std::uint64_t lost_before = 0;  // counted by handles that are closed
  InterfaceLink link;

  explicit Interface(const std::string& its_name) : name(its_name), link(its_name) {}
  ~Interface() { close(); }
  Interface(const Interface&) = delete;
  Interface& operator=(const Interface&) = delete;

  /// Empty, or why not. `may_come`: it is there and only down.
  [[nodiscard]] std::string open(const std::string& filter, bool& may_come) {
    char error[PCAP_ERRBUF_SIZE] = "";
    may_come = false;
    handle = pcap_create(name.c_str(), error);
    if (handle == nullptr) return error;
    pcap_set_snaplen(handle, kSnapLength);
    pcap_set_promisc(handle, 1);
    pcap_set_immediate_mode(handle, 1);
    pcap_set_buffer_size(handle, kKernelBuffer);
    pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO);
    const int status = pcap_activate(handle);
    if (status < 0) {
      may_come = status == PCAP_ERROR_IFACE_NOT_UP;
      std::string why = status == PCAP_ERROR ? pcap_geterr(handle) : pcap_statustostr(status);
      if (status == PCAP_ERROR_PERM_DENIED) why += ": needs the capability CAP_NET_RAW";
      close();
      return why;
    }
    link_type = link_type_of(pcap_datalink(handle));
    descriptor = pcap_get_selectable_fd(handle);
    std::string why;
    if (pcap_setnonblock(handle, 1, error) != 0) why = error;
    filter_by(filter);
    if (!why.empty()) close();
    return why;
  }
  /// One that this link type does not know, or the kernel does not take, only spares no work: everything comes then.
  void filter_by(const std::string& filter) const {
    bpf_program program{};
    for (const char* const text : {filter.c_str(), ""}) {
      if (handle == nullptr || pcap_compile(handle, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0) continue;
      const bool set = pcap_setfilter(handle, &program) == 0;
      pcap_freecode(&program);
      if (set) return;
    }
  }
  void close() {
    if (handle == nullptr) return;
    lost_before = lost();
    pcap_close(handle);
    handle = nullptr;
    descriptor = -1;
  }
  /// Packets that the kernel or the card dropped.
  [[nodiscard]] std::uint64_t lost() const {
    pcap_stat now{};
    if (handle == nullptr || pcap_stats(handle, &now) != 0) return lost_before;
    return lost_before + now.ps_drop + now.ps_ifdrop;
  }
};

PcapLiveSource::PcapLiveSource(std::string filter) : filter_(std::move(filter)), bytes_(kBytes, kPackets) {}

PcapLiveSource::~PcapLiveSource() = default;

Result<std::unique_ptr<PcapLiveSource>> PcapLiveSource::open(const std::vector<std::string>& interfaces,
                                                             const std::string& filter) {
  std::unique_ptr<PcapLiveSource> source(new PcapLiveSource(filter));
  Problems problems;
  for (const std::string& name : interfaces) {
    auto one = std::make_unique<Interface>(name);
    bool may_come = false;
    const std::string why = one->open(filter, may_come);
    if (!why.empty() && may_come) {
      one->said = why;
      source->tell("interface " + name + " is down; waiting for it");
    } else if (!why.empty()) {
      problems.push_back({name, 0, 0, "cannot be opened: " + why});
    }
    one->port = static_cast<std::uint8_t>(source->interfaces_.size());
    source->interfaces_.push_back(std::move(one));
  }
  if (!problems.empty()) return problems;
  return source;
}

void PcapLiveSource::ask_for(std::string filter) {
  const std::lock_guard lock(mutex_);
  next_filter_ = std::move(filter);
  filter_asked_.store(true, std::memory_order_release);
}

void PcapLiveSource::take_filter() {
  const std::lock_guard lock(mutex_);
  filter_asked_.store(false, std::memory_order_relaxed);
  filter_ = next_filter_;
  for (const auto& one : interfaces_) one->filter_by(filter_);
}

void PcapLiveSource::tell(std::string line) {
  const std::lock_guard lock(mutex_);
  news_.push_back(std::move(line));
}

std::vector<LinkState> PcapLiveSource::links() const {
  std::vector<LinkState> links;
  for (const auto& one : interfaces_) links.push_back(one->name == "any" ? LinkState::up : one->link.state());
  return links;
}

std::vector<std::string> PcapLiveSource::news() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

void PcapLiveSource::keep(const Interface& from, std::int64_t time, std::uint32_t captured, std::uint32_t length,
                          const std::uint8_t* bytes) noexcept {
  Packet& packet = batch_->packets[batch_->count];  // the layers fill in everything else
  packet.frames = 1;
  stamps_.stamp(packet.at, time);
  std::uint8_t* const copy = bytes_.take(captured, packet.at.number);
  if (copy == nullptr) {
    counters_.add(Counter::without_buffer);
    return;
  }
  std::memcpy(copy, bytes, captured);
  packet.data = copy;
  packet.captured = captured;
  packet.length = length;
  packet.link_type = from.link_type;
  packet.port = from.port;
  ++batch_->count;
}

void PcapLiveSource::take(Interface& from) {
  struct Call {
    PcapLiveSource* source;
    const Interface* from;
  } call{this, &from};
  if (from.handle == nullptr) {
    const auto now = std::chrono::steady_clock::now();
    if (now < from.retry) return;
    from.retry = now + kRetry;
    bool may_come = false;
    if (!from.open(filter_, may_come).empty()) return;
    tell("interface " + from.name + " is up");
  }
  const auto room = static_cast<int>(PacketBatch::kMost - batch_->count);
  const int got = pcap_dispatch(
      from.handle, room,
      [](u_char* user, const pcap_pkthdr* header, const u_char* bytes) {
        const auto& to = *reinterpret_cast<const Call*>(user);
        const std::int64_t time = std::int64_t{header->ts.tv_sec} * kSecond + header->ts.tv_usec;
        to.source->keep(*to.from, time, header->caplen, header->len, bytes);
      },
      reinterpret_cast<u_char*>(&call));
  if (got >= 0) return;
  tell("interface " + from.name + " is gone: " + pcap_geterr(from.handle) + "; waiting for it");
  from.close();
  from.retry = std::chrono::steady_clock::now() + kRetry;
}

/// Until a packet is there, or for a little while. False in the latter case.
bool PcapLiveSource::wait() noexcept {
  constexpr std::size_t kMost = 64;
  pollfd descriptors[kMost];
  nfds_t count = 0;
  for (const auto& one : interfaces_) {
    if (one->descriptor >= 0 && count < kMost) descriptors[count++] = {one->descriptor, POLLIN, 0};
  }
  return poll(descriptors, count, kPatience) > 0;
}

void PcapLiveSource::receive(PacketBatch& batch, Tick& tick) noexcept {
  batch.count = 0;
  batch_ = &batch;
  if (filter_asked_.load(std::memory_order_relaxed)) take_filter();
  const auto take_all = [&] {
    for (std::size_t i = 0; i < interfaces_.size() && batch.count < PacketBatch::kMost; ++i) {
      take(*interfaces_[next_ % interfaces_.size()]);
      ++next_;
    }
  };
  take_all();
  if (batch.count == 0 && !ending_ && wait()) take_all();
  if (batch.count == 0) stamps_.advance(clock_now());
  after_end_ += ending_ ? static_cast<std::uint32_t>(batch.count) : 0;
  tick = stamps_.tick(ending_ && (batch.count == 0 || after_end_ >= kMostAfterEnd));
}

const Counters& PcapLiveSource::counters() noexcept {
  std::uint64_t lost = 0;
  for (const auto& one : interfaces_) lost += one->lost();
  counters_.values[static_cast<std::size_t>(Counter::missed)] = lost;
  return counters_;
}

}  // namespace ghostport
