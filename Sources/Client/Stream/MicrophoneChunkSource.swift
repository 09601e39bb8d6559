import Audio
import Capture
import Platform

/// The audio of a microphone as it arrives.
final class MicrophoneChunkSource: ChunkSource {
  let format: AudioFormat
  private(set) var chunk: [UInt8] = []
  var onLevels: ((Levels, Double) -> Void)?
  var onEvent: ((CaptureEvent) -> Void)?
  private let audio: any AudioSource
  private let stopSource: () -> Void
  private var framer: Framer
  /// Chunks that were not given out yet.
  private var ready = Deque<[UInt8]>()
  private var buffer: [UInt8]
  private var framesTaken = 0
  /// The end, if `--duration` limits the recording.
  private let lastFrame: Int?
  private var isOver = false

  /// - Parameter stopSource: makes the device end its audio.
  init(
    _ audio: any AudioSource, chunkFrames: Int, duration: Duration?, stopSource: @escaping () -> Void
  ) {
    self.audio = audio
    self.stopSource = stopSource
    format = audio.format
    framer = Framer(format: audio.format, frames: chunkFrames)
    lastFrame = duration.map { Int(($0.inSeconds * Double(audio.format.sampleRate)).rounded()) }
    // 20 ms: the meter moves as often as the device delivers.
    buffer = [UInt8](repeating: 0, count: max(1, audio.format.sampleRate / 50) * audio.format.frameBytes)
  }

  func isRecording(at now: Duration) -> Bool { true }
  /// A second of the smallest chunks. A server repeats the replies to at least 200 chunks when a client resumes.
  var openChunks: Int { 200 }
  var position: Double { format.seconds(frames: framesTaken) }

  var chunkBytes: Int { framer.chunkBytes }

  func lag(at now: Duration) -> Double { 0 }

  func stop() { stopSource() }

  func next(openChunks: Int, unsentBytes: Int, at now: Duration) -> NextChunk {
    if ready.isEmpty { drain() }
    guard let next = ready.popFirst() else { return isOver ? .end : .later }
    chunk = next
    return .chunk
  }

  /// Takes some of the recorded audio.
  private func drain() {
    while !isOver, ready.isEmpty {
      switch buffer.withUnsafeMutableBytes({ audio.next(into: $0) }) {
      case .audio(let bytes): take(bytes)
      case .event(let event): onEvent?(event)
      case .nothingYet: return
      case .end: end()
      }
    }
  }

  private func take(_ count: Int) {
    var frames = count / format.frameBytes
    if let lastFrame { frames = min(frames, lastFrame - framesTaken) }
    framesTaken += frames
    buffer.withUnsafeBytes { all in
      let bytes = UnsafeRawBufferPointer(rebasing: all[..<(frames * format.frameBytes)])
      onLevels?(Levels.measure(bytes, encoding: format.encoding), format.seconds(frames: frames))
      framer.append(bytes) { ready.append(Array($0)) }
    }
    if let lastFrame, framesTaken >= lastFrame {
      stopSource()
      end()
    }
  }

  private func end() {
    isOver = true
    framer.finish { ready.append(Array($0)) }
  }
}
