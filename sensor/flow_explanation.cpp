#include "sensor/flow_explanation.h"

#include <algorithm>
#include <cctype>

#include "sensor/terminal.h"

namespace ghostport {
namespace {

constexpr std::size_t kShownBytes = 48;
constexpr std::string_view kSideNames[] = {"client", "server"};

std::string_view name_of(Side side) { return kSideNames[static_cast<std::size_t>(side)]; }

std::string protocol_name(Transport transport) { return transport == Transport::tcp ? "TCP" : "UDP"; }

/// The first bytes, printable ones as they are.
std::string shown(Bytes bytes) {
  std::string text(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), kShownBytes)));
  std::string result;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte >= 0x20 && byte < 0x7F) {
      result += letter;
    } else {
      result += {'\\', 'x', "0123456789ABCDEF"[byte >> 4U], "0123456789ABCDEF"[byte & 15U]};
    }
  }
  return result + (bytes.size() > kShownBytes ? "..." : "");
}

std::string answers_text(const Signature& signature) {
  std::string text;
  for (const std::string& answer : signature.answers) text += (text.empty() ? "" : " or ") + answer;
  return text;
}

std::string outcome_text(const SignatureSet& set, const FlowDetail& detail) {
  switch (detail.outcome) {
    case Outcome::identified:
      return "named " + std::string(service_name(detail.service)) +
             (detail.signature == kNoSignature ? "" : " by " + set.at(detail.signature).id);
    case Outcome::unrecognized: return "unrecognized";
    case Outcome::listener: return "a listener: the port answered, and said nothing that names a service";
    case Outcome::probe: return "a probe: nobody answered";
    case Outcome::none: break;
  }
  return "undecided";
}

bool has_answer(const FlowStory& story, const SignatureSet& set, const SignatureTrial& trial) {
  return std::ranges::any_of(set.answers_of(trial.index), [&](SignatureIndex answer) {
    return std::ranges::any_of(story.tried, [&](const SignatureTrial& one) {
      return one.index == answer && one.side != trial.side && one.result.state == CheckState::yes;
    });
  });
}

}  // namespace

std::string FlowExplanation::trial_text(const FlowStory& story, const SignatureTrial& trial) const {
  const Signature& signature = set_->at(trial.index);
  const std::string check = signature.check == nullptr ? "" : std::string(signature.check->name);
  const auto row = [&](std::string_view word, const std::string& why) {
    std::string line = "  " + std::string(word);
    line.resize(std::max<std::size_t>(line.size() + 1, 10), ' ');
    line += signature.id;
    line.resize(std::max<std::size_t>(line.size() + 2, 40), ' ');
    return line + why + '\n';
  };
  switch (trial.result.state) {
    case CheckState::no:
      return row("no", "the expression matches; the check " + check + " refuses, or it came too seldom");
    case CheckState::more: return row("more", "the expression matches; too little has been seen to be sure");
    case CheckState::yes: break;
  }
  const std::string proven = counted(trial.result.proven, "byte") + " verified";
  if (!signature.both_directions) return row("yes", proven);
  const std::string other_side(name_of(other(trial.side)));
  if (has_answer(story, *set_, trial))
    return row("yes", proven + ", and the " + other_side + " answers with " + answers_text(signature));
  return row("weak", "holds only where the " + other_side + " says " + answers_text(signature) + ", which it did not");
}

std::string FlowExplanation::side_text(const FlowStory& story, Side side) const {
  const auto which = static_cast<std::size_t>(side);
  const FlowDetail& detail = story.detail;
  std::string text = "\nThe " + std::string(name_of(side)) + ' ';
  if (story.said[which].empty()) return text + "said nothing.\n";
  text += "said " + counted(detail.payload_bytes[which], "byte") + " in " +
          counted(detail.payload_packets[which], "packet");
  text += detail.transport == Transport::udp ? "; newest: " : "; first: ";
  text += shown(story.said[which]) + '\n';
  std::vector<SignatureTrial> tried;
  for (const SignatureTrial& trial : story.tried) {
    if (trial.side == side) tried.push_back(trial);
  }
  std::ranges::stable_sort(tried, [](const SignatureTrial& a, const SignatureTrial& b) {
    if (a.result.state != b.result.state) return a.result.state == CheckState::yes;
    return a.result.proven > b.result.proven;
  });
  for (const SignatureTrial& trial : tried) text += trial_text(story, trial);
  const auto candidates =
      static_cast<std::size_t>(std::ranges::count_if(set_->signatures(), [&](const Signature& signature) {
        return signature.transport == detail.transport &&
               (signature.side == SignatureSide::either || static_cast<Side>(signature.side) == side);
      }));
  return text + "  The expressions of " + (tried.empty() ? "all " : "the other ") +
         with_commas(candidates - tried.size()) + " signatures for this side do not match.\n";
}

void FlowExplanation::decided(const FlowStory& story) {
  const FlowDetail& detail = story.detail;
  if (detail.flow_id != flow_id_) return;
  text_ = "Flow " + std::to_string(flow_id_) + ", " + protocol_name(detail.transport) + ": client " +
          with_port(detail.address[0], detail.port[0]) + ", server " + with_port(detail.address[1], detail.port[1]) +
          ", by " + std::string(role_basis_name(detail.basis)) + "; first packet " +
          std::to_string(detail.first_number) + ".\nIt is " + outcome_text(*set_, detail) + ".\n";
  if (detail.outcome != Outcome::identified && detail.asked != ServiceId::none)
    text_ += "The client asked for " + std::string(service_name(detail.asked)) + ".\n";
  for (const Side side : {Side::client, Side::server}) text_ += side_text(story, side);
}

}  // namespace ghostport
