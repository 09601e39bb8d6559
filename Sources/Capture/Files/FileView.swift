/// What libsndfile is shown of a file: other bytes at the beginning, a part of the file, and a length of our choice.
///
/// libsndfile believes what headers say. So it is given headers that are right, and it reads until there is no more.
struct FileView: Equatable {
  /// A length that no file has.
  static let endless = 1 << 44

  /// The first bytes …
  var head: [UInt8] = []
  /// … followed by those of the file from here …
  var start: Int
  /// … to here, or to its end.
  var end: Int?
  /// The length that is stated. Behind the last byte there is nothing …
  var length: Int
  /// … but for the last bytes of that length.
  var tail: [UInt8] = []

  /// The file from `start` to `end`, as it is.
  init(_ file: FileContents, from start: Int = 0, to end: Int? = nil, head: [UInt8] = []) {
    self.head = head
    self.start = start
    self.end = end
    length = (end ?? file.end).map { head.count + max(0, $0 - start) } ?? Self.endless
  }

  /// Where a byte of the view comes from.
  enum Place: Equatable {
    case head(Int)
    case file(Int, atMost: Int)
    case tail(Int)
    case nothing
  }

  func place(of position: Int) -> Place {
    if position < head.count { return .head(position) }
    if position >= length { return .nothing }
    if position >= length - tail.count { return .tail(position - (length - tail.count)) }
    let inFile = start + position - head.count
    let limit = min(end ?? .max, start + length - tail.count - head.count)
    return inFile < limit ? .file(inFile, atMost: limit - inFile) : .nothing
  }
}
