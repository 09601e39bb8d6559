import Glibc
internal import IO
internal import Web

/// Stands between a client's bytes and the library's parsers: of a request it reads the head itself and hands on one of
/// its own making, of a WebSocket it hands on only frames that keep the protocol.
///
/// So whatever a stranger sends, the library sees one of two requests and well-formed frames.
final class Inspection: ReadTap {
  /// What became of the request whose head came last.
  enum Intent {
    case plain(HTTPRequest)
    case upgrade(HTTPRequest)
    /// To be answered without asking anyone.
    case refuse(RequestError)
  }

  private enum Phase {
    /// A head is awaited, or on its way.
    case head
    /// A head is whole, or will not be waited for: the library is to be given our own.
    case handOver
    /// It has been.
    case answering
    /// Nothing more is taken from this client.
    case ended
    case frames
  }

  private unowned let server: WebSocketServer
  let peer: String
  let network: String
  private(set) var intent: Intent?
  /// Set when the WebSocket is open.
  private unowned(unsafe) var connection: WebSocketConnection?
  private var phase = Phase.head
  private var head = RequestHead()
  @exclusivity(unchecked) private var frames = FrameInspector(expectsMask: true)
  /// The library is to read, though no event tells it to.
  var isReadWanted = false
  /// Since when the next head is awaited.
  private(set) var awaitingSince: Duration

  init(descriptor: Int32, address: SocketAddress?, server: WebSocketServer) {
    self.server = server
    peer = address?.text ?? "unknown"
    network = address?.network ?? "unknown"
    awaitingSince = server.loop.now
    super.init(descriptor: descriptor)
  }

  /// The head is not whole.
  var isAwaitingHead: Bool { phase == .head }
  /// Not a WebSocket, or not yet.
  var isRequesting: Bool { phase != .frames }
  /// Some of a head has come.
  var hasBegunHead: Bool { !head.bytes.isEmpty }

  /// The library has made it a WebSocket.
  func upgraded(_ connection: WebSocketConnection) {
    self.connection = connection
    intent = nil
    phase = .frames
  }

  /// The request has been answered and the connection goes on.
  func answered() {
    intent = nil
    head = RequestHead()
    phase = .head
    awaitingSince = server.loop.now
  }

  /// The head was too long in coming: the library's next read gets a request that is answered with this.
  func refuse(_ error: RequestError) {
    intent = .refuse(error)
    phase = .handOver
  }

  override func read(into buffer: UnsafeMutableRawBufferPointer, from source: ReadSource) -> Int {
    isReadWanted = false
    return switch phase {
    case .head: readHead(into: buffer, from: source)
    case .handOver: handOver(into: buffer, source)
    case .answering, .ended: source.discard(using: buffer)
    case .frames: readFrames(into: buffer, from: source)
    }
  }

  // MARK: - Requests

  private func readHead(into buffer: UnsafeMutableRawBufferPointer, from source: ReadSource) -> Int {
    while true {
      // Only looked at: what follows the head is not ours to take.
      let count = source.peek(into: buffer)
      guard count > 0 else { return count }
      let seen = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      var taken = count
      switch head.take(seen) {
      case .more: break
      case .whole(let last):
        taken = last
        intent = decide()
      case .refuse(let error): intent = .refuse(error)
      }
      let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<taken])
      guard source.read(into: target) == taken else { return 0 }
      if intent != nil { return handOver(into: buffer, source) }
    }
  }

  private func decide() -> Intent {
    do throws(RequestError) {
      let request = try HTTPRequest(head: head.bytes, peer: peer, network: network)
      guard Handshake.isAskedFor(by: request) else { return .plain(request) }
      return Handshake.refusal(of: request, subprotocol: server.reception.subprotocol).map { .refuse($0) }
        ?? .upgrade(request)
    } catch {
      return .refuse(error)
    }
  }

  private func handOver(into buffer: UnsafeMutableRawBufferPointer, _ source: ReadSource) -> Int {
    phase = .answering
    head = RequestHead()
    var text =
      switch intent {
      case .upgrade(let request): Handshake.libraryRequest(for: request, subprotocol: server.reception.subprotocol)
      default: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
      }
    if source.hasPending { server.readAgain(self) }
    return text.withUTF8 { bytes in
      guard bytes.count <= buffer.count else { return 0 }
      buffer.copyMemory(from: UnsafeRawBufferPointer(bytes))
      return bytes.count
    }
  }

  // MARK: - Frames

  private func readFrames(into buffer: UnsafeMutableRawBufferPointer, from source: ReadSource) -> Int {
    let count = source.read(into: buffer)
    guard count > 0 else { return count }
    let good = frames.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), unmasked: buffer.baseAddress)
    guard let violation = frames.violation else { return count }
    phase = .ended
    // Not now: what came before is to be delivered first, and this is called from the library's read.
    server.loop.after(.zero) { [weak connection] in connection?.fail(violation) }
    return good > 0 ? good : source.discard(using: buffer)
  }
}
