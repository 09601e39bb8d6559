internal import Audio
internal import CSndFile

/// A file open in libsndfile. This is the only file that calls the library.
struct SoundFile: ~Copyable {
  /// How the samples are stored, as far as it matters for passing them on unchanged.
  enum Coding: Equatable {
    case u8, s16, s24, s32, f32, f64, mulaw, alaw
    /// Compressed, or in any other coding.
    case other
  }

  let sampleRate: Int
  let channels: Int
  /// Frames that libsndfile expects; nil if it does not know.
  let frames: Int?
  let coding: Coding
  /// libsndfile's description of container and coding.
  let kind: String
  private let file: VirtualFile
  private let handle: OpaquePointer

  /// - Parameters:
  ///   - raw: how the samples are stored if they have no header.
  ///   - container: named in `kind` then.
  init(_ file: VirtualFile, raw: RawSamples? = nil, container: FileKind? = nil) throws(CaptureError) {
    var info = SF_INFO()
    if let raw {
      info.samplerate = Int32(clamping: raw.sampleRate)
      info.channels = Int32(clamping: raw.channels)
      info.format = Int32(SF_FORMAT_RAW | raw.coding.subtype | (raw.isBigEndian ? SF_ENDIAN_BIG : SF_ENDIAN_LITTLE))
    }
    var calls = SF_VIRTUAL_IO(
      get_filelen: virtualLength, seek: virtualSeek, read: virtualRead, write: virtualWrite, tell: virtualTell)
    let opened = sf_open_virtual(&calls, Int32(SFM_READ), &info, Unmanaged.passUnretained(file).toOpaque())
    guard let opened else {
      let code = Int(sf_error(nil))
      let failure = CallFailure(call: "sf_open", code: code, reason: Self.reason(code) ?? "its header is damaged")
      throw .notAudio(path: file.input.path, failure)
    }
    self.file = file
    handle = opened
    sampleRate = Int(info.samplerate)
    channels = Int(info.channels)
    frames = info.frames < sf_count_t.max ? Int(info.frames) : nil
    let subtype = Int(info.format) & SF_FORMAT_SUBMASK
    coding = Coding(subtype: subtype)
    let type = raw != nil && container == .wave ? SF_FORMAT_WAV : Int(info.format) & SF_FORMAT_TYPEMASK
    kind = Self.name(of: type) + ", " + Self.name(of: subtype)
  }

  deinit { sf_close(handle) }

  private static func name(of format: Int) -> String {
    if format == SF_FORMAT_RAW { return "raw" }
    var entry = SF_FORMAT_INFO(format: Int32(format), name: nil, extension: nil)
    sf_command(nil, Int32(SFC_GET_FORMAT_INFO), &entry, Int32(MemoryLayout<SF_FORMAT_INFO>.size))
    return entry.name.map { String(cString: $0) } ?? "format \(String(format, radix: 16))"
  }

  /// Reads interleaved frames, full scale 1.0; returns how many, fewer than requested only at the end or on an error.
  mutating func read(into samples: UnsafeMutableBufferPointer<Float>) -> Int {
    Int(sf_readf_float(handle, samples.baseAddress, sf_count_t(samples.count / channels)))
  }

  /// Reads `count` frames unchanged, in little-endian order, for a coding that is also one of our encodings.
  ///
  /// libsndfile handles byte order and container. `buffer` must be aligned for the samples.
  mutating func readExactly(_ count: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    let wanted = sf_count_t(count)
    switch coding {
    case .u8, .mulaw, .alaw:
      return Int(sf_read_raw(handle, base, sf_count_t(count * channels))) / channels
    case .s16:
      return Int(sf_readf_short(handle, base.assumingMemoryBound(to: Int16.self), wanted))
    case .s32:
      return Int(sf_readf_int(handle, base.assumingMemoryBound(to: Int32.self), wanted))
    case .f32:
      return Int(sf_readf_float(handle, base.assumingMemoryBound(to: Float.self), wanted))
    case .s24, .f64, .other:
      preconditionFailure("s24 is packed from readWide, the others have no encoding of their own")
    }
  }

  /// Reads frames as 32-bit integers; the file's bits are the highest ones.
  mutating func readWide(into samples: UnsafeMutableBufferPointer<Int32>) -> Int {
    Int(sf_readf_int(handle, samples.baseAddress, sf_count_t(samples.count / channels)))
  }

  /// The read error, if any.
  var failure: CallFailure? {
    if let failure = file.input.failure { return failure }
    let code = sf_error(handle)
    guard code != SF_ERR_NO_ERROR else { return nil }
    return CallFailure(call: "sf_readf", code: Int(code), reason: Self.reason(Int(code)) ?? "its data is damaged")
  }

  /// Libsndfile's codes in words. Its own words mislead: of MP3 in a WAV it says that the file does not exist. Nil for
  /// a code of its inside.
  private static func reason(_ code: Int) -> String? {
    switch code {
    case Int(SF_ERR_UNRECOGNISED_FORMAT): "no format that libsndfile knows"
    case Int(SF_ERR_SYSTEM): "the system cannot read it"
    case Int(SF_ERR_MALFORMED_FILE): "its header is damaged"
    case Int(SF_ERR_UNSUPPORTED_ENCODING): "its encoding is not supported"
    default: nil
    }
  }
}

extension SoundFile.Coding {
  fileprivate init(subtype: Int) {
    self =
      switch subtype {
      case SF_FORMAT_PCM_U8: .u8
      case SF_FORMAT_PCM_16: .s16
      case SF_FORMAT_PCM_24: .s24
      case SF_FORMAT_PCM_32: .s32
      case SF_FORMAT_FLOAT: .f32
      case SF_FORMAT_DOUBLE: .f64
      case SF_FORMAT_ULAW: .mulaw
      case SF_FORMAT_ALAW: .alaw
      default: .other
      }
  }
}

extension WaveCoding.Samples {
  fileprivate var subtype: Int {
    switch self {
    case .u8: SF_FORMAT_PCM_U8
    case .s16: SF_FORMAT_PCM_16
    case .s24: SF_FORMAT_PCM_24
    case .s32, .s24in32: SF_FORMAT_PCM_32
    case .f32: SF_FORMAT_FLOAT
    case .f64: SF_FORMAT_DOUBLE
    case .mulaw: SF_FORMAT_ULAW
    case .alaw: SF_FORMAT_ALAW
    }
  }
}

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

// MARK: libsndfile's calls

private func virtual(_ context: UnsafeMutableRawPointer?) -> VirtualFile {
  guard let context else { preconditionFailure("libsndfile hands the file back that it was given") }
  return Unmanaged<VirtualFile>.fromOpaque(context).takeUnretainedValue()
}

private func virtualLength(_ context: UnsafeMutableRawPointer?) -> sf_count_t { sf_count_t(virtual(context).length) }

private func virtualTell(_ context: UnsafeMutableRawPointer?) -> sf_count_t {
  sf_count_t(virtual(context).seek(0, from: .position))
}

private func virtualSeek(_ to: sf_count_t, _ whence: Int32, _ context: UnsafeMutableRawPointer?) -> sf_count_t {
  let origin: VirtualFile.Origin =
    switch Int(whence) {
    case SF_SEEK_CUR: .position
    case SF_SEEK_END: .end
    default: .start
    }
  return sf_count_t(virtual(context).seek(Int(to), from: origin))
}

private func virtualRead(
  _ target: UnsafeMutableRawPointer?, _ count: sf_count_t, _ context: UnsafeMutableRawPointer?
) -> sf_count_t {
  sf_count_t(virtual(context).read(into: UnsafeMutableRawBufferPointer(start: target, count: Int(count))))
}

private func virtualWrite(
  _ source: UnsafeRawPointer?, _ count: sf_count_t, _ context: UnsafeMutableRawPointer?
) -> sf_count_t { 0 }
