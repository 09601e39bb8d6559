internal import COpenSSL
import Glibc
import Synchronization

/// The content of a record (RFC 8446, 5.1).
enum TLSContentType: UInt8 {
  case changeCipherSpec = 20
  case alert = 21
  case handshake = 22
  case applicationData = 23
}

/// Protects the records of one direction (RFC 8446, 5.2 and 5.3).
struct RecordKeys {
  static let headerBytes = 5
  /// What a record has besides what it carries: its header, the type, the tag.
  static let overheadBytes = headerBytes + 1 + TLSCipherSuite.tagBytes

  /// 12 bytes, as they are in memory.
  private struct Nonce {
    var words: (UInt32, UInt32, UInt32)
  }

  private let suite: TLSCipherSuite
  private let places: TrafficSecrets.Places
  private let seals: Bool
  /// Of these keys alone, in the whole process: a cipher knows by it whose key it has.
  private var owner: UInt64
  /// Of the next record.
  private(set) var sequence: UInt64

  private static let owners = Atomic<UInt64>(0)
  private static func nextOwner() -> UInt64 { owners.wrappingAdd(1, ordering: .relaxed).newValue }

  /// nil: OpenSSL is configured without what it takes, or the secret is not of this suite.
  /// - Parameter places: of the secret; they must stay as long as these keys.
  init?(_ suite: TLSCipherSuite, _ places: TrafficSecrets.Places, seals: Bool, sequence: UInt64 = 0) {
    guard places.secret.count == suite.secretBytes, suite.cipher != nil else { return nil }
    self.suite = suite
    self.places = places
    self.seals = seals
    self.sequence = sequence
    owner = Self.nextOwner()
    guard deriveKey() else { return nil }
  }

  private func deriveKey() -> Bool {
    suite.expand(places.secret, "key", into: UnsafeMutableRawBufferPointer(start: places.key, count: suite.keyBytes))
      && suite.expand(
        places.secret, "iv",
        into: UnsafeMutableRawBufferPointer(start: places.nonce, count: TLSCipherSuite.nonceBytes))
  }

  /// The next generation of secret and keys (RFC 8446, 7.2).
  mutating func update() {
    let next = UnsafeMutableRawBufferPointer.allocate(byteCount: places.secret.count, alignment: 8)
    defer {
      OPENSSL_cleanse(next.baseAddress, next.count)
      next.deallocate()
    }
    guard suite.expand(places.secret, "traffic upd", into: next) else {
      preconditionFailure("A secret was not derived.")
    }
    places.secret.copyMemory(from: UnsafeRawBufferPointer(next))
    guard deriveKey() else { preconditionFailure("A key was not derived.") }
    owner = Self.nextOwner()
    sequence = 0
  }

  private mutating func nextNonce() -> Nonce {
    var nonce = places.nonce.loadUnaligned(as: Nonce.self)
    nonce.words.1 ^= UInt32(truncatingIfNeeded: sequence >> 32).bigEndian
    nonce.words.2 ^= UInt32(truncatingIfNeeded: sequence).bigEndian
    sequence += 1
    return nonce
  }

  /// Writes one record of these bytes, which are at most 16,384.
  /// - Returns: how long it is.
  mutating func seal(
    _ plain: UnsafeRawBufferPointer, _ type: UInt8, into target: UnsafeMutableRawPointer, _ ciphers: RecordCiphers
  ) -> Int {
    let inner = plain.count + 1
    let body = (target + Self.headerBytes).assumingMemoryBound(to: UInt8.self)
    let tag = body + inner
    let length = inner + TLSCipherSuite.tagBytes
    // The version is the one of TLS 1.2, as the standard wants.
    target.storeBytes(of: TLSContentType.applicationData.rawValue, as: UInt8.self)
    target.storeBytes(of: 0x0303, toByteOffset: 1, as: UInt16.self)
    target.storeBytes(of: UInt16(length).bigEndian, toByteOffset: 3, as: UInt16.self)
    // Encrypted in place: a further call for the type would cost more than the copy of what a record mostly has.
    if let source = plain.baseAddress { memcpy(body, source, plain.count) }
    body[plain.count] = type
    let cipher = ciphers.cipher(suite, places.key, of: owner, seals: true)
    var nonce = nextNonce()
    var written: Int32 = 0
    let isReady = withUnsafeBytes(of: &nonce) { nonce in
      EVP_EncryptInit_ex(cipher, nil, nil, nil, nonce.baseAddress?.assumingMemoryBound(to: UInt8.self)) == 1
    }
    guard isReady, EVP_EncryptUpdate(cipher, nil, &written, target, Int32(Self.headerBytes)) == 1,
      EVP_EncryptUpdate(cipher, body, &written, body, Int32(inner)) == 1,
      EVP_EncryptFinal_ex(cipher, tag, &written) == 1,
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, Int32(TLSCipherSuite.tagBytes), tag) == 1
    else { preconditionFailure("OpenSSL did not encrypt \(inner) bytes.") }
    return Self.headerBytes + length
  }

  /// Decrypts a whole record: what it carries, its type, and padding.
  /// - Returns: how many bytes these are; nil if the record is not what the peer sealed.
  mutating func open(
    _ record: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, _ ciphers: RecordCiphers
  ) -> Int? {
    let inner = record.count - Self.headerBytes - TLSCipherSuite.tagBytes
    guard inner >= 0, let header = record.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
    let body = header + Self.headerBytes
    let tag = UnsafeMutablePointer(mutating: body + inner)
    let plain = target.assumingMemoryBound(to: UInt8.self)
    let cipher = ciphers.cipher(suite, places.key, of: owner, seals: false)
    var nonce = nextNonce()
    var written: Int32 = 0
    let isReady = withUnsafeBytes(of: &nonce) { nonce in
      EVP_DecryptInit_ex(cipher, nil, nil, nil, nonce.baseAddress?.assumingMemoryBound(to: UInt8.self)) == 1
    }
    guard isReady, EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, Int32(TLSCipherSuite.tagBytes), tag) == 1,
      EVP_DecryptUpdate(cipher, nil, &written, header, Int32(Self.headerBytes)) == 1,
      EVP_DecryptUpdate(cipher, plain, &written, body, Int32(inner)) == 1,
      EVP_DecryptFinal_ex(cipher, plain + inner, &written) == 1
    else {
      ERR_clear_error()
      return nil
    }
    return inner
  }
}
