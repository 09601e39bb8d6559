import Audio
import Recognition
import Streams
import Testing
import WorkerLink

@testable import Worker

/// A worker's copies of sessions, and who may have them.
@Suite final class MirrorTests {
  private let mirror = Mirror()
  private let key = SessionKey([UInt8](repeating: 7, count: SessionKey.byteCount))!
  private let stream = StreamID(gateway: 1, number: 5)

  private func state(
    epoch: UInt64 = 1, received: Int = 0, answered: Int = 0, firstKept: Int = 1, stream: StreamID? = nil
  ) -> SessionState {
    SessionState(
      key: key, stream: stream ?? self.stream, epoch: epoch, received: received, answered: answered,
      firstKept: firstKept)
  }

  private func take(_ state: SessionState, _ bytes: [UInt8], isFull: Bool = true, from gateway: String = "g.1") -> Bool
  {
    mirror.take(state, StatePiece(isFirst: isFull, isLast: true, bytes: bytes), from: gateway)
  }

  private func receive(_ seq: Int, isMessage: Bool = true, from gateway: String = "g.1") {
    [UInt8](repeating: UInt8(seq), count: 4).withUnsafeBytes { bytes in
      mirror.received(
        ChunkHeader(stream: stream, seq: seq, startFrame: 2 * (seq - 1), chunkBytes: 4, isMessage: isMessage),
        ChunkPiece(bytes: bytes), from: gateway)
    }
  }

  private func answer(_ seq: Int) {
    let writer = FrameWriter()
    writer.onReply = { [mirror] in mirror.replied($0, $1, to: "g.1") }
    writer.result(
      ChunkResult(stream: stream, seq: seq, levels: Levels(), progress: RecognitionProgress()), [])
  }

  private struct Image {
    var number: Int
    var state: [UInt8]
    var chunks: [Int] = []
    var replies = 0
  }

  private struct NoImage: Error {}

  private func image(epoch: UInt64 = 2, by gateway: String = "g.2") throws -> Image {
    guard case .image(let bytes, _, _) = mirror.take(key, epoch: epoch, by: gateway, now: .zero) else {
      throw NoImage()
    }
    var reader = StateReader(bytes[...])
    var image = Image(number: try reader.integer(), state: Array(try reader.bytes()))
    for _ in 0..<(try reader.count()) {
      image.chunks.append(try reader.count())
      _ = try reader.flag()
      #expect(try reader.bytes().count == 4)
    }
    for _ in 0..<(try reader.count()) {
      _ = try reader.bytes()
      image.replies += 1
    }
    #expect(reader.isEmpty)
    return image
  }

  @Test func `a copy is the last state, with what came after it`() throws {
    #expect(take(state(), [1, 2]))
    for seq in 1...3 { receive(seq) }
    for seq in 1...2 { answer(seq) }
    let image = try image()
    #expect(image.number == 5)
    #expect(image.state == [1, 2])
    #expect(image.chunks == [1, 2, 3])
    #expect(image.replies == 2)
  }

  @Test func `a later state makes what it has superfluous`() throws {
    #expect(take(state(), [1]))
    for seq in 1...4 { receive(seq) }
    for seq in 1...3 { answer(seq) }
    // Chunk 3 is kept for the recognizer, though it is answered.
    #expect(take(state(received: 4, answered: 2, firstKept: 3), [2], isFull: false))
    let image = try image()
    #expect(image.state == [1, 2])
    #expect(image.chunks == [3, 4])
    #expect(image.replies == 1)
  }

  @Test func `a state from before the first answer leaves that in the copy`() throws {
    #expect(take(state(), [1]))
    for seq in 1...2 { receive(seq) }
    for seq in 1...2 { answer(seq) }
    #expect(take(state(received: 2), [2], isFull: false))
    #expect(try image().replies == 2)
  }

  @Test func `a state of several pieces counts with the last one`() throws {
    #expect(take(state(), [1]))
    #expect(mirror.take(state(), StatePiece(isFirst: true, isLast: false, bytes: [2]), from: "g.1"))
    #expect(try image().state == [1])
  }

  @Test func `all of the state takes the place of what was there`() throws {
    #expect(take(state(), [1]))
    #expect(take(state(), [2]))
    #expect(try image().state == [2])
  }

  @Test func `the gateway that lost a session adds nothing more to its copy`() throws {
    #expect(take(state(), [1]))
    receive(1)
    guard case .image(_, let epoch, let loser) = mirror.take(key, epoch: 2, by: "g.2", now: .zero) else {
      throw NoImage()
    }
    #expect(epoch == 1)
    #expect(loser?.gateway == "g.1")
    #expect(loser?.stream == stream)
    #expect(!take(state(), [9]))
    receive(2)
    answer(1)
    let image = try image(epoch: 3, by: "g.3")
    #expect(image.state == [1])
    #expect(image.chunks == [1])
    #expect(image.replies == 0)
  }

  @Test(arguments: [
    (epoch: UInt64(2), gateway: "g.3", isFenced: true), (2, "g.2", false), (1, "g.3", true), (3, "g.3", false),
  ]) func `a claim that is not newer gets nothing`(_ claim: (epoch: UInt64, gateway: String, isFenced: Bool)) throws {
    #expect(take(state(), [1]))
    _ = try image(epoch: 2, by: "g.2")
    if case .fenced = mirror.take(key, epoch: claim.epoch, by: claim.gateway, now: .zero) {
      #expect(claim.isFenced)
    } else {
      #expect(!claim.isFenced)
    }
  }

  @Test func `a copy is kept while its gateway is gone, and for a while`() throws {
    #expect(take(state(), [1]))
    receive(1)
    mirror.lost("g.1", now: .seconds(10))
    mirror.forgetIdle(now: .seconds(99))
    #expect(mirror.count == 1)
    // A gateway that begins a new link sends everything again.
    #expect(take(state(), [5], isFull: false))
    #expect(try image().chunks == [1])
    mirror.forgetIdle(now: .seconds(200))
    #expect(mirror.count == 0)
    #expect(mirror.byteCount == 0)
  }

  @Test func `a new link of the same gateway begins the copy anew`() throws {
    #expect(take(state(received: 1), [1]))
    receive(1)
    answer(1)
    mirror.lost("g.1", now: .zero)
    #expect(take(state(received: 1), [2]))
    receive(1, isMessage: false)
    let image = try image()
    #expect(image.state == [2])
    #expect(image.chunks == [1])
    #expect(image.replies == 0)
  }

  @Test func `the stream that has left is kept until its gateway says that it is over`() throws {
    #expect(take(state(), [1]))
    receive(1)
    mirror.closed(stream, of: "g.1", now: .zero)
    receive(2)
    // The state with the receipt comes after the stream has ended.
    #expect(take(state(received: 1, answered: 1, firstKept: 2), [2], isFull: false))
    #expect(try image(epoch: 1, by: "g.1").state == [1, 2])
    mirror.forget(key, epoch: 0)
    #expect(mirror.count == 1)
    mirror.forget(key, epoch: 1)
    #expect(mirror.count == 0)
    #expect(mirror.byteCount == 0)
  }

  @Test func `a change of a state that is not here makes no copy`() {
    #expect(take(state(), [1], isFull: false))
    #expect(mirror.count == 0)
  }

  @Test func `what another loop of the same server says of the stream changes nothing`() throws {
    #expect(take(state(), [1], from: "g.2"))
    receive(1, from: "g.2")
    receive(2, from: "g.1")
    mirror.closed(stream, of: "g.1", now: .zero)
    receive(2, from: "g.2")
    #expect(try image(by: "g.3").chunks == [1, 2])
  }

  @Test(arguments: [false, true])
  func `a chunk is in a copy when all its pieces have come`(_ isWhole: Bool) throws {
    #expect(take(state(), [1, 2]))
    receive(1)
    for offset in isWhole ? [0, 2] : [0] {
      [UInt8](repeating: 2, count: 2).withUnsafeBytes {
        mirror.received(
          ChunkHeader(stream: stream, seq: 2, startFrame: 2, chunkBytes: 4, isMessage: true),
          ChunkPiece(offset: offset, isLast: offset == 2, bytes: $0), from: "g.1")
      }
    }
    #expect(try image().chunks == (isWhole ? [1, 2] : [1]))
  }

  @Test func `without room a copy is dropped and counted, and comes again with a whole state`() throws {
    let mirror = Mirror(limitBytes: 8)
    let bytes = [UInt8](repeating: 1, count: 6)
    let piece = StatePiece(isFirst: true, isLast: true, bytes: bytes)
    #expect(mirror.take(state(), piece, from: "g.1"))
    bytes.withUnsafeBytes {
      mirror.received(
        ChunkHeader(stream: stream, seq: 1, startFrame: 0, chunkBytes: 6), ChunkPiece(bytes: $0), from: "g.1")
    }
    #expect(mirror.count == 0 && mirror.byteCount == 0 && mirror.dropped == 1)
    #expect(mirror.take(state(), StatePiece(isFirst: false, isLast: true, bytes: bytes), from: "g.1"))
    #expect(mirror.count == 0)
    #expect(mirror.take(state(), piece, from: "g.1"))
    #expect(mirror.count == 1 && mirror.byteCount == 6 && mirror.dropped == 1)
  }

  @Test func `nothing is known of other sessions`() {
    guard case .unknown = mirror.take(key, epoch: 1, by: "g.1", now: .zero) else {
      Issue.record("there is a copy")
      return
    }
  }
}
