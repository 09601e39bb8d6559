import CLinux
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
        try #require(socketpair(AF_UNIX, stream_socket(), 0, &ends) == 0)
        return (ends[0], ends[1])
      }
      let listener = socket(AF_INET, stream_socket(), 0)
      defer { close(listener) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let theirs = socket(AF_INET, stream_socket(), 0)
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

  // MSG_OOB and MSG_DONTWAIT: which module they belong to depends on what the compiler reads first.
  private static let urgent: Int32 = 1
  private static let withoutWaiting: Int32 = 0x40

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

  @Test func `bytes before and after an urgent one are read`() throws {
    let loop = try EventLoop()
    let connection = try Connection(on: loop, kind: .tcp)
    connection.write(3)
    #expect(send(connection.peer, [1], 1, Self.urgent) == 1)
    connection.write(5)
    run(loop) { connection.owner.received == 8 }
    connection.close()
  }

  @Test func `bytes behind descriptors that a client passes are read`() throws {
    let loop = try EventLoop()
    let connection = try Connection(on: loop, kind: .unix)
    for _ in 0..<3 { #expect(linux_send_descriptor(connection.peer, connection.peer, [1, 2, 3, 4], 4) == 4) }
    run(loop) { connection.owner.received == 12 }
    connection.close()
  }

  @Test func `one that is reset while it is blocked ends once, and nothing more is read from its number`() throws {
    let loop = try EventLoop()
    let connection = try Connection(on: loop, kind: .tcp)
    connection.stream.queue(copyOf: [UInt8](repeating: 1, count: 20 << 20))
    run(loop) { connection.stream.blockedSince != nil }
    // The next file with this number must get everything that is written to it.
    let number = connection.stream.descriptor
    var opened: [Int32] = []
    connection.owner.onEvent = { owner in
      guard owner.events.last == "ended" else { return }
      while !opened.contains(number), opened.count < 100, let ends = try? Kind.unix.pair() {
        opened += [ends.0, ends.1]
        if ends.0 == number { _ = Glibc.write(ends.1, [9, 9], 2) }
        if ends.1 == number { _ = Glibc.write(ends.0, [9, 9], 2) }
      }
    }
    var reset = linger(l_onoff: 1, l_linger: 0)
    setsockopt(connection.peer, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    connection.write(7)
    close(connection.peer)
    run(loop) { connection.owner.events.last == "ended" }
    #expect(opened.contains(number))
    var room = [UInt8](repeating: 0, count: 8)
    #expect(recv(number, &room, 8, Self.withoutWaiting) == 2)
    #expect(connection.owner.events.filter { $0 == "ended" }.count == 1)
    for descriptor in opened { close(descriptor) }
  }

  @Test func `of more than one report takes each is told`() throws {
    let loop = try EventLoop()
    let connections = try (0..<700).map { _ in try Connection(on: loop, kind: .unix) }
    for connection in connections { connection.write(3) }
    run(loop) { connections.allSatisfy { $0.owner.received == 3 } }
    for connection in connections { connection.close() }
  }

  @Test func `as many cache lines are fetched of a stream as it may lie in`() throws {
    let loop = try EventLoop()
    let connection = try Connection(on: loop, kind: .unix)
    let bytes = malloc_usable_size(Unmanaged.passUnretained(connection.stream).toOpaque())
    #expect((bytes + 48 + 63) / 64 == Int(DescriptorPoller.Entry.Place.stream.lines))
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
