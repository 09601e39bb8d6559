internal import Audio

/// Decodes a part of a file, and compares what came with what should have.
final class PartReader {
  /// Frames decoded at once.
  private static let blockFrames = 4096
  /// Of a pipe: 20 ms, so that sound is passed on as it comes.
  private static let blocksASecond = 50

  let part: FilePart
  let sampleRate: Int
  let channels: Int
  /// The encoding that has exactly the part's samples, if any.
  let exactEncoding: SampleEncoding?
  let kind: String
  /// Frames read.
  private(set) var frames = 0
  private let input: InputFile
  private let pages: OggPages?
  private var file: SoundFile
  private let samples: UnsafeMutableBufferPointer<Float>

  init(_ input: InputFile, _ part: FilePart) throws(CaptureError) {
    let virtual = VirtualFile(input, part)
    let opened = try SoundFile(virtual, raw: part.raw, container: part.kind)
    pages = virtual.pages
    self.input = input
    self.part = part
    sampleRate = opened.sampleRate
    channels = opened.channels
    kind = opened.kind
    exactEncoding = part.raw?.isLower == true ? .s24le : opened.coding.encoding
    let block = input.isPipe ? min(Self.blockFrames, max(1, sampleRate / Self.blocksASecond)) : Self.blockFrames
    samples = .allocate(capacity: block * channels)
    file = consume opened
  }

  deinit { samples.deallocate() }

  /// The encoding to deliver when none is requested.
  var encoding: SampleEncoding { exactEncoding ?? (file.coding == .f64 ? .f32le : .s16le) }

  /// Frames that libsndfile expects, if it calculates them from nothing false.
  private var expectedFrames: Int? {
    guard let frames = file.frames, part.view.length < FileView.endless else { return nil }
    return frames
  }

  var length: SourceLength {
    if let stated = part.unfinishedBytes {
      return .unfinished(frames: expectedFrames, statedFrames: frames(ofStated: stated, present: present))
    }
    if let estimate = part.estimate { return estimate > 0 ? .estimated(frames: estimate) : .unknown }
    if case .frames(let stated) = part.promise { return .exact(frames: stated) }
    guard let frames = expectedFrames, !input.isPipe || part.promise != .none else { return .unknown }
    guard let next = part.next, let end = input.length, next < end else { return .exact(frames: frames) }
    // More parts follow, perhaps only tags.
    return .estimated(frames: Int(Double(frames) * Double(end) / Double(next)))
  }

  /// Bytes of a frame in the file, if each sample is decoded alone.
  private var frameBytes: Int? {
    part.raw?.frameBytes ?? exactEncoding.map { $0.sampleBytes * channels }
  }

  /// Bytes of sound in the file; more than can be if a pipe has not ended.
  private var present: Int { (input.end ?? .max / 2) - part.soundStart }

  /// Where the next part may begin.
  var next: Int? { part.next ?? pages.flatMap { $0.isOver ? $0.next : nil } }

  private func frames(ofStated stated: Int, present: Int) -> Int {
    if let frameBytes { return stated / frameBytes }
    guard present > 0 else { return 0 }
    return Int(Double(frames > 0 ? frames : expectedFrames ?? 0) * Double(stated) / Double(present))
  }

  // MARK: - Reading

  /// The next frames, full scale 1.0; fewer than a block only at the end.
  func read() -> (samples: UnsafeBufferPointer<Float>, isLast: Bool) {
    let count = max(0, file.read(into: samples))
    if part.raw?.isLower == true { for index in 0..<(count * channels) { samples[index] *= 256 } }
    frames += count
    return (UnsafeBufferPointer(rebasing: samples[..<(count * channels)]), count * channels < samples.count)
  }

  /// The next frames as they are, as many as fit; fewer only at the end.
  func readExactly(into buffer: UnsafeMutableRawBufferPointer, frameBytes: Int) -> (bytes: Int, isLast: Bool) {
    var room = buffer.count / frameBytes
    if input.isPipe { room = min(room, samples.count / channels) }
    let isPacked = exactEncoding == .s24le
    let count = max(0, isPacked ? readPacked(room, into: buffer) : file.readExactly(room, into: buffer))
    frames += count
    return (count * frameBytes, count < room)
  }

  /// 24-bit samples: libsndfile keeps them in the upper bits of 32.
  private func readPacked(_ room: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let shift: Int32 = part.raw?.isLower == true ? 0 : 8
    return samples.withMemoryRebound(to: Int32.self) { wide in
      var done = 0
      while done < room {
        let asked = min(room - done, wide.count / channels)
        let count = file.readWide(into: UnsafeMutableBufferPointer(rebasing: wide[..<(asked * channels)]))
        for index in 0..<max(0, count * channels) {
          let place = 3 * (done * channels + index)
          let sample = wide[index] >> shift
          buffer[place] = UInt8(truncatingIfNeeded: sample)
          buffer[place + 1] = UInt8(truncatingIfNeeded: sample >> 8)
          buffer[place + 2] = UInt8(truncatingIfNeeded: sample >> 16)
        }
        done += max(0, count)
        if count < asked { break }
      }
      return done
    }
  }

  // MARK: - The end

  /// What is to be told when the part was read to its end.
  var ending: CaptureEvent? {
    // The user ended a pipe.
    if input.stopping?.isSet == true { return nil }
    if let stated = statedFrames, frames < stated {
      return .truncated(promisedFrames: stated, foundFrames: frames)
    }
    if part.promise == .more || endsInPage { return .truncated(promisedFrames: nil, foundFrames: frames) }
    if let failure = file.failure { return .failed(.fileNotReadable(path: input.path, failure)) }
    if case .frames(let stated) = part.promise, frames > stated {
      return .exceeded(statedFrames: stated, foundFrames: frames)
    }
    return nil
  }

  /// A pipe of Ogg has ended in the middle of a page.
  private var endsInPage: Bool {
    guard let pages, let end = input.end else { return false }
    return !pages.isOver && pages.next > end + 1
  }

  /// Frames that there must be.
  var statedFrames: Int? {
    switch part.promise {
    case .frames(let stated): return stated
    case .bytes(let stated):
      guard frameBytes == nil else { return frames(ofStated: stated, present: present) }
      guard present < stated else { return nil }
      // The tag of MPEG audio has both numbers.
      let calculated = part.kind == .mpeg ? file.frames : nil
      return max(frames + 1, calculated ?? frames(ofStated: stated, present: present))
    case .more: return nil
    case .none:
      // libsndfile has counted them. Of MPEG audio it does not know exactly.
      return part.kind == .mpeg || part.estimate != nil || part.unfinishedBytes != nil || input.isPipe
        ? nil : expectedFrames
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
}
