internal import COpenSSL

/// The cipher suites of TLS 1.3 that every implementation has (RFC 8446, B.4), as OpenSSL computes them.
enum TLSCipherSuite: UInt16, CaseIterable, Sendable {
  case aes128GCM = 0x1301
  case aes256GCM = 0x1302
  case chacha20Poly1305 = 0x1303

  static let tagBytes = 16
  static let nonceBytes = 12

  /// In a list of all.
  var index: Int { Int(rawValue - Self.aes128GCM.rawValue) }
  var keyBytes: Int { self == .aes128GCM ? 16 : 32 }
  /// As long as its hash.
  var secretBytes: Int { self == .aes256GCM ? 48 : 32 }

  /// Kept for the life of the process; nil if OpenSSL is configured without it.
  var cipher: OpaquePointer? {
    switch self {
    case .aes128GCM: Self.aes128
    case .aes256GCM: Self.aes256
    case .chacha20Poly1305: Self.chacha20
    }
  }

  nonisolated(unsafe) private static let aes128 = EVP_CIPHER_fetch(nil, "AES-128-GCM", nil)
  nonisolated(unsafe) private static let aes256 = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
  nonisolated(unsafe) private static let chacha20 = EVP_CIPHER_fetch(nil, "ChaCha20-Poly1305", nil)
  nonisolated(unsafe) private static let derivation = EVP_KDF_fetch(nil, "TLS13-KDF", nil)

  /// HKDF-Expand-Label without a context (RFC 8446, 7.1).
  /// - Returns: whether OpenSSL could.
  func expand(
    _ secret: UnsafeMutableRawBufferPointer, _ label: String, into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    copenssl_expand_label(
      Self.derivation, self == .aes256GCM ? "SHA384" : "SHA256", secret.baseAddress, secret.count, label,
      target.baseAddress, target.count) == 1
  }
}
