internal import Audio

/// Finds the parts of a file and opens each for decoding.
struct FileParts {
  /// Two frames of ADTS, the longest ones, or of MPEG.
  private static let kindBytes = 16 << 10
  /// Tags that may come one after another.
  private static let tags = 8

  let input: InputFile
  /// The samples, if the file has no header.
  let raw: RawSamples?
  /// For a kind that libsndfile does not read: `input` is its output.
  let decoder: ForeignDecoder?
  /// Where a file with a header begins, behind tags, and its kind, if that is certain.
  private let beginning: (start: Int, kind: FileKind?)?

  /// Opens `path`, or standard input for `-`.
  init(path: String, raw: RawSamples?) throws(CaptureError) {
    self.init(input: try InputFile(path: path), raw: raw, decoder: nil)
    guard !input.isPipe, let kind = foreignKind, let decoder = try ForeignDecoder(kind, of: input) else { return }
    do throws(CaptureError) {
      self.init(input: try InputFile(path: path, descriptor: decoder.output), raw: nil, decoder: decoder)
    } catch {
      throw decoder.problem ?? error
    }
  }

  /// An open file, which libsndfile is to read.
  init(_ input: InputFile) { self.init(input: input, raw: nil, decoder: nil) }

  private init(input: InputFile, raw: RawSamples?, decoder: ForeignDecoder?) {
    (self.input, self.raw, self.decoder) = (input, raw, decoder)
    beginning = raw == nil ? Self.beginning(of: Self.contents(of: input)) : nil
  }

  private static func contents(of input: InputFile) -> FileContents {
    FileContents(end: input.length) { position, count in input.bytes(at: position, count: count) }
  }

  private var file: FileContents { Self.contents(of: input) }

  private static func beginning(of file: FileContents) -> (start: Int, kind: FileKind?) {
    var start = 0
    for _ in 0..<tags { start += ID3Tag.bytes(file[start, ID3Tag.headerBytes]) ?? 0 }
    return (start, FileKind(file[start, FileKind.decisiveBytes]) ?? FileKind(file[start, kindBytes]))
  }

  /// Nil if the first bytes do not say it, or there is no header.
  var kind: FileKind? { beginning?.kind }

  /// The kind, if only ffmpeg decodes it.
  private var foreignKind: FileKind? {
    guard let kind, kind.ffmpegFormat != nil else { return nil }
    return kind
  }

  /// The first part, or the only one.
  func first() throws(CaptureError) -> PartReader {
    defer { input.forget() }
    do throws(CaptureError) { return try beginningPart() } catch { throw decoder?.problem ?? error }
  }

  private func beginningPart() throws(CaptureError) -> PartReader {
    guard let (start, kind) = beginning else {
      var part = FilePart(view: FileView(file))
      part.raw = raw
      return try PartReader(input, part)
    }
    guard let kind else {
      if RareFiles.begins(file[start, FileKind.decisiveBytes]) { try input.settle() }
      return try unknown(self.file)
    }
    guard kind.ffmpegFormat == nil else { throw .kindNotRead(path: input.path, kind: kind.name, reason: nil) }
    if kind == .voc || kind == .nist { try input.settle() }
    let whole = self.file
    let part = Self.part(kind, whole, at: start) ?? Self.other(whole, from: start, kind)
    do throws(CaptureError) { return try PartReader(input, part) } catch {
      throw .kindNotRead(
        path: input.path, kind: kind.name,
        reason: kind == .wave ? RIFFFile.problem(whole, start) : "the file is damaged, or libsndfile lacks its coding")
    }
  }

  static func part(_ kind: FileKind, _ file: FileContents, at start: Int) -> FilePart? {
    switch kind {
    case .wave: RIFFFile.part(file, at: start)
    case .mpeg: MPEGFile.part(file, at: start)
    case .ogg: OggFile.part(file, at: start)
    default: OtherFiles.part(kind, file, at: start)
    }
  }

  /// A kind whose header stays as it is.
  private static func other(_ file: FileContents, from start: Int = 0, _ kind: FileKind? = nil) -> FilePart {
    var part = FilePart(view: FileView(file, from: start), kind: kind)
    if file.end != nil, start == 0 { (part.promise, part.soundStart) = RareFiles.promise(file) }
    return part
  }

  /// libsndfile knows more kinds. If it does not know this one, MPEG audio may begin behind something else.
  private func unknown(_ file: FileContents) throws(CaptureError) -> PartReader {
    do throws(CaptureError) { return try PartReader(input, Self.other(file)) } catch {
      guard let part = MPEGFile.part(file, at: 0), let reader = try? PartReader(input, part) else { throw error }
      return reader
    }
  }

  /// The part behind one that was read to its end. `isMore`: it is the same sound, of which the header said too little.
  func next(after reader: PartReader) throws(CaptureError) -> (reader: PartReader, isMore: Bool)? {
    let part = reader.part
    guard let next = reader.next, !file[next, 1].isEmpty else { return nil }
    switch part.kind {
    case .wave:
      if let start = RIFFFile.next(file, from: next) {
        return try Self.part(.wave, file, at: start).map { part throws(CaptureError) in
          (try PartReader(input, part), false)
        }
      }
      return try more(of: part, from: next)
    case .au, .aiff, .caf, .wave64: return try more(of: part, from: next)
    case .mpeg:
      return try MPEGFile.part(file, at: next).map { part throws(CaptureError) in (try PartReader(input, part), false) }
    case .ogg:
      return try OggFile.part(file, at: next).map { part throws(CaptureError) in (try PartReader(input, part), false) }
    default: return nil
    }
  }

  /// Sound of a pipe that goes on although its header says that it has ended.
  private func more(of part: FilePart, from next: Int) throws(CaptureError) -> (reader: PartReader, isMore: Bool)? {
    guard input.isPipe, !RIFFFile.isChunk(file, at: next) else { return nil }
    var more = part
    more.view = FileView(file, from: next, head: part.headForMore)
    more.view.length = part.headForMore.count + FileView.endless
    more.promise = .none
    more.next = nil
    return (try PartReader(input, more), true)
  }
}
