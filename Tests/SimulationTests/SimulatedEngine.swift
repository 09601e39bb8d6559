import Dialects
import Recognition
import Support

@testable import Worker

/// The audio of simulations, and the words that an undisturbed recognizer finds in it: a segment in every so many
/// frames, whose text depends on each of its bytes.
enum SimulatedSpeech {
  static let engine = "words"
  static let segmentFrames = 97
  static let frameBytes = 2
  static var segmentBytes: Int { segmentFrames * frameBytes }
  static let sampleRate = 16_000

  /// A chunk that begins so ends every worker that recognizes it.
  static let poison: [UInt8] = [0xDE, 0xAD, 0xBE, 0xEF]

  /// A number for these bytes (FNV-1a). It is the text that is recognized in them, after their first frame and the one
  /// after the last.
  static func text(_ bytes: some Sequence<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int(hash >> 12)
  }

  /// As gateways know them.
  static let engines: EngineList = {
    var list = EngineList(standard: "mock", enabled: [engine])
    list.update(SimulatedEngine(SimulatedClock(Seed(0), isTraced: false)).catalog().statuses)
    return list
  }()
}

/// Recognizes `SimulatedSpeech`, later than the chunks are answered.
final class SimulatedEngine: RecognizerFactory {
  let clock: SimulatedClock
  /// Called when there is something to collect from a recognizer.
  var onWords: () -> Void = {}
  /// It has got a chunk that ends its process.
  var isPoisoned = false

  init(_ clock: SimulatedClock) { self.clock = clock }

  let isContinuous = true

  func recognizer(
    stream: StreamID, request: StreamRequest, from checkpoint: Checkpoint, sink: any TranscriptSink
  ) -> any Recognizer { SimulatedRecognizer(self, from: checkpoint, sink) }

  /// A worker's engines: the mock, and this one if it is there.
  func catalog(isThere: Bool = true) -> EngineCatalog {
    guard isThere else { return EngineCatalog(EngineCatalog.all, loading: ["mock"]) }
    nonisolated(unsafe) let factory = self
    let entry = EngineEntry(SimulatedSpeech.engine, isContinuous: true, flags: "") { _ throws(EngineProblem) in factory
    }
    return EngineCatalog(EngineCatalog.all + [entry], loading: ["mock", SimulatedSpeech.engine])
  }
}

private final class SimulatedRecognizer: Recognizer {
  private let engine: SimulatedEngine
  private let sink: any TranscriptSink
  private var checkpoint: Checkpoint
  /// Audio since the checkpoint.
  private var audio: [UInt8] = []

  /// Microseconds from a chunk to its words.
  private static var decodingTime: Range<Int> { 0..<20_000 }

  init(_ engine: SimulatedEngine, from checkpoint: Checkpoint, _ sink: any TranscriptSink) {
    self.engine = engine
    self.sink = sink
    self.checkpoint = checkpoint
    sink.push(nil, progress)
  }

  private var progress: RecognitionProgress { RecognitionProgress(checkpoint: checkpoint) }

  func accept(_ chunk: AudioChunk) { take(chunk) }
  func recall(_ chunk: AudioChunk) { take(chunk) }

  private func take(_ chunk: AudioChunk) {
    guard !chunk.bytes.isEmpty, !engine.isPoisoned else { return }
    if chunk.bytes.starts(with: SimulatedSpeech.poison) { engine.isPoisoned = true }
    let expected = Int(checkpoint.frame) + audio.count / SimulatedSpeech.frameBytes
    engine.clock.check(
      chunk.startFrame == expected, "a recognizer got frame \(chunk.startFrame) instead of \(expected)")
    audio += chunk.bytes
    guard audio.count >= SimulatedSpeech.segmentBytes else { return }
    later { $0.decode() }
  }

  private func later(_ body: @escaping (SimulatedRecognizer) -> Void) {
    engine.clock.after(engine.clock.draw(in: Self.decodingTime)) { [self] in
      body(self)
      engine.onWords()
    }
  }

  private func decode() {
    while audio.count >= SimulatedSpeech.segmentBytes { segment(SimulatedSpeech.segmentBytes) }
  }

  private func segment(_ bytes: Int) {
    let (before, hash) = (Int(checkpoint.frame), SimulatedSpeech.text(audio.prefix(bytes)))
    let after = before + bytes / SimulatedSpeech.frameBytes
    audio.removeFirst(bytes)
    checkpoint = Checkpoint(frame: UInt64(after), segments: checkpoint.segments + 1)
    let segment = Segment(
      number: checkpoint.segments, start: Double(before) / Double(SimulatedSpeech.sampleRate),
      end: Double(after) / Double(SimulatedSpeech.sampleRate), text: "\(before) \(after) \(hash)")
    sink.push(TranscriptUpdate(segment: segment, stableWords: 1, isFinal: true), progress)
  }

  func finish(_ done: @escaping @Sendable () -> Void) {
    later { recognizer in
      recognizer.decode()
      if !recognizer.audio.isEmpty { recognizer.segment(recognizer.audio.count) }
      done()
    }
  }
}
