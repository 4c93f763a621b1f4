#include "detection/five_tuple.h"

#include <random>

namespace ghostport {

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

}  // namespace ghostport
