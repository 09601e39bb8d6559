internal import Audio

/// Reads the lengths in the headers of files that libsndfile decodes, and shows it better ones where they are wrong.
enum OtherFiles {
  private static let chunks = 1000

  static func part(_ kind: FileKind, _ file: FileContents, at start: Int) -> FilePart? {
    switch kind {
    case .au: au(file, at: start)
    case .aiff: aiff(file, at: start)
    case .caf: caf(file, at: start)
    case .wave64: wave64(file, at: start)
    case .flac: flac(file, at: start)
    case .voc: voc(file, at: start)
    default: nil
    }
  }

  /// A part whose sound begins at `sound`, and whose stated bytes can be replaced.
  /// - Parameter replacing: the places of a header that says that there are so many bytes.
  private static func part(
    _ kind: FileKind, _ file: FileContents, _ start: Int, sound: Int, stated: Int?,
    endsWell: (Int) -> Bool = { _ in false }, replacing: (Int) -> [(Int, [UInt8])]
  ) -> FilePart {
    var part = FilePart(view: FileView(file, from: start), kind: kind, soundStart: sound)
    guard let end = file.end else {
      part.promise = stated.map { .bytes($0) } ?? .none
      let size = stated ?? (kind == .aiff ? Int(Int32.max) : FileView.endless)
      part.view = FileView(file, from: sound, head: file.bytes(start..<sound, replacing: replacing(size)))
      part.view.length = sound - start + size
      if let stated {
        part.next = sound + stated
        let most = kind == .aiff ? Int(Int32.max) : FileView.endless
        part.headForMore = file.bytes(start..<sound, replacing: replacing(most))
      }
      return part
    }
    let extent = SoundExtent.compare(stated: stated, start: sound, end: end, endsWell: endsWell)
    switch extent {
    case .agrees: break
    case .cut(let stated, _): part.promise = .bytes(stated)
    case .neverWritten: part.unfinishedBytes = 0
    case .exceeded(let stated): part.unfinishedBytes = stated
    }
    if extent != .agrees {
      part.view = FileView(
        file, from: sound, head: file.bytes(start..<sound, replacing: replacing(end - sound)))
    }
    return part
  }

  /// Sun's and NeXT's format: magic, offset of the sound, its bytes, coding, rate, channels.
  private static func au(_ file: FileContents, at start: Int) -> FilePart? {
    let bigEndian = file.name(at: start) == ".snd"
    guard let offset = file.number(at: start + 4, bytes: 4, bigEndian: bigEndian), offset >= 24,
      let size = file.number(at: start + 8, bytes: 4, bigEndian: bigEndian)
    else { return nil }
    let stated = WaveHeader.isPlaceholder(size) ? nil : size
    return part(.au, file, start, sound: start + offset, stated: stated) { _ in
      [(start + 8, UInt32.max.littleEndianBytes)]
    }
  }

  /// AIFF and AIFF-C: `COMM` states frames, `SSND` bytes.
  private static func aiff(_ file: FileContents, at start: Int) -> FilePart? {
    var frames: (place: Int, bytes: Int)?
    for chunk in chunks(file, from: start + 12, sizeBytes: 4) {
      if chunk.name == "COMM", let channels = file.number(at: chunk.start, bytes: 2, bigEndian: true),
        let bits = file.number(at: chunk.start + 6, bytes: 2, bigEndian: true)
      {
        frames = (chunk.start + 2, max(1, channels * ((bits + 7) / 8)))
      }
      guard chunk.name == "SSND", let offset = file.number(at: chunk.start, bytes: 4, bigEndian: true) else { continue }
      let stated = WaveHeader.isPlaceholder(chunk.size) ? nil : max(0, chunk.size - 8 - offset)
      return part(.aiff, file, start, sound: chunk.start + 8 + offset, stated: stated == 0 ? nil : stated) {
        endsWell(file, at: $0, sizeBytes: 4)
      } replacing: { present in
        let size = UInt32(clamping: present + 8 + offset)
        var places = [
          (start + 4, UInt32(clamping: chunk.start + Int(size) - start - 8).bigEndianBytes),
          (chunk.start - 4, size.bigEndianBytes),
        ]
        if let frames { places.append((frames.place, UInt32(clamping: present / frames.bytes).bigEndianBytes)) }
        return places
      }
    }
    return nil
  }

  /// Apple's Core Audio Format: sizes have 64 bits, and −1 is allowed.
  private static func caf(_ file: FileContents, at start: Int) -> FilePart? {
    let edits = 4
    for chunk in chunks(file, from: start + 8, sizeBytes: 8) where chunk.name == "data" {
      let stated = chunk.size <= edits || WaveHeader.isPlaceholder(chunk.size) ? nil : chunk.size - edits
      return part(.caf, file, start, sound: chunk.start + edits, stated: stated) {
        endsWell(file, at: $0, sizeBytes: 8)
      } replacing: {
        [(chunk.start - 8, Int64($0 + edits).bigEndianBytes)]
      }
    }
    return nil
  }

  /// Sony's Wave64: names of 16 bytes, sizes of 8, which count both.
  private static func wave64(_ file: FileContents, at start: Int) -> FilePart? {
    let head = 24
    var position = start + 40
    for _ in 0..<chunks {
      guard let size = file.number(at: position + 16, bytes: 8, bigEndian: false) else { return nil }
      if file.name(at: position) == "data" {
        let place = position + 16
        let stated = size <= head || WaveHeader.isPlaceholder(size) ? nil : size - head
        return part(.wave64, file, start, sound: position + head, stated: stated) { end in
          file.number(at: (end + 7) / 8 * 8 + 16, bytes: 8, bigEndian: false).map { $0 >= head && $0 < 1 << 32 }
            ?? false
        } replacing: { present in
          [
            (start + 16, Int64(place + 8 + present - start).littleEndianBytes),
            (place, Int64(present + head).littleEndianBytes),
          ]
        }
      }
      guard size >= head, size < file.end ?? .max else { return nil }
      position += (size + 7) / 8 * 8
    }
    return nil
  }

  /// The number of frames in STREAMINFO is hidden from libsndfile, so that it reads to the end.
  private static func flac(_ file: FileContents, at start: Int) -> FilePart? {
    let place = start + 21
    guard let wide = file.number(at: place, bytes: 5, bigEndian: true) else { return nil }
    let stated = wide & 0xF_FFFF_FFFF
    let head = file.bytes(start..<(place + 5), replacing: [(place, [UInt8(wide >> 32 & 0xF0), 0, 0, 0, 0])])
    var part = FilePart(view: FileView(file, from: place + 5, head: head), kind: .flac, soundStart: start)
    part.promise = stated == 0 ? .none : .frames(stated)
    return part
  }

  /// Creative's format: blocks with a type and a length, and an empty one at the end.
  private static func voc(_ file: FileContents, at start: Int) -> FilePart? {
    guard let end = file.end, let offset = file.number(at: start + 20, bytes: 2, bigEndian: false) else { return nil }
    var part = FilePart(view: FileView(file, from: start), kind: .voc, soundStart: start + offset)
    var position = start + offset
    for _ in 0..<chunks {
      guard let type = file.number(at: position, bytes: 1, bigEndian: false), type != 0,
        let size = file.number(at: position + 1, bytes: 3, bigEndian: false)
      else { return part }
      position += 4
      if position + size > end {
        part.promise = .bytes(position + size - part.soundStart)
        return part
      }
      position += size
    }
    return part
  }

  // MARK: - Chunks

  private struct Chunk {
    var name: String
    var size: Int
    /// Of the contents.
    var start: Int
  }

  /// Big-endian chunks, padded to an even length or not.
  private static func chunks(_ file: FileContents, from start: Int, sizeBytes: Int) -> some Sequence<Chunk> {
    var position = start
    var count = 0
    return AnyIterator {
      if count > 0, sizeBytes == 4, file[position, 1] == [0] { position += 1 }
      let place = position + 4 + sizeBytes
      guard count < chunks, let size = file.number(at: position + 4, bytes: sizeBytes, bigEndian: true) else {
        return nil
      }
      count += 1
      defer { position = place + min(size, FileView.endless) }
      return Chunk(name: file.name(at: position), size: size, start: place)
    }
  }

  /// Whether a chunk with a printable name and a size that fits is here.
  private static func endsWell(_ file: FileContents, at position: Int, sizeBytes: Int) -> Bool {
    guard let end = file.end else { return true }
    let position = position + (file[position, 1] == [0] ? 1 : 0)
    let name = file[position, 4]
    guard name.count == 4, name.allSatisfy({ (0x20..<0x7F).contains($0) }),
      let size = file.number(at: position + 4, bytes: sizeBytes, bigEndian: true)
    else { return false }
    return size <= end - position
  }
}
