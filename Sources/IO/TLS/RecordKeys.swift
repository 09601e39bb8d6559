import Glibc
import Synchronization

/// Protects the records of one direction (RFC 8446, 5.2 and 5.3).
struct RecordKeys {
  /// 12 bytes, as they are in memory.
  private struct Nonce {
    var words: (UInt32, UInt32, UInt32)
  }

  private let suite: TLSCipherSuite
  private let places: TrafficSecrets.Places
  /// Of these keys alone, in the whole process: a cipher knows by it whose key it has.
  private var owner: UInt64
  /// Of the next record.
  private(set) var sequence: UInt64

  private static let owners = Atomic<UInt64>(0)
  private static func nextOwner() -> UInt64 { owners.wrappingAdd(1, ordering: .relaxed).newValue }

  /// nil: OpenSSL is configured without what it takes, or the secret is not of this suite.
  /// - Parameter places: of the secret; they must stay as long as these keys.
  init?(_ suite: TLSCipherSuite, _ places: TrafficSecrets.Places, sequence: UInt64 = 0) {
    guard places.secret.count == suite.secretBytes, RecordCiphers.has(suite) else { return nil }
    self.suite = suite
    self.places = places
    self.sequence = sequence
    owner = Self.nextOwner()
    guard deriveKey() else { return nil }
  }

  private func deriveKey() -> Bool {
    let key = UnsafeMutableRawBufferPointer(start: places.key, count: suite.keyBytes)
    let nonce = UnsafeMutableRawBufferPointer(start: places.nonce, count: TLSRecord.nonceBytes)
    return RecordCiphers.expand(suite, places.secret, "key", into: key)
      && RecordCiphers.expand(suite, places.secret, "iv", into: nonce)
  }

  /// The next generation of secret and keys (RFC 8446, 7.2).
  mutating func update() {
    let next = UnsafeMutableRawBufferPointer.allocate(byteCount: places.secret.count, alignment: 8)
    defer {
      next.wipe()
      next.deallocate()
    }
    guard RecordCiphers.expand(suite, places.secret, "traffic upd", into: next) else {
      preconditionFailure("A secret was not derived.")
    }
    places.secret.copyMemory(from: UnsafeRawBufferPointer(next))
    guard deriveKey() else { preconditionFailure("A key was not derived.") }
    owner = Self.nextOwner()
    sequence = 0
  }

  /// No record follows.
  func forget(in ciphers: RecordCiphers) { ciphers.forget(owner) }

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
    let body = (target + TLSRecord.headerBytes).assumingMemoryBound(to: UInt8.self)
    let length = inner + TLSRecord.tagBytes
    // The version is the one of TLS 1.2, as the standard wants.
    target.storeBytes(of: TLSContentType.applicationData.rawValue, as: UInt8.self)
    target.storeBytes(of: 0x0303, toByteOffset: 1, as: UInt16.self)
    target.storeBytes(of: UInt16(length).bigEndian, toByteOffset: 3, as: UInt16.self)
    // Encrypted in place: a further call for the type would cost more than the copy of what a record mostly has.
    if let source = plain.baseAddress { memcpy(body, source, plain.count) }
    body[plain.count] = type
    let parts = RecordCiphers.Parts(
      header: target.assumingMemoryBound(to: UInt8.self), body: body, target: body, count: inner, tag: body + inner)
    var nonce = nextNonce()
    withUnsafeBytes(of: &nonce) { nonce in
      ciphers.seal(
        parts, suite, places.key, of: owner,
        nonce: nonce.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self))
    }
    return TLSRecord.headerBytes + length
  }

  /// Decrypts a whole record: what it carries, its type, and padding.
  /// - Returns: how many bytes these are; nil if the record is not what the peer sealed.
  mutating func open(
    _ record: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, _ ciphers: RecordCiphers
  ) -> Int? {
    let inner = record.count - TLSRecord.headerBytes - TLSRecord.tagBytes
    guard inner >= 0, let header = record.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
    let body = header + TLSRecord.headerBytes
    let parts = RecordCiphers.Parts(
      header: header, body: body, target: target.assumingMemoryBound(to: UInt8.self), count: inner,
      tag: UnsafeMutablePointer(mutating: body + inner))
    var nonce = nextNonce()
    let isOpened = withUnsafeBytes(of: &nonce) { nonce in
      ciphers.open(
        parts, suite, places.key, of: owner,
        nonce: nonce.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self))
    }
    return isOpened ? inner : nil
  }
}
