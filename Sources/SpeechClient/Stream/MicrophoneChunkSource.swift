package import Audio
package import Capture
import Platform

/// The audio of a microphone as it arrives.
package final class MicrophoneChunkSource: ChunkSource {
  /// What is there and was not given out yet.
  private enum Item {
    case chunk([UInt8])
    case gap(frames: Int)
  }

  package let format: AudioFormat
  package private(set) var chunk: [UInt8] = []
  package var onLevels: ((Levels, Double) -> Void)?
  package var onEvent: ((CaptureEvent) -> Void)?
  private let audio: any AudioSource
  private let stopSource: () -> Void
  private let keeper: (any SoundTarget)?
  private var framer: Framer
  private var ready = Deque<Item>()
  private var buffer: [UInt8]
  private var frames = Frames()

  private struct Frames {
    /// Recorded.
    var taken = 0
    /// Lost, as the device or the clock tell.
    var lost = 0
    /// The end, if `--duration` limits the recording.
    var last: Int?
    /// There are no more.
    var areOver = false
  }

  /// While it is on, sound is neither sent nor kept, and the recording does not grow.
  package var isPaused = false {
    didSet { if isPaused, !oldValue { flushFramer() } }
  }

  /// - Parameters:
  ///   - keeper: is given the sound, too.
  ///   - stopSource: makes the device end its audio.
  package init(
    _ audio: any AudioSource, chunkFrames: Int, duration: Duration?, keeper: (any SoundTarget)? = nil,
    stopSource: @escaping () -> Void
  ) {
    self.audio = audio
    self.stopSource = stopSource
    self.keeper = keeper
    format = audio.format
    framer = Framer(format: audio.format, frames: chunkFrames)
    frames.last = duration.map { Int(($0.inSeconds * Double(audio.format.sampleRate)).rounded()) }
    // 20 ms: the meter moves as often as the device delivers.
    buffer = [UInt8](repeating: 0, count: max(1, audio.format.sampleRate / 50) * audio.format.frameBytes)
  }

  package func isRecording(at now: Duration) -> Bool { true }
  /// A second of the smallest chunks. A server repeats the replies to at least 200 chunks when a client resumes.
  package var openChunks: Int { 200 }
  package var position: Double { format.seconds(frames: frames.taken + frames.lost) }

  package var chunkBytes: Int { framer.chunkBytes }

  package func lag(at now: Duration) -> Double { 0 }

  package func stop() { stopSource() }

  package func next(openChunks: Int, unsentBytes: Int, at now: Duration) -> NextChunk {
    if ready.isEmpty { drain() }
    switch ready.popFirst() {
    case .chunk(let next):
      chunk = next
      return .chunk
    case .gap(let frames): return .gap(frames: frames)
    case nil: return frames.areOver ? .end : .later
    }
  }

  /// Takes some of the recorded audio.
  private func drain() {
    while !frames.areOver, ready.isEmpty {
      switch buffer.withUnsafeMutableBytes({ audio.next(into: $0) }) {
      case .audio(let bytes): take(bytes)
      case .event(let event):
        if !isPaused { lose(event.lostFrames) }
        onEvent?(event)
      case .nothingYet: return
      case .end: end()
      }
    }
  }

  private func take(_ count: Int) {
    var taken = count / format.frameBytes
    if let last = frames.last { taken = min(taken, last - frames.taken) }
    buffer.withUnsafeBytes { all in
      let bytes = UnsafeRawBufferPointer(rebasing: all[..<(taken * format.frameBytes)])
      onLevels?(Levels.measure(bytes, encoding: format.encoding), format.seconds(frames: taken))
      guard !isPaused else { return }
      frames.taken += taken
      keeper?.keep(bytes)
      framer.append(bytes) { ready.append(.chunk(Array($0))) }
    }
    if let last = frames.last, frames.taken >= last {
      stopSource()
      end()
    }
  }

  /// The times of later texts are those of the recording, in which lost sound has its place.
  private func lose(_ count: Int) {
    guard count > 0 else { return }
    flushFramer()
    frames.lost += count
    keeper?.skip(frames: count)
    ready.append(.gap(frames: count))
  }

  private func flushFramer() { framer.finish { ready.append(.chunk(Array($0))) } }

  private func end() {
    frames.areOver = true
    flushFramer()
  }
}

extension CaptureEvent {
  /// Sound that is missing at this place, estimated from the clock.
  fileprivate var lostFrames: Int {
    switch self {
    case .overrun(let frames), .suspended(let frames), .gap(let frames), .dropped(let frames), .back(_, let frames):
      frames
    case .started, .absent, .slow, .clock, .channels, .lost, .failed, .truncated, .exceeded: 0
    }
  }
}
