internal import COpenSSL
internal import Platform

/// A key of a user at the broker, Ed25519; NATS calls it an nkey. Its seed is in a file here, and the broker's
/// configuration has the public key: nothing secret is there or on the wire.
public struct BrokerKey: Equatable, Sendable {
  static let secretBytes = 32
  private static let seedPrefix: [UInt8] = [149, 0]
  private static let publicPrefix: [UInt8] = [160]

  private let secret: [UInt8]

  /// A new one.
  public init() { secret = randomBytes(Self.secretBytes) }

  init(secret: [UInt8]) {
    precondition(secret.count == Self.secretBytes, "A key of Ed25519 has 32 bytes.")
    self.secret = secret
  }

  /// Reads the seed of a user's key, `SU…`; nil if it is none, or has a mistake.
  init?(seed: some StringProtocol) {
    guard let bytes = Base32.decode(seed), bytes.count == Self.seedPrefix.count + Self.secretBytes + 2,
      bytes.starts(with: Self.seedPrefix), Self.checked(Array(bytes.dropLast(2))) == bytes
    else { return nil }
    secret = Array(bytes.dropFirst(Self.seedPrefix.count).prefix(Self.secretBytes))
  }

  /// The secret as text, for a file that nobody else reads.
  public var seed: String { Base32.encode(Self.checked(Self.seedPrefix + secret)) }

  /// The public key as text, for the broker's configuration: `U…`.
  public var publicKey: String {
    var bytes = [UInt8](repeating: 0, count: Self.secretBytes)
    var count = bytes.count
    let key = key
    defer { EVP_PKEY_free(key) }
    guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == bytes.count else {
      preconditionFailure("A key of Ed25519 has a public one of 32 bytes.")
    }
    return Base32.encode(Self.checked(Self.publicPrefix + bytes))
  }

  /// The signature of what the broker wants to have signed, in URL-safe base64.
  func signature(of nonce: String) -> String {
    let key = key
    let context = EVP_MD_CTX_new()
    defer {
      EVP_MD_CTX_free(context)
      EVP_PKEY_free(key)
    }
    let message = Array(nonce.utf8)
    var signature = [UInt8](repeating: 0, count: 64)
    var count = signature.count
    guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
      EVP_DigestSign(context, &signature, &count, message, message.count) == 1
    else { preconditionFailure("OpenSSL signs nothing with Ed25519.") }
    var text = [UInt8](repeating: 0, count: 4 * ((count + 2) / 3) + 1)
    let length = EVP_EncodeBlock(&text, signature, Int32(count))
    return String(decoding: text.prefix(Int(length)), as: UTF8.self)
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private var key: OpaquePointer {
    guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, secret, secret.count) else {
      preconditionFailure("OpenSSL has no Ed25519.")
    }
    return key
  }

  /// Bytes with the checksum that all written keys end with: CRC-16 (XMODEM), its low byte first.
  private static func checked(_ bytes: [UInt8]) -> [UInt8] {
    var sum: UInt16 = 0
    for byte in bytes {
      sum ^= UInt16(byte) << 8
      for _ in 0..<8 { sum = sum & 0x8000 == 0 ? sum << 1 : sum << 1 ^ 0x1021 }
    }
    return bytes + [UInt8(sum & 255), UInt8(sum >> 8)]
  }
}

/// RFC 4648 base32 without padding.
private enum Base32 {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var (bits, count) = (0, 0)
    for byte in bytes {
      bits = (bits << 8 | Int(byte)) & 0xFFFF
      count += 8
      while count >= 5 {
        count -= 5
        text.append(letters[bits >> count & 31])
      }
    }
    if count > 0 { text.append(letters[bits << (5 - count) & 31]) }
    return String(decoding: text, as: UTF8.self)
  }

  static func decode(_ text: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    var (bits, count) = (0, 0)
    for letter in text.utf8 {
      guard let value = letters.firstIndex(of: letter) else { return nil }
      bits = (bits << 5 | value) & 0xFFFF
      count += 5
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(bits >> count & 255))
      }
    }
    // The bits behind the last byte are 0, so that no two texts stand for the same bytes.
    return bits & ((1 << count) - 1) == 0 ? bytes : nil
  }
}
