internal import Audio
internal import CSndFile

/// A file that libsndfile writes.
struct SoundWriter: ~Copyable {
  private let handle: OpaquePointer
  private let channels: Int
  private let takesFloats: Bool

  /// - Parameters:
  ///   - descriptor: of the empty file; closed with this, also when it fails.
  ///   - ending: of the file's name.
  init(_ descriptor: Int32, ending: String, format: AudioFormat) throws(CallFailure) {
    var info = SF_INFO()
    info.samplerate = Int32(format.sampleRate)
    info.channels = Int32(format.channels)
    info.format = Int32(Self.format(ending, format.encoding))
    guard let opened = sf_open_fd(descriptor, Int32(SFM_WRITE), &info, Int32(SF_TRUE)) else {
      throw CallFailure(call: "sf_open", code: Int(sf_error(nil)), reason: String(cString: sf_strerror(nil)))
    }
    handle = opened
    channels = format.channels
    takesFloats = [SF_FORMAT_FLOAT, SF_FORMAT_VORBIS, SF_FORMAT_OPUS].contains(Int(info.format) & SF_FORMAT_SUBMASK)
    // A header that is right at any time, and samples out of range at the end of the scale.
    sf_command(handle, Int32(SFC_SET_UPDATE_HEADER_AUTO), nil, Int32(SF_TRUE))
    sf_command(handle, Int32(SFC_SET_CLIPPING), nil, Int32(SF_TRUE))
  }

  deinit { sf_close(handle) }

  private static func format(_ ending: String, _ encoding: SampleEncoding) -> Int {
    let pcm =
      switch encoding {
      case .u8, .s16le, .mulaw, .alaw: SF_FORMAT_PCM_16
      case .s24le, .s24in32le: SF_FORMAT_PCM_24
      case .s32le: ending == "flac" ? SF_FORMAT_PCM_24 : SF_FORMAT_PCM_32
      case .f32le: ending == "flac" ? SF_FORMAT_PCM_24 : SF_FORMAT_FLOAT
      }
    return switch ending {
    case "flac": SF_FORMAT_FLAC | pcm
    case "w64": SF_FORMAT_W64 | pcm
    case "caf": SF_FORMAT_CAF | pcm
    case "ogg": SF_FORMAT_OGG | SF_FORMAT_VORBIS
    case "opus": SF_FORMAT_OGG | SF_FORMAT_OPUS
    default: SF_FORMAT_WAV | pcm
    }
  }

  /// Writes interleaved samples, full scale 1.0.
  mutating func write(_ samples: [Float]) throws(CallFailure) {
    let frames = sf_count_t(samples.count / channels)
    let written: sf_count_t
    if takesFloats {
      written = sf_writef_float(handle, samples, frames)
    } else {
      // As floats the scale of a file of integers would end at 32767 and change every sample.
      let wide = samples.map { $0.isFinite ? Int32(max(-0x8000_0000, min(0x7FFF_FF80, $0 * 0x8000_0000))) : 0 }
      written = sf_writef_int(handle, wide, frames)
    }
    guard written == frames else {
      throw CallFailure(call: "sf_writef", code: Int(sf_error(handle)), reason: String(cString: sf_strerror(handle)))
    }
  }
}
