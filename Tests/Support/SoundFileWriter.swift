internal import CSndFile

/// Writes audio files with libsndfile, of every kind that it can.
public enum SoundFileWriter {
  public enum Container: String, CaseIterable, Sendable {
    case wav, wavex, rf64, w64, aiff, au, caf, flac, ogg, opus, mp3, raw

    fileprivate var format: Int {
      switch self {
      case .wav: SF_FORMAT_WAV
      case .wavex: SF_FORMAT_WAVEX
      case .rf64: SF_FORMAT_RF64
      case .w64: SF_FORMAT_W64
      case .aiff: SF_FORMAT_AIFF
      case .au: SF_FORMAT_AU
      case .caf: SF_FORMAT_CAF
      case .flac: SF_FORMAT_FLAC
      case .ogg, .opus: SF_FORMAT_OGG
      case .mp3: SF_FORMAT_MPEG
      case .raw: SF_FORMAT_RAW
      }
    }
  }

  public enum Coding: String, CaseIterable, Sendable {
    case u8, s8, s16, s24, s32, f32, f64, mulaw, alaw, imaAdpcm, gsm, vorbis, opus, mp3

    fileprivate var integerBits: Int? {
      switch self {
      case .s16: 16
      case .s24: 24
      case .s32: 32
      default: nil
      }
    }

    fileprivate var format: Int {
      switch self {
      case .u8: SF_FORMAT_PCM_U8
      case .s8: SF_FORMAT_PCM_S8
      case .s16: SF_FORMAT_PCM_16
      case .s24: SF_FORMAT_PCM_24
      case .s32: SF_FORMAT_PCM_32
      case .f32: SF_FORMAT_FLOAT
      case .f64: SF_FORMAT_DOUBLE
      case .mulaw: SF_FORMAT_ULAW
      case .alaw: SF_FORMAT_ALAW
      case .imaAdpcm: SF_FORMAT_IMA_ADPCM
      case .gsm: SF_FORMAT_GSM610
      case .vorbis: SF_FORMAT_VORBIS
      case .opus: SF_FORMAT_OPUS
      case .mp3: SF_FORMAT_MPEG_LAYER_III
      }
    }
  }

  /// Whether libsndfile can write that; MP3 depends on how it was built.
  public static func canWrite(_ container: Container, _ coding: Coding, rate: Int = 48_000, channels: Int = 1) -> Bool {
    var info = description(container, coding, rate: rate, channels: channels)
    return sf_format_check(&info) != 0
  }

  /// Writes interleaved samples, full scale 1.0; those of s16, s24 and s32 rounded here, for libsndfile scales them
  /// differently from one container to the next.
  public static func write(
    _ samples: [Double], to path: String, _ container: Container, _ coding: Coding, rate: Int, channels: Int = 1
  ) throws {
    var info = description(container, coding, rate: rate, channels: channels)
    guard let file = sf_open(path, Int32(SFM_WRITE), &info) else {
      throw TestSoundFailure(path: path, reason: String(cString: sf_strerror(nil)))
    }
    defer { sf_close(file) }
    // Off by default: a sample beyond full scale would wrap around.
    sf_command(file, Int32(SFC_SET_CLIPPING), nil, Int32(SF_TRUE))
    let written =
      coding.integerBits.map { sf_write_int(file, integers(samples, bits: $0), sf_count_t(samples.count)) }
      ?? sf_write_double(file, samples, sf_count_t(samples.count))
    guard written == samples.count else {
      throw TestSoundFailure(path: path, reason: String(cString: sf_strerror(file)))
    }
  }

  /// In the upper bits of 32, which is how libsndfile takes them.
  private static func integers(_ samples: [Double], bits: Int) -> [Int32] {
    let full = Double(1 << (bits - 1))
    return samples.map { Int32(max(-full, min(full - 1, ($0 * full).rounded()))) << (32 - Int32(bits)) }
  }

  private static func description(_ container: Container, _ coding: Coding, rate: Int, channels: Int) -> SF_INFO {
    var info = SF_INFO()
    info.samplerate = Int32(rate)
    info.channels = Int32(channels)
    info.format = Int32(container.format | coding.format)
    return info
  }
}

/// libsndfile wouldn't write a test's file.
struct TestSoundFailure: Error {
  var path: String
  var reason: String
}
