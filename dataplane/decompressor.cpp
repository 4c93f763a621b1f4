#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "dataplane/byte_input.h"

namespace ghostport {
namespace {

/// RFC 1952: a file is a series of members; zeros behind the last one are padding (tapes, block devices).
class GzipStream final : public Decompressor {
 public:
  GzipStream() {
    constexpr int kGzipOnly = 16;
    if (::inflateInit2(&stream_, MAX_WBITS + kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;
  ~GzipStream() override { ::inflateEnd(&stream_); }

  [[nodiscard]] const char* name() const noexcept override { return "gzip"; }
  [[nodiscard]] bool is_open() const noexcept override { return open_; }

  std::size_t step(Unread& in, std::uint8_t* out, std::size_t most) override {
    while (problem_.empty()) {
      if (!open_) {
        while (members_ != 0 && in.at != in.end && *in.at == 0) ++in.at;
        if (in.at == in.end) break;
        ::inflateReset(&stream_);
        open_ = true;
      }
      const std::size_t written = inflate_once(in, out, most);
      if (written != 0 || in.at == in.end) return written;
    }
    return 0;
  }

 private:
  std::size_t inflate_once(Unread& in, std::uint8_t* out, std::size_t most) {
    constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
    stream_.next_in = const_cast<Bytef*>(in.at);  // zlib's declaration lacks the const
    stream_.avail_in = static_cast<uInt>(std::min(in.size(), kMost));
    stream_.next_out = out;
    stream_.avail_out = static_cast<uInt>(std::min(most, kMost));
    const int state = ::inflate(&stream_, Z_NO_FLUSH);
    in.at = stream_.next_in;
    if (state == Z_STREAM_END) {
      open_ = false;
      ++members_;
    } else if (state == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (state != Z_OK && state != Z_BUF_ERROR) {
      const bool is_garbage = members_ != 0 && stream_.total_out == 0 && stream_.total_in < 4;
      problem_ = is_garbage ? "is followed by bytes that are not gzip"
                            : std::string("is damaged (") + (stream_.msg == nullptr ? "zlib" : stream_.msg) + ')';
    }
    return static_cast<std::size_t>(stream_.next_out - out);
  }

  z_stream stream_{};
  std::uint64_t members_ = 0;
  bool open_ = false;
};

/// RFC 8878: a series of frames, some of which are to be skipped.
class ZstdStream final : public Decompressor {
 public:
  ZstdStream() : stream_(::ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    ::ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kMostWindowLog);
  }
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;
  ~ZstdStream() override { ::ZSTD_freeDStream(stream_); }

  [[nodiscard]] const char* name() const noexcept override { return "zstd"; }
  [[nodiscard]] bool is_open() const noexcept override { return open_; }

  std::size_t step(Unread& in, std::uint8_t* out, std::size_t most) override {
    ZSTD_outBuffer to{out, most, 0};
    while (to.pos == 0 && problem_.empty()) {
      const bool only_flush = std::exchange(full_, false);
      ZSTD_inBuffer from{in.at, only_flush ? 0 : std::min(in.size(), wanted_), 0};
      const std::size_t left = ::ZSTD_decompressStream(stream_, &to, &from);
      if (::ZSTD_isError(left) != 0) {
        stop(left);
        break;
      }
      in.at += from.pos;
      if (from.pos == 0 && to.pos == 0) {
        if (only_flush) continue;
        break;
      }
      full_ = to.pos == most;
      open_ = left != 0;
      wanted_ = open_ ? left : kFirst;
      if (!open_) ++frames_;
    }
    return to.pos;
  }

 private:
  static constexpr int kMostWindowLog = 27;  // 128 MiB: what zstd itself takes without being told more
  static constexpr std::size_t kFirst = 5;   // enough to know what a frame is

  void stop(std::size_t error) {
    const ZSTD_ErrorCode code = ::ZSTD_getErrorCode(error);
    if (code == ZSTD_error_memory_allocation) throw std::bad_alloc();
    if (code == ZSTD_error_prefix_unknown && frames_ != 0) {
      problem_ = "is followed by bytes that are not zstd";
    } else if (code == ZSTD_error_frameParameter_windowTooLarge) {
      problem_ = "asks for more than 128 MiB of memory (made with zstd --long=28 or more; unzstd --long=31 it)";
    } else {
      problem_ = std::string("is damaged (") + ::ZSTD_getErrorName(error) + ')';
    }
  }

  ZSTD_DStream* stream_;
  std::uint64_t frames_ = 0;
  // Where zstd finds damage it loses what the same call has written. So it gets its input block by block, and none
  // while it may still hold output.
  std::size_t wanted_ = kFirst;
  bool full_ = false;
  bool open_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> decompressor_for(Unread first) {
  const std::uint8_t* at = first.at;
  if (first.size() >= 2 && at[0] == 0x1F && at[1] == 0x8B) return std::make_unique<GzipStream>();
  if (first.size() < 4) return nullptr;
  std::uint32_t magic = 0;
  for (unsigned i = 0; i < 4; ++i) magic |= static_cast<std::uint32_t>(at[i]) << (8U * i);
  constexpr std::uint32_t kFrame = 0xFD2FB528;
  constexpr std::uint32_t kSkippable = 0x184D2A50;  // and the 15 behind it
  if (magic == kFrame || (magic & 0xFFFFFFF0U) == kSkippable) return std::make_unique<ZstdStream>();
  return nullptr;
}

}  // namespace ghostport
