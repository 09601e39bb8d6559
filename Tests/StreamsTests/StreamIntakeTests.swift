import Audio
import Recognition
import Testing

@testable import Streams

/// Chunks, `start`, `flush` and `stop`, and what a worker answers.
struct StreamIntakeTests {
  // MARK: Chunks

  @Test func `the first chunk is accepted and needs a worker, the next ones go there`() {
    let stream = TestStream()
    #expect(stream.receive([1, 1, 1, 1]) == [.emit(.accepted(seq: 1, bytes: 4)), .assign])
    #expect(stream { $0.assigned(slot: 0, isReady: true) } == [.open(slot: 0), .first(1)])
    #expect(stream.receive([2, 2, 2, 2]) == [.emit(.accepted(seq: 2, bytes: 4)), .message(2)])
    #expect(stream.audio(of: 2) == [2, 2, 2, 2])
    #expect(stream.answer(1) == [.result(1)])
    #expect((stream.totals.chunks, stream.totals.bytes, stream.totals.processed, stream.inFlight) == (2, 8, 1, 1))
  }

  @Test func `chunks wait for a worker that is not ready, and then go in order`() {
    let stream = TestStream()
    stream.receive(chunks: 1)
    #expect(stream { $0.assigned(slot: 0, isReady: false) } == [])
    #expect(stream.receive([2, 2, 2, 2]) == [.emit(.accepted(seq: 2, bytes: 4))])
    #expect(stream.suspects == nil)
    #expect(stream { $0.open() } == [.open(slot: 0)])
    #expect(stream { $0.proceed() } == [.first(1), .first(2)])
    #expect(stream.totals.replayed == 0)
  }

  @Test func `how long each answer took is told once, also of a chunk that could not be measured`() {
    let stream = TestStream.active(chunks: 0)
    for (seq, time) in [(1, 10.0), (2, 10.5), (3, 11.0)] {
      stream.receive([UInt8](repeating: UInt8(seq), count: 4), now: time)
    }
    #expect(stream { $0.takeAnswerDelay(now: 20) } == nil)
    _ = stream { $0.assigned(slot: 0, isReady: true) }
    stream.answer(1)
    #expect(stream { $0.takeAnswerDelay(now: 12) } == 2)
    #expect(stream { $0.takeAnswerDelay(now: 12) } == nil)
    _ = stream { $0.chunkFailed(seq: 2, .poison) }
    #expect(stream { $0.takeAnswerDelay(now: 12) } == 1.5)
    stream.answer(3)
    #expect(stream { $0.takeAnswerDelay(now: 12) } == 1)
  }

  @Test func `what waits to be decoded is what the worker said last, and nothing when it is lost`() {
    let stream = TestStream.active(chunks: 2, isContinuous: true)
    _ = stream { $0.updated(RecognitionProgress(backlogSeconds: 2.5), []) }
    #expect(stream { $0.transcript.backlogSeconds } == 2.5)
    _ = stream { $0.workerLost(crashed: false, trial: nil) }
    #expect(stream { $0.transcript.backlogSeconds } == 0)
  }

  @Test func `an empty chunk is refused and takes no number`() {
    let stream = TestStream()
    #expect(stream.receive([]) == [.refused(.emptyChunk)])
    #expect(stream.totals == StreamTotals())
  }

  @Test func `a chunk that no frame of the worker link carries is refused and takes no number`() {
    let stream = TestStream()
    let bytes = StreamLayout.largestChunkBytes + 1
    #expect(stream.receive([UInt8](repeating: 0, count: bytes)) == [.refused(.chunkTooLarge(bytes: bytes))])
    #expect(stream.totals == StreamTotals())
  }

  @Test func `incomplete sample frames are sent with the next chunk`() {
    let stream = TestStream.active(chunks: 1)
    #expect(
      stream.receive([9, 8, 7]).last == .send(StreamChunk(seq: 2, startFrame: 2, frames: 1, bytes: 3), .first, slot: 0))
    #expect(stream.receive([6]).last == .send(StreamChunk(seq: 3, startFrame: 3, frames: 1, bytes: 1), .first, slot: 0))
    #expect(stream.audio(of: 2) == [9, 8])
    #expect(stream.audio(of: 3) == [7, 6])
  }

  @Test func `a result says where the chunk is and how long it lasts, in the format of the stream`() {
    let stream = TestStream()
    let request = StreamRequest(format: AudioFormat(sampleRate: 8000, channels: 2, encoding: .u8), engine: "mock")
    #expect(stream.start(request) == [.emit(.started(request))])
    stream.receive([UInt8](repeating: 128, count: 1600))
    stream.receive([UInt8](repeating: 128, count: 800))
    _ = stream { $0.assigned(slot: 3, isReady: true) }
    stream.answer(1)
    guard case .emit(.result(let measure, _))? = stream.answer(2).last else {
      Issue.record("no result")
      return
    }
    #expect((measure.seq, measure.start, measure.duration, measure.levels) == (2, 0.1, 0.05, .loud))
  }

  @Test func `a chunk that its worker could not measure is answered with the reason, and the stream goes on`() {
    let stream = TestStream.active(chunks: 2)
    #expect(
      stream { $0.chunkFailed(seq: 1, .worker("no such engine")) }
        == [.emit(.failed(seq: 1, .worker("no such engine")))])
    #expect(stream.answer(2) == [.result(2)])
    #expect((stream.totals.processed, stream.totals.dropped) == (1, 1))
  }

  // MARK: Start

  @Test func `start says the kind of stream, and the last one before the first chunk counts`() {
    let stream = TestStream()
    for rate in [8000, 48_000] {
      let request = StreamRequest(format: AudioFormat(sampleRate: rate, channels: 1, encoding: .s16le), engine: "mock")
      #expect(stream.start(request) == [.emit(.started(request))])
    }
    stream.receive([UInt8](repeating: 0, count: 960))
    #expect(stream { $0.account.seconds } == 0.01)
  }

  @Test func `after a chunk start is refused, and the stream goes on as it was`() {
    let stream = TestStream.active(chunks: 2)
    #expect(stream.start(isResumable: true) == [.refused(.startAfterChunks(2))])
    #expect(stream.lifetime == .attached)
    _ = stream { $0.stop() }
    #expect(stream.start() == [.refused(.startAfterStop)])
  }

  @Test func `only with start can a session be resumed, and only in a dialect that allows it`() {
    let stream = TestStream()
    #expect(stream.lifetime == .attached)
    _ = stream.start(isResumable: false)
    #expect(stream.lifetime == .attached)
    _ = stream.start(isResumable: true)
    #expect(stream.lifetime == .resumable)
  }

  // MARK: Flush and stop

  @Test func `a flush is finished by the worker after the chunks before it`() {
    let stream = TestStream.active(chunks: 2)
    #expect(stream { $0.flush() } == [.finish(seq: 2, slot: 0)])
    stream.answer(1)
    stream.answer(2)
    #expect(
      stream.finish(2) == [.emit(.flushed(seq: 2, last: ChunkMeasure(.small(2), .standard, .loud)))])
    stream.receive(chunks: 1)
    #expect(stream.answer(3) == [.result(3)])
  }

  @Test func `without chunks a flush is answered at once, and so is a stop, with a receipt of nothing`() {
    let stream = TestStream()
    #expect(stream { $0.flush() } == [.emit(.flushed(seq: 0, last: nil))])
    let receipt = StreamReceipt(totals: StreamTotals(), duration: 0, levels: Levels())
    #expect(
      stream { $0.stop() } == [
        .emit(.flushed(seq: 0, last: nil)), .emit(.receipt(receipt)), .emit(.closing(.complete)),
      ])
    #expect(stream.phase == .ended(.complete))
  }

  @Test func `stop is answered with the receipt, then the worker forgets the stream and the connection closes`() {
    let stream = TestStream.active(chunks: 2)
    #expect(stream { $0.stop() } == [.finish(seq: 2, slot: 0)])
    #expect(stream.phase == .stopping)
    #expect(stream.receive([1, 1]) == [.refused(.chunkAfterStop)])
    #expect(stream { $0.stop() } == [.refused(.alreadyStopped)])
    #expect(stream { $0.flush() } == [.refused(.alreadyStopped)])
    stream.answer(1)
    _ = stream { $0.chunkFailed(seq: 2, .worker("x")) }
    let totals = StreamTotals(chunks: 2, bytes: 8, processed: 1, dropped: 1, replayed: 0)
    let receipt = StreamReceipt(totals: totals, duration: 4 / 16_000, levels: .loud)
    #expect(
      stream.finish(2) == [
        .emit(.flushed(seq: 2, last: ChunkMeasure(.small(2), .standard, Levels()))), .emit(.receipt(receipt)),
        .release(slot: 0), .emit(.closing(.complete)),
      ])
    #expect(stream.placement == .unassigned)
    #expect(stream.audioBytes == 0)
    #expect(stream.receive([1, 1]) == [])
  }

  @Test func `a flush and a stop that the worker could not finish are answered all the same`() {
    let stream = TestStream.active(chunks: 1)
    _ = stream { $0.flush() }
    _ = stream { $0.stop() }
    stream.answer(1)
    let actions = stream { $0.finishFailed(seq: 1) }
    #expect(actions.first == .emit(.flushed(seq: 1, last: nil)))
    #expect(actions.last == .emit(.closing(.complete)))
  }

  @Test func `the receipt lists segments and skipped partials where the engine has them`() {
    let stream = TestStream.active(chunks: 1, isContinuous: true)
    stream.answer(1, skipped: 3, .final(1, "a"), .partial(2, "b"))
    _ = stream { $0.stop() }
    guard case .emit(.receipt(let receipt))? = stream.finish(1, skipped: 4, .final(2, "b c")).dropFirst(2).first else {
      Issue.record("no receipt")
      return
    }
    #expect(receipt.segments == [.test(1, "a"), .test(2, "b c")])
    #expect(receipt.skippedPartials == 4)
  }

  // MARK: Texts

  @Test func `the text of an engine with one for each chunk comes with the result, others before it`() {
    func measure(_ seq: Int) -> ChunkMeasure { ChunkMeasure(.small(seq), .standard, .loud) }
    let stream = TestStream.active(chunks: 5)
    #expect(
      stream.answer(1, .final(1, "one")) == [.emit(.result(measure(1), text: ChunkText(segment: 1, text: "one")))])
    #expect(stream.answer(2, .final(1, "one")) == [.result(2)])
    #expect(stream.answer(3, .partial(2, "tw")) == [.emit(.update(.partial(2, "tw"))), .result(3)])
    #expect(
      stream.answer(4, .final(2, "two"), .final(3, "three")) == [
        .emit(.update(.final(2, "two"))), .emit(.update(.final(3, "three"))), .result(4),
      ])
    #expect(stream.answer(5) == [.result(5)])
    let continuous = TestStream.active(chunks: 1, isContinuous: true)
    #expect(continuous.answer(1, .final(1, "one")) == [.emit(.update(.final(1, "one"))), .result(1)])
  }

  // MARK: A worker out of step

  @Test func `a worker that answers what was not asked is replaced, and nothing it said counts`() {
    let stream = TestStream.active(chunks: 2, isContinuous: true)
    let replaced: StreamActions = [.replaceWorker(slot: 0)]
    #expect(stream.answer(2, at: Checkpoint(frame: 2), .final(1)) == replaced)
    #expect(stream.finish(2, .final(1)) == replaced)
    #expect(stream { $0.chunkFailed(seq: 3, .worker("x")) } == replaced)
    #expect(stream { $0.finishFailed(seq: 0) } == replaced)
    #expect(stream.transcript == StreamTranscript(keepsSegments: true))
    #expect(stream.inFlight == 2)
    #expect(stream.answer(1, .final(1)) == [.emit(.update(.final(1))), .result(1)])
    #expect(stream.answer(1) == replaced)
  }
}
