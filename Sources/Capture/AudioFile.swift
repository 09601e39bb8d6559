public import Audio

/// An audio file of any kind libsndfile reads, delivered in the format wanted.
///
/// Where the file's own samples are wanted they are handed on bit for bit; otherwise channels are mixed, the rate changed
/// and the samples rounded as for a microphone.
public final class AudioFile: AudioSource {
  /// The most that is taken from a pipe, which is kept in memory: more than an hour of 48 kHz stereo floats.
  public static let spooledBytesLimit = 2 << 30
  /// Frames read at once for conversion.
  private static let blockFrames = 4096

  /// The path given; `-` is standard input.
  public let path: String
  public let format: AudioFormat
  /// The file's own rate and channels, and the encoding its samples have or fit best into (compressed: s16le).
  public let ownFormat: AudioFormat
  /// Container and coding in words: "WAV (Microsoft), Signed 16 bit PCM".
  public let kind: String
  /// Frames of the file, at its own rate, that are there to be read.
  public let frames: Int

  /// Reading → draining (the resampler's rest) → ended.
  private enum State { case reading, draining, ended }

  private var file: SoundFile
  private var converter: StreamConverter?
  private let promised: Int
  private var framesRead = 0
  private var state = State.reading
  /// Told before the end.
  private var last: CaptureEvent?
  private let samples: UnsafeMutableBufferPointer<Float>
  /// Converted and not yet taken.
  private var ready: [UInt8] = []
  private var readyTaken = 0

  /// Opens the file at `path` (`-`: standard input; a pipe is read to its end first) to be delivered as `format`, or as it is.
  ///
  /// Throws `fileMissing`, `fileNotReadable`, `fileEmpty`, `notAudio`, `noFrames`, `inputTooLong` or `noConversion`.
  public convenience init(path: String, format: AudioFormat? = nil) throws(CaptureError) {
    try self.init(path: path) { format ?? $0 }
  }

  /// The same, to be delivered as what `choose` makes of the file's own format: a pipe can't be opened a second time.
  public init(path: String, choose: (AudioFormat) -> AudioFormat) throws(CaptureError) {
    let input = try InputFile(path: path, limitBytes: Self.spooledBytesLimit)
    let opened = try SoundFile(input)
    let claimed = PromisedLength.frames(input.bytes(at:count:)) ?? 0
    guard opened.frames > 0 else { throw .noFrames(path: path, promised: claimed) }
    let own = AudioFormat(
      sampleRate: opened.sampleRate, channels: opened.channels, encoding: opened.coding.nearest)
    let wanted = choose(own)
    let isOwn = wanted == own && opened.coding.encoding == wanted.encoding
    converter = isOwn ? nil : try StreamConverter(fromRate: own.sampleRate, channels: own.channels, to: wanted)
    self.path = path
    self.format = wanted
    ownFormat = own
    kind = opened.kind
    frames = opened.frames
    promised = max(claimed, opened.frames)
    samples = .allocate(capacity: Self.blockFrames * own.channels)
    file = consume opened
  }

  deinit { samples.deallocate() }

  /// What the file at `path` is called where people read it.
  public static func name(_ path: String) -> String {
    switch path {
    case "-": "stdin"
    case "": "\"\""
    default: path
    }
  }

  /// How long all of it lasts, in seconds.
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
    framesRead += count
    if count < room { end() }
    return count * format.frameBytes
  }

  /// 24-bit samples: libsndfile has them as the upper bits of 32.
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
    while readyTaken == ready.count {
      ready.removeAll(keepingCapacity: true)
      readyTaken = 0
      switch state {
      case .reading:
        let count = file.read(into: samples)
        framesRead += count
        let block = UnsafeBufferPointer(rebasing: samples[..<(count * ownFormat.channels)])
        converter?.convert(block) { ready.append(contentsOf: $0) }
        if count < Self.blockFrames {
          end()
          state = .draining
        }
      case .draining:
        converter?.finish { ready.append(contentsOf: $0) }
        state = .ended
      case .ended:
        return 0
      }
    }
    let count = min(ready.count - readyTaken, buffer.count / format.frameBytes * format.frameBytes)
    ready.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[readyTaken..<(readyTaken + count)]))
    }
    readyTaken += count
    return count
  }

  /// The file has no more: was that all?
  private func end() {
    state = .ended
    if framesRead < promised {
      last = .truncated(promisedFrames: promised, foundFrames: framesRead)
    } else if let failure = file.failure {
      last = .failed(.fileNotReadable(path: path, failure))
    }
  }
}

extension SoundFile.Coding {
  /// The encoding with exactly these samples, if there is one.
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

  /// The encoding to deliver when none is asked for.
  fileprivate var nearest: SampleEncoding { encoding ?? (self == .f64 ? .f32le : .s16le) }
}
