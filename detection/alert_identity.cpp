#include "detection/alert_identity.h"

namespace ghostport {
namespace {

constexpr AlertIdentity kNothingWrong{1323706,
                                      "GHOSTPORT expected service on a ghost port",
                                      "Not Suspicious Traffic",
                                      "not-suspicious",
                                      "High",
                                      "",
                                      "",
                                      "",
                                      ""};
constexpr AlertIdentity kConsistent{1323705,
                                    "GHOSTPORT unproven but consistent traffic on a ghost port",
                                    "Not Suspicious Traffic",
                                    "not-suspicious",
                                    "Low",
                                    "",
                                    "",
                                    "",
                                    ""};
constexpr AlertIdentity kUnexpected{1323701,
                                    "GHOSTPORT unexpected service on a ghost port",
                                    "A client was using an unusual port",
                                    "unusual-client-port-connection",
                                    "High",
                                    "TA0011",
                                    "Command_And_Control",
                                    "T1571",
                                    "Non_Standard_Port"};
constexpr AlertIdentity kUnrecognized{1323702,
                                      "GHOSTPORT unrecognized traffic on a ghost port",
                                      "Detection of a non-standard protocol or event",
                                      "non-standard-protocol",
                                      "Medium",
                                      "TA0011",
                                      "Command_And_Control",
                                      "T1571",
                                      "Non_Standard_Port"};
constexpr AlertIdentity kListener{1323703,
                                  "GHOSTPORT listener on a ghost port",
                                  "A TCP connection was detected",
                                  "tcp-connection",
                                  "Medium",
                                  "TA0011",
                                  "Command_And_Control",
                                  "T1571",
                                  "Non_Standard_Port"};
constexpr AlertIdentity kProbe{1323704,
                               "GHOSTPORT probe of a ghost port",
                               "Detection of a Network Scan",
                               "network-scan",
                               "High",
                               "TA0007",
                               "Discovery",
                               "T1046",
                               "Network_Service_Discovery"};

}  // namespace

const AlertIdentity& alert_identity(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::unexpected: return kUnexpected;
    case Verdict::unrecognized: return kUnrecognized;
    case Verdict::listener: return kListener;
    case Verdict::probe: return kProbe;
    case Verdict::consistent: return kConsistent;
    case Verdict::expected: break;
  }
  return kNothingWrong;
}

}  // namespace ghostport
