public import Audio
internal import Glibc

/// An audio file of any kind libsndfile reads, or a pipe with one, delivered in the requested format.
///
/// If the file's own format is requested, samples are passed on bit for bit. Otherwise channels are mixed, the rate is
/// converted and samples are rounded as for a microphone. Everything that can be decoded is delivered, whatever length
/// the header states.
public final class AudioFile: AudioSource {
  /// The path as given; `-` is standard input.
  public let path: String
  public let format: AudioFormat
  /// The file's own rate and channels, and the encoding its samples have or fit best (compressed: s16le).
  public let ownFormat: AudioFormat
  /// Container and coding, readable: "WAV (Microsoft), Signed 16 bit PCM".
  public let kind: String
  /// What is known of its length, in frames at its own rate.
  public let length: SourceLength

  /// Reading → draining (what the resampler still holds) → reading the next part, or ended.
  private enum State { case reading, draining, ended }

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

  /// The channels to deliver, from 0; nil: all.
  private let picked: [Int]?
  private let parts: FileParts
  private var reader: PartReader
  private var converter: StreamConverter?
  private var state = State.reading
  /// Events to report, in order, before anything else.
  private var events: [CaptureEvent] = []
  /// Converted and not yet returned.
  private var ready = Ready()

  /// Opens the file at `path` (`-`: standard input), delivered as `format` or as it is.
  ///
  /// A pipe is read as its bytes come: opening waits for its header, `next` for its sound.
  ///
  /// Throws `fileMissing`, `fileNotReadable`, `fileEmpty`, `notAudio`, `kindNotRead`, `noFrames` or `noConversion`.
  public convenience init(path: String, format: AudioFormat? = nil) throws(CaptureError) {
    try self.init(path: path) { format ?? $0 }
  }

  /// The same, but `choose` derives the format from the file's own: a pipe cannot be opened a second time.
  /// - Parameters:
  ///   - raw: the format of a file that has no header, only samples.
  ///   - picked: the file's channels to deliver, from 0; then `choose` is given their count.
  public convenience init(
    path: String, raw: AudioFormat? = nil, picking picked: [Int]? = nil, choose: (AudioFormat) -> AudioFormat
  ) throws(CaptureError) {
    try self.init(path, try FileParts(path: path, raw: raw.map(RawSamples.init)), picking: picked, choose: choose)
  }

  /// An open file of a kind that libsndfile reads. The descriptor is closed at the end.
  public convenience init(
    descriptor: Int32, name: String, choose: (AudioFormat) -> AudioFormat
  ) throws(CaptureError) {
    let input = try InputFile(path: name, descriptor: descriptor)
    try self.init(name, FileParts(input), picking: nil, choose: choose)
  }

  /// The kind of an open file, as far as its first bytes say it.
  public static func kind(of descriptor: Int32) -> FileKind? {
    let copy = dup(descriptor)
    guard copy >= 0, let input = try? InputFile(path: "", descriptor: copy) else { return nil }
    return FileParts(input).kind
  }

  private init(
    _ path: String, _ parts: FileParts, picking picked: [Int]?, choose: (AudioFormat) -> AudioFormat
  ) throws(CaptureError) {
    self.parts = parts
    let first = try parts.first()
    if !parts.input.isPipe, first.length.frames == 0 {
      throw .noFrames(path: path, promised: first.statedFrames ?? 0)
    }
    ownFormat = AudioFormat(sampleRate: first.sampleRate, channels: first.channels, encoding: first.encoding)
    var sent = ownFormat
    if let picked { sent.channels = picked.count }
    self.picked = picked
    self.path = path
    format = choose(sent)
    converter = try Self.converter(first, picked, to: format, path: path)
    kind = parts.decoder?.kind ?? first.kind
    length = first.length
    reader = first
  }

  private static func converter(
    _ part: PartReader, _ picked: [Int]?, to format: AudioFormat, path: String
  ) throws(CaptureError) -> StreamConverter? {
    if let most = picked?.max(), most >= part.channels {
      throw .noSuchChannel(device: name(path), channel: most + 1, channels: part.channels)
    }
    let own = AudioFormat(sampleRate: part.sampleRate, channels: part.channels, encoding: part.encoding)
    if picked == nil, own == format, part.exactEncoding == format.encoding { return nil }
    return try StreamConverter(fromRate: part.sampleRate, channels: part.channels, picking: picked, to: format)
  }

  /// Name of the file at `path` for people to read.
  public static func name(_ path: String) -> String { FileName.shown(path) }

  /// It is a pipe, a socket or a device: its sound may be recorded right now.
  public var isPipe: Bool { parts.input.isPipe && parts.decoder == nil }

  /// Ends a pipe when it is set: what was written into it by then, or is within a second, is still delivered.
  var stopping: StopSignal? { parts.input.stopping }

  /// Duration in seconds, as far as it is known.
  public var seconds: Double? { length.frames.map { ownFormat.seconds(frames: $0) } }

  public func next(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem {
    precondition(buffer.count >= format.frameBytes, "the buffer holds at least one frame")
    while events.isEmpty {
      let count = converter == nil && ready.isEmpty ? readOwn(into: buffer) : readConverted(into: buffer)
      if count > 0 { return .audio(bytes: count) }
      if events.isEmpty, state == .ended { return .end }
    }
    return .event(events.removeFirst())
  }

  private func readOwn(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard state == .reading else { return 0 }
    let (count, isLast) = reader.readExactly(into: buffer, frameBytes: format.frameBytes)
    if isLast { endPart() }
    return count
  }

  private func readConverted(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while ready.isEmpty {
      ready.removeAll()
      switch state {
      case .reading:
        let (samples, isLast) = reader.read()
        converter?.convert(samples) { ready.bytes.append(contentsOf: $0) }
        if isLast { state = .draining }
      case .draining:
        converter?.finish { ready.bytes.append(contentsOf: $0) }
        endPart()
        if ready.isEmpty { return 0 }
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

  /// The end of a part: checks whether it came too early, and opens the next one.
  private func endPart() {
    state = .ended
    events += reader.ending.map { [$0] } ?? []
    do throws(CaptureError) {
      guard let next = try parts.next(after: reader) else {
        if let problem = parts.decoder?.problem { throw problem }
        return try checkFrames()
      }
      if next.isMore, let stated = reader.statedFrames {
        events.append(.exceeded(statedFrames: stated, foundFrames: nil))
      }
      converter = try Self.converter(next.reader, picked, to: format, path: path)
      reader = next.reader
      state = .reading
    } catch {
      events.append(.failed(error))
    }
  }

  /// Of a pipe it shows only at its end that it has no sound.
  private func checkFrames() throws(CaptureError) {
    guard parts.input.isPipe, stopping?.isSet != true, reader.frames == 0 else { return }
    throw .noFrames(path: path, promised: reader.statedFrames ?? 0)
  }
}

extension RawSamples {
  /// Samples of this format and nothing else.
  init(_ format: AudioFormat) {
    let coding: WaveCoding.Samples =
      switch format.encoding {
      case .u8: .u8
      case .s16le: .s16
      case .s24le: .s24
      case .s32le: .s32
      case .f32le: .f32
      case .mulaw: .mulaw
      case .alaw: .alaw
      case .s24in32le: .s24in32
      }
    self.init(coding: coding, channels: format.channels, sampleRate: format.sampleRate)
  }
}
