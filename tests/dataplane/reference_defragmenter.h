// What the defragmenter must do, written as plainly as possible: an array of bytes for each identification, no limits.
// Called by the property tests and the fuzzer of the defragmenter. It does not know fragments that a capture cut.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/dataplane/fragment_builder.h"

namespace ghostport {

class ReferenceDefragmenter {
 public:
  struct Datagram {
    packets::ByteString bytes;
    bool conflict = false;
    bool odd = false;
    bool contradicted = false;  ///< something in it was, be it only a stray copy
    std::uint32_t frames = 0;
    std::uint32_t length = 0;
    std::uint8_t next = 0;
  };

  std::vector<Datagram> add(FragmentSpec spec, std::uint32_t frame_length, std::int64_t now) {
    expire(now);
    const std::size_t header = spec.family == 4 ? 20 + spec.options.size() : spec.chain.size();
    bool odd = spec.family == 4 ? spec.dont_fragment : spec.more && 48 + spec.chain.size() + spec.bytes.size() < 1280;
    if (spec.more && spec.bytes.size() % 8 != 0) {
      if (spec.family == 6) return impossible();
      spec.bytes.resize(spec.bytes.size() / 8 * 8);
      odd = true;
    }
    if (spec.bytes.empty() || header + spec.offset + spec.bytes.size() > 65'535) return impossible();
    State& state = states_[key_of(spec)];
    state.last_seen = now;
    if (state.open && state.since + kTimeout < now) {
      unfinished += state.pending;
      state.next_generation();
    }
    if (!state.open) state.since = now;
    state.open = true;
    ++state.frames;
    state.length += frame_length;
    state.put(spec, odd);
    return state.show(spec);
  }
  void end() {
    for (const auto& [key, state] : states_) unfinished += state.pending;
    states_.clear();
  }

  std::uint64_t unfinished = 0;
  std::uint64_t impossible_fragments = 0;

 private:
  static constexpr std::int64_t kTimeout = 30'000'000'000;
  enum class Checksum : std::uint8_t { none, right, wrong };

  struct Cell {
    bool known = false;
    bool seen = false;
    std::uint8_t last = 0;
    std::uint8_t first = 0;
  };
  struct UnitState {
    bool whole_known = false;
    bool whole_seen = false;
    bool again = false;
  };
  struct State {
    std::vector<Cell> cells;       // up to the furthest byte
    std::vector<UnitState> units;  // of 8 cells
    std::set<std::uint32_t> tails;
    std::set<std::pair<std::uint32_t, std::uint32_t>> pieces;  // of the generation
    std::uint32_t end_first = 0, end_last = 0, end_older = 0, more_end = 0;
    std::uint32_t pending = 0, frames = 0, length = 0, budget = 256U << 10U;
    std::int64_t since = 0, last_seen = 0;
    bool open = false, older = false, odd = false, conflict = false, repeated = false, changed = false, touched = false;
    bool contradicted = false, end_first_copied = false, end_last_seen = false, header_seen = false, plain = true;
    std::uint8_t next_first = 0, next_last = 0;
    std::optional<std::pair<std::uint8_t, std::uint8_t>> like;  // TTL, DSCP

    void put(const FragmentSpec& spec, bool fragment_is_odd) {
      const std::uint32_t end = spec.offset + static_cast<std::uint32_t>(spec.bytes.size());
      if (units.size() * 8 < end) units.resize((end + 7) / 8);
      cells.resize(units.size() * 8);
      bool copy = older;
      bool all_seen = true;
      bool any_seen = false;
      for (std::uint32_t at = spec.offset; at < end; ++at) {
        const Cell& cell = cells[at];
        copy = copy && cell.known && !cell.seen && cell.last == spec.bytes[at - spec.offset];
        all_seen = all_seen && cell.seen;
        any_seen = any_seen || cell.seen;
      }
      bool differs = false;
      for (std::uint32_t at = spec.offset; at < end; ++at) {
        Cell& cell = cells[at];
        const std::uint8_t byte = spec.bytes[at - spec.offset];
        if (cell.seen && cell.last != byte) {
          differs = true;
          conflict = conflict || !units[at / 8].again;
        }
        if (!cell.seen) cell.first = byte;
        cell.last = byte;
      }
      for (std::uint32_t at = spec.offset; at < end; ++at) {  // a unit that differs is no longer a mere copy
        if (cells[at].seen && cells[at].first != cells[at].last) units[at / 8].again = false;
      }
      for (std::uint32_t unit = spec.offset / 8; unit * 8 + 8 <= end; ++unit) {
        units[unit].whole_known = units[unit].whole_seen = true;
        units[unit].again = units[unit].again || copy;
      }
      for (std::uint32_t at = spec.offset; at < end; ++at) cells[at].known = cells[at].seen = true;
      repeated = repeated || copy;
      contradicted = contradicted || differs;
      touched = !copy && (!all_seen || differs);
      const bool repeats = pieces.count({spec.offset, end}) != 0;
      pieces.insert({spec.offset, end});
      odd = odd || fragment_is_odd || (any_seen && !differs && !(repeats && all_seen));
      note_header(spec);
      note_end(spec, end, copy);
      if (end % 8 != 0) tails.insert(end / 8);
      forget_tails();
      changed = changed || touched;
      if (touched) ++pending;
      if (older) budget = std::min(1U << 20U, budget + (4U << 10U) + 2 * (end - spec.offset));
    }

    void note_header(const FragmentSpec& spec) {
      const std::pair alike(spec.life, static_cast<std::uint8_t>(spec.service >> 2U));
      odd = odd || (like && *like != alike);
      if (!like) like = alike;
      plain = plain && spec.options.empty() && spec.chain.empty();
      if (spec.offset != 0) return;
      touched = touched || next_last != spec.protocol;
      next_last = spec.protocol;
      if (!header_seen) next_first = spec.protocol;
      conflict = conflict || next_first != next_last;
      header_seen = true;
    }

    void note_end(const FragmentSpec& spec, std::uint32_t end, bool copy) {
      if (spec.more) {
        if (!copy) more_end = std::max(more_end, end);
        conflict = conflict || (end_first != 0 && end >= end_first && !copy && !end_first_copied);
        if (end_last == 0 || end < end_last) return;
        end_last = end_older > end ? end_older : 0;
        end_older = 0;
        end_last_seen = end_last != 0 && end_last == end_first;
        touched = true;
        return;
      }
      if (end_first == 0) {
        end_first = end;
        end_first_copied = copy;
      }
      conflict = conflict || (end_first != end && !copy && !end_first_copied) || (more_end >= end && !copy);
      if (end_last != end) {
        end_older = end_last;
        end_last = end;
        touched = true;
      }
      end_last_seen = true;
    }

    /// Bytes of a unit that no fragment filled are known only as long as the end they belong to is remembered.
    void forget_tails() {
      const auto limit = [](std::uint32_t unit, std::initializer_list<std::uint32_t> ends) {
        std::uint32_t size = 0;
        for (const std::uint32_t end : ends) {
          if (end / 8 == unit) size = std::max(size, end % 8);
        }
        return size;
      };
      for (const std::uint32_t unit : tails) {
        const std::uint32_t known = units[unit].whole_known ? 8 : limit(unit, {end_first, end_last, end_older});
        const std::uint32_t seen = units[unit].whole_seen ? 8 : limit(unit, {end_first, end_last_seen ? end_last : 0});
        for (std::uint32_t i = 0; i < 8; ++i) {
          cells[unit * 8 + i].known = cells[unit * 8 + i].known && i < known;
          cells[unit * 8 + i].seen = cells[unit * 8 + i].seen && i < seen;
        }
      }
    }

    void next_generation() {
      for (Cell& cell : cells) {
        cell.seen = false;
        cell.first = cell.last;
      }
      for (UnitState& unit : units) unit.whole_seen = unit.again = false;
      pieces.clear();
      if (end_older != end_first) end_older = 0;
      next_first = next_last;
      end_first = more_end = pending = frames = length = 0;
      open = odd = conflict = contradicted = repeated = changed = end_first_copied = end_last_seen = header_seen =
          false;
      like.reset();
      older = true;
      forget_tails();
    }

    [[nodiscard]] bool all(bool Cell::*what, std::uint32_t end) const {
      return end != 0 && end <= cells.size() &&
             std::all_of(cells.begin(), cells.begin() + end, [&](const Cell& cell) { return cell.*what; });
    }
    [[nodiscard]] bool fresh(std::uint32_t end) const {
      return all(&Cell::seen, end) && (end == end_first || (end == end_last && end_last_seen));
    }
    [[nodiscard]] packets::ByteString version(bool is_first, std::uint32_t end) const {
      packets::ByteString bytes;
      for (std::uint32_t at = 0; at < end; ++at) bytes.push_back(is_first ? cells[at].first : cells[at].last);
      return bytes;
    }

    std::vector<Datagram> show(const FragmentSpec& spec) {
      const bool first = all(&Cell::known, end_first);
      const bool last = all(&Cell::known, end_last);
      if (!first && !last) return {};
      const bool two_ends = first && last && end_first != end_last;
      const std::uint32_t ends[2] = {two_ends || !last ? end_first : end_last, last ? end_last : end_first};
      const bool is_fresh = fresh(ends[0]) && fresh(ends[1]);
      if (!is_fresh && !touched) return {};
      std::vector<Datagram> candidates;
      for (const bool is_first : {true, false}) {
        Datagram one;
        one.bytes = version(is_first, ends[is_first ? 0 : 1]);
        one.next = is_first ? next_first : next_last;
        candidates.push_back(one);
      }
      const bool same = !two_ends && candidates[0].bytes == candidates[1].bytes && next_first == next_last;
      if (same || (!is_fresh && !conflict)) candidates.erase(candidates.begin());
      bool finished = is_fresh;
      std::vector<Datagram> kept;
      for (const Datagram& one : candidates) {
        const bool judged = older && (!is_fresh || (repeated && changed));
        const Checksum result = judged ? checksum(spec, one) : Checksum::none;
        if (result == Checksum::wrong) continue;
        finished = finished || result == Checksum::right;
        kept.push_back(one);
      }
      if (kept.empty()) return {};
      if (!is_fresh) {
        std::size_t price = 0;
        for (const Datagram& one : kept) price += one.bytes.size();
        if (price > budget) return {};
        budget -= static_cast<std::uint32_t>(price);
      }
      for (Datagram& one : kept) {
        one.conflict = conflict || !is_fresh || kept.size() == 2;
        one.odd = odd;
        one.contradicted = contradicted || one.conflict;
        one.frames = frames;
        one.length = length;
      }
      pending = frames = length = 0;
      if (finished) next_generation();
      return kept;
    }

    [[nodiscard]] Checksum checksum(const FragmentSpec& spec, const Datagram& one) const {
      const std::uint8_t next = spec.family == 4 ? spec.protocol : one.next;
      if (!plain || next != 17) return Checksum::none;
      if (one.bytes.size() < 8) return Checksum::wrong;
      const std::size_t size = one.bytes[4] * 256U + one.bytes[5];
      if (size > one.bytes.size()) return Checksum::wrong;
      if ((one.bytes[6] == 0 && one.bytes[7] == 0) || size < 8) return Checksum::none;
      packets::ByteWriter pseudo;
      pseudo.add(spec.source.bytes).add(spec.destination.bytes).u32(size).u32(17);
      pseudo.add(packets::ByteString(one.bytes.begin(), one.bytes.begin() + static_cast<std::ptrdiff_t>(size)));
      return packets::internet_checksum(pseudo.bytes()) == 0 ? Checksum::right : Checksum::wrong;
    }
  };

  static std::string key_of(const FragmentSpec& spec) {
    packets::ByteWriter key;
    key.u8(spec.family).add(spec.source.bytes).add(spec.destination.bytes).u32(spec.identification).u8(spec.tunnels);
    if (spec.family == 4) key.u8(spec.protocol);
    return {key.bytes().begin(), key.bytes().end()};
  }
  std::vector<Datagram> impossible() {
    ++impossible_fragments;
    return {};
  }
  void expire(std::int64_t now) {
    for (auto at = states_.begin(); at != states_.end();) {
      if (at->second.last_seen + kTimeout < now) {
        unfinished += at->second.pending;
        at = states_.erase(at);
      } else {
        ++at;
      }
    }
  }

  std::map<std::string, State> states_;
};

/// What differs between what came out and what should have; empty where nothing does. Oddness is compared only where
/// nothing contradicts, since only there it is clear what a fragment repeats.
inline std::string difference(const std::vector<WholeDatagram>& real,
                              const std::vector<ReferenceDefragmenter::Datagram>& expected) {
  if (real.size() != expected.size())
    return "number: " + std::to_string(real.size()) + " instead of " + std::to_string(expected.size());
  for (std::size_t i = 0; i < real.size(); ++i) {
    if (real[i].bytes != expected[i].bytes) return "bytes";
    if (real[i].declared() != expected[i].bytes.size()) return "declared length";
    if (real[i].conflict() != expected[i].conflict) return "conflict";
    if (!expected[i].contradicted && real[i].odd() != expected[i].odd) return "oddness";
    if (real[i].packet.frames != expected[i].frames) return "frames";
    if (real[i].packet.length != expected[i].length) return "length";
    if (real[i].header.size() == 40 && real[i].header[6] != expected[i].next) return "protocol";
  }
  return {};
}

}  // namespace ghostport
