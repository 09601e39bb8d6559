internal import Audio

/// Follows the pages of Ogg in a pipe up to the beginning of another stream.
final class OggPages {
  private let file: FileContents
  private var hasData = false
  /// Where the next page begins, as far as is known.
  private(set) var next: Int
  /// The next page begins another stream.
  private(set) var isOver = false

  init(_ file: FileContents, from start: Int) {
    self.file = file
    next = start
  }

  /// Bytes from `position` on that belong to the part and are known to.
  func room(at position: Int) -> Int {
    if position >= next, !isOver { advance(past: position) }
    return max(0, next - position)
  }

  private func advance(past position: Int) {
    while next <= position {
      guard let page = OggFile.Page(file, at: next) else {
        // Something else, or the end: libsndfile finds the next page.
        next = position + 1
        return
      }
      isOver = page.begins && hasData
      if isOver { return }
      hasData = hasData || !page.begins
      next += page.length
    }
  }
}

/// Reads the pages of Ogg (RFC 3533). A file is one logical stream, or several, each behind the end of another.
enum OggFile {
  private static let headerBytes = 27
  /// libsndfile looks for the last page in so many bytes.
  private static let lastPageBytes = 1 << 16
  private static let farFrames = 1 << 50

  struct Page {
    var begins: Bool
    var ends: Bool
    var serial: Int
    var length: Int

    init?(_ file: FileContents, at position: Int) {
      let header = file[position, headerBytes]
      guard header.count == headerBytes, header.starts(with: "OggS".utf8), header[4] == 0 else { return nil }
      let segments = Int(header[26])
      let lengths = file[position + headerBytes, segments]
      guard lengths.count == segments else { return nil }
      begins = header[5] & 2 != 0
      ends = header[5] & 4 != 0
      serial = header[14..<18].reversed().reduce(0) { $0 << 8 | Int($1) }
      length = headerBytes + segments + lengths.reduce(0) { $0 + Int($1) }
    }
  }

  static func part(_ file: FileContents, at start: Int) -> FilePart? {
    guard let first = Page(file, at: start) else { return nil }
    var part = FilePart(view: FileView(file, from: start), kind: .ogg, soundStart: start)
    guard let end = file.end else {
      // libsndfile looks for the last page before it decodes anything. A pipe gets one that is far away.
      part.view.tail = lastPage(of: UInt32(first.serial))
      part.estimate = 0
      return part
    }
    var position = start
    var hasData = false
    var last = first
    while position < end, let page = Page(file, at: position) {
      if page.begins, hasData {
        part.next = position
        break
      }
      hasData = hasData || !page.begins
      guard position + page.length <= end else { break }
      position += page.length
      last = page
    }
    part.view = FileView(file, from: start, to: position)
    if part.next == nil, position < end, isPage(file, at: position) { part.promise = .more }
    if part.next == nil, part.promise == .none, !last.ends { part.unfinishedBytes = 0 }
    return part
  }

  /// Whether a page begins here, perhaps one that is cut. A tag may follow as well.
  private static func isPage(_ file: FileContents, at position: Int) -> Bool {
    "OggS".utf8.starts(with: file[position, 4])
  }

  /// An empty page that ends the stream, behind zeros.
  private static func lastPage(of serial: UInt32) -> [UInt8] {
    var page = Array("OggS".utf8) + [0, 4] + farFrames.littleEndianBytes + serial.littleEndianBytes
    page += UInt32.max.littleEndianBytes + [0, 0, 0, 0, 1, 0]
    page.replaceSubrange(22..<26, with: checksum(page).littleEndianBytes)
    return [UInt8](repeating: 0, count: lastPageBytes - page.count) + page
  }

  private static func checksum(_ page: [UInt8]) -> UInt32 {
    page.reduce(0) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte) << 24) { value, _ in
        value & 0x8000_0000 == 0 ? value << 1 : value << 1 ^ 0x04C1_1DB7
      }
    }
  }
}
