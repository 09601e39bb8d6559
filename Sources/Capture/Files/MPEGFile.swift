internal import Audio

/// Reads MPEG audio, which has no header of its own but a tag in its first frame, and often not even that.
enum MPEGFile {
  /// How far frames are looked for behind other bytes: zeros, half a frame, a damaged tag with a picture.
  private static let searchBytes = 1 << 20
  /// Of a pipe: two seconds of the standard format, if these are samples instead.
  private static let searchPipeBytes = 1 << 16
  /// Frames whose average length tells about all.
  private static let sample = 200
  /// Frames in a row that are no accident, wherever they begin.
  private static let chain = 4
  /// libmpg123 looks for a tag in the last 128 bytes of a file, before it decodes anything, and does not count it.
  private static let tail = Array("TAG".utf8) + [UInt8](repeating: 0, count: 125)

  static func part(_ file: FileContents, at start: Int, to limit: Int? = nil) -> FilePart? {
    guard let first = firstFrame(file, from: start, frames: 1) else { return nil }
    return part(file, first: first, to: limit)
  }

  private static func part(_ file: FileContents, first: Int, to limit: Int?) -> FilePart? {
    guard let header = header(file, at: first) else { return nil }
    let fileEnd = [limit, file.end].compactMap { $0 }.min()
    var part = FilePart(view: FileView(file, from: first, to: limit), kind: .mpeg, soundStart: first)
    guard let tag = Tag(file, at: first, header), let stated = tag.bytes ?? count(file, first, tag.frames) else {
      // Whatever length is stated, libmpg123 reads to the end. It calculates the number of frames from the length.
      part.view.length = FileView.endless
      part.view.tail = tail
      part.estimate = file.end.map { estimate(file, first, to: min($0, limit ?? $0)) } ?? 0
      return part
    }
    guard let fileEnd else {
      part.view = FileView(file, from: first, to: first + stated)
      part.view.length = stated + tail.count
      part.view.tail = tail
      part.next = first + stated
      part.promise = .bytes(stated)
      return part
    }
    if first + stated > fileEnd + header.frameBytes {
      part.view.length = stated + tail.count
      part.view.tail = tail
      part.promise = .bytes(stated)
    } else if let next = firstFrame(file, from: first + stated, frames: chain), next < fileEnd {
      part.view = FileView(file, from: first, to: first + stated)
      part.next = next
    }
    return part
  }

  /// Frames of a file whose other frames are as long as its first ones.
  private static func estimate(_ file: FileContents, _ first: Int, to end: Int) -> Int {
    var position = first
    var frames = 0
    for _ in 0..<sample {
      guard position < end, let next = header(file, at: position) else { break }
      position += next.frameBytes
      frames += next.frames
    }
    return Int(Double(frames) * Double(end - first) / Double(max(1, position - first)))
  }

  private static func header(_ file: FileContents, at position: Int) -> MPEGHeader? {
    MPEGHeader(file[position, MPEGHeader.bytes])
  }

  /// Where the first of so many frames in a row begins.
  private static func firstFrame(_ file: FileContents, from start: Int, frames: Int) -> Int? {
    var start = start
    let limit = file.end == nil ? searchPipeBytes : searchBytes
    while let length = ID3Tag.bytes(file[start, ID3Tag.headerBytes]) { start += length }
    if begins(file, at: start, frames: frames) { return start }
    let block = 4096
    for base in stride(from: start, to: start + limit, by: block) {
      let bytes = file[base, block + MPEGHeader.bytes - 1]
      for index in 0..<max(0, bytes.count - MPEGHeader.bytes + 1) where bytes[index] == 0xFF {
        if MPEGHeader(bytes[index...]) != nil, begins(file, at: base + index, frames: max(frames, chain)) {
          return base + index
        }
      }
      if bytes.count < block { return nil }
    }
    return nil
  }

  private static func begins(_ file: FileContents, at position: Int, frames: Int) -> Bool {
    guard let first = header(file, at: position) else { return false }
    var position = position
    for _ in 0..<frames {
      guard let next = header(file, at: position), next.continues(first) else { return false }
      position += next.frameBytes
    }
    return true
  }

  /// Bytes of the frame with the tag and as many others as it says.
  private static func count(_ file: FileContents, _ first: Int, _ frames: Int?) -> Int? {
    guard let frames, let end = file.end else { return nil }
    var position = first
    for _ in 0...frames {
      guard position < end, let next = header(file, at: position) else { return nil }
      position += next.frameBytes
    }
    return position - first
  }

  /// What an encoder has written into the first frame: "Xing" or "Info" (LAME, "Mp3 Info Tag revision 1").
  private struct Tag {
    /// Nil if they are not stated.
    var frames: Int?
    var bytes: Int?

    init?(_ file: FileContents, at frame: Int, _ header: MPEGHeader) {
      let start = frame + header.tagOffset
      guard header.layer == 3, ["Xing", "Info"].contains(file.name(at: start)),
        let flags = file.number(at: start + 4, bytes: 4, bigEndian: true)
      else { return nil }
      var position = start + 8
      if flags & 1 != 0 {
        frames = file.number(at: position, bytes: 4, bigEndian: true)
        position += 4
      }
      guard flags & 2 != 0, let size = file.number(at: position, bytes: 4, bigEndian: true) else { return }
      if size > header.frameBytes { bytes = size }
    }
  }
}
