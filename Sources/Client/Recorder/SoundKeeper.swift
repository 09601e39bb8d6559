import Audio
import Capture
import SpeechClient

/// Writes the sound of a recording to a file, and reports once if that fails.
final class SoundKeeper: SoundTarget {
  private let file: RecordingFile
  /// Called with the reason when the file takes no more.
  var failed: ((CaptureError) -> Void)?
  private var hasFailed = false

  init(_ file: RecordingFile) { self.file = file }

  func keep(_ bytes: UnsafeRawBufferPointer) {
    file.write(bytes)
    check()
  }

  func skip(frames: Int) {
    file.writeSilence(frames: frames)
    check()
  }

  /// Completes the file. - Returns: its length in seconds, unless it could not be written as a whole.
  func finish() -> Double? {
    file.close()
    return file.failure == nil ? file.format.seconds(frames: file.frames) : nil
  }

  var path: String { file.path }

  private func check() {
    guard let failure = file.failure, !hasFailed else { return }
    hasFailed = true
    failed?(failure)
  }
}
