// Any sequence of fragments: the defragmenter gives what the plain reference gives, and of cut fragments no byte that
// was not sent. Input: see fragment_script.h.
#include <cstdio>
#include <cstdlib>

#include "tests/dataplane/fragment_script.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string wrong = ghostport::FragmentScript().run(data, size < 800 ? size : 800);
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
