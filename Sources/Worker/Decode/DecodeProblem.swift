internal import Audio
internal import Capture

/// Sentences for the person whose file cannot be decoded.
enum DecodeProblem {
  private static let kinds = "WAV, FLAC, Ogg (Vorbis, Opus), MP3, AIFF or AU"
  private static let foreignKinds = "M4A, MP4, WebM, AAC or AMR"

  private static func expected(hasFFmpeg: Bool) -> String {
    "expected an audio file: \(kinds)"
      + (hasFFmpeg ? ", or \(foreignKinds)" : "; \(foreignKinds) need ffmpeg on the server")
  }

  static func needsFFmpeg(_ kind: FileKind) -> String { "\(expected(hasFFmpeg: false)); got \(kind.name)" }

  static func sentence(for error: CaptureError, hasFFmpeg: Bool) -> String {
    switch error {
    case .kindNotRead(_, let kind, let reason):
      "\(expected(hasFFmpeg: hasFFmpeg)); got \(kind)\(reason.map { ": \($0)" } ?? "")"
    case .noFrames: "expected audio, got a file without any"
    case .noConversion(let failure), .system(let failure): "cannot decode the file: \(failure)"
    default: "\(expected(hasFFmpeg: hasFFmpeg)), got something else"
    }
  }
}
