#include "dataplane/live_sensor.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

namespace ghostport {
namespace {

constexpr std::uint32_t kRingCells = 65'536;  // 4 MiB a worker: what is full live is lost
constexpr std::uint64_t kFileTag = 1;         // in flow ids: there is but one capture
constexpr auto kAnswerTime = std::chrono::milliseconds(500);

void pin(std::thread& thread, unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  (void)pthread_setaffinity_np(thread.native_handle(), sizeof set, &set);  // refused: it runs anywhere
}

}  // namespace

std::int64_t clock_now() noexcept {
  timespec now{};
  (void)clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * kSecond + now.tv_nsec;
}

/// Tells the workers what became of flows whose verdict they could not know, and passes findings on.
class LiveSensor::EnforcingSink final : public FindingSink {
 public:
  EnforcingSink(LiveSensor& sensor, FindingSink& next) : sensor_(sensor), next_(next) {}

  void finding(const Finding& finding) override {
    if (sensor_.settings_.enforces && finding.detail.outcome == Outcome::identified && finding.count == 0) {
      const FlowCommand command = command_for(finding.detail, finding.judgement.verdict);
      // Which worker has the flow is the source's affair: the others do not know it.
      for (const auto& lane : sensor_.lanes_) {
        if (!lane->commands.push(command)) ++lost_;
      }
    }
    next_.finding(finding);
  }
  void flow(const FlowDetail& detail) override { next_.flow(detail); }
  void adopt(const std::shared_ptr<const Rules>& rules) override { next_.adopt(rules); }

  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

 private:
  LiveSensor& sensor_;
  FindingSink& next_;
  std::uint64_t lost_ = 0;
};

LiveSensor::LiveSensor(std::shared_ptr<const Rules> rules, LiveSettings settings, FindingSink& sink)
    : settings_(std::move(settings)),
      at_start_(rules),
      sets_{rules},
      enforcing_(std::make_unique<EnforcingSink>(*this, sink)) {
  std::vector<FactRing*> rings;
  for (unsigned i = 0; i < settings_.workers; ++i) {
    auto lane = std::make_unique<Lane>();
    lane->ring = std::make_unique<FactRing>(kRingCells);
    rings.push_back(lane->ring.get());
    lane->tracker = std::make_unique<FlowTracker>(rules, *lane->ring, bell_, WhenFull::drop);
    if (settings_.enforces) lane->tracker->enforce(settings_.rejects);
    lanes_.push_back(std::move(lane));
  }
  adjudicator_ = std::make_unique<Adjudicator>(std::move(rules), rings, *enforcing_);
}

LiveSensor::~LiveSensor() { stop(); }

void LiveSensor::begin() {
  for (const auto& lane : lanes_) lane->tracker->begin(kFileTag);
  adjudicator_->begin();
  desks_.push_back(std::make_unique<Desk>());
  threads_.emplace_back([this, &desk = *desks_.back()] { adjudicate(desk); });
}

void LiveSensor::add_thread(std::function<void(Desk&)> run) {
  const std::size_t place = threads_.size() - 1;  // behind the adjudicator
  desks_.push_back(std::make_unique<Desk>());
  threads_.emplace_back([run = std::move(run), &desk = *desks_.back()] { run(desk); });
  if (place < settings_.cores.size()) pin(threads_.back(), settings_.cores[place]);
}

void LiveSensor::adjudicate(Desk& desk) {
  const auto count = [this](PipelineSummary& summary) {
    summary.add(*adjudicator_);
    summary.facts_lost = enforcing_->lost();
  };
  for (;;) {
    const std::uint32_t seen = bell_.now();
    take_reloaded();
    desk.answer(wanted(), count);
    if (adjudicator_->run_once()) continue;
    if (adjudicator_->ended()) break;
    bell_.wait(seen);
  }
  desk.answer(kLast, count);
}

void LiveSensor::take_reloaded() {
  const std::lock_guard lock(reload_mutex_);
  if (reloaded_) adjudicator_->adopt(std::exchange(reloaded_, nullptr), generation_);
}

bool LiveSensor::reload(std::shared_ptr<const Rules> rules) {
  std::erase_if(sets_, [](const auto& set) { return set.use_count() == 1; });
  for (const auto& lane : lanes_) {
    if (lane->next.load(std::memory_order_acquire) != nullptr) return false;
  }
  sets_.push_back(rules);
  {
    const std::lock_guard lock(reload_mutex_);
    ++generation_;
    reloaded_ = rules;
  }
  // A fact may go by the new rules only once the adjudicator has them.
  for (bool taken = false; !taken;) {
    (void)summary();
    const std::lock_guard lock(reload_mutex_);
    taken = reloaded_ == nullptr;
  }
  for (const auto& lane : lanes_) lane->next.store(new Generation(rules, generation_), std::memory_order_release);
  // What begins once this has returned goes by the new rules, if the machine lets each worker have its turn.
  constexpr int kPatience = 10;
  const auto is_behind = [](const auto& lane) { return lane->next.load(std::memory_order_acquire) != nullptr; };
  for (int i = 0; i < kPatience && std::any_of(lanes_.begin(), lanes_.end(), is_behind); ++i) (void)summary();
  return true;
}

void LiveSensor::work(Lane& lane, Desk& desk) {
  Worker worker(*lane.queue, *lane.tracker);
  for (bool more = true; more;) {
    (void)lane.queue->next();  // sleeps here
    obey(lane);
    more = worker.run_once();
    lane.queue->done();
    desk.answer(more ? wanted() : kLast, [&](PipelineSummary& summary) { summary.add(*lane.tracker); });
  }
}

void LiveSensor::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

PipelineSummary LiveSensor::summary() {
  const std::uint32_t wanted = wanted_.fetch_add(1, std::memory_order_relaxed) + 1;
  bell_.ring();
  const auto late = std::chrono::steady_clock::now() + kAnswerTime;
  PipelineSummary all;
  for (const auto& desk : desks_) {
    while (!desk->has_answered(wanted) && std::chrono::steady_clock::now() < late) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const PipelineSummary one = desk->take();
    all += one;
    if (desk != desks_.front()) continue;
    all.adjudicator = one.adjudicator;
    all.context = one.context;
  }
  return all;
}

}  // namespace ghostport
