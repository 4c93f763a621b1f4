#include "sensor/outputs/eve_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace ghostport {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class EveFileTest : public testing::Test {
 protected:
  ~EveFileTest() override { std::filesystem::remove(path_); }
  const std::string path_ =
      testing::TempDir() + "eve_file_test." + testing::UnitTest::GetInstance()->current_test_info()->name() + ".json";
};

TEST_F(EveFileTest, WritesEveryLineInOrderAndBeginsAnew) {
  std::ofstream(path_) << "old\n";
  std::string expected;
  {
    const auto eve = EveFile::open(path_);
    ASSERT_TRUE(eve.ok());
    for (int i = 0; i < 100'000; ++i) {  // more than may be pending
      const std::string line = "{\"n\":" + std::to_string(i) + '}';
      eve.value()->write(line);
      expected += line + '\n';
    }
    eve.value()->close();
    EXPECT_FALSE(eve.value()->problem());
  }
  EXPECT_TRUE(content_of(path_) == expected);
}

TEST_F(EveFileTest, DestructionWritesWhatIsLeft) {
  { EveFile::open(path_).value()->write("{}"); }
  EXPECT_EQ(content_of(path_), "{}\n");
}

TEST_F(EveFileTest, AFolderThatIsNotThereIsAProblem) {
  const auto eve = EveFile::open(path_ + "/eve.json");
  ASSERT_FALSE(eve.ok());
  EXPECT_NE(eve.problems().front().text().find("cannot be written: "), std::string::npos);
}

TEST_F(EveFileTest, AFullDiskIsSaidOnceWithTheNumberOfLostRecords) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full on this machine";
  const auto eve = EveFile::open("/dev/full");
  ASSERT_TRUE(eve.ok());
  for (int i = 0; i < 50'000; ++i) eve.value()->write("0123456789");
  eve.value()->close();
  ASSERT_TRUE(eve.value()->problem());
  EXPECT_NE(eve.value()->problem()->find("; 50000 records were lost"), std::string::npos) << *eve.value()->problem();
}

}  // namespace
}  // namespace ghostport
