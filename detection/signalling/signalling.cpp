#include "detection/signalling/signalling.h"

namespace ghostport {

bool is_signalling(ServiceId) noexcept { return false; }
SignallingReader::SignallingReader(ServiceId service, const Address& client, const Address& server) noexcept
    : service_(service), address_{client, server} {}
std::size_t SignallingReader::read_stream(Side, Bytes bytes, bool, NewsList&) noexcept { return bytes.size(); }
void SignallingReader::lost(Side side) noexcept { out_of_step_[static_cast<std::size_t>(side)] = true; }
void SignallingReader::read_datagram(Side, Bytes, NewsList&) noexcept {}

}  // namespace ghostport
