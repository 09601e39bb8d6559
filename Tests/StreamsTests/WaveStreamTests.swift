import Audio
import Recognition
import Testing

@testable import Streams

/// Streams that begin with a WAV header.
struct WaveStreamTests {
  /// PCM of 16 bits at 8 kHz, of unknown length.
  private static func header(channels: UInt8) -> [UInt8] {
    // The bytes per second are not looked at.
    let fields: [UInt8] = [1, 0, channels, 0, 0x40, 0x1F, 0, 0, 0, 0, 0, 0, 2 * channels, 0, 16, 0]
    return Array("RIFF....WAVEfmt ".utf8) + [16, 0, 0, 0] + fields + Array("data".utf8) + [0, 0, 0, 0]
  }

  private let mono8k = AudioFormat(sampleRate: 8000, channels: 1, encoding: .s16le)

  @Test func `the header's format counts from the first chunk on`() {
    let stream = TestStream()
    stream.receive(Self.header(channels: 1) + [1, 0, 2, 0])
    #expect(stream { $0.account.request.format } == mono8k)
    #expect(stream.audio(of: 1) == [1, 0, 2, 0])
    #expect(
      stream { $0.assigned(slot: 0, isReady: true) } == [
        .open(slot: 0), .send(StreamChunk(seq: 1, startFrame: 0, frames: 2, bytes: 48), .first, slot: 0),
      ])
  }

  @Test func `a worker that was told another format before the header was complete is told again`() {
    let header = Self.header(channels: 1)
    let stream = TestStream()
    stream.receive(Array(header[..<20]))
    _ = stream { $0.assigned(slot: 0, isReady: true) }
    let chunk = StreamChunk(seq: 2, startFrame: 0, frames: 1, bytes: header.count - 18)
    #expect(
      stream.receive(Array(header[20...]) + [1, 0]) == [
        .emit(.accepted(seq: 2, bytes: chunk.bytes)), .open(slot: 0), .send(chunk, .first, slot: 0),
      ])
    #expect(stream { $0.account.request.format } == mono8k)
    #expect(stream.receive([2, 0]).count == 2)
  }

  @Test func `so is one that was told while it was not ready`() {
    let header = Self.header(channels: 1)
    let stream = TestStream()
    stream.receive(Array(header[..<20]))
    _ = stream { $0.assigned(slot: 0, isReady: false) }
    #expect(stream { $0.open() } == [.open(slot: 0)])
    stream.receive(Array(header[20...]) + [1, 0])
    #expect(stream { $0.proceed() }.count { $0 == .open(slot: 0) } == 1)
  }

  @Test func `a header that can't be read drops its chunk and closes the stream`() {
    let stream = TestStream()
    let actions = stream.receive(Self.header(channels: 9))
    guard case .emit(.closing(.unsupported(seq: 1, let error)))? = actions.last else {
      Issue.record("\(actions)")
      return
    }
    #expect(actions == [.emit(.accepted(seq: 1, bytes: 44)), .emit(.closing(.unsupported(seq: 1, error)))])
    #expect(error.description.contains("WAV header"))
    #expect((stream.totals.chunks, stream.totals.dropped, stream.inFlight) == (1, 1, 0))
  }

  @Test func `what can't be decoded further ends the stream after the words of everything before it`() {
    let stream = TestStream()
    let error = WaveHeaderError(message: "audio: no more")
    stream.receive([1, 0, 2, 0])
    _ = stream { $0.assigned(slot: 0, isReady: true) }
    stream.answer(1)
    // It is measured, and its words are not known.
    #expect(stream { $0.undecodable(error) } == [.finish(seq: 1, slot: 0)])
    #expect(stream.phase == .stopping)
    #expect(stream { $0.undecodable(error) } == [])
    #expect(stream.finish(1).last == .emit(.closing(.unsupported(seq: 2, error))))
    let other = TestStream()
    #expect(other { $0.undecodable(error) } == [.emit(.closing(.unsupported(seq: 1, error)))])
  }

  @Test func `chunks before the end of such a header are answered first`() {
    let header = Self.header(channels: 9)
    let stream = TestStream()
    stream.receive(Array(header[..<20]))
    _ = stream { $0.assigned(slot: 0, isReady: true) }
    #expect(
      stream.receive(Array(header[20...])) == [.emit(.accepted(seq: 2, bytes: 24)), .finish(seq: 1, slot: 0)])
    #expect(stream.phase == .stopping)
    #expect(stream.receive([1, 1]) == [.refused(.chunkAfterStop)])
    stream.answer(1)
    guard case .emit(.closing(.unsupported(seq: 2, _)))? = stream.finish(1).last else {
      Issue.record("the stream did not end")
      return
    }
    #expect((stream.totals.chunks, stream.totals.processed, stream.totals.dropped) == (2, 1, 1))
  }

  @Test func `the end of such a stream survives the loss of its worker`() {
    let header = Self.header(channels: 9)
    let stream = TestStream()
    stream.receive(Array(header[..<20]))
    _ = stream { $0.assigned(slot: 0, isReady: true) }
    stream.receive(Array(header[20...]))
    stream.answer(1)
    stream.loseWorker()
    _ = stream { $0.open() }
    #expect(stream { $0.proceed() } == [.finish(seq: 1, slot: 0)])
  }
}
