#include "detection/alert_identity.h"

namespace ghostport {
namespace {

constexpr std::string_view kControl = "Command_And_Control";
constexpr std::string_view kPort = "Non_Standard_Port";

constexpr std::array<AlertIdentity, kVerdictNames.size()> kIdentities{{
    {1323706, "GHOSTPORT expected service on a ghost port", "Not Suspicious Traffic", "High", "", "", "", ""},
    {1323705, "GHOSTPORT unproven but consistent traffic on a ghost port", "Not Suspicious Traffic", "Low", "", "", "",
     ""},
    {1323701, "GHOSTPORT unexpected service on a ghost port", "A client was using an unusual port", "High", "TA0011",
     kControl, "T1571", kPort},
    {1323702, "GHOSTPORT unrecognized traffic on a ghost port", "Detection of a non-standard protocol or event",
     "Medium", "TA0011", kControl, "T1571", kPort},
    {1323703, "GHOSTPORT listener on a ghost port", "A TCP connection was detected", "Medium", "TA0011", kControl,
     "T1571", kPort},
    {1323704, "GHOSTPORT probe of a ghost port", "Detection of a Network Scan", "High", "TA0007", "Discovery", "T1046",
     "Network_Service_Discovery"},
}};

}  // namespace

const AlertIdentity& alert_identity(Verdict verdict) noexcept { return kIdentities[static_cast<std::size_t>(verdict)]; }

}  // namespace ghostport
