public import Audio
internal import Glibc

/// A file that sound is written to while it is recorded. Its kind is that of its name: `talk.flac`.
///
/// Whatever was written is in the file if the program dies, but for the last block of a compressed one: a quarter of a
/// second of FLAC at 16 kHz.
public final class RecordingFile {
  /// The endings of names that can be written.
  public static let kinds = ["flac", "wav", "w64", "caf", "ogg", "opus"]

  public let path: String
  /// The format of the sound.
  public let format: AudioFormat
  /// Frames in the file.
  public private(set) var frames = 0
  /// Why nothing more is written, if so.
  public private(set) var failure: CaptureError?
  private var writer: SoundWriter?
  private var samples: [Float] = []

  /// Whether the name is that of a kind that can be written.
  public static func isKnown(_ path: String) -> Bool { kinds.contains(ending(path)) }

  private static func ending(_ path: String) -> String { path.split(separator: ".").last.map { $0.lowercased() } ?? "" }

  /// Creates the file, which must not be there yet.
  /// - Parameter permissions: of the file, less what the process may not give.
  public init(path: String, format: AudioFormat, permissions: UInt32 = 0o666) throws(CaptureError) {
    self.path = path
    self.format = format
    guard Self.isKnown(path) else { throw .notRecordable(path: path, kinds: Self.kinds) }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
    guard descriptor >= 0 else {
      throw .fileNotWritable(
        path: path, CallFailure(call: "open", code: Int(errno), reason: String(cString: strerror(errno))))
    }
    do throws(CallFailure) { writer = try SoundWriter(descriptor, ending: Self.ending(path), format: format) } catch {
      unlink(path)
      throw .fileNotWritable(path: path, error)
    }
  }

  deinit { close() }

  /// Writes whole frames.
  public func write(_ bytes: UnsafeRawBufferPointer) {
    guard writer != nil, failure == nil, !bytes.isEmpty else { return }
    samples.removeAll(keepingCapacity: true)
    SampleDecoder.append(bytes, encoding: format.encoding, to: &samples)
    writeSamples()
  }

  /// Writes silence in place of sound that was lost, so that what follows stands in its place.
  public func writeSilence(frames count: Int) {
    var rest = count
    while rest > 0, writer != nil, failure == nil {
      let piece = min(rest, format.sampleRate)
      samples.removeAll(keepingCapacity: true)
      samples.append(contentsOf: repeatElement(0, count: piece * format.channels))
      writeSamples()
      rest -= piece
    }
  }

  private func writeSamples() {
    do throws(CallFailure) {
      try writer?.write(samples)
      frames += samples.count / format.channels
    } catch {
      failure = .fileNotWritable(path: path, error)
    }
  }

  /// Completes the file.
  public func close() { writer = nil }
}
