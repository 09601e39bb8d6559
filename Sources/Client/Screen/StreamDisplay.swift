import Audio
import Platform
import SpeechClient

/// Composes the screen of a stream: levels, source and progress, and what the course knows.
struct StreamDisplay {
  private static let logInterval = Duration.seconds(5)

  private let name: String
  private let source: String
  private let isFile: Bool
  private let totalSeconds: Double?
  private let glyphs: Glyphs
  private var meter = Meter()
  private var loggedAt: Duration

  /// - Parameters:
  ///   - name: of the file or device.
  ///   - source: the format that is sent, in words.
  ///   - isFile: its progress is shown, as far as the total is known.
  init(name: String, source: String, isFile: Bool, totalSeconds: Double?, glyphs: Glyphs, at now: Duration) {
    self.name = name
    self.source = source
    self.isFile = isFile
    self.totalSeconds = totalSeconds
    self.glyphs = glyphs
    loggedAt = now
  }

  mutating func take(_ levels: Levels, seconds: Double, at now: Duration) {
    meter.take(levels, seconds: seconds, at: now)
  }

  /// Whether it is time for another line in a log.
  mutating func isLogDue(at now: Duration) -> Bool {
    guard now - loggedAt >= Self.logInterval else { return false }
    loggedAt = now
    return true
  }

  func screen(_ status: StreamStatus, position: Double, sendingSince: Duration?, at now: Duration) -> StreamScreen {
    var screen = StreamScreen()
    screen.status = status
    screen.glyphs = glyphs
    screen.reading = meter.reading(at: now)
    screen.elapsed = position
    screen.source = source
    if let device = status.device { screen.source = "\(name) \(glyphs.dot) \(device) \(glyphs.arrow) \(source)" }
    if isFile {
      screen.progress = ProgressBar(
        title: name.split(separator: "/").last.map(String.init) ?? name, position: position, total: totalSeconds,
        elapsed: sendingSince.map { (now - $0).inSeconds } ?? 0, glyphs: glyphs)
    }
    return screen
  }
}
