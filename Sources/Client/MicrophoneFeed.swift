import Capture
import Metering
import Wire

/// A microphone's sound as it comes. While no server takes it, the last seconds wait in a backlog.
final class MicrophoneFeed: Feed {
  /// How much sound waits for a server: as long as a restart of it takes.
  static let backlogSeconds = 10.0
  /// Chunks sent and unanswered, at most. The server stops reading before that.
  private static let openChunks = Limits.inFlightChunks
  private static let unsentBytes = 1 << 20

  let format: AudioFormat
  private(set) var chunk: [UInt8] = []
  var onLevels: ((Levels, Double) -> Void)?
  var onEvent: ((CaptureEvent) -> Void)?
  private let source: any AudioSource
  private let stopSource: () -> Void
  private var framer: Framer
  private(set) var backlog: Backlog
  private var buffer: [UInt8]
  private var framesTaken = 0
  /// Where `--duration` ends the recording.
  private let lastFrame: Int?
  private var isOver = false

  /// - Parameter stopSource: makes the source come to its end.
  init(
    _ source: any AudioSource, chunkFrames: Int, duration: Duration?, stopSource: @escaping () -> Void
  ) {
    self.source = source
    self.stopSource = stopSource
    format = source.format
    framer = Framer(format: source.format, frames: chunkFrames)
    let bytesASecond = source.format.sampleRate * source.format.frameBytes
    backlog = Backlog(limitBytes: Int(Self.backlogSeconds * Double(bytesASecond)))
    lastFrame = duration.map { Int(($0.inSeconds * Double(source.format.sampleRate)).rounded()) }
    // A fiftieth of a second: the meter moves as often as the device delivers.
    buffer = [UInt8](repeating: 0, count: max(1, source.format.sampleRate / 50) * source.format.frameBytes)
  }

  var position: Double { format.seconds(frames: framesTaken) }

  var droppedSeconds: Double { format.seconds(frames: backlog.droppedBytes / format.frameBytes) }

  func stop() { stopSource() }

  func next(openChunks: Int, unsentBytes: Int, at now: Duration) -> FeedItem {
    drain()
    guard !backlog.isEmpty else { return isOver ? .end : .later }
    guard openChunks < Self.openChunks, unsentBytes < Self.unsentBytes, let next = backlog.popFirst() else {
      return .later
    }
    chunk = next
    return .chunk
  }

  func drain() {
    while !isOver {
      switch buffer.withUnsafeMutableBytes({ source.next(into: $0) }) {
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
      framer.append(bytes) { backlog.append(Array($0)) }
    }
    if let lastFrame, framesTaken >= lastFrame {
      stopSource()
      end()
    }
  }

  private func end() {
    isOver = true
    framer.finish { backlog.append(Array($0)) }
  }
}
