internal import Audio

/// A file as libsndfile reads it: a view of an input, with a position.
final class VirtualFile {
  let input: InputFile
  let view: FileView
  /// The pages of Ogg in a pipe, which show where the part ends.
  let pages: OggPages?
  private var position = 0

  init(_ input: InputFile, _ part: FilePart) {
    self.input = input
    view = part.view
    let bytes = FileContents(end: nil) { [unowned input] position, count in input.bytes(at: position, count: count) }
    pages = part.kind == .ogg && input.isPipe ? OggPages(bytes, from: part.view.start) : nil
  }

  var length: Int { view.length }

  /// Continues reading at the position.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = readOnce(into: rest)
      guard count > 0 else { break }
      position += count
      done += count
    }
    return done
  }

  private func readOnce(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    switch view.place(of: position) {
    case .head(let offset): return copy(view.head[offset...], to: buffer)
    case .tail(let offset): return copy(view.tail[offset...], to: buffer)
    case .file(let place, var most):
      if let pages { most = min(most, pages.room(at: place)) }
      return input.read(at: place, into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(most)))
    case .nothing: return 0
    }
  }

  private func copy(_ bytes: ArraySlice<UInt8>, to buffer: UnsafeMutableRawBufferPointer) -> Int {
    let part = bytes.prefix(buffer.count)
    buffer.copyBytes(from: part)
    return part.count
  }

  enum Origin { case start, position, end }

  /// Moves the position; returns it.
  func seek(_ distance: Int, from origin: Origin) -> Int {
    let base =
      switch origin {
      case .start: 0
      case .position: position
      case .end: length
      }
    position = min(max(0, base + distance), length)
    return position
  }
}
