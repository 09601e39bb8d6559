import Audio

/// Why a file can't be decoded while it comes. A sentence has to fit into the reason of a close, which has 123 bytes.
enum LiveFileProblem: Equatable {
  case noFile
  case needsFFmpeg(FileKind)
  /// In the decoder's words, before any audio of it or after some.
  case notDecoded(FileKind, String, hasAudio: Bool)
  /// As many are decoded as may be.
  case tooMany
  case noProcess(String)

  /// Whether it is the server's.
  var isOurs: Bool {
    switch self {
    case .noFile, .needsFFmpeg, .notDecoded: false
    case .tooMany, .noProcess: true
    }
  }

  var sentence: String {
    switch self {
    case .noFile: "audio: expected a file, got something else"
    case .needsFFmpeg(let kind):
      "audio: \(kind.name) needs ffmpeg on the server (apt-get install ffmpeg)"
    case .notDecoded(let kind, let words, hasAudio: false):
      "audio: expected \(kind.name) that can be decoded as it comes: \(words)"
    case .notDecoded(let kind, let words, hasAudio: true): "audio: \(kind.name) that can't be decoded further: \(words)"
    case .tooMany: "too many files are being decoded; try again later"
    case .noProcess(let reason): "no file can be decoded: \(reason)"
    }
  }
}
