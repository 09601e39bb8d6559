package import Audio
package import Capture
import Platform

/// The audio of a file or a pipe at a chosen speed.
package final class FileChunkSource: ChunkSource {
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

  package let format: AudioFormat
  package private(set) var chunk: [UInt8]
  package var onLevels: ((Levels, Double) -> Void)?
  package var onEvent: ((CaptureEvent) -> Void)?
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

  /// The audio of an opened file. A pipe is read on a thread of its own, which calls `wake`.
  /// - Parameter speed: nil: real time, but a pipe as it comes.
  package convenience init(
    _ file: AudioFile, speed: Speed?, chunkFrames: Int, duration: Duration? = nil, wake: @escaping @Sendable () -> Void
  ) throws(CaptureError) {
    guard file.isPipe else {
      self.init(file, speed: speed ?? .realtime, chunkFrames: chunkFrames, duration: duration)
      return
    }
    let pipe = try PipeThread(file, wake: wake)
    self.init(
      pipe, speed: speed ?? .fast, chunkFrames: chunkFrames, duration: duration, stopPipe: { pipe.stop() })
  }

  package func isRecording(at now: Duration) -> Bool {
    guard let pipe, !pipe.isStopped else { return pipe != nil }
    return pipe.began.map { position - (now - $0).inSeconds < Self.leadSeconds } ?? true
  }

  package var openChunks: Int { Pacer.openChunks }
  package var position: Double { format.seconds(frames: framesSent) }

  package var chunkBytes: Int { buffer.count }

  package func lag(at now: Duration) -> Double { state == .reading ? pacer.lag(end: position, at: now) : 0 }

  package func stop() {
    guard let pipe else {
      state = .stopped
      return
    }
    self.pipe?.isStopped = true
    pipe.stop()
  }

  package func next(openChunks: Int, unsentBytes: Int, at now: Duration) -> NextChunk {
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
