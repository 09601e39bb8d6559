import Glibc
import Testing

@testable import IO

/// Readiness is reported when it changes, and nothing may be missed for that.
struct ReadinessTests {
  /// A stream's events, in order.
  private final class Owner: ByteStreamDelegate {
    var received = 0
    var events: [String] = []
    var onEvent: (Owner) -> Void = { _ in }

    private func note(_ event: String) {
      if events.last != event { events.append(event) }
      onEvent(self)
    }

    func stream(_ stream: ByteStream, received bytes: UnsafeMutableRawBufferPointer) {
      received += bytes.count
      note("bytes")
    }
    func streamInputEnded(_ stream: ByteStream) { note("input ended") }
    func streamDrained(_ stream: ByteStream) { note("drained") }
    func stream(_ stream: ByteStream, ended: StreamEnd) { note("ended") }
  }

  /// A stream with its owner, and the descriptor of its peer.
  private struct Connection {
    let stream: ByteStream
    let owner = Owner()
    let peer: Int32

    init(on loop: EventLoop, kind: Kind) throws {
      let (ours, theirs) = try kind.pair()
      peer = theirs
      _ = fcntl(ours, F_SETFL, O_NONBLOCK)
      stream = ByteStream(ours, on: loop)
      stream.delegate = owner
    }

    /// Writes so many bytes, which the kernel must take at once.
    func write(_ count: Int) {
      let bytes = [UInt8](repeating: 7, count: count)
      #expect(Glibc.write(peer, bytes, count) == count)
    }

    func close() {
      stream.drop()
      Glibc.close(peer)
    }
  }

  enum Kind: CaseIterable {
    case unix, tcp

    func pair() throws -> (Int32, Int32) {
      guard self == .tcp else {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
      }
      let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(listener) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let theirs = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      let isConnected = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(listener, $0, size) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &size) == 0
            && connect(theirs, $0, size) == 0
        }
      }
      try #require(isConnected)
      return (accept(listener, nil, nil), theirs)
    }
  }

  /// Runs the loop until that is so, or too much time has passed.
  private func run(_ loop: EventLoop, until isDone: @escaping () -> Bool) {
    let check = loop.after(.zero, repeating: .milliseconds(1)) { if isDone() { loop.stop() } }
    let limit = loop.after(.seconds(10)) { loop.stop() }
    loop.run()
    check.cancel()
    limit.cancel()
    #expect(isDone())
  }

  @Test(arguments: Kind.allCases) func `all that has arrived is read, however much`(_ kind: Kind) throws {
    let loop = try EventLoop()
    let connection = try Connection(on: loop, kind: kind)
    let count = 2 * StreamScheduler.readBytes
    connection.write(count)
    run(loop) { connection.owner.received == count }
    connection.write(1)
    run(loop) { connection.owner.received == count + 1 }
    connection.close()
  }

  @Test(arguments: Kind.allCases) func `an end that comes with bytes is seen after them`(_ kind: Kind) throws {
    let loop = try EventLoop()
    let connection = try Connection(on: loop, kind: kind)
    connection.write(10)
    shutdown(connection.peer, Int32(SHUT_WR))
    run(loop) { connection.owner.events == ["bytes", "input ended"] }
    // It can still be written to.
    connection.stream.queue(copyOf: [1, 2, 3])
    run(loop) { connection.stream.unsentBytes == 0 }
    var room = [UInt8](repeating: 0, count: 8)
    #expect(read(connection.peer, &room, 8) == 3)
    connection.close()
  }

  @Test(arguments: Kind.allCases)
  func `what comes while reading is paused is read when it goes on`(_ kind: Kind) throws {
    let loop = try EventLoop()
    let connection = try Connection(on: loop, kind: kind)
    connection.write(1)
    run(loop) { connection.owner.received == 1 }
    connection.stream.isReadingPaused = true
    connection.write(10)
    shutdown(connection.peer, Int32(SHUT_WR))
    var rounds = 0
    run(loop) {
      rounds += 1
      return rounds > 5
    }
    #expect(connection.owner.received == 1)
    connection.stream.isReadingPaused = false
    run(loop) { connection.owner.received == 11 && connection.owner.events.last == "input ended" }
    connection.close()
  }

  @Test(arguments: Kind.allCases)
  func `output that was blocked continues, again and again, when the peer reads`(_ kind: Kind) throws {
    let loop = try EventLoop()
    let connection = try Connection(on: loop, kind: kind)
    let count = 20 << 20
    connection.stream.queue(copyOf: [UInt8](repeating: 1, count: count))
    var (taken, room) = (0, [UInt8](repeating: 0, count: 1 << 20))
    _ = fcntl(connection.peer, F_SETFL, O_NONBLOCK)
    run(loop) {
      taken += max(0, read(connection.peer, &room, room.count))
      return taken == count
    }
    #expect(connection.owner.events == ["drained"])
    connection.close()
  }

  @Test func `one whose watch another has stopped in the same round is not told`() throws {
    let loop = try EventLoop()
    let connections = try (0..<4).map { _ in try Connection(on: loop, kind: .unix) }
    // Whichever comes first stops two of the others, and pauses the third.
    for connection in connections {
      connection.owner.onEvent = { owner in
        guard owner.events == ["bytes"] else { return }
        let others = connections.filter { $0.owner !== owner }
        for other in others { other.owner.onEvent = { _ in } }
        others[0].stream.drop()
        _ = others[1].stream.release()
        others[2].stream.isReadingPaused = true
      }
      connection.write(5)
    }
    var rounds = 0
    run(loop) {
      rounds += 1
      return rounds > 5
    }
    #expect(connections.map(\.owner.received).sorted() == [0, 0, 0, 5])
    let paused = connections.filter { $0.stream.isReadingPaused }
    #expect(paused.count == 1)
    paused.first?.stream.isReadingPaused = false
    run(loop) { paused.first?.owner.received == 5 }
    for connection in connections { connection.close() }
  }

  @Test func `one that leaves its loop is told on the next`() throws {
    let (first, second) = (try EventLoop(), try EventLoop())
    let connection = try Connection(on: first, kind: .tcp)
    connection.write(5)
    run(first) { connection.owner.received == 5 }
    #expect(connection.stream.leaveLoop())
    connection.write(6)
    run(first) { true }
    #expect(connection.owner.received == 5)
    connection.stream.join(second)
    run(second) { connection.owner.received == 11 }
    connection.close()
    run(second) { connection.owner.events.last == "ended" }
  }
}
