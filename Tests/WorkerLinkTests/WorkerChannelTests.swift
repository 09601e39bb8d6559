import Audio
import Glibc
import Testing

@testable import WorkerLink

@Suite struct WorkerChannelTests {
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
    for mark in 1...3 { writer.pong(UInt64(mark)) }
    try write(writer.bytes, to: theirs)
    _ = consume theirs
    var marks: [UInt64] = []
    func receive() throws -> WorkerChannel.Received {
      try channel.receive { if case .pong(let mark) = $0 { marks.append(mark) } }
    }
    #expect(try receive() == .open)
    #expect(try receive() == .closed)
    #expect(marks == [1, 2, 3])
  }

  @Test func `an end within a frame is an error`() throws {
    let (channel, end) = try makePair()
    let theirs = try LinkSocket(owning: end)
    var writer = FrameWriter()
    writer.pong(1)
    try write(UnsafeRawBufferPointer(rebasing: writer.bytes.dropLast()), to: theirs)
    _ = consume theirs
    #expect(try channel.receive { _ in } == .open)
    #expect(throws: WorkerLinkError.truncated(bytes: 15)) { try channel.receive { _ in } }
  }

  @Test func `a request where a reply belongs is an error`() throws {
    let (channel, end) = try makePair()
    let theirs = try LinkSocket(owning: end)
    var writer = FrameWriter()
    writer.shutdown()
    try write(writer.bytes, to: theirs)
    #expect(throws: WorkerLinkError.malformed("a shutdown frame from a worker")) { try channel.receive { _ in } }
  }

  @Test func `a full link blocks, counts what waits, and drains when it is read`() throws {
    let (channel, end) = try makePair()
    let theirs = try LinkSocket(owning: end)
    let sound = [UInt8](repeating: 1, count: 1 << 20)
    let header = ChunkHeader(
      stream: 1, seq: 1, startFrame: 0, chunkBytes: sound.count, format: .standard, engine: .mock)
    var sent = 0
    while !channel.isFull {
      sound.withUnsafeBytes {
        channel.send(header, odd: UnsafeRawBufferPointer(start: nil, count: 0), sound: $0)
      }
      sent += 1
      #expect(try channel.flush() == .blocked)
    }
    #expect(channel.queuedBytes >= WorkerChannel.largestQueueBytes)
    var reader = FrameReader()
    var received = 0
    while received < sent {
      guard case .bytes(let count) = try theirs.read(into: reader.room()) else {
        Issue.record("the link is empty and \(sent - received) chunks are missing")
        break
      }
      reader.commit(count)
      while let request = try reader.nextRequest() {
        if case .chunk(_, let payload) = request, payload.count == sound.count { received += 1 }
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
    channel.sendPing(1)
    #expect(try channel.flush() == .closed)
  }
}
