#include "sensor/summary.h"

#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <utility>

#include "sensor/doubts.h"
#include "sensor/terminal.h"

namespace ghostport {
namespace {

std::string seconds_text(std::chrono::duration<double> duration) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f s", duration.count());
  return text.data();
}

std::string amounts(const PipelineSummary& summary, std::uint64_t filtered_out) {
  const Counters& total = summary.total;
  std::string text = counted(total.at(Counter::packets), "packet") + ", " + counted(total.at(Counter::bytes), "byte") +
                     ", " + counted(total.at(Counter::flows), "flow") + '\n';
  if (filtered_out != 0) text += "filter: " + counted(filtered_out, "further packet") + " left out\n";
  if (summary.worker_packets.size() < 2) return text;
  text += counted(summary.worker_packets.size(), "worker") + ", packets of each:";
  for (const std::uint64_t packets : summary.worker_packets) text += ' ' + with_commas(packets);
  return text + '\n';
}

/// Why there is nothing to show: nothing watched, nothing that weighs, or nothing logged.
std::string nothing_found(const PipelineSummary& summary, std::uint64_t filtered_out, const Rules& rules, bool live) {
  const Counters& total = summary.total;
  const std::uint64_t watched = total.at(Counter::watched_packets);
  const std::uint64_t expected = summary.adjudicator.findings[static_cast<std::size_t>(Verdict::expected)];
  if (total.at(Counter::packets) == 0)
    return filtered_out == 0 ? "nothing found: no packet was read\n" : "nothing found: no packet passed the filter\n";
  std::string text = "nothing found: " + with_commas(watched) + " of " + counted(total.at(Counter::packets), "packet") +
                     " on watched ports (" + rules.watch.text(WatchTable::kWatched) + ')';
  if (expected != 0 && !rules.log_expected) {
    return text + "; " + counted(expected, "flow") + " as expected, not logged (log-expected: true shows them)\n";
  }
  if (watched != 0) {
    text += "; no flow to one of these ports calls for a finding\n";
    if (rules.watch.text(WatchTable::kWatched) != rules.watch.text(WatchTable::kJudged))
      text +=
          "judged are only ports with a registry entry that says more than names; --watch with a port's number judges "
          "it in any case\n";
    return text;
  }
  if (const std::uint64_t nearby = total.at(Counter::nearby_packets); nearby != 0) {
    return text + "; " + with_commas(nearby) + " in 3224-3324: try " + (live ? "watch: range" : "--watch range") + '\n';
  }
  return text + (live ? "\n" : "; to name every flow: --watch all --flows --eve FILE\n");
}

std::string findings(const PipelineSummary& summary, std::uint64_t filtered_out, const Rules& rules, bool live) {
  std::string text;
  std::uint64_t shown = 0;
  for (const Verdict verdict : {Verdict::unexpected, Verdict::unrecognized, Verdict::listener, Verdict::consistent,
                                Verdict::probe, Verdict::expected}) {
    const std::uint64_t count = summary.adjudicator.findings[static_cast<std::size_t>(verdict)];
    if (count == 0) continue;
    const bool logged = verdict != Verdict::expected || rules.log_expected;
    if (logged) shown += count;
    text += (text.empty() ? "" : ", ") + with_commas(count) + ' ' + std::string(verdict_name(verdict));
    if (!logged) text += " (not logged)";
  }
  return shown == 0 ? nothing_found(summary, filtered_out, rules, live) : "findings: " + text + '\n';
}

std::string losses(const PipelineSummary& summary) {
  std::string text;
  for (std::size_t i = 0; i < kCounters; ++i) {
    const std::uint64_t count = summary.total.values[i];
    if (kCounterRows[i].is_loss && count != 0) {
      text += "not looked at: " + with_commas(count) + ' ' + std::string(kCounterRows[i].text) + '\n';
    }
  }
  return text;
}

/// What an inline sensor did to frames.
std::string bridged(const PipelineSummary& summary) {
  const Counters& total = summary.total;
  std::string text;
  if (total.at(Counter::transmitted) != 0)
    text += "inline: " + counted(total.at(Counter::transmitted), "frame") + " sent, " +
            counted(total.at(Counter::blocked_packets), "packet") + " of " +
            counted(total.at(Counter::blocked_flows), "flow") + " blocked, " +
            counted(total.at(Counter::rejects), "reject") + " sent\n";
  if (total.at(Counter::transmit_lost) != 0)
    text += "lost: " + with_commas(total.at(Counter::transmit_lost)) + " frames that could not be sent\n";
  return text;
}

std::string limits(const PipelineSummary& summary) {
  const std::pair<std::uint64_t, std::string_view> rows[] = {
      {summary.facts_lost,
       "facts did not reach the judgement, because it was too slow or a second held too many; findings may be missing"},
      {summary.inspections_full, "flows began while as many flows as can be were under inspection (limits.flows)"},
      {summary.heads_full, "flows found no room for their first bytes (limits.head-bytes)"},
      {summary.sums_full, "knocks or silent answers were not summed, because a second held too many"},
      {summary.memory_displaced, "verdicts of ended flows were forgotten early, because too many flows ended"},
      {summary.adjudicator.sources_full, "knocks came from sources past the bound of a minute and are one finding"},
      {summary.adjudicator.listeners_full,
       "silent answers were each said by themselves, because too many hosts answered"},
      {summary.adjudicator.groups_full,
       "flows to groups were each said by themselves, because there are too many groups"},
      {summary.adjudicator.held_full, "findings did not wait for what may announce them, because too many wait"},
      {summary.not_followed,
       "signalling flows, or connections that they announced, were not followed: there are too many"},
      {summary.context.calls_forgotten,
       "calls or announced addresses were forgotten early, because there are too many"},
      {summary.context.exchanges_forgotten, "sessions or exchanges were not remembered, because there are too many"},
  };
  std::string text;
  for (const auto& [count, what] : rows) {
    if (count != 0) text += "limit hit: " + with_commas(count) + ' ' + std::string(what) + '\n';
  }
  return text;
}

/// What the operator's exceptions did not do.
std::string exceptions(const PipelineSummary& summary, const Rules& rules) {
  std::string text;
  if (summary.total.at(Counter::packets) == 0) return text;
  const std::vector<ExceptionCount>& counts = summary.adjudicator.exceptions;
  for (std::size_t i = 0; i < rules.exceptions.size(); ++i) {
    const ExceptionCount count = i < counts.size() ? counts[i] : ExceptionCount{};
    if (count.ended != 0) {
      text += exception_text(rules, i) + " ended with " + last_day_text(rules.exceptions[i]) + ", before " +
              counted(count.ended, "finding") + " that it would have allowed\n";
    } else if (count.allowed == 0) {
      text += exception_text(rules, i) + " matched nothing\n";
    }
  }
  return text;
}

std::string unread_signalling(const PipelineSummary& summary) {
  const std::uint64_t count = summary.detector.signalling_lost;
  if (count == 0) return {};
  return "signalling: at " + counted(count, "place") + " bytes were missing, or one message said too much\n";
}

std::string bad_checksums(const PipelineSummary& summary) {
  const std::uint64_t count = summary.detector.bad_checksums;
  if (count == 0) return {};
  return "bad checksums: " + counted(count, "packet") +
         "; usual where the capturing host leaves checksums to its network card (offloading), and looked at all the "
         "same\n";
}

}  // namespace

std::uint64_t most_memory() noexcept {
  rusage usage{};
  constexpr std::uint64_t kKibibyte = 1024;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::uint64_t>(usage.ru_maxrss) * kKibibyte : 0;
}

std::string summary_text(const PipelineSummary& summary, const std::vector<ReadOutcome>& files, const Rules& rules,
                         const ReplayCost& cost, bool quiet) {
  if (quiet) return losses(summary) + limits(summary);
  std::uint64_t filtered_out = 0;
  for (const ReadOutcome& one : files) filtered_out += one.filtered_out;
  return counted(files.size(), "file") + ", " + amounts(summary, filtered_out) +
         findings(summary, filtered_out, rules, false) + exceptions(summary, rules) + losses(summary) +
         bad_checksums(summary) + unread_signalling(summary) + limits(summary) + "start-up " +
         seconds_text(cost.start_up) + ", replay " + seconds_text(cost.replay) + ", memory " + mebibytes(cost.memory) +
         '\n';
}

std::string summary_text(const PipelineSummary& summary, const Rules& rules, std::chrono::duration<double> ran,
                         std::uint64_t memory) {
  return "ran " + seconds_text(ran) + " with " + mebibytes(memory) + " of memory: " + amounts(summary, 0) +
         findings(summary, 0, rules, true) + bridged(summary) + exceptions(summary, rules) + losses(summary) +
         bad_checksums(summary) + unread_signalling(summary) + limits(summary);
}

}  // namespace ghostport
