// Writes what checks_fuzz starts from: the examples of every shipped signature that has a check, matching or not, in
// the fuzzer's input format. Usage: checks_seeds FOLDER
#include <cstdio>
#include <fstream>

#include "signatures/signature.h"

int main(int count, char** arguments) {
  using namespace ghostport;
  if (count != 2) {
    std::fprintf(stderr, "usage: checks_seeds FOLDER\n");
    return 2;
  }
  std::size_t number = 0;
  for (const Signature& signature : builtin_signatures().signatures) {
    if (signature.check == nullptr) continue;
    const auto check = static_cast<char>(find_check(signature.check->name) - all_checks().data());
    const bool is_train = signature.transport == Transport::udp;
    for (const std::vector<Example>* examples : {&signature.match, &signature.no_match}) {
      for (const Example& example : *examples) {
        std::string input{check,
                          static_cast<char>((signature.side == SignatureSide::server ? 1 : 0) | (is_train ? 4 : 0))};
        for (const std::string& datagram : example.datagrams) {
          const std::string_view part = std::string_view(datagram).substr(0, is_train ? 255 : std::string::npos);
          if (is_train) input += static_cast<char>(part.size());
          input += part;
        }
        std::ofstream out(std::string(arguments[1]) + "/example-" + std::to_string(number++), std::ios::binary);
        out << input;
        if (!out.flush()) return 2;
      }
    }
  }
  return 0;
}
