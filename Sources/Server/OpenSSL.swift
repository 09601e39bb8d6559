internal import COpenSSL
internal import Streams

/// SHA-256 (FIPS 180-4) over a stream's chunks as they came, by OpenSSL. Its state can be kept, which the interface of
/// OpenSSL 3 has no way to do; this older one lasts as long as the library has TLS 1.2.
final class StreamDigest {
  private var state = SHA256_CTX()

  init() { SHA256_Init(&state) }

  func update(_ bytes: UnsafeRawBufferPointer) { SHA256_Update(&state, bytes.baseAddress, bytes.count) }

  /// The digest of everything so far, in lower-case hexadecimal; more may follow.
  var hexadecimal: String {
    var copy = state
    var digest = [UInt8](repeating: 0, count: 32)
    SHA256_Final(&digest, &copy)
    return digest.hexadecimal
  }

  func write(to writer: inout StateWriter) { withUnsafeBytes(of: state) { writer.add($0) } }

  init(from reader: inout StateReader) throws(StateError) {
    let bytes = try reader.bytes()
    guard bytes.count == MemoryLayout<SHA256_CTX>.size else { throw StateError() }
    withUnsafeMutableBytes(of: &state) { $0.copyBytes(from: bytes) }
    guard state.num < 64, state.md_len == 32 else { throw StateError() }
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

/// AES-256-GCM over the batches of one file of a journal: its tag shows damage, and with a key of the operator's nobody
/// else can read them. The place of a batch in its file is its nonce, so none can be moved.
final class JournalCipher {
  static let tagBytes = 16
  static let saltBytes = 32
  private static let nonceBytes = 12
  private let context: OpaquePointer
  private let key: [UInt8]

  /// - Parameters:
  ///   - salt: random, of this file alone.
  ///   - secret: the operator's; without it the salt is all of the key, and the tag only shows damage.
  init(salt: [UInt8], secret: [UInt8]?) {
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("OpenSSL has no memory for a cipher.") }
    self.context = context
    var key = [UInt8](repeating: 0, count: 32)
    let secret = secret ?? []
    guard HMAC(EVP_sha256(), secret, Int32(secret.count), salt, salt.count, &key, nil) != nil else {
      preconditionFailure("OpenSSL has no HMAC.")
    }
    self.key = key
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  private func nonce(_ index: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(index).littleEndian) { Array($0) } + [UInt8](repeating: 0, count: Self.nonceBytes - 8)
  }

  /// The tag, then the bytes as nobody can read them.
  func seal(_ bytes: [UInt8], at index: Int) -> [UInt8] {
    var sealed = [UInt8](repeating: 0, count: Self.tagBytes + bytes.count)
    var count: Int32 = 0
    let isDone = sealed.withUnsafeMutableBufferPointer { sealed in
      EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce(index)) == 1
        && EVP_EncryptUpdate(context, sealed.baseAddress! + Self.tagBytes, &count, bytes, Int32(bytes.count)) == 1
        && EVP_EncryptFinal_ex(context, sealed.baseAddress! + Self.tagBytes + bytes.count, &count) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(Self.tagBytes), sealed.baseAddress) == 1
    }
    precondition(isDone, "OpenSSL's AES takes any bytes.")
    return sealed
  }

  /// Nil if these bytes are not what was sealed there.
  func open(_ sealed: ArraySlice<UInt8>, at index: Int) -> [UInt8]? {
    guard sealed.count >= Self.tagBytes else { return nil }
    var tag = Array(sealed.prefix(Self.tagBytes))
    let body = Array(sealed.dropFirst(Self.tagBytes))
    var bytes = [UInt8](repeating: 0, count: body.count + 1)
    var count: Int32 = 0
    let isWhole = bytes.withUnsafeMutableBufferPointer { bytes in
      EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce(index)) == 1
        && EVP_DecryptUpdate(context, bytes.baseAddress, &count, body, Int32(body.count)) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Int32(Self.tagBytes), &tag) == 1
        && EVP_DecryptFinal_ex(context, bytes.baseAddress! + body.count, &count) == 1
    }
    bytes.removeLast()
    return isWhole ? bytes : nil
  }
}
