import CommandLine
import Platform

/// Limits and decoders of uploaded files.
struct UploadSettings: Equatable {
  /// The largest file, in MiB.
  var limitMiB: Int
  /// The program for kinds of files that libsndfile does not read; nil: there is none.
  var ffmpeg: String?

  static let flags = [
    Flag(
      "max-upload-mib", "MIB", variables: ["AUDIO_MAX_UPLOAD_MIB"], fallback: "25",
      "The largest file that may be uploaded for a transcription."),
    Flag(
      "ffmpeg", "PATH", variables: ["AUDIO_FFMPEG"],
      "The ffmpeg that decodes uploaded M4A, MP4, WebM and other files that libsndfile does not read, and files that are sent live; off: none. Default: the one on the PATH."
    ),
  ]

  init(_ settings: Settings) throws(UsageError) {
    guard let limit = try settings.integer("max-upload-mib", in: 1...4096) else {
      preconditionFailure("This flag has a default.")
    }
    limitMiB = limit
    switch settings.string("ffmpeg") {
    case nil: ffmpeg = ExecutablePath.named("ffmpeg")
    case "off": ffmpeg = nil
    case let path?:
      guard ExecutablePath.isExecutable(path) else {
        throw settings.refuse("ffmpeg", allowed: "the path of an executable, or off")
      }
      ffmpeg = path
    }
  }
}
