import Audio
import Capture
import Platform

/// A microphone's sound as it comes.
final class MicrophoneFeed: Feed {
  let format: AudioFormat
  let isLive = true
  /// A second of the smallest chunks. To a client that comes back a server repeats the replies to 200 at the least.
  let openChunks = 200
  private(set) var chunk: [UInt8] = []
  var onLevels: ((Levels, Double) -> Void)?
  var onEvent: ((CaptureEvent) -> Void)?
  private let source: any AudioSource
  private let stopSource: () -> Void
  private var framer: Framer
  /// Cut and not yet given out.
  private var ready = Deque<[UInt8]>()
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
    lastFrame = duration.map { Int(($0.inSeconds * Double(source.format.sampleRate)).rounded()) }
    // A fiftieth of a second: the meter moves as often as the device delivers.
    buffer = [UInt8](repeating: 0, count: max(1, source.format.sampleRate / 50) * source.format.frameBytes)
  }

  var position: Double { format.seconds(frames: framesTaken) }

  var chunkBytes: Int { framer.chunkBytes }

  func lag(at now: Duration) -> Double { 0 }

  func stop() { stopSource() }

  func next(openChunks: Int, unsentBytes: Int, at now: Duration) -> FeedItem {
    if ready.isEmpty { drain() }
    guard let next = ready.popFirst() else { return isOver ? .end : .later }
    chunk = next
    return .chunk
  }

  /// Takes some of what has been recorded.
  private func drain() {
    while !isOver, ready.isEmpty {
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
