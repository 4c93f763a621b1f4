#include "tests/make_cases.h"

#include <algorithm>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "tests/make_cases_evasions.h"
#include "tests/make_cases_stories.h"

namespace ghostport::cases {

void CaseBook::add(const packets::Capture& capture, const Case& what) {
  if (std::find(names_.begin(), names_.end(), what.name) != names_.end()) {
    throw std::logic_error("two cases are named " + what.name);
  }
  if (what.why.find(": ") != std::string::npos || what.why.find(" #") != std::string::npos) {
    throw std::logic_error(what.name + ": the sentence is no plain YAML scalar");
  }
  if (capture.pcap(what.format).size() >= 64 * 1024) throw std::logic_error(what.name + ": the capture is too large");
  names_.push_back(what.name);

  const std::filesystem::path folder = folder_ / what.name;
  std::filesystem::create_directories(folder);
  capture.write(folder / (what.name + ".pcap"), what.format);

  std::ofstream yaml(folder / "case.yaml", std::ios::binary);
  yaml << "why: " << what.why << "\npcap: " << what.name << ".pcap\nmade-by: tests/make_cases.cpp\n"
       << "provenance: synthetic, " << built_from_ << '\n';
  if (!what.config.empty()) yaml << "config: " << what.config << '\n';
  if (!what.awaits.empty()) yaml << "awaits: " << what.awaits << '\n';
  yaml << (what.expect.empty() ? "expect: []\n" : "expect:\n");
  for (const std::string& finding : what.expect) yaml << "  - {" << finding << "}\n";
  yaml.close();
  if (!yaml) throw std::runtime_error("cannot write " + folder.string());
}

}  // namespace ghostport::cases

int main(int argc, char** argv) {
  if (argc != 2 || argv[1][0] == '-') {
    std::cerr << "usage: make_cases FOLDER\n"
                 "writes one folder per generated case into FOLDER/rows, FOLDER/evasions and FOLDER/stories\n";
    return 2;
  }
  try {
    const std::filesystem::path folder(argv[1]);
    ghostport::cases::CaseBook book(folder / "rows");
    ghostport::cases::add_service_cases(book);
    ghostport::cases::add_stream_cases(book);
    ghostport::cases::add_silence_cases(book);
    ghostport::cases::add_lifetime_cases(book);
    ghostport::cases::add_policy_cases(book);
    ghostport::cases::CaseBook evasions(folder / "evasions");
    ghostport::cases::add_fragment_evasions(evasions);
    ghostport::cases::add_ipv6_evasions(evasions);
    ghostport::cases::add_segment_evasions(evasions);
    ghostport::cases::add_overlap_evasions(evasions);
    ghostport::cases::add_insertion_evasions(evasions);
    ghostport::cases::add_teardown_evasions(evasions);
    ghostport::cases::add_handshake_evasions(evasions);
    ghostport::cases::add_content_evasions(evasions);
    ghostport::cases::add_link_evasions(evasions);
    ghostport::cases::add_tunnel_evasions(evasions);
    ghostport::cases::add_exhaustion_evasions(evasions);
    ghostport::cases::CaseBook stories(folder / "stories");
    ghostport::cases::CaseBook rpp_stories(folder / "stories", "built after AppNeta's published dissectors");
    ghostport::cases::add_rpp_stories(rpp_stories);
    ghostport::cases::CaseBook framehawk_stories(
        folder / "stories", "random datagrams; nothing that describes Framehawk's bytes has been published");
    ghostport::cases::add_framehawk_stories(framehawk_stories);
    ghostport::cases::add_h323_stories(stories);
    ghostport::cases::add_sip_stories(stories);
    ghostport::cases::add_rtsp_stories(stories);
    std::cerr << book.cases() << " cases of rows, " << evasions.cases() << " evasions, "
              << stories.cases() + rpp_stories.cases() + framehawk_stories.cases() << " stories\n";
  } catch (const std::exception& error) {
    std::cerr << "make_cases: " << error.what() << '\n';
    return 1;
  }
}
