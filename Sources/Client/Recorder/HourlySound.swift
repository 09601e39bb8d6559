import Audio
import Capture
import Glibc
import SpeechClient

/// Writes the sound of a recording into a file an hour.
final class HourlySound: SoundTarget {
  /// After a failure the next file is begun this many seconds later.
  private static let pause = 60
  /// Files that may begin in the same second.
  private static let namesakes = 9

  private let folder: RecorderFolder
  private let format: AudioFormat
  /// Told when the sound cannot be kept.
  private let report: (String) -> Void
  private let clock: () -> Int
  private var file: RecordingFile?
  /// The file ends then, or the next is tried; seconds since 1970.
  private var end = 0
  private(set) var hasLost = false

  init(
    _ folder: RecorderFolder, format: AudioFormat, clock: @escaping () -> Int = { time(nil) },
    report: @escaping (String) -> Void
  ) {
    self.folder = folder
    self.format = format
    self.clock = clock
    self.report = report
  }

  func keep(_ bytes: UnsafeRawBufferPointer) {
    let now = clock()
    if now >= end { begin(at: now) }
    file?.write(bytes)
    check(at: now)
  }

  func skip(frames: Int) {
    let now = clock()
    file?.writeSilence(frames: frames)
    check(at: now)
  }

  /// Completes the file under way.
  func finish() { file = nil }

  private func begin(at now: Int) {
    file = nil
    let time = LocalTime(now)
    end = now + time.secondsLeftOfHour
    for number in 1...Self.namesakes {
      let name = RecorderNames.sound(from: time, number: number)
      guard folder.announce(name) else { continue }
      do throws(CaptureError) {
        file = try RecordingFile(path: folder.path(of: name), format: format, permissions: 0o600)
      } catch {
        fail(error, at: now)
      }
      return
    }
  }

  private func check(at now: Int) {
    if let failure = file?.failure { fail(failure, at: now) }
  }

  private func fail(_ error: CaptureError, at now: Int) {
    if !hasLost { report("\(error); the sound is sent, and kept again as soon as that works") }
    hasLost = true
    file = nil
    end = now + Self.pause
  }
}
