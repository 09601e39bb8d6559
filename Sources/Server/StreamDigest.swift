internal import COpenSSL

/// SHA-256 (FIPS 180-4) over a stream's chunks as they came, by OpenSSL.
final class StreamDigest {
  private let context: OpaquePointer

  init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("OpenSSL has no SHA-256.")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  func update(_ bytes: UnsafeRawBufferPointer) {
    guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
      preconditionFailure("OpenSSL's SHA-256 takes any bytes.")
    }
  }

  /// The digest of everything so far, in lower-case hexadecimal; more may follow.
  var hexadecimal: String {
    guard let copy = EVP_MD_CTX_new(), EVP_MD_CTX_copy_ex(copy, context) == 1 else {
      preconditionFailure("OpenSSL can't copy a digest.")
    }
    defer { EVP_MD_CTX_free(copy) }
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_DigestFinal_ex(copy, &digest, nil) == 1 else { preconditionFailure("OpenSSL can't end a digest.") }
    return digest.hexadecimal
  }
}

/// SHA-256 of bytes that are all there.
enum SHA256 {
  static func digest(of bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1 else {
      preconditionFailure("OpenSSL's SHA-256 takes any bytes.")
    }
    return digest
  }

  /// Takes as long for bytes that differ at once as for those that differ at last.
  static func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
  }
}

extension [UInt8] {
  /// Two digits of either case a byte.
  init?(hexadecimal text: some StringProtocol) {
    self = []
    var rest = text.utf8[...]
    while let high = rest.popFirst() {
      guard let low = rest.popFirst(), let byte = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16),
        high != 43
      else { return nil }
      append(byte)
    }
  }
}

extension Sequence<UInt8> {
  /// Two lower-case digits a byte.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
