public import Audio

/// An audio file of any kind libsndfile reads, delivered in the requested format.
///
/// If the file's own format is requested, samples are passed on bit for bit. Otherwise channels are mixed, the rate is
/// converted and samples are rounded as for a microphone.
public final class AudioFile: AudioSource {
  /// Limit for input from a pipe, which is kept in memory: more than an hour of 48 kHz stereo floats.
  public static let spooledBytesLimit = 2 << 30
  /// Frames read at once for conversion.
  private static let blockFrames = 4096

  /// The path as given; `-` is standard input.
  public let path: String
  public let format: AudioFormat
  /// The file's own rate and channels, and the encoding its samples have or fit best (compressed: s16le).
  public let ownFormat: AudioFormat
  /// Container and coding, readable: "WAV (Microsoft), Signed 16 bit PCM".
  public let kind: String
  /// Frames in the file, at its own rate.
  public let frames: Int

  /// Reading → draining (what the resampler still holds) → ended.
  private enum State { case reading, draining, ended }

  /// Frames that the header promised, or the library found if those are more, and frames read.
  private struct Progress {
    let promised: Int
    var read = 0
  }

  private struct Ready {
    var bytes: [UInt8] = []
    /// Bytes that were returned.
    var taken = 0
    var isEmpty: Bool { taken == bytes.count }

    mutating func removeAll() {
      bytes.removeAll(keepingCapacity: true)
      taken = 0
    }
  }

  private var file: SoundFile
  private var converter: StreamConverter?
  private var progress: Progress
  private var state = State.reading
  /// Reported before the end.
  private var last: CaptureEvent?
  private let samples: UnsafeMutableBufferPointer<Float>
  /// Converted and not yet returned.
  private var ready = Ready()

  /// Opens the file at `path` (`-`: standard input; a pipe is read to its end first), delivered as `format` or as it
  /// is.
  ///
  /// Throws `fileMissing`, `fileNotReadable`, `fileEmpty`, `notAudio`, `noFrames`, `inputTooLong` or `noConversion`.
  public convenience init(path: String, format: AudioFormat? = nil) throws(CaptureError) {
    try self.init(path: path) { format ?? $0 }
  }

  /// The same, but `choose` derives the format from the file's own: a pipe cannot be opened a second time.
  /// - Parameter picked: the file's channels to deliver, from 0; then `choose` is given their count.
  public init(
    path: String, picking picked: [Int]? = nil, choose: (AudioFormat) -> AudioFormat
  ) throws(CaptureError) {
    let input = try InputFile(path: path, limitBytes: Self.spooledBytesLimit)
    let opened = try SoundFile(input)
    let claimed = PromisedLength.frames(input.bytes(at:count:)) ?? 0
    guard opened.frames > 0 else { throw .noFrames(path: path, promised: claimed) }
    let own = AudioFormat(
      sampleRate: opened.sampleRate, channels: opened.channels, encoding: opened.coding.nearest)
    var sent = own
    if let picked {
      sent.channels = picked.count
      if let most = picked.max(), most >= own.channels {
        throw .noSuchChannel(device: Self.name(path), channel: most + 1, channels: own.channels)
      }
    }
    let wanted = choose(sent)
    let isOwn = picked == nil && wanted == own && opened.coding.encoding == wanted.encoding
    converter =
      isOwn
      ? nil
      : try StreamConverter(fromRate: own.sampleRate, channels: own.channels, picking: picked, to: wanted)
    self.path = path
    self.format = wanted
    ownFormat = own
    kind = opened.kind
    frames = opened.frames
    progress = Progress(promised: max(claimed, opened.frames))
    samples = .allocate(capacity: Self.blockFrames * own.channels)
    file = consume opened
  }

  deinit { samples.deallocate() }

  /// Name of the file at `path` for people to read.
  public static func name(_ path: String) -> String {
    switch path {
    case "-": "stdin"
    case "": "\"\""
    default: path
    }
  }

  /// Duration in seconds.
  public var seconds: Double { ownFormat.seconds(frames: frames) }

  public func next(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem {
    precondition(buffer.count >= format.frameBytes, "the buffer holds at least one frame")
    let count = converter == nil ? readOwn(into: buffer) : readConverted(into: buffer)
    if count > 0 { return .audio(bytes: count) }
    defer { last = nil }
    return last.map { .event($0) } ?? .end
  }

  private func readOwn(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard state == .reading else { return 0 }
    let room = buffer.count / format.frameBytes
    let count = file.coding == .s24 ? readPacked(room, into: buffer) : file.readExactly(room, into: buffer)
    progress.read += count
    if count < room { end() }
    return count * format.frameBytes
  }

  /// 24-bit samples: libsndfile keeps them in the upper bits of 32.
  private func readPacked(_ room: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    samples.withMemoryRebound(to: Int32.self) { wide in
      var done = 0
      while done < room {
        let asked = min(room - done, Self.blockFrames)
        let count = file.readWide(into: UnsafeMutableBufferPointer(rebasing: wide[..<(asked * format.channels)]))
        for index in 0..<(count * format.channels) {
          let place = done * format.frameBytes + 3 * index
          buffer[place] = UInt8(truncatingIfNeeded: wide[index] >> 8)
          buffer[place + 1] = UInt8(truncatingIfNeeded: wide[index] >> 16)
          buffer[place + 2] = UInt8(truncatingIfNeeded: wide[index] >> 24)
        }
        done += count
        if count < asked { break }
      }
      return done
    }
  }

  private func readConverted(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while ready.isEmpty {
      ready.removeAll()
      switch state {
      case .reading:
        let count = file.read(into: samples)
        progress.read += count
        let block = UnsafeBufferPointer(rebasing: samples[..<(count * ownFormat.channels)])
        converter?.convert(block) { ready.bytes.append(contentsOf: $0) }
        if count < Self.blockFrames {
          end()
          state = .draining
        }
      case .draining:
        converter?.finish { ready.bytes.append(contentsOf: $0) }
        state = .ended
      case .ended:
        return 0
      }
    }
    let count = min(ready.bytes.count - ready.taken, buffer.count / format.frameBytes * format.frameBytes)
    ready.bytes.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[ready.taken..<(ready.taken + count)]))
    }
    ready.taken += count
    return count
  }

  /// The end of the file: checks whether it came too early.
  private func end() {
    state = .ended
    if progress.read < progress.promised {
      last = .truncated(promisedFrames: progress.promised, foundFrames: progress.read)
    } else if let failure = file.failure {
      last = .failed(.fileNotReadable(path: path, failure))
    }
  }
}

extension SoundFile.Coding {
  /// The encoding that has exactly these samples, if any.
  var encoding: SampleEncoding? {
    switch self {
    case .u8: .u8
    case .s16: .s16le
    case .s24: .s24le
    case .s32: .s32le
    case .f32: .f32le
    case .mulaw: .mulaw
    case .alaw: .alaw
    case .f64, .other: nil
    }
  }

  /// The encoding to deliver when none is requested.
  fileprivate var nearest: SampleEncoding { encoding ?? (self == .f64 ? .f32le : .s16le) }
}
