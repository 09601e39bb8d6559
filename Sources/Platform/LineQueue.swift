/// Lines that wait to be written, up to a number of bytes. Above it new lines are dropped and counted.
struct LineQueue {
  static let limitBytes = 256 << 10

  private var lines: [[UInt8]] = []
  private var first = 0
  private var bytes = 0
  /// Since a line was taken after that.
  private var dropped = 0

  var isEmpty: Bool { first == lines.count }

  /// Adds a line, or drops it.
  /// - Returns: how many lines were dropped before this one and not reported yet; nil if this one is dropped.
  mutating func add(_ line: [UInt8]) -> Int? {
    guard bytes + line.count <= Self.limitBytes else {
      dropped += 1
      return nil
    }
    lines.append(line)
    bytes += line.count
    defer { dropped = 0 }
    return dropped
  }

  /// Takes the oldest line.
  mutating func next() -> [UInt8]? {
    guard first < lines.count else { return nil }
    let line = lines[first]
    lines[first] = []
    first += 1
    bytes -= line.count
    if first == lines.count || first >= 1024 {
      lines.removeFirst(first)
      first = 0
    }
    return line
  }
}
