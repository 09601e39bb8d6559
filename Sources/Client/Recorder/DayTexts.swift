import Glibc
import SpeechClient

/// Writes final texts into a file a day: each with the time at which it was begun, into the file of that day.
final class DayTexts {
  /// Lines that no disk takes are kept, up to this.
  private static let keptBytes = 1 << 20

  private let folder: RecorderFolder
  /// Told once when lines cannot be written, and once when they can be again.
  private let report: (String) -> Void
  private var kept: [(name: String, line: String)] = []
  private var keptBytes = 0
  private(set) var hasLost = false

  init(_ folder: RecorderFolder, report: @escaping (String) -> Void) {
    self.folder = folder
    self.report = report
  }

  /// - Parameters:
  ///   - position: second of the recording that is recorded now.
  ///   - now: seconds since 1970.
  func write(_ captions: [Caption], position: Double, now: Double) {
    for caption in captions {
      let spoken = now - max(0, position - (caption.start ?? position))
      write(caption.plain, at: LocalTime(Int(spoken)))
    }
  }

  func write(_ text: String, at time: LocalTime) {
    put(RecorderNames.texts(of: time.day), "\(time.clock) \(text)\n")
  }

  private func put(_ name: String, _ line: String) {
    let wasStuck = !kept.isEmpty
    kept.append((name, line))
    keptBytes += line.utf8.count
    while let first = kept.first {
      if let failure = folder.append(first.line, to: first.name) {
        if !wasStuck { report("texts are kept in memory: \(failure)") }
        return limit()
      }
      kept.removeFirst()
      keptBytes -= first.line.utf8.count
    }
    if wasStuck { report("texts are written again") }
  }

  private func limit() {
    while keptBytes > Self.keptBytes, let first = kept.first {
      kept.removeFirst()
      keptBytes -= first.line.utf8.count
      hasLost = true
    }
  }

  /// Whether every line was written.
  var isWhole: Bool { kept.isEmpty && !hasLost }
}
