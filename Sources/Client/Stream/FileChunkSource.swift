import Audio
import Capture
import Platform

/// The audio of a file or a pipe at a chosen speed.
final class FileChunkSource: ChunkSource {
  /// A recorder is not faster than time. Another program may be this far ahead of it before it has to wait.
  private static let leadSeconds = 5.0

  private enum State { case reading, read, stopped }

  private struct Pipe {
    /// Ends it, after which some audio still comes.
    let stop: () -> Void
    var isStopped = false
    /// When its first audio was there.
    var began: Duration?
  }

  let format: AudioFormat
  private(set) var chunk: [UInt8]
  var onLevels: ((Levels, Double) -> Void)?
  var onEvent: ((CaptureEvent) -> Void)?
  private let audio: any AudioSource
  private var pipe: Pipe?
  private var pacer: Pacer
  private var buffer: [UInt8]
  private var filled = 0
  private var framesSent = 0
  private var state = State.reading
  /// The end, if the user limits the duration.
  private let lastFrame: Int?

  init(
    _ audio: any AudioSource, speed: Speed, chunkFrames: Int, duration: Duration? = nil, stopPipe: (() -> Void)? = nil
  ) {
    self.audio = audio
    pipe = stopPipe.map { Pipe(stop: $0) }
    format = audio.format
    pacer = Pacer(speed: speed)
    buffer = [UInt8](repeating: 0, count: chunkFrames * audio.format.frameBytes)
    chunk = []
    lastFrame = duration.map { Int(($0.inSeconds * Double(audio.format.sampleRate)).rounded()) }
  }

  func isRecording(at now: Duration) -> Bool {
    guard let pipe, !pipe.isStopped else { return pipe != nil }
    return pipe.began.map { position - (now - $0).inSeconds < Self.leadSeconds } ?? true
  }

  var openChunks: Int { Pacer.openChunks }
  var position: Double { format.seconds(frames: framesSent) }

  var chunkBytes: Int { buffer.count }

  func lag(at now: Duration) -> Double { state == .reading ? pacer.lag(end: position, at: now) : 0 }

  func stop() {
    guard let pipe else {
      state = .stopped
      return
    }
    self.pipe?.isStopped = true
    pipe.stop()
  }

  func next(openChunks: Int, unsentBytes: Int, at now: Duration) -> NextChunk {
    guard state != .stopped else { return .end }
    fill()
    guard filled == buffer.count || state == .read else { return .later }
    guard filled > 0 else { return .end }
    if pipe?.began == nil { pipe?.began = now }
    let end = format.seconds(frames: framesSent + filled / format.frameBytes)
    switch pacer.next(end: end, openChunks: openChunks, unsentBytes: unsentBytes, at: now) {
    case .hold: return .later
    case .wait(let due): return .notBefore(due)
    case .send: return take()
    }
  }

  private func fill() {
    while filled < buffer.count, state == .reading {
      let item = buffer.withUnsafeMutableBytes {
        audio.next(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
      }
      switch item {
      case .audio(let bytes): filled += bytes
      case .event(let event): onEvent?(event)
      case .end: state = .read
      case .nothingYet: return
      }
    }
  }

  private func take() -> NextChunk {
    if let lastFrame, framesSent + filled / format.frameBytes >= lastFrame {
      filled = (lastFrame - framesSent) * format.frameBytes
      stop()
      state = .stopped
    }
    chunk.removeAll(keepingCapacity: true)
    chunk.append(contentsOf: buffer[..<filled])
    let frames = filled / format.frameBytes
    framesSent += frames
    filled = 0
    onLevels?(chunk.withUnsafeBytes { Levels.measure($0, encoding: format.encoding) }, format.seconds(frames: frames))
    return .chunk
  }
}
