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
