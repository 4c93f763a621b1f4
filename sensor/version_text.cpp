#include "sensor/version_text.h"

#include <dlfcn.h>

#include <string_view>

#include "version.h"

namespace ghostport {
namespace {

/// The function by which a library names its version; found only where the library is really loaded.
struct Library {
  std::string_view name;  ///< empty: the version begins with it
  const char* symbol;
};
constexpr Library kLibraries[] = {{"Hyperscan", "hs_version"},
                                  {"libpcap", "pcap_lib_version"},
                                  {"zlib", "zlibVersion"},
                                  {"zstd", "ZSTD_versionString"},
                                  {"", "rte_version"}};

/// The instruction set that the compiler was allowed to use.
constexpr std::string_view kBuiltFor =
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__)
    "x86-64-v4 (AVX-512)";
#elif defined(__AVX2__) && defined(__BMI2__) && defined(__FMA__)
    "x86-64-v3 (AVX2, BMI2, FMA)";
#elif defined(__x86_64__)
    "x86-64";
#elif defined(__aarch64__)
    "64-bit ARM";
#else
    "an unnamed instruction set";
#endif

/// Hyperscan chooses its code by what the CPU has.
std::string cpu_features() {
  std::string text;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const auto add = [&text](bool has, std::string_view name) {
    if (has) text += (text.empty() ? "" : ", ") + std::string(name);
  };
  add(__builtin_cpu_supports("sse4.2") != 0, "SSE4.2");
  add(__builtin_cpu_supports("avx2") != 0, "AVX2");
#endif
  return text.empty() ? "none" : text;
}

}  // namespace

std::string version_text() {
  using VersionFunction = const char* (*)();
  std::string text = "Ghostport " GHOSTPORT_VERSION "\n";
  for (const Library& library : kLibraries) {
    if (void* const found = dlsym(RTLD_DEFAULT, library.symbol); found != nullptr) {
      text += (library.name.empty() ? "" : std::string(library.name) + ": ");
      text += std::string(reinterpret_cast<VersionFunction>(found)()) + '\n';
    }
  }
#ifndef GHOSTPORT_DPDK
  text += "DPDK: not built in; the live sensor reads through libpcap alone\n";
#endif
  return text + "built for: " + std::string(kBuiltFor) +
         "\nfeatures of this CPU that pattern matching uses: " + cpu_features() + '\n';
}

}  // namespace ghostport
