@testable import IO

/// Records of TLS 1.3 after the handshake. What one machine seals another opens, in order, however it is cut, also
/// when keys change; with one bit changed nothing that was not sent comes out. Then records of the right keys carry
/// anything: data comes out, the rest ends the connection or is taken as what it is; bytes that are no record end it.
func fuzzRecords(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let suite = input.choose(TLSCipherSuite.allCases)
  let keyLife = UInt64(input.byte()) + 1
  let damage = input.byte() << 8 | input.byte()
  let sent = Array(input.bytes)
  let pair = RecordPair(suite, keyLife)
  let sealed = pair.seal(sent, by: 1 + seed * 37)
  let heard = pair.open(sealed, seed)
  require(heard.plain == sent && heard.end == .more, "What was sealed was not opened.")
  if !sealed.isEmpty {
    var changed = RecordPair(suite, keyLife).seal(sent, by: 1 + seed * 37)
    changed[damage % changed.count] ^= 1 << (seed % 8)
    let heard = RecordPair(suite, keyLife).open(changed, seed)
    require(sent.starts(with: heard.plain) && heard.plain.count < sent.count, "Changed bytes were taken.")
  }
  let anything = RecordPair(suite, keyLife)
  var (data, records): ([UInt8], [UInt8]) = ([], [])
  while !input.rest.isEmpty {
    let (type, count) = (UInt8(19 + input.byte() % 6), input.byte() % 8)
    let plain = (0..<count).map { _ in UInt8(truncatingIfNeeded: input.byte()) }
    if type == 23 { data += plain }
    records += anything.seal(plain, type)
  }
  require(data.starts(with: anything.open(records, seed).plain), "Something else was taken for data.")
  _ = RecordPair(suite, keyLife).open(sent, seed)
}

/// A machine that seals and opens, another with the secrets exchanged, and the keys of the first.
private final class RecordPair {
  private let (from, to): (TLSRecords, TLSRecords)
  private var keys: RecordKeys
  private let secrets: TrafficSecrets
  private let pool = BlockPool()
  private let ciphers = RecordCiphers()
  private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)

  init(_ suite: TLSCipherSuite, _ keyLife: UInt64) {
    let digits = ["1a", "2b"].map { String(repeating: $0, count: suite.secretBytes) }
    func secrets(_ client: String, _ server: String) -> TrafficSecrets {
      let secrets = TrafficSecrets()
      secrets.note("CLIENT_TRAFFIC_SECRET_0 00 \(client)")
      secrets.note("SERVER_TRAFFIC_SECRET_0 00 \(server)")
      return secrets
    }
    self.secrets = secrets(digits[0], digits[1])
    guard
      let from = TLSRecords(suite, secrets(digits[1], digits[0]), written: 0, keyLife: keyLife),
      let to = TLSRecords(suite, secrets(digits[0], digits[1]), written: 0, keyLife: keyLife),
      let keys = RecordKeys(suite, self.secrets.client)
    else { preconditionFailure("OpenSSL has no \(suite).") }
    (self.from, self.to, self.keys) = (from, to, keys)
  }

  deinit { room.deallocate() }

  private var base: UnsafeMutableRawPointer { room.baseAddress.unsafelyUnwrapped }

  /// Data, in calls of so many bytes.
  func seal(_ plain: [UInt8], by size: Int) -> [UInt8] {
    stride(from: 0, to: plain.count, by: size).flatMap { start in
      plain[start..<min(plain.count, start + size)].withUnsafeBytes {
        Array(room[..<from.seal($0, into: base, ciphers)])
      }
    }
  }

  /// A record of anything.
  func seal(_ plain: [UInt8], _ type: UInt8) -> [UInt8] {
    plain.withUnsafeBytes { Array(room[..<keys.seal($0, type, into: base, ciphers)]) }
  }

  func open(_ sealed: [UInt8], _ seed: Int) -> (plain: [UInt8], end: TLSInputEnd) {
    var plain: [UInt8] = []
    return sealed.withUnsafeBytes { sealed in
      for piece in FuzzInput(sealed).pieces(seed) {
        let opened = piece.inOwnMemory { to.open($0, into: room, ciphers, pool) }
        plain += room[..<opened.count]
        guard opened.end == .more else { return (plain, opened.end) }
      }
      return (plain, .more)
    }
  }
}
