internal import Glibc

/// Reads a `multipart/form-data` body (RFC 7578) as it comes, however it is cut.
public struct MultipartReader: Sendable {
  public enum Event {
    /// A part begins; its content follows. `filename` is there even if it is empty.
    case part(name: String, filename: String?)
    /// Valid during the call.
    case content(UnsafeRawBufferPointer)
  }

  private enum State {
    /// Before the first boundary, or in a part.
    case content(isPart: Bool)
    /// After a boundary: a line break, or `--`.
    case boundary
    case head
    case ended
  }

  private let delimiter: [UInt8]
  private var state = State.content(isPart: false)
  /// Bytes that are not decided yet. At first the line break that precedes every boundary but the first.
  private var pending: [UInt8] = [13, 10]
  /// Those before it are decided. They are removed with the next piece, not with each part.
  private var start = 0
  /// Nothing that ends the boundary or head at hand begins before it.
  private var searched = 0
  private var parts = 0

  private static let mostHeadBytes = 16 << 10
  private static let mostParts = 1000
  private static let mostBoundaryBytes = 70

  /// - Parameter contentType: of the request. Nil if it is of another type, or has no boundary.
  public init?(contentType: String) {
    let value = HeaderValue(contentType)
    guard value.first == "multipart/form-data", let boundary = value["boundary"], !boundary.isEmpty,
      boundary.utf8.count <= Self.mostBoundaryBytes
    else { return nil }
    delimiter = Array("\r\n--\(boundary)".utf8)
  }

  /// Whether the last boundary was read; what follows is passed over.
  public var hasEnded: Bool { if case .ended = state { true } else { false } }

  /// - Parameter visit: is called with each event, in order.
  public mutating func read(_ bytes: UnsafeRawBufferPointer, _ visit: (Event) -> Void) throws(MultipartError) {
    if hasEnded { return }
    if start > 0 {
      pending.removeFirst(start)
      searched = max(0, searched - start)
      start = 0
    }
    pending += bytes
    while try step(visit) {}
  }

  /// - Returns: whether more can be read of what is there.
  private mutating func step(_ visit: (Event) -> Void) throws(MultipartError) -> Bool {
    switch state {
    case .content(let isPart): return readContent(isPart: isPart, visit)
    case .boundary: return try readBoundary()
    case .head: return try readHead(visit)
    case .ended: return false
    }
  }

  private mutating func readContent(isPart: Bool, _ visit: (Event) -> Void) -> Bool {
    let found = Self.find(delimiter, in: pending, from: start)
    // Its last bytes may begin a boundary.
    let end = found ?? max(start, pending.count - delimiter.count + 1)
    if isPart, end > start {
      pending.withUnsafeBytes { visit(.content(UnsafeRawBufferPointer(rebasing: $0[start..<end]))) }
    }
    start = end + (found == nil ? 0 : delimiter.count)
    guard found != nil else { return false }
    searched = start
    state = .boundary
    return true
  }

  private mutating func readBoundary() throws(MultipartError) -> Bool {
    // Blanks may follow a boundary.
    searched = pending[searched...].firstIndex { $0 != 32 && $0 != 9 } ?? pending.count
    let end = searched
    guard end + 2 - start <= Self.mostHeadBytes else { throw .boundary }
    guard pending.count >= end + 2 else { return false }
    let next = pending[end..<(end + 2)]
    if next == [45, 45] {
      state = .ended
      (pending, start) = ([], 0)
      return false
    }
    guard next == [13, 10] else { throw .boundary }
    // The line break stays: a head without lines ends with it.
    start = end
    state = .head
    return true
  }

  private mutating func readHead(_ visit: (Event) -> Void) throws(MultipartError) -> Bool {
    let found = Self.find(Self.headEnd, in: pending, from: searched)
    // The same however it is cut.
    guard (found.map { $0 + Self.headEnd.count } ?? pending.count + 1) - start <= Self.mostHeadBytes else {
      throw .head(mostBytes: Self.mostHeadBytes)
    }
    guard let end = found else {
      searched = max(start, pending.count - Self.headEnd.count + 1)
      return false
    }
    parts += 1
    guard parts <= Self.mostParts else { throw .parts(most: Self.mostParts) }
    visit(Self.part(String(decoding: pending[start..<end], as: UTF8.self)))
    start = end + Self.headEnd.count
    state = .content(isPart: true)
    return true
  }

  private static let headEnd: [UInt8] = [13, 10, 13, 10]

  private static func find(_ sought: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBytes { bytes in
      var start = start
      while let base = bytes.baseAddress, start + sought.count <= bytes.count,
        let found = memchr(base + start, Int32(sought[0]), bytes.count - start - sought.count + 1)
      {
        let place = UnsafeRawPointer(found) - base
        if memcmp(found, sought, sought.count) == 0 { return place }
        start = place + 1
      }
      return nil
    }
  }

  /// Name and filename from the head of a part.
  private static func part(_ head: String) -> Event {
    for line in head.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "content-disposition" else { continue }
      let value = HeaderValue(String(line[line.index(after: colon)...]))
      return .part(name: value["name"] ?? "", filename: value["filename*"] ?? value["filename"])
    }
    return .part(name: "", filename: nil)
  }
}

/// A body that is no `multipart/form-data`.
public enum MultipartError: Error, Equatable, CustomStringConvertible {
  case boundary
  case head(mostBytes: Int)
  case parts(most: Int)

  public var description: String {
    switch self {
    case .boundary: "expected a line break or two dashes after the boundary"
    case .parts(let most): "expected at most \(most) parts"
    case .head(let most): "expected at most \(most) bytes in the head of a part"
    }
  }
}
