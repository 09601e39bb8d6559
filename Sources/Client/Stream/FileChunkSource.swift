import Audio
import Capture
import Platform

/// The audio of a file at a chosen speed.
final class FileChunkSource: ChunkSource {
  let format: AudioFormat
  private(set) var chunk: [UInt8]
  var onLevels: ((Levels, Double) -> Void)?
  var onEvent: ((CaptureEvent) -> Void)?
  private let audio: any AudioSource
  private var pacer: Pacer
  private var buffer: [UInt8]
  private var filled = 0
  private var framesSent = 0
  private var isStopped = false
  private var isRead = false
  /// The end, if the user limits the duration.
  private let lastFrame: Int?

  init(_ audio: any AudioSource, speed: Speed, chunkFrames: Int, duration: Duration? = nil) {
    self.audio = audio
    format = audio.format
    pacer = Pacer(speed: speed)
    buffer = [UInt8](repeating: 0, count: chunkFrames * audio.format.frameBytes)
    chunk = []
    lastFrame = duration.map { Int(($0.inSeconds * Double(audio.format.sampleRate)).rounded()) }
  }

  var isLive: Bool { false }
  var openChunks: Int { Pacer.openChunks }
  var position: Double { format.seconds(frames: framesSent) }

  var chunkBytes: Int { buffer.count }

  func lag(at now: Duration) -> Double { isStopped || isRead ? 0 : pacer.lag(end: position, at: now) }

  func stop() { isStopped = true }

  func next(openChunks: Int, unsentBytes: Int, at now: Duration) -> NextChunk {
    guard !isStopped else { return .end }
    fill()
    guard filled > 0 else { return isRead ? .end : .later }
    let end = format.seconds(frames: framesSent + filled / format.frameBytes)
    switch pacer.next(end: end, openChunks: openChunks, unsentBytes: unsentBytes, at: now) {
    case .hold: return .later
    case .wait(let due): return .notBefore(due)
    case .send: return take()
    }
  }

  private func fill() {
    while filled < buffer.count, !isRead {
      let item = buffer.withUnsafeMutableBytes {
        audio.next(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
      }
      switch item {
      case .audio(let bytes): filled += bytes
      case .event(let event): onEvent?(event)
      case .end: isRead = true
      case .nothingYet: return
      }
    }
  }

  private func take() -> NextChunk {
    if let lastFrame, framesSent + filled / format.frameBytes >= lastFrame {
      filled = (lastFrame - framesSent) * format.frameBytes
      isStopped = true
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
