import Audio
import Platform

/// Notices that the line to the server carries less than the audio needs: how much of each, how far behind the stream
/// is, and when it will be level.
///
/// Measured by what the server acknowledges, because buffers of the network take more than the line carries.
struct LineWatch: Equatable {
  /// Less audio than this waits now and then.
  private static let toldBehindSeconds = 5.0
  /// Over so many seconds the line is measured.
  private static let windowSeconds = 3.0
  /// Measurements of the window.
  private static let marks = 12

  private struct Mark: Equatable {
    var time: Duration
    var bytes: Int
  }

  private let format: AudioFormat
  private var marks: [Mark] = []
  private var behind = 0.0
  /// The line was reported.
  private var isTold = false

  init(_ format: AudioFormat) { self.format = format }

  private var neededBits: Double { Double(format.sampleRate * format.frameBytes * 8) }

  /// - Parameters:
  ///   - behind: seconds of audio that the server should have and has not acknowledged.
  ///   - acknowledgedBytes: what it has, from the beginning.
  /// - Returns: what to report, once each time the stream falls behind.
  mutating func update(behind: Double, acknowledgedBytes: Int, at now: Duration) -> String? {
    self.behind = behind
    if let last = marks.last, acknowledgedBytes < last.bytes { marks = [] }
    let step = Duration.seconds(Self.windowSeconds / Double(Self.marks))
    if marks.last.map({ now - $0.time >= step }) ?? true { marks.append(Mark(time: now, bytes: acknowledgedBytes)) }
    if marks.count > Self.marks + 1 { marks.removeFirst() }
    if behind < 1 { isTold = false }
    guard isBehind, !isTold, let outlook else { return nil }
    isTold = true
    return "\(behind.fixed(1)) s behind: \(outlook)\(remedy)"
  }

  /// The connection is another one.
  mutating func restart() { marks = [] }

  /// So much audio waits that it is shown.
  var isBehind: Bool { behind > Self.toldBehindSeconds }
  var shownBehind: Double? { isBehind ? behind : nil }

  /// What the line carries in bits per second. Nil until it has been measured.
  private var carriedBits: Double? {
    guard let first = marks.first, let last = marks.last else { return nil }
    let seconds = (last.time - first.time).inSeconds
    return seconds >= Self.windowSeconds * 0.9 ? Double((last.bytes - first.bytes) * 8) / seconds : nil
  }

  /// What becomes of it. Nil if the stream is not behind, or the line not measured.
  var outlook: String? {
    guard isBehind, let carriedBits else { return nil }
    // The line may be well: a server can have to wait.
    guard carriedBits > 0 else { return "the server acknowledges nothing" }
    let text = "the line carries \(Self.words(carriedBits)), the audio needs \(Self.words(neededBits))"
    guard carriedBits > neededBits * 1.02 else { return text }
    return text + ", level in \((behind * neededBits / (carriedBits - neededBits)).rounded(.up).fixed(0)) s"
  }

  /// An encoding of a byte a sample, if that helps.
  private var remedy: String {
    guard let carriedBits, carriedBits > 0, carriedBits <= neededBits * 1.02, format.encoding.sampleBytes > 1 else {
      return ""
    }
    return "; --encoding mulaw needs \(Self.words(neededBits / Double(format.encoding.sampleBytes)))"
  }

  private static func words(_ bits: Double) -> String { "\((bits / 1000).fixed(0)) kbit/s" }
}
