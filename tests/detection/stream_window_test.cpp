#include "detection/stream_window.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace ghostport {
namespace stream_window_test {

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

std::string text_of(const StreamWindow& window) { return {window.ready().begin(), window.ready().end()}; }

TEST(StreamWindow, OrdersWhatComesOutOfOrder) {
  StreamWindow window;
  EXPECT_TRUE(window.add(3, bytes_of("def")));
  EXPECT_EQ(text_of(window), "");
  EXPECT_TRUE(window.add(0, bytes_of("abc")));
  EXPECT_EQ(text_of(window), "abcdef");
}

TEST(StreamWindow, KeepsWhatCameFirst) {
  StreamWindow window;
  EXPECT_TRUE(window.add(2, bytes_of("cd")));
  EXPECT_TRUE(window.add(0, bytes_of("ABXX")));
  EXPECT_EQ(text_of(window), "ABcd");
}

TEST(StreamWindow, MovesOnAndForgetsWhatWasUsed) {
  StreamWindow window;
  EXPECT_TRUE(window.add(0, bytes_of("abcdef")));
  EXPECT_TRUE(window.add(70, bytes_of("z")));
  window.use(4);
  EXPECT_EQ(text_of(window), "ef");
  EXPECT_TRUE(window.add(-4, bytes_of("abcdefgh")));  // sent again, with two more
  EXPECT_EQ(text_of(window), "efgh");
  EXPECT_TRUE(window.add(4, bytes_of(std::string(62, '.'))));
  EXPECT_EQ(text_of(window), "efgh" + std::string(62, '.') + "z");
}

TEST(StreamWindow, TakesNothingThatEndsBeyondIt) {
  StreamWindow window;
  EXPECT_FALSE(window.add(StreamWindow::kBytes - 1, bytes_of("ab")));
  EXPECT_TRUE(window.add(StreamWindow::kBytes - 1, bytes_of("a")));
  EXPECT_TRUE(window.ready().empty());
  EXPECT_TRUE(window.add(0, bytes_of(std::string(StreamWindow::kBytes - 1, 'x'))));
  EXPECT_TRUE(window.full());
  window.use(StreamWindow::kBytes);
  EXPECT_TRUE(window.ready().empty());
}

TEST(StreamWindow, ForgetsAllWhenCleared) {
  StreamWindow window;
  EXPECT_TRUE(window.add(1, bytes_of("b")));
  window.clear();
  EXPECT_TRUE(window.add(0, bytes_of("a")));
  EXPECT_EQ(text_of(window), "a");
}

// Any pieces of a stream, in any order near their place: what has been used is the stream.
RC_GTEST_PROP(StreamWindow, GivesTheStream, ()) {
  const std::size_t size = *rc::gen::inRange<std::size_t>(1, 30'000);
  std::string stream;
  for (std::size_t i = 0; i < size; ++i) stream += static_cast<char>('a' + i * i % 26);
  struct Piece {
    std::size_t from, size;
  };
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < size;) {
    const std::size_t length = std::min(size - at, *rc::gen::inRange<std::size_t>(1, 1500));
    pieces.push_back({at, length});
    at += length;
  }
  for (std::size_t i = 1; i < pieces.size(); i += 2) {  // neighbours change places
    if (*rc::gen::arbitrary<bool>()) std::swap(pieces[i - 1], pieces[i]);
  }
  StreamWindow window;
  std::string used;
  for (const Piece& piece : pieces) {
    const auto at = static_cast<std::int64_t>(piece.from) - static_cast<std::int64_t>(used.size());
    RC_ASSERT(window.add(at, bytes_of(std::string_view(stream).substr(piece.from, piece.size))));
    const auto count = *rc::gen::inRange<std::size_t>(0, window.ready().size() + 1);
    used.append(text_of(window), 0, count);
    window.use(static_cast<std::uint32_t>(count));
    if (window.ready().size() > 4000) {
      used += text_of(window);
      window.use(static_cast<std::uint32_t>(window.ready().size()));
    }
  }
  RC_ASSERT(used + text_of(window) == stream);
}

}  // namespace stream_window_test
}  // namespace ghostport
