@testable import IO

/// A server's session, and a client that is OpenSSL alone. What goes between them is in pieces.
final class TLSPair {
  let client: OpenSSLClient
  let session: TLSSession
  private let pool: BlockPool
  private var buffers: TLSBuffers
  /// What the server has heard, and why it hears no more.
  private(set) var heard: [UInt8] = []
  private(set) var end = TLSInputEnd.more
  private(set) var failure: StreamEnd?
  private let pieceBytes: Int

  init(
    _ context: TLSContext, suites: String?, ticket: OpaquePointer? = nil, wantsShortRecords: Bool = false,
    pieceBytes: Int = .max
  ) {
    client = OpenSSLClient(suites: suites, ticket: ticket, wantsShortRecords: wantsShortRecords)
    pool = BlockPool()
    buffers = TLSBuffers(pool, readBytes: 64 << 10)
    session = TLSSession(serving: context, buffers)
    self.pieceBytes = pieceBytes
  }

  /// - Parameter lastWords: data that the client sends together with the end of its handshake.
  func shake(lastWords: [UInt8] = []) {
    var isDone = client.handshake()
    for _ in 0..<4 where !isDone {
      toServer()
      toClient()
      isDone = client.handshake()
    }
    if !lastWords.isEmpty { _ = client.write(lastWords) }
    toServer()
    toClient()
  }

  /// Brings what the client has written.
  func toServer() { toServer(client.sent()) }

  func toServer(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty, end == .more, failure == nil {
      let piece = Array(rest.prefix(pieceBytes))
      rest = rest.dropFirst(pieceBytes)
      piece.withUnsafeBytes { take($0) }
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    session.give(bytes)
    if !session.isEstablished {
      failure = session.handshake()
      session.keepEncrypted(after: 0, in: pool)
    }
    guard session.isEstablished else { return }
    let received = session.decrypt()
    session.keepEncrypted(after: 0, in: pool)
    heard += received.plain
    end = received.end
  }

  /// Brings what the server has written.
  func toClient() {
    let bytes = Array(session.unsent.bytes)
    session.unsent.consume(bytes.count, to: pool)
    var rest = bytes[...]
    while !rest.isEmpty {
      client.receive(Array(rest.prefix(pieceBytes)))
      rest = rest.dropFirst(pieceBytes)
    }
  }

  func say(_ plain: [UInt8]) {
    var rest = plain[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { session.encrypt($0) }
      session.keepEncrypted(after: 0, in: pool)
      guard let count else { return }
      rest = rest.dropFirst(count)
    }
  }

  func shutDown() {
    session.shutDown()
    session.keepEncrypted(after: 0, in: pool)
  }

  /// Continues on another loop.
  func move() {
    buffers = TLSBuffers(pool, readBytes: 64 << 10)
    session.use(buffers)
  }

  func takeHeard() -> [UInt8] {
    defer { heard = [] }
    return heard
  }
}
