import Audio
import Glibc
import Recognition
import Testing
import WorkerLink

@testable import Transports

@Suite struct WorkerChannelTests {
  private static let stream = StreamID(gateway: 1, number: 1)

  /// A channel and the bare descriptor of its other end.
  private func makePair() throws -> (WorkerChannel, Int32) {
    let (ours, theirs) = try LinkSocket.pair()
    return (try WorkerChannel(owning: ours), theirs)
  }

  private func write(_ bytes: UnsafeRawBufferPointer, to socket: borrowing LinkSocket) throws {
    #expect(try socket.write(bytes) == .bytes(bytes.count))
  }

  @Test func `nothing to read is no reply`() throws {
    let (channel, end) = try makePair()
    defer { close(end) }
    #expect(try channel.receive { _ in Issue.record("a reply came from nowhere") } == .open)
    #expect(try channel.flush() == .drained)
  }

  @Test func `whole replies before the end are handed on`() throws {
    let (channel, end) = try makePair()
    let theirs = try LinkSocket(owning: end)
    var writer = FrameWriter()
    for number in 1...3 { writer.behind(StreamID(gateway: 1, number: UInt64(number)), true) }
    try write(writer.bytes, to: theirs)
    _ = consume theirs
    var numbers: [UInt64] = []
    func receive() throws -> WorkerChannel.Received {
      try channel.receive { if case .behind(let stream, true) = $0 { numbers.append(stream.number) } }
    }
    #expect(try receive() == .open)
    #expect(try receive() == .closed)
    #expect(numbers == [1, 2, 3])
  }

  @Test func `an end within a frame is an error`() throws {
    let (channel, end) = try makePair()
    let theirs = try LinkSocket(owning: end)
    var writer = FrameWriter()
    writer.behind(Self.stream, true)
    try write(UnsafeRawBufferPointer(rebasing: writer.bytes.dropLast()), to: theirs)
    _ = consume theirs
    #expect(try channel.receive { _ in } == .open)
    #expect(throws: WorkerLinkError.truncated(bytes: 23)) { try channel.receive { _ in } }
  }

  @Test func `a request where a reply belongs is an error`() throws {
    let (channel, end) = try makePair()
    let theirs = try LinkSocket(owning: end)
    var writer = FrameWriter()
    writer.shutdown()
    try write(writer.bytes, to: theirs)
    #expect(throws: WorkerLinkError.malformed("a frame `shutdown` from a worker")) { try channel.receive { _ in } }
  }

  @Test func `a full link blocks, counts what waits, and drains when it is read`() throws {
    let (channel, end) = try makePair()
    let theirs = try LinkSocket(owning: end)
    let samples = [UInt8](repeating: 1, count: 1 << 20)
    let header = ChunkHeader(stream: Self.stream, seq: 1, startFrame: 0, chunkBytes: samples.count)
    var sent = 0
    while !channel.isFull {
      samples.withUnsafeBytes {
        channel.chunk(header, odd: UnsafeRawBufferPointer(start: nil, count: 0), samples: $0)
      }
      sent += 1
      // The kernel takes the first ones.
      _ = try channel.flush()
    }
    #expect(try channel.flush() == .blocked)
    #expect(channel.queuedBytes >= WorkerChannel.queueBytes)
    var reader = FrameReader()
    var received = 0
    while received < sent {
      guard case .bytes(let count) = try theirs.read(into: reader.room()) else {
        Issue.record("the link is empty and \(sent - received) chunks are missing")
        break
      }
      reader.commit(count)
      while let request = try reader.nextRequest() {
        if case .chunk(_, let piece) = request, piece.isLast { received += 1 }
      }
      _ = try channel.flush()
    }
    #expect(try channel.flush() == .drained)
    #expect(channel.queuedBytes == 0 && !channel.isFull)
  }

  @Test func `writing to a worker that is gone says so`() throws {
    let (channel, end) = try makePair()
    let theirs = try LinkSocket(owning: end)
    _ = consume theirs
    channel.welcome(version: 5)
    #expect(try channel.flush() == .closed)
  }
}
