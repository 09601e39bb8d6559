internal import COpenSSL
import Glibc

/// The content of a record (RFC 8446, 5.1).
enum TLSContentType: UInt8 {
  case changeCipherSpec = 20
  case alert = 21
  case handshake = 22
  case applicationData = 23
}

/// Protects the records of one direction (RFC 8446, 5.2 and 5.3). The owner calls `discard` at the end.
struct RecordKeys {
  static let headerBytes = 5
  /// What a record has besides what it carries: its header, the type, the tag.
  static let overheadBytes = headerBytes + 1 + TLSCipherSuite.tagBytes

  /// 12 bytes, as they are in memory.
  private struct Nonce {
    var words: (UInt32, UInt32, UInt32) = (0, 0, 0)
  }

  private let suite: TLSCipherSuite
  private let context: OpaquePointer
  /// In the memory of `TrafficSecrets`.
  private let secret: UnsafeMutableRawBufferPointer
  private let seals: Bool
  private var initial = Nonce()
  /// Of the next record.
  private(set) var sequence: UInt64

  /// nil: OpenSSL is configured without what it takes.
  init?(_ suite: TLSCipherSuite, _ secret: UnsafeMutableRawBufferPointer, seals: Bool, sequence: UInt64 = 0) {
    guard secret.count == suite.secretBytes, suite.cipher != nil, let context = EVP_CIPHER_CTX_new() else { return nil }
    self.suite = suite
    self.context = context
    self.secret = secret
    self.seals = seals
    self.sequence = sequence
    guard deriveKey() else {
      discard()
      return nil
    }
  }

  func discard() { EVP_CIPHER_CTX_free(context) }

  private mutating func deriveKey() -> Bool {
    var key: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    defer { withUnsafeMutableBytes(of: &key) { OPENSSL_cleanse($0.baseAddress, $0.count) } }
    let (suite, secret, context, seals) = (suite, secret, context, seals)
    var nonce = Nonce()
    let isDerived =
      withUnsafeMutableBytes(of: &key) { key in
        suite.expand(secret, "key", into: UnsafeMutableRawBufferPointer(rebasing: key[..<suite.keyBytes]))
          && EVP_CipherInit_ex(
            context, suite.cipher, nil, key.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, seals ? 1 : 0) == 1
      } && withUnsafeMutableBytes(of: &nonce) { suite.expand(secret, "iv", into: $0) }
    initial = nonce
    return isDerived
  }

  /// The next generation of secret and keys (RFC 8446, 7.2).
  mutating func update() {
    let next = UnsafeMutableRawBufferPointer.allocate(byteCount: secret.count, alignment: 8)
    defer {
      OPENSSL_cleanse(next.baseAddress, next.count)
      next.deallocate()
    }
    guard suite.expand(secret, "traffic upd", into: next) else { preconditionFailure("A secret was not derived.") }
    secret.copyMemory(from: UnsafeRawBufferPointer(next))
    guard deriveKey() else { preconditionFailure("A key was not derived.") }
    sequence = 0
  }

  private mutating func nextNonce() -> Nonce {
    var nonce = initial
    nonce.words.1 ^= UInt32(truncatingIfNeeded: sequence >> 32).bigEndian
    nonce.words.2 ^= UInt32(truncatingIfNeeded: sequence).bigEndian
    sequence += 1
    return nonce
  }

  /// Writes one record of these bytes, which are at most 16,384.
  /// - Returns: how long it is.
  mutating func seal(
    _ plain: UnsafeRawBufferPointer, _ type: UInt8, into target: UnsafeMutableRawPointer
  ) -> Int {
    let inner = plain.count + 1
    let body = (target + Self.headerBytes).assumingMemoryBound(to: UInt8.self)
    let tag = body + inner
    let length = inner + TLSCipherSuite.tagBytes
    // The version is the one of TLS 1.2, as the standard wants.
    target.storeBytes(of: TLSContentType.applicationData.rawValue, as: UInt8.self)
    target.storeBytes(of: 0x0303, toByteOffset: 1, as: UInt16.self)
    target.storeBytes(of: UInt16(length).bigEndian, toByteOffset: 3, as: UInt16.self)
    // In place, as one call costs less than the copy of what a record mostly has.
    if let source = plain.baseAddress { memcpy(body, source, plain.count) }
    body[plain.count] = type
    var nonce = nextNonce()
    var written: Int32 = 0
    let isSealed =
      withUnsafeBytes(of: &nonce) { nonce in
        EVP_EncryptInit_ex(context, nil, nil, nil, nonce.baseAddress?.assumingMemoryBound(to: UInt8.self)) == 1
      } && EVP_EncryptUpdate(context, nil, &written, target, Int32(Self.headerBytes)) == 1
      && EVP_EncryptUpdate(context, body, &written, body, Int32(inner)) == 1
      && EVP_EncryptFinal_ex(context, tag, &written) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(TLSCipherSuite.tagBytes), tag) == 1
    guard isSealed else { preconditionFailure("OpenSSL did not encrypt \(inner) bytes.") }
    return Self.headerBytes + length
  }

  /// Decrypts a whole record: what it carries, its type, and padding.
  /// - Returns: how many bytes these are; nil if the record is not what the peer sealed.
  mutating func open(_ record: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) -> Int? {
    let inner = record.count - Self.headerBytes - TLSCipherSuite.tagBytes
    guard inner >= 0, let header = record.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
    let body = header + Self.headerBytes
    let plain = target.assumingMemoryBound(to: UInt8.self)
    var nonce = nextNonce()
    var written: Int32 = 0
    let isOpened =
      withUnsafeBytes(of: &nonce) { nonce in
        EVP_DecryptInit_ex(context, nil, nil, nil, nonce.baseAddress?.assumingMemoryBound(to: UInt8.self)) == 1
      }
      && EVP_CIPHER_CTX_ctrl(
        context, EVP_CTRL_AEAD_SET_TAG, Int32(TLSCipherSuite.tagBytes), UnsafeMutablePointer(mutating: body + inner))
        == 1
      && EVP_DecryptUpdate(context, nil, &written, header, Int32(Self.headerBytes)) == 1
      && EVP_DecryptUpdate(context, plain, &written, body, Int32(inner)) == 1
      && EVP_DecryptFinal_ex(context, plain + inner, &written) == 1
    guard isOpened else {
      ERR_clear_error()
      return nil
    }
    return inner
  }
}
