import Audio
import Glibc
import IO
import Recognition
import Testing
import WorkerLink

@testable import Transports

@Suite struct FrameSocketTests {
  private static let stream = StreamID(gateway: 1, number: 1)

  /// Both ends of a link.
  private func makePair() throws -> (FrameSocket, FrameSocket) {
    let ends = try FrameSocket.pair()
    return (try FrameSocket(owning: ends.0), try FrameSocket(owning: ends.1))
  }

  /// One end, and the bare descriptor of the other.
  private func makeEnd() throws -> (FrameSocket, Int32) {
    let ends = try FrameSocket.pair()
    return (try FrameSocket(owning: ends.0), ends.1)
  }

  @Test func `nothing to read is no reply`() throws {
    let (ours, theirs) = try makePair()
    #expect(try ours.read() == .nothing)
    #expect(try ours.nextFrame() == nil)
    #expect(ours.flush() == .drained)
    #expect(theirs.flush() == .drained)
  }

  @Test func `whole replies before the end are handed on`() throws {
    let (ours, end) = try makeEnd()
    let writer = FrameWriter()
    for number in 1...3 { writer.behind(StreamID(gateway: 1, number: UInt64(number)), true) }
    #expect(write(end, writer.bytes.baseAddress, writer.bytes.count) == writer.bytes.count)
    close(end)
    var numbers: [UInt64] = []
    #expect(try ours.read() == .bytes)
    while let frame = try ours.nextFrame(), case .behind(let stream, true) = try WorkerReply(frame) {
      numbers.append(stream.number)
    }
    #expect(try ours.read() == .closed)
    #expect(numbers == [1, 2, 3])
  }

  @Test func `an end within a frame is an error`() throws {
    let (ours, end) = try makeEnd()
    let writer = FrameWriter()
    writer.behind(Self.stream, true)
    #expect(write(end, writer.bytes.baseAddress, writer.bytes.count - 1) == writer.bytes.count - 1)
    close(end)
    #expect(try ours.read() == .bytes)
    #expect(try ours.nextFrame() == nil)
    #expect(throws: WorkerLinkError.truncated(bytes: 23)) { try ours.read() }
  }

  @Test func `a request where a reply belongs is an error`() throws {
    let (ours, theirs) = try makePair()
    theirs.frames.shutdown()
    #expect(theirs.flush() == .drained)
    #expect(try ours.read() == .bytes)
    #expect(throws: WorkerLinkError.malformed("a frame `shutdown` from a worker")) {
      _ = try ours.nextFrame().map { try WorkerReply($0) }
    }
  }

  @Test func `a full link blocks, counts what waits, and drains when it is read`() throws {
    let (ours, theirs) = try makePair()
    let samples = [UInt8](repeating: 1, count: 1 << 20)
    let header = ChunkHeader(stream: Self.stream, seq: 1, startFrame: 0, chunkBytes: samples.count)
    var sent = 0
    while !ours.isFull {
      samples.withUnsafeBytes { ours.frames.chunk(header, $0) }
      sent += 1
      // The kernel takes the first ones.
      _ = ours.flush()
    }
    #expect(ours.flush() == .blocked)
    #expect(ours.queuedBytes >= FrameOutput.fullBytes)
    var received = 0
    var hadRoom = 0
    while received < sent {
      let arrival = try theirs.read()
      guard arrival == .bytes || arrival == .full else {
        Issue.record("the link is empty and \(sent - received) chunks are missing")
        break
      }
      while let request = try theirs.nextRequest() {
        if case .chunk(_, let piece) = request, piece.isLast { received += 1 }
      }
      _ = ours.flush()
      if ours.takeRoom() { hadRoom += 1 }
    }
    #expect(ours.flush() == .drained)
    #expect(ours.queuedBytes == 0 && !ours.isFull)
    #expect(hadRoom == 1)
  }

  @Test func `writing to a worker that is gone says so`() throws {
    let (ours, end) = try makeEnd()
    close(end)
    ours.frames.welcome(version: 5)
    #expect(ours.flush() == .closed)
  }

  @Test func `what is queued in a round is written at its end, or before`() throws {
    let (ours, theirs) = try makePair()
    let loop = try EventLoop()
    var outcomes: [FrameSocket.Outcome] = []
    ours.onOutcome = { outcomes.append($0) }
    ours.frames.welcome(version: 5)
    loop.atRoundEnd(ours)
    let samples = [UInt8](repeating: 1, count: FrameOutput.earlyBytes)
    samples.withUnsafeBytes {
      ours.frames.chunk(ChunkHeader(stream: Self.stream, seq: 1, startFrame: 0, chunkBytes: $0.count), $0)
    }
    ours.writeEarly()
    #expect(ours.queuedBytes == 0)
    ours.frames.close(Self.stream)
    #expect(ours.queuedBytes > 0)
    loop.after(.zero) { loop.stop() }
    loop.run()
    #expect(ours.queuedBytes == 0)
    #expect(outcomes.isEmpty)
    #expect(try theirs.read() == .bytes)
  }
}
