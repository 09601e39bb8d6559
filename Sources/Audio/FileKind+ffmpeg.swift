extension FileKind {
  /// ffmpeg's name of the format, for kinds that libsndfile does not read. Named to it, it guesses nothing: no file can
  /// pass for a playlist that names others.
  public var ffmpegFormat: String? {
    switch self {
    case .wave, .aiff, .au, .caf, .wave64, .flac, .ogg, .mpeg, .voc, .nist: nil
    case .adts: "aac"
    case .mp4: "mov"
    case .matroska: "matroska"
    case .asf: "asf"
    case .amr: "amr"
    case .avi: "avi"
    case .flash: "flv"
    case .programStream: "mpeg"
    case .realMedia: "rm"
    case .wavPack: "wv"
    case .monkeysAudio: "ape"
    case .musepack: "mpc8"
    case .trueAudio: "tta"
    case .dsd: "dsf"
    }
  }

  /// The same of a file that comes by a pipe, which libsndfile does not read; nil for WAV, which needs no decoder.
  public var pipedFormat: String? {
    switch self {
    case .wave: nil
    case .aiff: "aiff"
    case .au: "au"
    case .caf: "caf"
    case .wave64: "w64"
    case .flac: "flac"
    case .ogg: "ogg"
    case .mpeg: "mp3"
    case .voc: "voc"
    case .nist: "nistsphere"
    default: ffmpegFormat
    }
  }

  /// Bytes that ffmpeg looks at before it decodes any; nil: as many as it likes. A stream of frames without a header
  /// tells everything in each, and by itself ffmpeg would wait for seconds of them.
  fileprivate var probedBytes: Int? { self == .mpeg || self == .adts ? 4096 : nil }
}

/// Has ffmpeg decode the first audio track of a file to 16-bit WAV on standard output.
public enum FFmpegArguments {
  /// - Parameter input: the path of a file that can be read at any position.
  public static func decode(_ format: String, from input: String) -> [String] {
    reading("file") + ["-f", format, "-i", input] + writing
  }

  /// The same of a file that comes by a pipe, piece by piece: what is decoded is written at once.
  /// - Parameter descriptor: the pipe's.
  public static func decode(_ kind: FileKind, fromPipe descriptor: Int32) -> [String]? {
    kind.pipedFormat.map { format in
      reading("pipe") + (kind.probedBytes.map { ["-probesize", "\($0)"] } ?? [])
        + ["-f", format, "-i", "pipe:\(descriptor)", "-flush_packets", "1"] + writing
    }
  }

  private static func reading(_ protocolName: String) -> [String] {
    ["-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", protocolName]
  }

  private static let writing = ["-map", "0:a:0", "-c:a", "pcm_s16le", "-f", "wav", "-bitexact", "pipe:1"]

  /// Its complaint: the first line on its standard error is the cause, consequences follow. Nil for none.
  public static func complaint(in output: some StringProtocol) -> String? {
    output.split(separator: "\n").first.map { line in
      // "[mov,mp4 @ 0x55] moov atom not found"
      String(line.hasPrefix("[") ? line.drop { $0 != "]" }.dropFirst().drop { $0 == " " } : line[...])
    }
  }
}
