#include "signatures/database_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "signatures/signature_set.h"

namespace ghostport {
namespace {

class Cached : public testing::Test {
 protected:
  Cached() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~Cached() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return folder_ + "/a.databases"; }
  [[nodiscard]] std::string file() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(path(), std::ios::binary) << bytes; }
  void store(const std::string& content, const std::vector<std::string>& databases) const {
    DatabaseCache cache(folder_);
    cache.store("a.databases", content, databases);
    EXPECT_EQ(cache.note(), "");
  }
  /// What load() says instead of giving databases, without the path; "given" where it gives them.
  [[nodiscard]] std::string refusal(const std::string& content) const {
    DatabaseCache cache(folder_);
    const bool given = cache.load("a.databases", content).has_value();
    if (given) return "given";
    const std::string head = "signatures.cache: " + path() + ' ';
    return cache.note().starts_with(head) ? cache.note().substr(head.size()) : cache.note();
  }

  const std::string folder_ =
      testing::TempDir() + "database_cache_test." + testing::UnitTest::GetInstance()->current_test_info()->name();
};

const std::vector<std::string> kDatabases = {"one", "", std::string("t\0wo", 4)};

TEST_F(Cached, GivesWhatWasStoredForTheSameContent) {
  EXPECT_EQ(refusal("content"), "");  // none yet, and nothing to say
  store("content", kDatabases);
  DatabaseCache cache(folder_);
  EXPECT_EQ(cache.load("a.databases", "content"), kDatabases);
  EXPECT_EQ(cache.note(), "");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(Cached, IsStaleForOtherContent) {
  store("content", kDatabases);
  EXPECT_EQ(refusal("contents"), "is of other signatures or another Hyperscan; made anew");
  store("contents", kDatabases);
  EXPECT_EQ(refusal("contents"), "given");
}

TEST_F(Cached, EveryDamagedByteAndEveryCutShows) {
  store("content", kDatabases);
  const std::string whole = file();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    write(damaged);
    ASSERT_EQ(refusal("content"), "is damaged; made anew") << i;
    write(whole.substr(0, i));
    ASSERT_EQ(refusal("content"), "is damaged; made anew") << i;
  }
  write(whole + '\0');
  EXPECT_EQ(refusal("content"), "is damaged; made anew");
}

TEST_F(Cached, WhatOthersCouldHaveWrittenIsNotUsed) {
  store("content", kDatabases);
  ASSERT_EQ(chmod(path().c_str(), 0664), 0);
  EXPECT_EQ(refusal("content"), "could have been written by others: not used");
  ASSERT_EQ(chmod(path().c_str(), 0644), 0);
  EXPECT_EQ(refusal("content"), "given");
  std::filesystem::remove(path());
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  EXPECT_EQ(refusal("content"), "could have been written by others: not used");
}

TEST_F(Cached, AFolderThatIsNotThereIsSaid) {
  DatabaseCache cache(folder_ + "/none");
  cache.store("a.databases", "content", kDatabases);
  EXPECT_EQ(cache.note(),
            "signatures.cache: " + folder_ + "/none/a.databases cannot be written: No such file or directory");
}

/// The file in the folder, which is made anew by renaming, so that another one has another number.
ino_t number_of_file(const std::string& folder) {
  const auto only = std::filesystem::directory_iterator(folder);
  struct stat about {};
  return only == std::filesystem::directory_iterator() || stat(only->path().c_str(), &about) != 0 ? 0 : about.st_ino;
}

TEST_F(Cached, ASetIsCompiledOnceAndMadeAnewWhereItsFileIsDamaged) {
  const auto set = [&](const std::string& expression, std::string& note) {
    const std::string text =
        "signatures:\n  - {id: ssh.mine, service: ssh, transport: tcp, side: server, expression: '" + expression +
        "', examples: {match: [^mine], no-match: [yours]}}\n";
    DatabaseCache cache(folder_);
    auto made =
        SignatureSet::builtin_with(read_signatures(read_yaml(text, "a.yaml").value(), "a.yaml").value(), &cache);
    note = cache.note();
    EXPECT_TRUE(made.ok()) << made.problems().front().text();
    return made.value()->compiled().databases;
  };
  std::string note;
  const auto first = set("^\\^mine *", note);
  EXPECT_EQ(note, "");
  const ino_t number = number_of_file(folder_);
  ASSERT_NE(number, 0U);
  EXPECT_EQ(set("^\\^mine *", note), first);
  EXPECT_EQ(note, "");
  EXPECT_EQ(number_of_file(folder_), number);

  EXPECT_NE(set("^\\^min *", note), first);
  EXPECT_NE(note.find("is of other signatures"), std::string::npos);
  EXPECT_EQ(set("^\\^mine *", note), first);

  const std::string there = std::filesystem::directory_iterator(folder_)->path();
  std::filesystem::resize_file(there, std::filesystem::file_size(there) - 1);
  EXPECT_EQ(set("^\\^mine *", note), first);
  EXPECT_NE(note.find("is damaged; made anew"), std::string::npos);
  EXPECT_EQ(set("^\\^mine *", note), first);
  EXPECT_EQ(note, "");
}

}  // namespace
}  // namespace ghostport
