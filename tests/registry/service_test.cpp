#include "registry/service.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

namespace ghostport {
namespace {

TEST(Service, EveryNameHasItsOwnIdAndBack) {
  ASSERT_FALSE(all_service_names().empty());
  for (const std::string_view name : all_service_names()) {
    const auto id = find_service(name);
    ASSERT_TRUE(id) << name;
    EXPECT_NE(*id, ServiceId::none) << name;
    EXPECT_EQ(service_name(*id), name);
  }
}

TEST(Service, NoneAndIdsBeyondTheListHaveNoName) {
  EXPECT_EQ(service_name(ServiceId::none), "");
  EXPECT_EQ(service_name(static_cast<ServiceId>(255)), "");
}

TEST(Service, NamesOutsideTheListAreUnknown) {
  for (const char* name : {"", "SSH", "apparenet-as", "zzz", "ssh "}) EXPECT_FALSE(find_service(name)) << name;
}

TEST(Service, TheListIsTheOneThatTheDocumentationShows) {
  const char* const source = std::getenv("GHOSTPORT_SOURCE");
  std::ifstream page(std::string(source == nullptr ? "." : source) + "/docs/services.md");
  ASSERT_TRUE(page) << "run in the source folder or set GHOSTPORT_SOURCE";
  std::vector<std::string> documented;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| `")) documented.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  std::sort(documented.begin(), documented.end());
  const std::vector<std::string> names(all_service_names().begin(), all_service_names().end());
  EXPECT_EQ(names, documented);
}

}  // namespace
}  // namespace ghostport
