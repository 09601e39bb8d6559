@testable import IO

/// A client's records by the same keys, any of them, and a server's machine that hears them.
final class RecordPeer {
  static let client = "CLIENT_TRAFFIC_SECRET_0"
  static let server = "SERVER_TRAFFIC_SECRET_0"

  let machine: TLSRecords
  private let secrets: TrafficSecrets
  private var writing: RecordKeys
  private var reading: RecordKeys
  private let pool = BlockPool()
  private let ciphers = RecordCiphers()
  private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)

  /// - Parameter secretsOf: the digits of the client's and of the server's secret.
  init(
    _ suite: TLSCipherSuite = .aes128GCM, secretsOf digits: (String, String)? = nil, written: Int = 0,
    keyLife: UInt64 = TLSRecords.keyLife
  ) throws {
    let digits =
      digits ?? (String(repeating: "1a", count: suite.secretBytes), String(repeating: "2b", count: suite.secretBytes))
    secrets = Self.secrets(digits)
    guard
      let machine = TLSRecords(suite, Self.secrets(digits), written: written, keyLife: keyLife),
      let writing = RecordKeys(suite, secrets.client),
      let reading = RecordKeys(suite, secrets.server, sequence: UInt64(written))
    else { throw Missing() }
    self.machine = machine
    self.writing = writing
    self.reading = reading
  }

  private struct Missing: Error {}

  deinit { room.deallocate() }

  static func secrets(_ digits: (client: String, server: String)) -> TrafficSecrets {
    let secrets = TrafficSecrets()
    secrets.note("\(client) 00 \(digits.client)")
    secrets.note("\(server) 00 \(digits.server)")
    return secrets
  }

  // MARK: The client

  func seal(_ plain: [UInt8], type: UInt8 = 23) -> [UInt8] {
    let count = plain.withUnsafeBytes { writing.seal($0, type, into: room.baseAddress.unsafelyUnwrapped, ciphers) }
    return Array(room[..<count])
  }

  /// A KeyUpdate, after which other keys follow.
  func sealKeyUpdate(isRequest: Bool) -> [UInt8] {
    defer { writing.update() }
    return seal([24, 0, 0, 1, isRequest ? 1 : 0], type: 22)
  }

  func updateWriting() { writing.update() }

  /// What records of the server have, each with its type; keys change where they say so. nil: they are not its.
  func open(_ bytes: [UInt8]) -> [(type: UInt8, plain: [UInt8])]? {
    var found: [(type: UInt8, plain: [UInt8])] = []
    var rest = bytes[...]
    while rest.count >= 5 {
      let size = 5 + Int(rest[rest.startIndex + 3]) << 8 + Int(rest[rest.startIndex + 4])
      let record = Array(rest.prefix(size))
      rest = rest.dropFirst(size)
      let inner = record.withUnsafeBytes { reading.open($0, into: room.baseAddress.unsafelyUnwrapped, ciphers) }
      guard let inner else { return nil }
      let plain = Array(room[..<inner])
      found.append((plain[inner - 1], Array(plain.dropLast())))
      if plain.last == 22 { reading.update() }
    }
    return rest.isEmpty ? found : nil
  }

  // MARK: The server

  /// What the machine makes of bytes that arrive in pieces of this size.
  func take(_ bytes: [UInt8], by size: Int = .max) -> (plain: [UInt8], end: TLSInputEnd) {
    var plain: [UInt8] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(size))
      rest = rest.dropFirst(size)
      let opened = piece.withUnsafeBytes { machine.open($0, into: room, ciphers, pool) }
      plain += room[..<opened.count]
      guard opened.end == .more else { return (plain, opened.end) }
    }
    return (plain, .more)
  }

  func answer(_ plain: [UInt8]) -> [UInt8] {
    let count = plain.withUnsafeBytes { machine.seal($0, into: room.baseAddress.unsafelyUnwrapped, ciphers) }
    precondition(count <= TLSRecords.mostSealedBytes(plain.count), "There was too little room.")
    return Array(room[..<count])
  }

  func answer(_ alert: TLSAlert) -> [UInt8] {
    Array(room[..<machine.seal(alert, into: room.baseAddress.unsafelyUnwrapped, ciphers)])
  }

  func answerKeyUpdate() -> [UInt8] {
    Array(room[..<machine.sealKeyUpdate(into: room.baseAddress.unsafelyUnwrapped, ciphers)])
  }
}
