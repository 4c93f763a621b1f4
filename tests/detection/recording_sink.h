// A sink that writes down everything it is given, one line of text a finding or flow record, so that two runs can be
// compared. Called by tests, fuzzers and benchmarks, on the thread that runs the adjudicator.
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "detection/finding.h"

namespace ghostport {

class RecordingSink : public FindingSink {
 public:
  void finding(const Finding& finding) override {
    findings.push_back(finding);
    lines.push_back(line_of(finding));
  }
  void flow(const FlowDetail& detail) override {
    flows.push_back(detail);
    lines.push_back(line_of(detail));
  }
  void clear() {
    findings.clear();
    flows.clear();
    lines.clear();
  }

  /// Every field of a flow record.
  [[nodiscard]] static std::string line_of(const FlowDetail& detail) {
    Line line("flow");
    put(line, detail);
    return line.text;
  }
  /// Every field of a finding.
  [[nodiscard]] static std::string line_of(const Finding& finding) {
    Line line("finding");
    const Judgement& judgement = finding.judgement;
    line << verdict_name(judgement.verdict) << severity_name(judgement.severity) << judgement.reason
         << judgement.exception << finding.count;
    for (const ExpectationResult& one : judgement.expectations) line << one.expectation->service << one.failed;
    for (const ServiceId service : finding.asked) line << service;
    if (finding.probe) {
      const ProbeSum& sum = *finding.probe;
      line << "probe" << sum.flows << sum.hosts << sum.ports << sum.at_least << sum.answers[0] << sum.answers[1]
           << sum.answers[2] << sum.first << sum.last << sum.sources;
      for (const ProbeTarget& target : sum.first_targets) {
        line << target.first_number << target.address << target.port << target.transport;
      }
    }
    put(line, finding.detail);
    return line.text;
  }

  std::vector<Finding> findings;
  std::vector<FlowDetail> flows;
  std::vector<std::string> lines;

 private:
  struct Line {
    explicit Line(std::string_view kind) : text(kind) {}
    Line& operator<<(std::string_view word) {
      text += '|';
      text += word;
      return *this;
    }
    template <class Number>
    requires std::integral<Number> || std::is_enum_v<Number> Line& operator<<(Number number) {
      char digits[24];
      const auto end = [&] {
        if constexpr (std::is_enum_v<Number> || std::same_as<Number, bool>) {
          return std::to_chars(digits, digits + sizeof digits, static_cast<int>(number)).ptr;
        } else {
          return std::to_chars(digits, digits + sizeof digits, number).ptr;
        }
      }();
      return *this << std::string_view(digits, static_cast<std::size_t>(end - digits));
    }
    Line& operator<<(const Address& address) {
      *this << address.family;
      text += '/';
      return hex(address.bytes.data(), address.size());
    }
    Line& hex(const std::uint8_t* bytes, std::size_t size) {
      for (std::size_t i = 0; i < size; ++i) {
        text += "0123456789abcdef"[bytes[i] >> 4U];
        text += "0123456789abcdef"[bytes[i] & 15U];
      }
      return *this;
    }
    std::string text;
  };

  static void put(Line& line, const FlowDetail& detail) {
    for (std::size_t i = 0; i < 2; ++i) {
      line << detail.address[i] << detail.port[i] << detail.tcp_flags[i] << detail.packets[i] << detail.bytes[i]
           << detail.payload_packets[i] << detail.payload_bytes[i] << detail.vlan[i];
    }
    line << detail.transport << detail.basis << detail.outcome << detail.revision << detail.revises << detail.service
         << detail.asked << detail.inner << detail.signature << detail.inner_signature << detail.side << detail.budget
         << detail.cause << detail.answer << detail.marks << detail.anomalies << detail.vlans << detail.flow_id
         << detail.start << detail.end << detail.first_number << detail.packet << detail.packet_time
         << detail.evidence_length;
    line.hex(detail.evidence, detail.evidence_length);
  }
};

}  // namespace ghostport
