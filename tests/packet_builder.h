// Builds frames, conversations and whole captures, byte by byte: right by default, any field wrong on request.
// Called by unit tests and by the generator of the bundled cases; not safe to share between threads.
// Every result is a function of the calls alone: no clock, no randomness without a seed. Errors throw std::exception.
#pragma once

#include "tests/capture_writer.h"    // IWYU pragma: export
#include "tests/conversations.h"     // IWYU pragma: export
#include "tests/link_frames.h"       // IWYU pragma: export
#include "tests/packet_bytes.h"      // IWYU pragma: export
#include "tests/packet_fragments.h"  // IWYU pragma: export
#include "tests/packet_layers.h"     // IWYU pragma: export
#include "tests/packet_tunnels.h"    // IWYU pragma: export
#include "tests/tcp_options.h"       // IWYU pragma: export
