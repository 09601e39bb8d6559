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
}

/// Has ffmpeg decode the first audio track of a file to 16-bit WAV on standard output.
public enum FFmpegArguments {
  /// - Parameter input: the path of a file that can be read at any position.
  public static func decode(_ format: String, from input: String) -> [String] {
    [
      "-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file", "-f", format, "-i", input,
      "-map", "0:a:0", "-c:a", "pcm_s16le", "-f", "wav", "-bitexact", "pipe:1",
    ]
  }

  /// Its complaint: the first line on its standard error is the cause, consequences follow. Nil for none.
  public static func complaint(in output: some StringProtocol) -> String? {
    output.split(separator: "\n").first.map { line in
      // "[mov,mp4 @ 0x55] moov atom not found"
      String(line.hasPrefix("[") ? line.drop { $0 != "]" }.dropFirst().drop { $0 == " " } : line[...])
    }
  }
}
