import Glibc

/// The secrets of a connection's two directions (RFC 8446, 7.2), and the keys that follow from them. Each is in one
/// place, and wiped at the end.
final class TrafficSecrets {
  /// The places of one direction.
  struct Places {
    /// SHA-384's secret, AES-256's key.
    fileprivate static let bytes = 96
    fileprivate static let mostSecretBytes = 48
    private static let mostKeyBytes = 32

    fileprivate let base: UnsafeMutableRawPointer
    fileprivate(set) var secretBytes = 0

    var secret: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base, count: secretBytes) }
    var key: UnsafeMutablePointer<UInt8> { (base + Self.mostSecretBytes).assumingMemoryBound(to: UInt8.self) }
    /// The nonce of the record with the number 0.
    var nonce: UnsafeMutableRawPointer { base + Self.mostSecretBytes + Self.mostKeyBytes }
  }

  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * Places.bytes, alignment: 8)
  private(set) var client: Places
  private(set) var server: Places

  init() {
    let base = memory.baseAddress.unsafelyUnwrapped
    client = Places(base: base)
    server = Places(base: base + Places.bytes)
  }

  /// Where they begin in memory.
  var start: UnsafeRawPointer { UnsafeRawPointer(client.base) }

  deinit {
    memory.wipe()
    memory.deallocate()
  }

  /// Takes the secret that a line has, as OpenSSL gives each away: its label, the client's random number, the secret.
  func note(_ line: UnsafePointer<CChar>) {
    let line = UnsafeRawBufferPointer(start: line, count: strlen(line))
    let isClients = line.starts(with: "CLIENT_TRAFFIC_SECRET_0 ".utf8)
    guard isClients || line.starts(with: "SERVER_TRAFFIC_SECRET_0 ".utf8) else { return }
    let words = line.split(separator: UInt8(ascii: " "))
    guard words.count == 3, words[2].count <= 2 * Places.mostSecretBytes else { return }
    if isClients {
      client.secretBytes = Self.read(words[2], to: client.base)
    } else {
      server.secretBytes = Self.read(words[2], to: server.base)
    }
  }

  /// - Returns: how many bytes the digits are; 0 if they are none.
  private static func read(_ digits: Slice<UnsafeRawBufferPointer>, to place: UnsafeMutableRawPointer) -> Int {
    let bytes = place.assumingMemoryBound(to: UInt8.self)
    for (index, digit) in digits.enumerated() {
      guard let value = value(digit) else { return 0 }
      bytes[index / 2] = index % 2 == 0 ? value << 4 : bytes[index / 2] | value
    }
    return digits.count / 2
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Makes all of it 0, also where nobody reads it again.
  func wipe() {
    if let baseAddress { explicit_bzero(baseAddress, count) }
  }
}
