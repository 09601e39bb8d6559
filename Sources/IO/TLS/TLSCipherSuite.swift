/// The cipher suites of TLS 1.3 that every implementation has (RFC 8446, B.4).
enum TLSCipherSuite: UInt16, CaseIterable, Sendable {
  case aes128GCM = 0x1301
  case aes256GCM = 0x1302
  case chacha20Poly1305 = 0x1303

  /// In a list of all.
  var index: Int { Int(rawValue - Self.aes128GCM.rawValue) }
  /// As OpenSSL names it.
  var cipher: String { ["AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305"][index] }
  var digest: String { self == .aes256GCM ? "SHA384" : "SHA256" }
  var keyBytes: Int { self == .aes128GCM ? 16 : 32 }
  /// As long as its digest.
  var secretBytes: Int { self == .aes256GCM ? 48 : 32 }
}
