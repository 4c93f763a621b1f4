// The bytes of a file, a pipe, standard input or memory, in order, decompressed where they are gzip or zstd.
// Called by FileBytes once a block, on the thread that reads the capture. Keeps a fixed buffer, and what the
// decompressor needs (zlib 44 KiB, zstd its frame's window, at most 128 MiB).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace ghostport {

/// Bytes still to be taken.
struct Unread {
  const std::uint8_t* at = nullptr;
  const std::uint8_t* end = nullptr;
  [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(end - at); }
};

/// A compressed stream, taken as it comes: gzip with all its members, or zstd with all its frames.
class Decompressor {
 public:
  virtual ~Decompressor() = default;
  [[nodiscard]] virtual const char* name() const noexcept = 0;
  /// Takes from `in` and writes to `out`, at most `most` bytes; how many were written. 0 where more input is needed, or
  /// where nothing further can be read: then problem() says why.
  virtual std::size_t step(Unread& in, std::uint8_t* out, std::size_t most) = 0;
  /// Inside a member or frame: the input may not end here.
  [[nodiscard]] virtual bool is_open() const noexcept = 0;
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 protected:
  std::string problem_;
};

/// By its first bytes (RFC 1952, RFC 8878); none where they are not compressed.
[[nodiscard]] std::unique_ptr<Decompressor> decompressor_for(Unread first);

class ByteInput {
 public:
  ByteInput() = default;
  ~ByteInput();
  ByteInput(const ByteInput&) = delete;
  ByteInput& operator=(const ByteInput&) = delete;

  /// "-" is standard input. False where nothing can be read; problem() says why.
  bool open(const std::string& path);
  /// Bytes that stay the caller's; each read gives at most `piece` of them, as a pipe may.
  bool open_memory(std::span<const std::uint8_t> bytes, std::size_t piece);

  /// The next bytes, at most `most`; 0 at the end, or where reading stopped: then problem() says why.
  std::size_t read(std::uint8_t* to, std::size_t most) noexcept;

  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] bool is_compressed() const noexcept { return decompressor_ != nullptr; }
  /// Bytes of the file itself, compressed or not: taken so far, and in all (0: unknown).
  [[nodiscard]] std::uint64_t taken() const noexcept { return raw_ - unread_.size(); }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  static constexpr std::size_t kBuffer = std::size_t{64} << 10U;

  void close() noexcept;
  bool start();
  std::size_t read_raw(std::uint8_t* to, std::size_t most) noexcept;
  void refill() noexcept;
  void end_of_input() noexcept;
  [[nodiscard]] std::string place() const;

  std::string problem_;
  std::unique_ptr<Decompressor> decompressor_;
  int file_ = -1;
  std::span<const std::uint8_t> memory_;
  std::size_t piece_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t raw_ = 0;  // bytes of the file that were read
  bool ended_ = false;
  Unread unread_;  // of buffer_
  std::unique_ptr<std::array<std::uint8_t, kBuffer>> buffer_;
};

}  // namespace ghostport
