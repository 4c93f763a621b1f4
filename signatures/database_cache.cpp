#include "signatures/database_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

namespace ghostport {
namespace {

// The file: the mark, a CRC-32 of all that follows, then texts, each with its length in front (8 bytes, low byte
// first): the content, and every database.
constexpr std::string_view kMark = "ghostport databases 1\n";
constexpr std::size_t kMostBytes = std::size_t{256} << 20U;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) (void)::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

template <class Number>
std::string bytes_of(Number number) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof number; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xFFU);
  return bytes;
}

template <class Number>
std::optional<Number> take_number(std::string_view& rest) {
  if (rest.size() < sizeof(Number)) return std::nullopt;
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number |= static_cast<Number>(Number{static_cast<unsigned char>(rest[i])} << (8 * i));
  rest.remove_prefix(sizeof number);
  return number;
}

std::optional<std::string_view> take_text(std::string_view& rest) {
  const auto size = take_number<std::uint64_t>(rest);
  if (!size || *size > rest.size()) return std::nullopt;
  const std::string_view text = rest.substr(0, *size);
  rest.remove_prefix(*size);
  return text;
}

std::uint32_t checksum(std::string_view text) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

std::optional<std::string> read_all(int descriptor, std::size_t size) {
  std::string text(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t now = ::read(descriptor, text.data() + got, size - got);
    if (now <= 0) return std::nullopt;
    got += static_cast<std::size_t>(now);
  }
  return text;
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t now = ::write(descriptor, text.data(), text.size());
    if (now < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(now));
  }
  return true;
}

}  // namespace

void DatabaseCache::say(const std::string& name, std::string_view what) {
  note_ = "signatures.cache: " + path_of(name) + ' ' + std::string(what);
}

void DatabaseCache::refuse(const std::string& name) { say(name, "is damaged; made anew"); }

std::optional<std::vector<std::string>> DatabaseCache::load(const std::string& name, std::string_view content) {
  const Descriptor file(::open(path_of(name).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    if (errno != ENOENT) say(name, std::string("cannot be read: ") + std::strerror(errno));
    return std::nullopt;
  }
  struct stat about {};
  if (::fstat(file.number(), &about) != 0 || !S_ISREG(about.st_mode) ||
      (about.st_uid != 0 && about.st_uid != ::geteuid()) || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    say(name, "could have been written by others: not used");  // Hyperscan trusts what it is given
    return std::nullopt;
  }
  const auto size = static_cast<std::uint64_t>(about.st_size);
  const auto text = size > kMostBytes ? std::nullopt : read_all(file.number(), size);
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  if (!rest.starts_with(kMark)) {
    refuse(name);
    return std::nullopt;
  }
  rest.remove_prefix(kMark.size());
  const auto sum = take_number<std::uint32_t>(rest);
  if (!sum || *sum != checksum(rest)) {
    refuse(name);
    return std::nullopt;
  }
  if (take_text(rest) != content) {
    say(name, "is of other signatures or another Hyperscan; made anew");
    return std::nullopt;
  }
  std::vector<std::string> databases;
  while (!rest.empty()) {
    const auto database = take_text(rest);
    if (!database) {
      refuse(name);
      return std::nullopt;
    }
    databases.emplace_back(*database);
  }
  return databases;
}

void DatabaseCache::store(const std::string& name, std::string_view content,
                          const std::vector<std::string>& databases) {
  std::string rest = bytes_of(std::uint64_t{content.size()}).append(content);
  for (const std::string& database : databases) rest.append(bytes_of(std::uint64_t{database.size()})).append(database);
  const std::string head = std::string(kMark) + bytes_of(checksum(rest));
  const std::string path = path_of(name);
  const std::string unfinished = path + '.' + std::to_string(::getpid());
  {
    const Descriptor file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (file.is_open() && ::fchmod(file.number(), 0644) == 0 && write_all(file.number(), head) &&
        write_all(file.number(), rest) && ::rename(unfinished.c_str(), path.c_str()) == 0)
      return;
  }
  say(name, std::string("cannot be written: ") + std::strerror(errno));
  (void)::unlink(unfinished.c_str());
}

}  // namespace ghostport
