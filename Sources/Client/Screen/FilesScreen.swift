import Platform
import SpeechClient

/// The block at the bottom of the terminal for several files that are sent at once: a line for each, and their sum.
struct FilesScreen {
  /// Above this, files are only counted.
  private static let listed = 6

  var count: Int
  var glyphs: Glyphs
  /// Files that are over.
  var done = 0
  var running: [StreamScreen] = []
  var now = Duration.zero
  private var beganAt: Duration?
  private var secondsDone = 0.0

  init(count: Int, glyphs: Glyphs) {
    self.count = count
    self.glyphs = glyphs
  }

  mutating func began(at moment: Duration) { if beganAt == nil { beganAt = moment } }

  /// A file is over. `seconds` of its audio were sent.
  mutating func finished(seconds: Double) { secondsDone += seconds }

  /// At most eight lines, none wider than `width`.
  func lines(width: Int) -> [StyledLine] {
    var lines = running.prefix(Self.listed).map { line(of: $0, width: width) }
    if running.count > Self.listed { lines.append(StyledLine("and \(running.count - Self.listed) more", .dim)) }
    lines.append(StyledLine(sum))
    return lines.map { $0.cut(to: width, ellipsis: glyphs.ellipsis) }
  }

  private func line(of file: StreamScreen, width: Int) -> StyledLine {
    switch file.status.link {
    case .waiting, .lost: if let delay = file.delay { return StyledLine(delay, .warning) }
    case .connecting, .connected, .resuming, .stopping: break
    }
    return file.progress?.line(width: width) ?? StyledLine("")
  }

  /// Everything in one line.
  var sum: String {
    let seconds = secondsDone + running.reduce(0) { $0 + $1.elapsed }
    var fields = ["\(done) of \(count) files", "\(running.count) running", "\(seconds.clock(tenths: false)) sent"]
    if let beganAt, now - beganAt > .seconds(1) {
      let rate = seconds / (now - beganAt).inSeconds
      fields.append("\(rate.fixed(rate < 10 ? 1 : 0))\(glyphs.times)")
    }
    return fields.joined(separator: "  ")
  }
}
