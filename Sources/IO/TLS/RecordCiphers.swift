internal import COpenSSL

/// OpenSSL's ciphers, which all connections of a loop use in turn: one for each suite and direction. To give one another
/// connection's key takes 0.1 µs, about as long as to fetch a cipher of its own from memory (of 1,000 live streams), and
/// that would be 2.3 KB for each connection.
final class RecordCiphers {
  private struct Cipher {
    let context: OpaquePointer
    /// Whose key it has.
    var owner: UInt64 = 0
  }

  private var ciphers: [Cipher?] = Array(repeating: nil, count: 2 * TLSCipherSuite.allCases.count)

  deinit { for cipher in ciphers { EVP_CIPHER_CTX_free(cipher?.context) } }

  /// A cipher with this key.
  func cipher(_ suite: TLSCipherSuite, _ key: UnsafePointer<UInt8>, of owner: UInt64, seals: Bool) -> OpaquePointer {
    let place = 2 * suite.index + (seals ? 1 : 0)
    guard let cipher = ciphers[place] else {
      guard let context = EVP_CIPHER_CTX_new(),
        EVP_CipherInit_ex(context, suite.cipher, nil, key, nil, seals ? 1 : 0) == 1
      else { preconditionFailure("OpenSSL has no cipher for \(suite).") }
      ciphers[place] = Cipher(context: context, owner: owner)
      return context
    }
    if cipher.owner != owner {
      guard EVP_CipherInit_ex(cipher.context, nil, nil, key, nil, seals ? 1 : 0) == 1 else {
        preconditionFailure("OpenSSL refused a key of \(suite).")
      }
      ciphers[place]?.owner = owner
    }
    return cipher.context
  }
}
