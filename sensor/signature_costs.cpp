#include "sensor/signature_costs.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>

#include "sensor/terminal.h"

namespace ghostport {
namespace {

constexpr int kRounds = 20;

double nanoseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

bool is_tried(const Signature& signature, Transport transport, Side side) {
  return signature.transport == transport && is_for(signature, side);
}

/// Whose most of the foreign ones are: "  ftp 40, pop3 2, unnamed 1 and 3 of others"; empty where there are none.
std::string mostly(const std::map<ServiceId, std::uint64_t>& foreign_of) {
  constexpr std::size_t kShown = 3;
  std::vector<std::pair<ServiceId, std::uint64_t>> all(foreign_of.begin(), foreign_of.end());
  std::ranges::stable_sort(all, [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  std::uint64_t others = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i >= kShown) {
      others += all[i].second;
      continue;
    }
    const auto [service, count] = all[i];
    text += (i == 0 ? "  " : ", ") + std::string(service == ServiceId::none ? "unnamed" : service_name(service)) + " " +
            std::to_string(count);
  }
  return others == 0 ? text : text + " and " + std::to_string(others) + " of others";
}

}  // namespace

SignatureCosts::SignatureCosts(std::shared_ptr<const SignatureSet> set)
    : set_(std::move(set)), rows_(set_->signatures().size()) {}

void SignatureCosts::decided(const FlowStory& story) {
  std::vector<std::size_t>& places = of_flow_[story.detail.flow_id];
  for (const std::size_t place : places) samples_[place].bytes.clear();
  places.clear();
  const ServiceId service = story.detail.service != ServiceId::none ? story.detail.service : story.detail.asked;
  for (const Side side : {Side::client, Side::server}) {
    const auto which = static_cast<std::size_t>(side);
    if (story.said[which].empty()) continue;
    Sample sample{story.detail.transport, side, {}, {}, service};
    if (sample.transport == Transport::tcp) sample.bytes.assign(story.said[which].begin(), story.said[which].end());
    for (const Bytes datagram : story.datagrams[which]) {
      sample.bytes.insert(sample.bytes.end(), datagram.begin(), datagram.end());
      sample.ends.push_back(sample.bytes.size());
    }
    places.push_back(samples_.size());
    add(std::move(sample));
  }
}

void SignatureCosts::add_examples() {
  for (const Signature& signature : set_->signatures()) {
    for (const Example& example : signature.match) {
      Sample sample{signature.transport,
                    signature.side == SignatureSide::server ? Side::server : Side::client,
                    {},
                    {},
                    signature.service};
      for (const std::string& datagram : example.datagrams) {
        sample.bytes.insert(sample.bytes.end(), datagram.begin(), datagram.end());
        if (sample.transport == Transport::udp) sample.ends.push_back(sample.bytes.size());
      }
      add(std::move(sample));
    }
  }
}

void SignatureCosts::measure(const Sample& sample, Scanner& scanner) {
  std::vector<Bytes> datagrams;
  std::size_t begin = 0;
  for (const std::size_t end : sample.ends) {
    datagrams.push_back(Bytes(sample.bytes).subspan(begin, end - begin));
    begin = end;
  }
  Payload payload;
  payload.bytes = datagrams.empty() ? Bytes(sample.bytes) : datagrams.back();
  payload.datagrams = datagrams;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) (void)scanner.scan(sample.transport, sample.side, payload);
  scan_nanoseconds_ += nanoseconds_since(start) / kRounds;

  std::vector<SignatureTrial> tried;
  scanner.try_all(sample.transport, sample.side, payload, tried);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Signature& signature = set_->signatures()[i];
    if (signature.service != sample.service && is_tried(signature, sample.transport, sample.side))
      ++rows_[i].foreign_samples;
  }
  for (const SignatureTrial& trial : tried) {
    Row& row = rows_[trial.index];
    const Signature& signature = set_->at(trial.index);
    ++(signature.service == sample.service ? row.own : row.foreign);
    if (signature.service != sample.service) ++row.foreign_of[sample.service];
    if (signature.check == nullptr) continue;
    const auto before = std::chrono::steady_clock::now();
    for (int i = 0; i < kRounds; ++i) (void)signature.check->function(payload, sample.side);
    row.check_nanoseconds += nanoseconds_since(before) / kRounds;
  }
}

std::string SignatureCosts::text() {
  std::erase_if(samples_, [](const Sample& sample) { return sample.bytes.empty(); });
  of_flow_.clear();
  Scanner scanner(set_);
  for (const Sample& sample : samples_) measure(sample, scanner);
  std::vector<std::size_t> order(rows_.size());
  std::iota(order.begin(), order.end(), 0);
  const auto share = [&](std::size_t i) {
    const Row& row = rows_[i];
    return row.foreign_samples == 0
               ? 0.0
               : 100.0 * static_cast<double>(row.foreign) / static_cast<double>(row.foreign_samples);
  };
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return share(a) > share(b); });
  std::string text = "SIGNATURE                           OWN   FOREIGN  OF OTHERS  NS IN CHECK  MOSTLY\n";
  char line[200];
  for (const std::size_t i : order) {
    const Row& row = rows_[i];
    const auto calls = static_cast<double>(std::max<std::uint64_t>(row.own + row.foreign, 1));
    std::snprintf(line, sizeof line, "%-32s %6llu %9llu %9.2f%% %12.0f%s\n", set_->signatures()[i].id.c_str(),
                  static_cast<unsigned long long>(row.own), static_cast<unsigned long long>(row.foreign), share(i),
                  row.check_nanoseconds / calls, mostly(row.foreign_of).c_str());
    text += line;
  }
  const double samples = std::max<double>(static_cast<double>(samples_.size()), 1);
  std::snprintf(line, sizeof line, "%s signatures on what %s said: %.0f ns a look at one\n",
                with_commas(rows_.size()).c_str(), counted(samples_.size(), "side").c_str(),
                scan_nanoseconds_ / samples);
  return text + line;
}

}  // namespace ghostport
