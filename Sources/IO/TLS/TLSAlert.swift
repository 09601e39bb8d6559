/// Alerts of TLS, with which one side tells the other how it ends (RFC 8446, 6).
enum TLSAlert: UInt8 {
  case closeNotify = 0
  case unexpectedMessage = 10
  case badRecordMac = 20
  case recordOverflow = 22
  case handshakeFailure = 40
  case badCertificate = 42
  case unsupportedCertificate = 43
  case certificateRevoked = 44
  case certificateExpired = 45
  case certificateUnknown = 46
  case illegalParameter = 47
  case unknownCa = 48
  case accessDenied = 49
  case decodeError = 50
  case decryptError = 51
  case protocolVersion = 70
  case insufficientSecurity = 71
  case internalError = 80
  case inappropriateFallback = 86
  case userCanceled = 90
  case missingExtension = 109
  case unsupportedExtension = 110
  case unrecognizedName = 112
  case badCertificateStatusResponse = 113
  case unknownPskIdentity = 115
  case certificateRequired = 116
  case noApplicationProtocol = 120

  /// As the standard writes it.
  var name: String {
    "\(self)".reduce(into: "") { name, letter in name += letter.isUppercase ? "_" + letter.lowercased() : "\(letter)" }
  }
}

/// The reason for which records end, and the alert that the peer gets.
struct TLSFault: Error, Equatable {
  /// nil: the peer knows, or has been told.
  let alert: TLSAlert?
  let reason: String

  init(_ alert: TLSAlert, _ reason: String) {
    self.alert = alert
    self.reason = "\(reason) (\(alert.name))"
  }

  /// - Parameter reason: OpenSSL's, which has told the peer.
  init(told reason: String) {
    alert = nil
    self.reason = reason
  }

  /// The peer has sent an alert.
  init(heard code: UInt8) {
    self.init(told: "the peer sent the alert \(TLSAlert(rawValue: code)?.name ?? "\(code)")")
  }
}

/// State of a session's input.
enum TLSInputEnd: Equatable {
  case more
  /// The peer will send nothing more.
  case closed
  case failed(TLSFault)
}
