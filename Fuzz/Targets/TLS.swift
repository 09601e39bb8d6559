import Glibc

@testable import IO

/// Two ends of TLS, whose bytes are split anyhow on their way: what goes in comes out, in order. Then one byte is
/// changed, or bytes that are no TLS come: nothing that was not sent comes out.
func fuzzTLS(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let damage = input.byte()
  var pair = TLSPair()
  defer { pair.discard() }
  pair.shake(seed)
  let sent = Array(input.bytes)
  require(pair.carry(sent, seed: seed, damagedAt: nil) == sent, "What was sent did not arrive.")
  guard !sent.isEmpty else { return }
  let heard = pair.carry(sent, seed: seed, damagedAt: damage)
  require(sent.starts(with: heard) && heard.count < sent.count, "Changed bytes were taken.")
  var stranger = TLSPair()
  defer { stranger.discard() }
  stranger.feed(input.pieces(seed))
}

/// A server's and a client's session in memory.
private struct TLSPair {
  private let pool: BlockPool
  private let buffers: TLSBuffers
  private let server: TLSSession
  private let client: TLSSession

  private static let contexts: (TLSContext, TLSContext) = {
    guard let folder = getenv("FUZZ_CERTIFICATES").map({ String(cString: $0) }) else {
      preconditionFailure("FUZZ_CERTIFICATES is the folder of cert.pem and key.pem; Scripts/fuzz makes it.")
    }
    let files = CertificateFiles(certificate: folder + "/cert.pem", key: folder + "/key.pem")
    do { return (try TLSContext(serving: files), try TLSContext(trusting: files.certificate)) } catch {
      preconditionFailure("no certificate: \(error)")
    }
  }()

  init() {
    pool = BlockPool()
    buffers = TLSBuffers(pool, readBytes: 64 << 10)
    server = TLSSession(serving: Self.contexts.0, buffers)
    client = TLSSession(Self.contexts.1, to: "localhost", buffers)
  }

  func discard() {
    server.unsent.discard()
    client.unsent.discard()
  }

  /// Both handshakes, their bytes in pieces.
  mutating func shake(_ seed: Int) {
    require(handshake(client) == nil, "A client's handshake failed at its start.")
    for _ in 0..<4 {
      move(from: client, to: server, seed)
      move(from: server, to: client, seed)
    }
    require(server.isEstablished && client.isEstablished, "A handshake did not end.")
  }

  private func move(from: TLSSession, to: TLSSession, _ seed: Int) {
    for piece in take(from, seed) {
      piece.withUnsafeBytes { bytes in
        to.give(bytes)
        if !to.isEstablished { require(handshake(to) == nil, "A handshake failed.") }
        if to.isEstablished { _ = decrypt(to) }
      }
    }
  }

  private func handshake(_ session: TLSSession) -> StreamEnd? {
    defer { session.keepEncrypted(after: 0, in: pool) }
    return session.handshake()
  }

  private func decrypt(_ session: TLSSession) -> (plain: UnsafeMutableRawBufferPointer, end: TLSInputEnd) {
    defer { session.keepEncrypted(after: 0, in: pool) }
    return session.decrypt()
  }

  /// What a session has written, in pieces.
  private func take(_ session: TLSSession, _ seed: Int) -> [[UInt8]] {
    let bytes = Array(session.unsent.bytes)
    session.unsent.consume(bytes.count, to: pool)
    return bytes.withUnsafeBytes { FuzzInput($0).pieces(seed).map { Array($0) } }
  }

  /// Sends bytes from the client to the server; what arrives.
  mutating func carry(_ plain: [UInt8], seed: Int, damagedAt damage: Int?) -> [UInt8] {
    var offset = 0
    while offset < plain.count {
      let count = plain[offset...].withUnsafeBytes { client.encrypt($0) }
      guard let count else { preconditionFailure("Nothing was encrypted.") }
      client.keepEncrypted(after: 0, in: pool)
      offset += count
    }
    var pieces = take(client, seed)
    if let damage, let place = pieces.indices.last(where: { !pieces[$0].isEmpty }) {
      pieces[place][pieces[place].count - 1] ^= UInt8(truncatingIfNeeded: damage | 1)
    }
    var heard: [UInt8] = []
    for piece in pieces {
      let end = piece.withUnsafeBytes { bytes in
        server.give(bytes)
        let received = decrypt(server)
        heard += received.plain
        return received.end
      }
      guard end == .more else { break }
    }
    return heard
  }

  /// Bytes that are no TLS, or some of it.
  mutating func feed(_ pieces: [UnsafeRawBufferPointer]) {
    for piece in pieces {
      server.give(piece)
      if handshake(server) != nil { return }
      require(!server.isEstablished, "A handshake ended without a client.")
    }
  }
}
