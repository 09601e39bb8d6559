import Recognition
import Testing

@testable import Streams

/// A worker of a `SimulatedStream`: does what it is asked for in order, and finds a segment in every 50 frames.
struct SimulatedWorker {
  struct Reply {
    enum Kind {
      case context
      case result(seq: Int)
      case finished(seq: Int)
    }
    var kind: Kind
    var updates: [TranscriptUpdate] = []
    var progress = RecognitionProgress()
  }

  private enum Request {
    case chunk(StreamChunk, isContext: Bool)
    case finish(seq: Int)
  }

  private static let segmentFrames = 50

  private var requests: [Request] = []
  private var isOpen = false
  private var isContinuous = false
  /// The next frame it is to get, and the next to be decoded; nil before the first chunk.
  private var nextFrame: Int?
  private var checkpoint = Checkpoint(frame: 0)
  private var decoded = 0

  var isFull: Bool { requests.count > 20 }
  var isAtWork: Bool { !requests.isEmpty }

  /// The byte of the whole stream at that place.
  static func byte(at offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: offset &* 31 &+ offset / 256) }

  mutating func open(from checkpoint: Checkpoint, isContinuous: Bool) {
    isOpen = true
    self.isContinuous = isContinuous
    self.checkpoint = checkpoint
    decoded = Int(checkpoint.frame)
  }

  mutating func send(_ chunk: StreamChunk, isContext: Bool, _ audio: UnsafeRawBufferPointer, isSilenced: Bool) {
    #expect(isOpen, "A chunk was sent on a stream that is not open.")
    #expect(audio.count == 2 * chunk.frames)
    if isContinuous {
      #expect(
        nextFrame.map { $0 == chunk.startFrame } ?? (chunk.startFrame <= Int(checkpoint.frame)), "Audio is missing.")
    }
    nextFrame = chunk.startFrame + chunk.frames
    if !isSilenced {
      let isSame = audio.indices.allSatisfy { audio[$0] == Self.byte(at: 2 * chunk.startFrame + $0) }
      #expect(isSame, "The audio of chunk \(chunk.seq) is not what was received.")
    }
    requests.append(.chunk(chunk, isContext: isContext))
  }

  mutating func finish(_ seq: Int) {
    #expect(isOpen, "A stream was finished that is not open.")
    requests.append(.finish(seq: seq))
  }

  /// Does the next thing.
  mutating func work() -> Reply? {
    guard !requests.isEmpty else { return nil }
    switch requests.removeFirst() {
    case .chunk(let chunk, let isContext):
      let kind = isContext ? Reply.Kind.context : .result(seq: chunk.seq)
      guard isContinuous else { return Reply(kind: kind, updates: isContext ? [] : [.final(chunk.seq)]) }
      let updates = decode(to: chunk.startFrame + chunk.frames)
      return Reply(kind: kind, updates: updates, progress: RecognitionProgress(checkpoint: checkpoint))
    case .finish(let seq):
      return Reply(
        kind: .finished(seq: seq), progress: RecognitionProgress(checkpoint: isContinuous ? checkpoint : nil))
    }
  }

  private mutating func decode(to frame: Int) -> [TranscriptUpdate] {
    decoded = max(decoded, frame)
    var updates: [TranscriptUpdate] = []
    while Int(checkpoint.frame) + Self.segmentFrames <= decoded {
      checkpoint = Checkpoint(
        frame: checkpoint.frame + UInt64(Self.segmentFrames), segments: checkpoint.segments + 1)
      updates.append(.final(checkpoint.segments))
    }
    return updates
  }
}

/// The client of a `SimulatedStream`: what it has received, and what it says it has when it returns.
struct SimulatedClient {
  private(set) var messages: [String] = []

  /// The message for an event that a client counts; nil for others.
  static func text(of event: StreamEvent) -> String? {
    switch event {
    case .result(let measure, _): "answer \(measure.seq)"
    case .failed(let seq, _): "answer \(seq)"
    case .update(let update): update.isFinal ? "final \(update.segment.number)" : nil
    case .flushed(let seq, _): "flushed \(seq)"
    case .receipt: "receipt"
    default: nil
    }
  }

  mutating func receive(_ text: String) { messages.append(text) }

  /// The connection broke before these were received.
  mutating func lose(_ count: Int) { messages.removeLast(min(count, messages.count)) }

  private func numbers(_ kind: String) -> [Int] {
    messages.filter { $0.hasPrefix(kind) }.compactMap { Int($0.dropFirst(kind.count + 1)) }
  }

  var answers: [Int] { numbers("answer") }
  var finals: [Int] { numbers("final") }
  var flushes: [Int] { numbers("flushed") }
  var answered: Int { answers.last ?? 0 }
  var segment: Int { finals.last ?? 0 }
}
