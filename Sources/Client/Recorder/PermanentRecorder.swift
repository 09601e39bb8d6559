import Audio
import Capture
import Glibc
import Platform
import SpeechClient

/// Keeps the texts of a microphone, and its sound if that is wanted, in files that it deletes when they are old.
final class PermanentRecorder {
  let texts: DayTexts?
  let sound: HourlySound?
  private let folders: [RecorderFolder]
  private let keepDays: Int?
  private let report: (String) -> Void
  /// Old files were looked for on this day.
  private var lookedOn: CalendarDay?

  /// - Parameters:
  ///   - textFolder, soundFolder: where each is kept; nil: it is not.
  ///   - keepDays: nil: nothing is deleted.
  init(
    textFolder: String?, soundFolder: String?, keepDays: Int?, format: AudioFormat, report: @escaping (String) -> Void
  ) throws(CaptureError) {
    let textPlace = try textFolder.map { path throws(CaptureError) in try RecorderFolder(path: path) }
    // One list for both, if it is the same folder.
    let soundPlace = try soundFolder.map { path throws(CaptureError) -> RecorderFolder in
      if let textPlace, Self.isSame(textPlace.path, path) { return textPlace }
      return try RecorderFolder(path: path)
    }
    texts = textPlace.map { DayTexts($0, report: report) }
    sound = soundPlace.map { HourlySound($0, format: format, report: report) }
    folders = [textPlace, soundPlace === textPlace ? nil : soundPlace].compactMap { $0 }
    self.keepDays = keepDays
    self.report = report
  }

  /// As the options of `mic` want it. Nil: they want no folder.
  convenience init?(_ options: MicrophoneOptions, _ console: Console) throws(CaptureError) {
    guard options.keeping.hasFolder else { return nil }
    try self.init(
      textFolder: options.keeping.textFolder, soundFolder: options.keeping.soundFolder,
      keepDays: options.keeping.keepDays, format: options.format, report: { console.note("recorder: \($0)") })
  }

  private static func isSame(_ one: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    return stat(one.systemName, &first) == 0 && stat(other.systemName, &second) == 0
      && (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)
  }

  /// Seconds since 1970.
  static var now: Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }

  /// Deletes what is too old, once a day.
  func tidy(today: CalendarDay = LocalTime(time(nil)).day) {
    guard let keepDays, lookedOn != today else { return }
    lookedOn = today
    for folder in folders {
      for trouble in folder.delete(olderThan: keepDays, today: today) { report("cannot delete \(trouble)") }
    }
  }

  /// Completes the files.
  /// - Returns: whether they have everything.
  func finish() -> Bool {
    sound?.finish()
    return texts?.isWhole != false && sound?.hasLost != true
  }
}
