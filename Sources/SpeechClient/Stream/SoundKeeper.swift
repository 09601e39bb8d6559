import Audio
package import Capture

/// Writes the sound of a recording to a file, and reports once if that fails.
package final class SoundKeeper {
  private let file: RecordingFile
  /// Called with the reason when the file takes no more.
  package var failed: ((CaptureError) -> Void)?
  private var hasFailed = false

  package init(_ file: RecordingFile) { self.file = file }

  package func keep(_ bytes: UnsafeRawBufferPointer) {
    file.write(bytes)
    check()
  }

  package func skip(frames: Int) {
    file.writeSilence(frames: frames)
    check()
  }

  /// Completes the file. - Returns: its length in seconds, unless it could not be written as a whole.
  package func finish() -> Double? {
    file.close()
    return file.failure == nil ? file.format.seconds(frames: file.frames) : nil
  }

  package var path: String { file.path }

  private func check() {
    guard let failure = file.failure, !hasFailed else { return }
    hasFailed = true
    failed?(failure)
  }
}
